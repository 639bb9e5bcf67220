"""Whether training still computes with numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dlkit.train.epochs import Row


def find_divergence(row: Row, weights: Mapping[str, np.ndarray], done: int) -> str:
    """Say what is no number any more after an epoch; nothing where all is.

    Metrics may be undefined, as that of an epoch in which a class does not occur. Losses
    are not; and where a kernel hides from them that weights are no numbers, the weights
    tell.

    Args:
        row: The figures of the epoch.
        weights: What the model has learned by its end, by names as ``named`` gives them.
        done: Steps of it that are known to have been right.
    """
    for name, words in (("loss", "loss"), ("val_loss", "validation loss")):
        value = row.get(name, 0.0)
        if not math.isfinite(value):
            since = f" after step {done:,}" if name == "loss" and done else ""
            return f"the {words} is {value:g}{since}"
    for name, array in weights.items():
        if not np.isfinite(array).all():
            return f"the weights {name.split('/', 2)[-1]} are no longer finite"
    return ""
