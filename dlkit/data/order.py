"""The order in which an epoch visits its examples.

It is a function of (seed, epoch) and nothing else: no state to save, so training can
resume anywhere, and both training loops see the same batches. (Keras's own shuffling of
arrays repeats one order in every epoch once a seed is set.)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_PURPOSE = 0x0DD  # keeps this stream apart from any other use of the same seed


def epoch_order(examples: int, seed: int, epoch: int) -> np.ndarray:
    """Return a permutation of ``range(examples)``, int32, for one epoch."""
    generator = _generator(seed, epoch)
    return generator.permutation(np.arange(examples, dtype=np.int32))


def block_orders(
    examples: int, piece: int, block: int, seed: int, epoch: int
) -> Iterator[np.ndarray]:
    """Yield the order of an epoch block by block, for examples that stay on the disk.

    Pieces of neighbors are drawn at random from everywhere; those of a block are mixed.
    With pieces of one example this is a permutation like any other.

    Args:
        examples: How many there are.
        piece: Neighbors that are read together.
        block: Examples of a block; the last block has what is left.
        seed: Of the run.
        epoch: Counted from 0.

    Yields:
        Numbers of examples, int64; together every one of them once.
    """
    generator = _generator(seed, epoch)
    pieces = generator.permutation(np.arange(-(-examples // piece)))
    waiting = np.zeros(0, np.int64)
    at = 0
    # Pieces are drawn until a block is full, and what is over waits for the next: so every
    # block but the last is as long as asked, and only the last batch of an epoch is short.
    while at < len(pieces) or len(waiting):
        while at < len(pieces) and len(waiting) < block:
            count = max(1, (block - len(waiting)) // piece)
            starts = pieces[at : at + count] * piece
            rows = (starts[:, None] + np.arange(piece)).reshape(-1)
            waiting = np.concatenate([waiting, rows[rows < examples]])
            at += count
        yield generator.permutation(waiting[:block])
        waiting = waiting[block:]


def _generator(seed: int, epoch: int) -> np.random.Generator:
    return np.random.Generator(np.random.Philox([seed, epoch, _PURPOSE]))
