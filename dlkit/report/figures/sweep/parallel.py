"""All trials through all parameters: a line each, from what it tried to what it came to."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from dlkit.report.figures.style import (
    BLUE,
    GROUND,
    INK,
    MUTED,
    RULE,
    VERMILLION,
    house_style,
    new_figure,
    settle,
    shorten,
)
from dlkit.report.figures.sweep.axes import ParameterAxis, ValueAxis, best_last

UNSET = -0.12
"""How far below the axes a trial runs that does not have a parameter."""

PALEST = 0.08

QUARTERS = np.linspace(0, 1, 5)
"""Where numbers stand beside an axis, as shares of it."""

MOST_NAMES = 10
"""Of one axis; beyond, every second, third, ... is written."""

LETTER_INCHES = 0.07


@house_style()
def draw_parallel(
    parameters: Sequence[ParameterAxis],
    places: np.ndarray,
    scale: ValueAxis,
    values: np.ndarray,
) -> Figure:
    """Draw a line for each trial; the better it is the stronger, and the best one on top.

    Args:
        parameters: From left to right; the objective stands behind the last.
        places: Where each trial stands, float64 ``(trials, parameters)``; NaN where it does
            not have one.
        scale: The objective.
        values: What each came to, float64 ``(trials,)``, finite.
    """
    figure, axes = new_figure(8.8, 3.6)
    count = len(parameters) + 1
    heights = np.column_stack(
        [*(_heights(a, places[:, i]) for i, a in enumerate(parameters)), _up(scale, values)]
    )
    goodness = scale.shares(values)
    order = best_last(goodness)
    lines = [np.column_stack([np.arange(count), heights[index]]) for index in order]
    blue = to_rgba(BLUE)[:3]
    strength = goodness[order] ** 2
    axes.add_collection(
        LineCollection(
            lines[:-1],
            colors=[(*blue, PALEST + (0.8 - PALEST) * s) for s in strength[:-1]],
            linewidths=0.7 + 0.9 * strength[:-1],
        ),
        autolim=False,
    )
    axes.plot(*lines[-1].T, color=VERMILLION, linewidth=2.2, zorder=4)
    room = 8.4 / count
    names = [*(axis.name for axis in parameters), scale.name]
    ticks = [*map(_ticks, parameters), _value_ticks(scale)]
    for index, title in enumerate(_titles(names, room)):
        _draw_axis(axes, index, title, ticks[index], room)
    if np.isnan(places).any():
        axes.text(-0.06, UNSET, "not set", size=7.5, color=MUTED, ha="right", va="center")
    axes.set_xlim(-0.35, count - 1 + 0.35)
    axes.set_ylim(UNSET - 0.06 if np.isnan(places).any() else -0.06, 1.24)
    axes.set_axis_off()
    return settle(figure)


def _titles(names: Sequence[str], room: float) -> list[tuple[str, float, int]]:
    """Return for each axis its name, how high that stands, and how many letters of it fit.

    Where names are long every other one stands higher, so that each has the room of two.
    """
    letters = max(6, int(room / LETTER_INCHES) - 2)
    if max(map(len, names)) <= letters:
        return [(name, 1.07, letters) for name in names]
    ends = 0, len(names) - 1
    return [
        (name, 1.07 if index % 2 else 1.15, letters if index in ends else 2 * letters - 4)
        for index, name in enumerate(names)
    ]


def _heights(axis: ParameterAxis, places: np.ndarray) -> np.ndarray:
    there = np.isfinite(places)
    heights = np.full(len(places), UNSET)
    if axis.low == axis.high:
        heights[there] = 0.5
    else:
        heights[there] = axis.shares(places[there])
    return heights


def _up(scale: ValueAxis, values: np.ndarray) -> np.ndarray:
    """Return the heights of values: more is higher, whichever is better."""
    shares = scale.shares(values)
    return shares if scale.rising else 1 - shares


def _ticks(axis: ParameterAxis) -> list[tuple[float, str]]:
    """Return heights and texts of what stands beside an axis."""
    if axis.labels:
        step = -(-len(axis.labels) // MOST_NAMES)
        named = range(0, len(axis.labels), step)
        heights = _heights(axis, np.array(named, float))
        return [(float(h), axis.labels[i]) for h, i in zip(heights, named, strict=True)]
    if axis.low == axis.high:
        return [(0.5, f"{axis.low:.4g}")]
    if axis.log and (powers := _powers(axis)):
        return [(float(axis.shares(np.array(power))), f"{power:g}") for power in powers]
    return [
        (float(s), f"{p:.4g}") for s, p in zip(QUARTERS, axis.places(QUARTERS), strict=True)
    ]


def _powers(axis: ParameterAxis) -> list[float]:
    """Return the powers of ten on an axis, or none where there are fewer than two."""
    first, last = (
        math.ceil(math.log10(axis.low) - 1e-9),
        math.floor(math.log10(axis.high) + 1e-9),
    )
    step = max(1, -(-(last - first + 1) // MOST_NAMES))
    return [10.0**power for power in range(first, last + 1, step)] if last > first else []


def _value_ticks(scale: ValueAxis) -> list[tuple[float, str]]:
    return _ticks(ParameterAxis(scale.name, (), scale.low, scale.high, log=scale.log))


def _draw_axis(
    axes: Axes,
    place: int,
    title: tuple[str, float, int],
    ticks: Sequence[tuple[float, str]],
    room: float,
) -> None:
    """Draw one upright axis with its values beside it.

    Args:
        axes: Get it.
        place: Where it stands.
        title: What stands above it, how high, and how many letters of it.
        ticks: Heights and texts.
        room: Inches to the next one.
    """
    name, height, longest = title
    axes.plot([place, place], [0, 1], color=RULE, linewidth=1, zorder=1)
    letters = max(4, int(room / LETTER_INCHES) - 2)
    axes.text(place, height, shorten(name, longest), ha="center", size=8.5, color=INK)
    for height, text in ticks:
        axes.plot([place - 0.012, place + 0.012], [height, height], color=MUTED, linewidth=0.8)
        axes.text(
            place + 0.03,
            height,
            shorten(text, letters),
            va="center",
            size=7,
            color=INK,
            zorder=6,
            bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 0.6, "alpha": 0.75},
        )
