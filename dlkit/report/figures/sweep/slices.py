"""What trials came to against each parameter, all others being whatever they were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlkit.report.figures.style import (
    INK,
    MUTED,
    house_style,
    new_figure,
    settle,
    shorten,
)
from dlkit.report.figures.sweep.axes import (
    ParameterAxis,
    ValueAxis,
    show_parameter,
    show_value,
)
from dlkit.report.figures.sweep.marks import LEGEND, Mark, draw_marks, look, name_marks

COLUMNS = 4

GOLDEN = 0.6180339887
"""Multiples of it, cut to their fractions, lie evenly apart however many there are."""

SPREAD = 0.5
"""Of the room of a value's name that its dots take."""


@dataclass(frozen=True)
class Slice:
    """The trials that have a parameter.

    Attributes:
        axis: The parameter.
        places: Where each stands on it.
        marks: The trials, in the same order.
        listed: Whether its values were listed; else it is a range.
    """

    axis: ParameterAxis
    places: tuple[float, ...]
    marks: tuple[Mark, ...]
    listed: bool


@house_style()
def draw_slices(
    slices: Sequence[Slice], scale: ValueAxis, best: int | None, lost: str, *, fades: bool
) -> Figure:
    """Draw a panel a parameter.

    Args:
        slices: At least one.
        scale: The objective.
        best: The number of the best trial.
        lost: What trials without a value are called.
        fades: Whether earlier trials are paler: they were chosen with less knowledge.
    """
    rows = -(-len(slices) // COLUMNS)
    columns = -(-len(slices) // rows)
    width = {1: 6.4, 2: 7.6}.get(columns, 8.8)
    figure, first = new_figure(width, 0.5 + (2.9 if columns < 3 else 2.3) * rows, plain=False)
    first.remove()
    grid = figure.subplots(rows, columns, squeeze=False)
    every = [mark for each in slices for mark in each.marks]
    any_lost = any(mark.state == "failed" for mark in every)
    for index, axes in enumerate(grid.flat):
        if index >= len(slices):
            axes.remove()
            continue
        strip = show_value(axes, scale, lost=any_lost)
        _draw_slice(axes, slices[index], scale, strip, best, fades, width / columns - 0.5)
        if index % columns == 0:
            axes.set_ylabel(shorten(scale.name, 28))
        else:
            axes.tick_params(labelleft=False)
    handles = name_marks(every, lost)
    figure.legend(handles=handles, **LEGEND)
    return settle(figure)


def _draw_slice(
    axes: Axes,
    each: Slice,
    scale: ValueAxis,
    strip: float,
    best: int | None,
    fades: bool,
    inches: float,
) -> None:
    show_parameter(axes, each.axis, inches=inches)
    across = np.array(each.places, float)
    if each.axis.labels:
        across = across + apart(each)
    draw_marks(axes, across.tolist(), each.marks, scale, strip, best=best, fades=fades)
    _draw_medians(axes, each, scale)


def apart(each: Slice) -> np.ndarray:
    """Return how far the trials of one value are moved so that none hides another.

    Returns:
        float64 ``(trials,)``; 0 where a value has one trial.
    """
    places = np.array(each.places)
    moved = np.zeros(len(places))
    for place in np.unique(places):
        same = np.flatnonzero(places == place)
        if same.size > 1:
            moved[same] = ((np.arange(same.size) * GOLDEN + 0.5) % 1 - 0.5) * SPREAD
    return moved


def medians(each: Slice) -> list[tuple[float, float, int]]:
    """Return the median of the complete trials at each value: place, median, how many."""
    found: dict[float, list[float]] = {}
    for place, mark in zip(each.places, each.marks, strict=True):
        if mark.state == "complete" and math.isfinite(mark.value):
            found.setdefault(place, []).append(mark.value)
    return [(x, float(np.median(values)), len(values)) for x, values in sorted(found.items())]


def _draw_medians(axes: Axes, each: Slice, scale: ValueAxis) -> None:
    """Draw a median for each name; over numbers of a list, a line through them."""
    found = medians(each)
    if not found or not (each.axis.labels or each.listed):
        return
    x = np.array([place for place, _, _ in found])
    y = scale.kept(np.array([median for _, median, _ in found]))
    if each.axis.labels and not each.axis.ordered:
        several = np.array([count > 1 for _, _, count in found])
        axes.hlines(y[several], x[several] - 0.3, x[several] + 0.3, color=INK, linewidth=1.4)
    else:
        axes.plot(x, y, color=MUTED, linewidth=1, zorder=2)


@house_style()
def draw_strips(each: Slice, scale: ValueAxis, best: int | None, lost: str) -> Figure:
    """Draw one parameter whose values have names, a row a value, the best ones on top.

    Args:
        each: The parameter, with labels.
        scale: The objective, from left to right.
        best: The number of the best trial.
        lost: What trials without a value are called.
    """
    ordered = [place for place, _, _ in _ranked(each, scale)]
    ordered += [i for i in range(len(each.axis.labels)) if i not in ordered]
    row_of = {place: row for row, place in enumerate(ordered)}
    figure, axes = new_figure(8.8, 1.1 + 0.3 * max(len(ordered), 3), plain=False)
    strip = show_value(
        axes, scale, lost=any(m.state == "failed" for m in each.marks), vertical=False
    )
    moved = apart(each) * 0.8
    for (place, mark), shift in zip(
        zip(each.places, each.marks, strict=True), moved, strict=True
    ):
        _draw_in_strip(axes, mark, row_of[place] + shift, scale, strip, best)
    for place, median, count in medians(each):
        if count > 1:
            row = row_of[place]
            value = float(scale.kept(np.array(median)))
            axes.plot([value, value], [row - 0.32, row + 0.32], color=INK, linewidth=1.4)
    axes.set_yticks(
        range(len(ordered)), [shorten(each.axis.labels[int(p)], 44) for p in ordered]
    )
    axes.set_ylim(len(ordered) - 0.4, -0.6)
    axes.set_xlabel(shorten(scale.name, 44))
    axes.grid(visible=True, axis="both")
    handles = name_marks(each.marks, lost)
    figure.legend(handles=handles, **LEGEND)
    return settle(figure)


def _draw_in_strip(
    axes: Axes, mark: Mark, row: float, scale: ValueAxis, strip: float, best: int | None
) -> None:
    if mark.state == "failed":
        axes.plot([strip], [row], "x", transform=axes.get_yaxis_transform(), **look("failed"))
    elif math.isfinite(mark.value) and mark.state in ("complete", "pruned"):
        kind = "best" if mark.number == best else mark.state
        inside = scale.low <= mark.value <= scale.high
        marker = "o" if inside else ("<" if scale.rising else ">")
        value = float(scale.kept(np.array(mark.value)))
        axes.plot([value], [row], marker, zorder=5 if kind == "best" else 3, **look(kind))


def _ranked(each: Slice, scale: ValueAxis) -> list[tuple[float, float, int]]:
    """Return the medians, the best one first."""
    sign = -1 if scale.rising else 1
    return sorted(medians(each), key=lambda found: (sign * found[1], found[0]))
