"""The two kinds of axes that pictures of a sweep have: a parameter, and an objective.

An objective's axis shows what is worth comparing: where a few trials came out a thousand
times worse they stand at its edge, and the others are not pressed into one line.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import MaxNLocator, NullFormatter, NullLocator

from dlkit.report.figures.logarithm import name_powers
from dlkit.report.figures.style import shorten

FAR = 2.0
"""Quartile ranges beyond the worse quartile from which on a value is left to the edge."""

WIDE = 100.0
"""Times the least value is in the most where a logarithm shows more."""

MARGIN = 0.06
"""Of an axis, on both sides of what it shows."""

LONGEST = 13
"""Letters of a value's name beside a small panel."""

LETTER_INCHES = 0.075
"""Width of a letter of a tick."""


@dataclass(frozen=True)
class ParameterAxis:
    """A parameter as an axis.

    Attributes:
        name: What it is called.
        labels: The names of its values in their order; empty where it is a range of numbers.
        low: The least it may be; of names 0.
        high: The most; of names the last one's place.
        log: Whether it is even in its logarithm.
        ordered: Whether names are in an order of their own, as numbers are.
    """

    name: str
    labels: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    ordered: bool = True

    def shares(self, places: np.ndarray) -> np.ndarray:
        """Return how far along the axis places are.

        Args:
            places: float64 of any shape, within the axis.

        Returns:
            float64 of the same shape: 0 is the least, 1 the most.
        """
        low, high = self.low, self.high
        if self.log:
            low, high, places = math.log(low), math.log(high), np.log(places)
        return np.asarray((places - low) / ((high - low) or 1.0))

    def places(self, shares: np.ndarray) -> np.ndarray:
        """Return the places that are some shares along the axis: the reverse of ``shares``."""
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            return np.asarray(np.exp(low + shares * (high - low)))
        return np.asarray(self.low + shares * (self.high - self.low))


@dataclass(frozen=True)
class ValueAxis:
    """An objective as an axis.

    Attributes:
        name: What it is called.
        low: The least that is shown.
        high: The most that is shown.
        log: Whether it is even in its logarithm.
        rising: Whether more is better.
    """

    name: str
    low: float
    high: float
    log: bool
    rising: bool

    def kept(self, values: np.ndarray) -> np.ndarray:
        """Return values with those that are far out at the edge."""
        return np.asarray(np.clip(values, self.low, self.high))

    def shares(self, values: np.ndarray) -> np.ndarray:
        """Return how good values are: 0 is the worst that is shown, 1 the best."""
        low, high, kept = self.low, self.high, self.kept(values)
        if self.log:
            low, high, kept = math.log(low), math.log(high), np.log(kept)
        shares = (kept - low) / ((high - low) or 1.0)
        return np.asarray(shares if self.rising else 1 - shares)


def value_axis(name: str, values: Sequence[float], *, rising: bool) -> ValueAxis:
    """Return an axis for what trials came to.

    Args:
        name: The objective.
        values: What they came to; those that are no numbers do not count.
        rising: Whether more is better.
    """
    finite = np.asarray([v for v in values if math.isfinite(v) and abs(v) < 1e100])
    if not finite.size:
        return ValueAxis(name, 0.0, 1.0, log=False, rising=rising)
    low, high = float(finite.min()), float(finite.max())
    quarter, three = (float(q) for q in np.quantile(finite, (0.25, 0.75)))
    reach = FAR * (three - quarter)
    log = not rising and low > 0 and three > WIDE * low
    if rising:
        low = max(low, quarter - reach) if reach else low
    elif log:
        high = min(high, three * (three / quarter) ** FAR) if quarter < three else high
    else:
        high = min(high, three + reach) if reach else high
    return ValueAxis(name, low, high, log=log, rising=rising)


def best_last(goodness: np.ndarray) -> np.ndarray:
    """Return the order in which trials are drawn: the best last; of equal ones the first.

    Args:
        goodness: float64 ``(trials,)``.
    """
    return np.lexsort((-np.arange(len(goodness)), goodness))


def show_value(axes: Axes, scale: ValueAxis, *, lost: bool, vertical: bool = True) -> float:
    """Lay an objective's axis out, with a strip on its worse side for trials without a value.

    Args:
        axes: Get it.
        scale: What is shown.
        lost: Whether the strip is wanted.
        vertical: Whether it is the vertical axis.

    Returns:
        The middle of the strip, as a share of the axis.
    """
    span = (math.log(scale.high / scale.low) if scale.log else scale.high - scale.low) or (
        abs(scale.high) * 0.1 or 1.0
    )
    below = 0.16 if lost and scale.rising else MARGIN
    above = 0.16 if lost and not scale.rising else MARGIN
    if scale.log:
        low = scale.low * math.exp(-below * span)
        high = scale.high * math.exp(above * span)
    else:
        low, high = scale.low - below * span, scale.high + above * span
    set_scale, set_limits, axis = (
        (axes.set_yscale, axes.set_ylim, axes.yaxis)
        if vertical
        else (axes.set_xscale, axes.set_xlim, axes.xaxis)
    )
    if scale.log:
        set_scale("log")
    set_limits(low, high)
    name_values(axis, scale, low, high)
    return 0.05 if scale.rising else 0.95


def name_values(axis: Axis, scale: ValueAxis, low: float, high: float) -> None:
    """Write numbers beside an objective's axis."""
    if scale.log:
        name_powers(axis, low, high)
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(nbins=6, min_n_ticks=2))


def show_parameter(
    axes: Axes, axis: ParameterAxis, *, inches: float, vertical: bool = False
) -> None:
    """Lay a parameter's axis out.

    Args:
        axes: Get it.
        axis: What is shown.
        inches: How long it is, so that names get room.
        vertical: Whether it is the vertical one.
    """
    line = axes.yaxis if vertical else axes.xaxis
    set_limits = axes.set_ylim if vertical else axes.set_xlim
    (axes.set_ylabel if vertical else axes.set_xlabel)(shorten(axis.name, _letters(inches)))
    if axis.labels:
        _show_names(axes, axis, inches, vertical=vertical)
        return
    if axis.low == axis.high:
        set_limits(axis.low - 0.5, axis.high + 0.5)
        return
    low, high = axis.places(np.array([-MARGIN, 1 + MARGIN]))
    if axis.log:
        (axes.set_yscale if vertical else axes.set_xscale)("log")
        set_limits(low, high)
        name_powers(line, axis.low, axis.high)
        line.set_minor_locator(NullLocator())
        line.set_minor_formatter(NullFormatter())
        if not vertical and inches < 3:
            _thin_powers(axes, axis, inches)
    else:
        set_limits(low, high)
        line.set_major_locator(MaxNLocator(nbins=5 if inches < 3 else 8, min_n_ticks=2))


def _letters(inches: float) -> int:
    """Return how many letters of an axis's name have room along it."""
    return int(np.clip(0.85 * inches / LETTER_INCHES, 8, 44))


def _thin_powers(axes: Axes, axis: ParameterAxis, inches: float) -> None:
    """Name only as many powers of ten as have room beside each other."""
    first, last = (
        math.ceil(math.log10(axis.low) - 1e-9),
        math.floor(math.log10(axis.high) + 1e-9),
    )
    powers = range(first, last + 1)
    if len(powers) < 2:
        return
    longest = max(len(f"{10.0**power:g}") for power in (first, last))
    room = max(2, int(inches / (LETTER_INCHES * (longest + 1.5))))
    step = -(-len(powers) // room)
    ticks = [10.0**power for power in powers[::step]]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])


def _show_names(axes: Axes, axis: ParameterAxis, inches: float, *, vertical: bool) -> None:
    """Write the names of values at their places; slanted where they are long."""
    count = len(axis.labels)
    ends = -0.5, count - 0.5
    if vertical:
        axes.set_yticks(range(count), abbreviated(axis.labels, LONGEST))
        axes.set_ylim(*ends)
        return
    room = int(inches / count / LETTER_INCHES)
    names = abbreviated(axis.labels, max(LONGEST, room))
    if max(map(len, names)) <= room:
        axes.set_xticks(range(count), names)
    else:
        axes.set_xticks(range(count), names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_xlim(*ends)


def abbreviated(names: Sequence[str], length: int) -> list[str]:
    """Fit names into a length, and keep those apart that begin alike.

    Args:
        names: Any texts.
        length: At least 8.
    """
    short = [shorten(name, length) for name in names]
    if len(set(short)) == len(set(names)):
        return short
    half = length // 2
    lines = [shorten(name, 10_000) for name in names]
    inner = [n if len(n) <= length else f"{n[: half - 1]}…{n[half - length :]}" for n in lines]
    if len(set(inner)) == len(set(names)):
        return inner
    return [f"{index} {shorten(n, length - 3)}" for index, n in enumerate(names, start=1)]
