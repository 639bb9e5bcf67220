"""What an epoch did beside learning: how far validation fell behind, and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from dlkit.report.figures.curves import (
    NO_STAGES,
    draw_curve,
    mark_stages,
    note_if_empty,
    set_epoch_axis,
)
from dlkit.report.figures.focus import leave_out_first
from dlkit.report.figures.style import (
    BLUE,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
)

MOST_BARS = 60
"""Epochs that get a bar each; more get a line."""


@house_style()
def draw_gap(
    epochs: Sequence[int],
    gap: Sequence[float | None],
    best_epoch: int | None,
    stages: Mapping[int, int] = NO_STAGES,
) -> Figure:
    """Draw by how much the validation loss is above the training loss, over the epochs.

    Args:
        epochs: Ascending, counting from 1.
        gap: Validation loss minus training loss; None and NaN leave a gap.
        best_epoch: The one whose weights count, or None if none does.
        stages: The first epoch of each later stage of training, by the stage's number.
    """
    figure, axes = new_figure()
    draw_curve(axes, epochs, gap, "gap", VERMILLION, "-")
    axes.set_ylabel("validation \N{MINUS SIGN} training loss")
    set_epoch_axis(axes, epochs)
    leave_out_first(axes, epochs, best_epoch)
    low, high = axes.get_ylim()
    room = 0.04 * (max(high, 0) - min(low, 0))
    axes.set_ylim(min(low, -room), max(high, room))  # whether it is above 0 is the question
    mark_stages(axes, stages)
    note_if_empty(axes)
    axes.axhline(0, color=MUTED, linewidth=0.8, zorder=1)
    if best_epoch is not None:
        axes.axvline(best_epoch, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
        share = (best_epoch - axes.get_xlim()[0]) / np.ptp(axes.get_xlim())
        axes.annotate(
            f"best epoch {best_epoch}",
            xy=(best_epoch, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 3),
            textcoords="offset points",
            ha="left" if share < 0.3 else "right" if share > 0.7 else "center",
        )
    return settle(figure)


@house_style()
def draw_seconds(
    epochs: Sequence[int],
    seconds: Sequence[float | None],
    stages: Mapping[int, int] = NO_STAGES,
) -> Figure:
    """Draw how long each epoch took; the first one compiles as well.

    Args:
        epochs: Ascending, counting from 1.
        seconds: Of each; None and NaN leave a gap.
        stages: The first epoch of each later stage of training, by the stage's number.
    """
    figure, axes = new_figure()
    values = drawable(seconds)
    if len(values) <= MOST_BARS:
        heights = np.nan_to_num(values)
        axes.vlines(epochs, 0, heights, color=BLUE, linewidth=min(14, 170 / len(values)))
    else:
        draw_curve(axes, epochs, seconds, "seconds", BLUE, "-")
    axes.set_ylabel("seconds")
    set_epoch_axis(axes, epochs)
    most = np.nanmax(values) if np.isfinite(values).any() else 0.0
    axes.set_ylim(0, most * 1.08 or 1)
    mark_stages(axes, stages)
    return settle(figure)
