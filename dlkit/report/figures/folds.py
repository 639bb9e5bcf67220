"""How the folds of a cross-validation learned, and what they have in common.

Means come from the caller, who also writes them to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)


@dataclass(frozen=True)
class FoldCurves:
    """One figure over the epochs, in every fold.

    Attributes:
        folds: A value an epoch for each fold; folds may have stopped at different epochs.
        mean: A value an epoch, as far as all folds went.
    """

    folds: Sequence[Sequence[float | None]]
    mean: Sequence[float | None]


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
