"""When to stop, as a value that changes by epochs: no callback, nothing hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class StoppingState:
    """What early stopping remembers.

    Attributes:
        best: The best value seen; None before the first finite one.
        best_epoch: The epoch (counted from 1) that had it; 0 before.
        waited: Epochs since without an improvement.
    """

    best: float | None = None
    best_epoch: int = 0
    waited: int = 0


def observe(
    state: StoppingState, epoch: int, value: float, *, higher: bool, min_delta: float = 0.0
) -> StoppingState:
    """Return the state after an epoch.

    An improvement is a change of more than ``min_delta`` in the right direction. A value
    that is not finite never is one (Keras's own callback would keep a first NaN for ever).

    Args:
        state: What was remembered.
        epoch: Counted from 1.
        value: The monitored figure.
        higher: Whether larger values are better.
        min_delta: How much better counts.
    """
    if math.isfinite(value):
        gain = 0.0 if state.best is None else (value - state.best) * (1 if higher else -1)
        if state.best is None or gain > min_delta:
            return StoppingState(value, epoch, 0)
    return replace(state, waited=state.waited + 1)
