"""The order in which an epoch visits its examples.

It is a function of (seed, epoch) and nothing else: no state to save, so training can
resume anywhere, and both training loops see the same batches. (Keras's own shuffling of
arrays repeats one order in every epoch once a seed is set.)
"""

from __future__ import annotations

import numpy as np

_PURPOSE = 0x0DD  # keeps this stream apart from any other use of the same seed


def epoch_order(examples: int, seed: int, epoch: int) -> np.ndarray:
    """Return a permutation of ``range(examples)``, int32, for one epoch."""
    generator = np.random.Generator(np.random.Philox([seed, epoch, _PURPOSE]))
    return generator.permutation(np.arange(examples, dtype=np.int32))
