"""How a model learned: one value over the epochs.

The scales are linear and stay so: a curve that switches to a logarithm by itself makes two
runs look alike that are not. Where the first epochs dwarf all that follows, the axis shows
what follows, and the figure says how far out they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.focus import leave_out_first
from dlkit.report.figures.style import (
    BLUE,
    GROUND,
    INK,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)

MOST_MARKED_EPOCHS = 30
"""Up to here every epoch gets a dot; beyond, dots would hide the line."""

SHORT_GAPS = (0.0, (5.0, 1.0))
"""Dashes so close that a restless curve does not look interrupted."""


NO_STAGES: Mapping[int, int] = MappingProxyType({})


@house_style()
def draw_metric(
    name: str,
    epochs: Sequence[int],
    train: Sequence[float | None],
    validation: Sequence[float | None] | None,
    best_epoch: int | None,
    stages: Mapping[int, int] = NO_STAGES,
) -> Figure:
    """Draw one metric over the epochs, and mark the best one and where stages begin.

    Args:
        name: The metric, e.g. ``accuracy``.
        epochs: Ascending, counting from 1.
        train: A value an epoch; None and NaN leave a gap.
        validation: The same on the validation examples, or None where there are none.
        best_epoch: The one of ``epochs`` whose weights count, or None if none does. Its
            value is read from the validation curve, else from the training curve.
        stages: The first epoch of each later stage of training, by the stage's number.

    Raises:
        ValueError: If ``best_epoch`` is not one of ``epochs``.
    """
    figure, axes = new_figure()
    draw_curve(axes, epochs, train, "train", BLUE, "-")
    watched = train
    if validation is not None:
        draw_curve(axes, epochs, validation, "validation", VERMILLION, SHORT_GAPS)
        watched = validation
    axes.set_ylabel(shorten(name, 40))
    set_epoch_axis(axes, epochs)
    leave_out_first(axes, epochs, best_epoch)
    mark_stages(axes, stages)
    if best_epoch is not None:
        _mark_best(axes, best_epoch, drawable(watched)[list(epochs).index(best_epoch)])
    note_if_empty(axes)
    # A line higher than the axes: there stands which epoch was best.
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.13), ncols=2)
    return settle(figure)


@house_style()
def draw_learning_rate(
    epochs: Sequence[int],
    rates: Sequence[float | None],
    stages: Mapping[int, int] = NO_STAGES,
    by_step: Sequence[tuple[float, float]] = (),
) -> Figure:
    """Draw the learning rate over the epochs, and where stages begin.

    Args:
        epochs: Ascending, counting from 1.
        rates: A rate an epoch, of its last step; None and NaN leave a gap.
        stages: The first epoch of each later stage of training, by the stage's number.
        by_step: Where in training a step ends, in epochs, and its rate: drawn in the place
            of the rates of epochs, if there are any.
    """
    figure, axes = new_figure()
    if by_step:
        ends, rates = zip(*by_step, strict=True)
        axes.plot(ends, drawable(rates), label="learning rate", color=BLUE, clip_on=False)
    else:
        draw_curve(axes, epochs, rates, "learning rate", BLUE, "-")
    axes.set_ylabel("learning rate")
    # From zero, else a constant rate fills the axis with digits of no meaning.
    finite = drawable(rates)
    finite = finite[np.isfinite(finite)]
    if finite.size and finite.min() >= 0 and finite.max() > 0:
        axes.set_ylim(0, finite.max() * 1.08)
    axes.ticklabel_format(axis="y", scilimits=(-4, 4))
    set_epoch_axis(axes, epochs)
    if by_step and epochs:
        axes.set_xlim(epochs[0] - 1 - 0.02 * len(epochs), epochs[-1] + 0.02 * len(epochs))
    mark_stages(axes, stages, ahead=1 if by_step else 0.5)
    note_if_empty(axes)
    return settle(figure)


def draw_curve(
    axes: Axes,
    epochs: Sequence[int],
    values: Sequence[float | None],
    label: str,
    color: str,
    linestyle: str | tuple[float, tuple[float, float]],
) -> None:
    """Draw a value over the epochs; None and NaN leave a gap.

    Args:
        axes: Gets the line.
        epochs: Ascending, counting from 1.
        values: One for each epoch.
        label: What the legend says.
        color: Of the line.
        linestyle: As matplotlib takes it.
    """
    array = drawable(values)
    # A value between two gaps makes no line, so it needs a dot in any case.
    padded = np.concatenate([[np.nan], array, [np.nan]])
    alone = np.isnan(padded[:-2]) & np.isnan(padded[2:]) & ~np.isnan(array)
    dots = np.flatnonzero(alone | (len(array) <= MOST_MARKED_EPOCHS))
    axes.plot(
        epochs,
        array,
        label=label,
        color=color,
        linestyle=linestyle,
        marker="o" if dots.size else "none",
        markersize=3.5,
        markevery=dots.tolist(),
        linewidth=1.8 if len(array) <= 200 else 1.1,
    )


def set_epoch_axis(axes: Axes, epochs: Sequence[int]) -> None:
    """Let the horizontal axis count whole epochs."""
    axes.set_xlabel("epoch")
    if epochs:
        # Less than one to the left, for there is no epoch 0 to point at.
        axes.set_xlim(epochs[0] - 0.5, epochs[-1] + max(0.5, 0.02 * len(epochs)))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))


def mark_stages(axes: Axes, stages: Mapping[int, int], ahead: float = 0.5) -> None:
    """Draw a thin line in front of every stage's first epoch, and name the stage beside it.

    The name stands at the end of the line that is farther from the curves.

    Args:
        axes: Gets the lines.
        stages: The first epoch of each later stage, by its number.
        ahead: How far in front of it the line stands: half an epoch where a dot is all of
            an epoch, a whole one where its steps are drawn.
    """
    low, high = axes.get_ylim()
    left, right = axes.get_xlim()
    axes.set_ylim(low, high)  # a line along the whole height must not widen the scale
    curves = list(axes.lines)
    for number, epoch in stages.items():
        near = [
            drawable(np.asarray(line.get_ydata(), float))[
                np.abs(np.asarray(line.get_xdata(), float) - epoch) <= 1
            ]
            for line in curves
        ]
        values = np.concatenate([np.zeros(0), *near])
        values = values[np.isfinite(values)]
        at_top = not values.size or values.mean() < (low + high) / 2
        at_end = (epoch - ahead - left) / (right - left) > 0.85
        axes.axvline(epoch - ahead, color=MUTED, linewidth=0.8, zorder=1)
        axes.annotate(
            f"stage {number}",
            xy=(epoch - ahead, 1 if at_top else 0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(-4 if at_end else 4, -3 if at_top else 3),
            textcoords="offset points",
            ha="right" if at_end else "left",
            va="top" if at_top else "bottom",
            color=MUTED,
            bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 1},
        )


def _mark_best(axes: Axes, epoch: int, value: float) -> None:
    """Ring the best value and write it above the axes, where no curve can run through it."""
    if np.isnan(value):
        return
    axes.axvline(epoch, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
    axes.plot(
        epoch, value, "o", markersize=8, color=INK, markerfacecolor="none", markeredgewidth=1.4
    )
    low, high = axes.get_xlim()
    share = (epoch - low) / (high - low)
    axes.annotate(
        f"best {value:.4g}, epoch {epoch}",
        xy=(epoch, 1),
        xycoords=axes.get_xaxis_transform(),
        xytext=(0, 3),
        textcoords="offset points",
        ha="left" if share < 0.3 else "right" if share > 0.7 else "center",
    )


def note_if_empty(axes: Axes) -> None:
    """Say so where no line has a value that can be drawn."""
    if all(np.isnan(np.asarray(line.get_ydata(), dtype=float)).all() for line in axes.lines):
        axes.set_yticks([])
        axes.text(0.5, 0.5, "no finite value", ha="center", transform=axes.transAxes)
