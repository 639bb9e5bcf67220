"""What the folds of a cross-validation have in common, and how far apart they are.

Means and deviations come from the caller, who also writes them to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

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

MOST_NAMED_FOLDS = 20
"""Beyond, only every second, third, ... fold is named."""


@dataclass(frozen=True)
class FoldCurves:
    """One figure over the epochs, in every fold.

    Attributes:
        folds: A value an epoch for each fold; folds may have stopped at different epochs.
        mean: A value an epoch, as far as all folds went.
    """

    folds: Sequence[Sequence[float | None]]
    mean: Sequence[float | None]


@dataclass(frozen=True)
class FoldScores:
    """One final figure in every fold.

    Attributes:
        name: What it is.
        values: One for each fold.
        mean: Over the folds.
        deviation: The sample standard deviation.
    """

    name: str
    values: Sequence[float]
    mean: float
    deviation: float


@house_style()
def draw_fold_curves(name: str, train: FoldCurves, validation: FoldCurves | None) -> Figure:
    """Draw one metric over the epochs: each fold a thin line, their mean a thick one.

    Args:
        name: The metric, e.g. ``accuracy``.
        train: Its training values.
        validation: Its validation values, or None where there are none.
    """
    figure, axes = new_figure()
    _draw_folds(axes, train, "train", BLUE, "-")
    if validation is not None:
        _draw_folds(axes, validation, "validation", VERMILLION, SHORT_GAPS)
    axes.set_ylabel(shorten(name, 40))
    set_epoch_axis(axes, _epochs_of(train))
    note_if_empty(axes)
    axes.plot([], [], color=MUTED, linewidth=0.8, label="single folds")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.03), ncols=3)
    return settle(figure)


@house_style()
def draw_score_spread(scores: Sequence[FoldScores]) -> Figure:
    """Draw what each fold came to: a dot a fold, the mean a line, one deviation shaded.

    Args:
        scores: One panel for each, from left to right; at least one.
    """
    folds = len(scores[0].values)
    height = 1.2 + 0.2 * min(max(folds, 4), MOST_NAMED_FOLDS)
    figure, first = new_figure(8.8, height)
    first.remove()
    panels = figure.subplots(
        1, len(scores), sharey=True, squeeze=False, gridspec_kw={"wspace": 0.08}
    )[0]
    numbers = np.arange(1, folds + 1)
    for axes, score in zip(panels, scores, strict=True):
        _draw_panel(axes, score, numbers)
    named = numbers[:: -(-folds // MOST_NAMED_FOLDS)]
    panels[0].set_yticks(named, [f"fold {number}" for number in named])
    panels[0].set_ylim(folds + 0.6, 0.4)
    panels[0].set_title("line: mean, shaded: one deviation", loc="left", size=8, color=MUTED)
    return settle(figure)


def _draw_folds(
    axes: Axes,
    curves: FoldCurves,
    label: str,
    color: str,
    linestyle: str | tuple[float, tuple[float, float]],
) -> None:
    for values in curves.folds:
        array = drawable(values)
        marker = "o" if len(array) == 1 else "none"
        axes.plot(
            range(1, 1 + len(array)),
            array,
            color=color,
            linestyle=linestyle,
            linewidth=0.8,
            alpha=0.4,
            marker=marker,
            markersize=3,
        )
    epochs = _epochs_of(curves)
    mean = [*curves.mean, *[None] * (len(epochs) - len(curves.mean))]
    draw_curve(axes, epochs, mean, label, color, linestyle)


def _epochs_of(curves: FoldCurves) -> range:
    """Return the epochs of the fold that went on longest."""
    return range(1, 1 + max(map(len, curves.folds)))


def _draw_panel(axes: Axes, score: FoldScores, numbers: np.ndarray) -> None:
    """Draw one final figure of all folds."""
    mean, deviation = drawable([score.mean, score.deviation])
    if np.isfinite(mean):
        if np.isfinite(deviation):
            axes.axvspan(
                mean - deviation, mean + deviation, color=BLUE, alpha=0.12, linewidth=0
            )
        axes.axvline(mean, color=INK, linewidth=1)
    axes.plot(drawable(score.values), numbers, "o", color=BLUE, markersize=5)
    axes.set_xlabel(shorten(score.name, 28))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    if not np.isfinite(drawable(score.values)).any():
        axes.set_xticks([])
        axes.text(0.5, 0.5, "no finite value", ha="center", transform=axes.transAxes)
