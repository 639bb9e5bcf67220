"""Let an axis show what follows, where the first epochs dwarf it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

FIRST_EPOCHS = 0.2
"""The share of the epochs, rounded up, that may be left outside of an axis."""

LEAST_EPOCHS = 4

LEAST_SHARE = 0.05
"""Where all later epochs take up less than this of an axis, they get it for themselves."""


def leave_out_first(axes: Axes, epochs: Sequence[int], best_epoch: int | None = None) -> None:
    """Leave the first epochs outside of an axis that they fill alone, and say so below it.

    Args:
        axes: With its curves, a value an epoch, and the label of its epochs.
        epochs: Ascending.
        best_epoch: One that has to stay, or None.
    """
    limit = math.ceil(FIRST_EPOCHS * len(epochs)) if len(epochs) >= LEAST_EPOCHS else 0
    if best_epoch is not None:
        limit = min(limit, list(epochs).index(best_epoch))
    curves = np.array([line.get_ydata() for line in axes.lines], float)
    count = 0
    for end in range(1, limit + 1):
        if later_range(curves[:, count:end], curves[:, end:]):
            count = end
    found = later_range(curves[:, :count], curves[:, count:])
    if found is None:
        return
    low, high, farthest = found
    axes.set_ylim(low, high)
    to = f"s {epochs[0]} to {epochs[count - 1]}" if count > 1 else f" {epochs[0]}"
    label = axes.get_xlabel()
    axes.set_xlabel(f"{label} (not shown: {farthest:.4g} in epoch{to})")


def later_range(first: np.ndarray, later: np.ndarray) -> tuple[float, float, float] | None:
    """Return what an axis should show where first values dwarf all later ones.

    Args:
        first: Float values of any shape; NaN is no value.
        later: The same.

    Returns:
        The ends of the axis and the farthest of the first values; None where all fit.
    """
    first, later = first[np.isfinite(first)], later[np.isfinite(later)]
    if not first.size or later.size < 2:
        return None
    low, high = float(later.min()), float(later.max())
    up, down = max(0.0, float(first.max()) - high), max(0.0, low - float(first.min()))
    size = high - low
    if size >= LEAST_SHARE * (size + up + down):
        return None
    room = 0.08 * (size or abs(high) * 0.01 or 1.0)
    farthest = first.max() if up >= down else first.min()
    return low - room, high + room, float(farthest)
