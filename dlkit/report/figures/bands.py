"""How models that differ by their seed alone learned: their mean, and a band about it.

Means and deviations come from the caller, who also writes them to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlkit.report.figures.curves import (
    SHORT_GAPS,
    draw_curve,
    note_if_empty,
    set_epoch_axis,
)
from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)


@dataclass(frozen=True)
class Band:
    """One figure over the epochs, of several models.

    Attributes:
        each: A value an epoch for each model; models may have stopped at different epochs.
        mean: A value an epoch, as far as all models went.
        deviation: The sample standard deviations that belong to the means.
    """

    each: Sequence[Sequence[float | None]]
    mean: Sequence[float | None]
    deviation: Sequence[float | None]


@house_style()
def draw_bands(
    name: str, train: Band, validation: Band | None, best_epochs: Sequence[int]
) -> Figure:
    """Draw one metric over the epochs: the mean a line, one deviation about it a band.

    Where a model stopped earlier than others there is no mean to compare with the one
    before: the models that went on are thin lines from there.

    Args:
        name: The metric, e.g. ``accuracy``.
        train: Its training values.
        validation: Its validation values, or None where there are none.
        best_epochs: Of each model the epoch whose weights count.
    """
    figure, axes = new_figure()
    _draw_band(axes, train, "train", BLUE, "-")
    if validation is not None:
        _draw_band(axes, validation, "validation", VERMILLION, SHORT_GAPS)
    axes.set_ylabel(shorten(name, 40))
    epochs = range(1, 1 + max(map(len, train.each)))
    set_epoch_axis(axes, epochs)
    note_if_empty(axes)
    if best_epochs:
        axes.plot(
            sorted(best_epochs),
            [0.0] * len(best_epochs),
            linestyle="none",
            marker=2,  # a tick, upwards
            markersize=7,
            color=INK,
            clip_on=False,
            transform=axes.get_xaxis_transform(),
            label="best epochs",
        )
    axes.plot([], [], color=MUTED, alpha=0.3, linewidth=6, label="one deviation")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.03), ncols=2)
    return settle(figure)


def _draw_band(
    axes: Axes,
    band: Band,
    label: str,
    color: str,
    linestyle: str | tuple[float, tuple[float, float]],
) -> None:
    """Draw mean and band as far as all models went, and behind it those that went on."""
    together = len(band.mean)
    mean, deviation = drawable(band.mean), drawable(band.deviation)
    epochs = range(1, 1 + together)
    low, high = mean - deviation, mean + deviation
    if together == 1:  # a lone epoch has no width to be shaded
        axes.vlines(1, low, high, color=color, alpha=0.3, linewidth=6)
    else:
        axes.fill_between(epochs, low, high, color=color, alpha=0.18, linewidth=0)
    draw_curve(axes, epochs, mean.tolist(), label, color, linestyle)
    for values in band.each:
        rest = drawable(values)[together - 1 :]
        if len(rest) > 1:
            axes.plot(
                np.arange(together, together + len(rest)),
                rest,
                color=color,
                linestyle=linestyle,
                linewidth=0.8,
                alpha=0.5,
            )
