"""The course of a figure over the epochs: where it is least, whether it falls, how it jumps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from dlkit.reading.story import Story


def course(story: Story, column: str) -> tuple[float, ...]:
    """Return a column of the history up to where it is no number any more."""
    values: list[float] = []
    for row in story.rows:
        value = row.get(column, math.nan)
        if not math.isfinite(value):
            break
        values.append(value)
    return tuple(values)


def end(values: Sequence[float]) -> float:
    """Return what a figure has come to at least: one bad epoch at the end does not count.

    That is the last value or, if it is less, the middle of the last tenth, of three epochs
    at least; of fewer than six epochs it is the last.
    """
    if len(values) < 6:
        return values[-1]
    return min(values[-1], median(values[-max(3, len(values) // 10) :]))


def steps(values: Sequence[float]) -> list[float]:
    """Return what a figure gained from each epoch to the next; below 0 where it fell."""
    return [after - before for before, after in pairwise(values)]


def jump(values: Sequence[float]) -> float:
    """Return how much a figure changes from epoch to epoch, in the middle."""
    return median(map(abs, steps(values)))


def noise(values: Sequence[float]) -> float:
    """Return how far a figure is scattered around its course, as a standard deviation.

    Of three epochs in a row the middle one is held against the other two, which leaves out
    any steady change; for normal noise the middle size of that (the second difference) is
    0.6745 times the square root of 6 standard deviations. Fewer than three epochs have none.
    """
    bends = [abs(change) for change in steps(steps(values))]
    return median(bends) / (0.6745 * math.sqrt(6)) if bends else 0.0


def rising_share(values: Sequence[float]) -> float:
    """Return in which share of the epochs a figure rose."""
    changes = steps(values)
    return sum(change > 0 for change in changes) / len(changes)


def later_half(values: Sequence[float]) -> Sequence[float]:
    """Return the second half of a course."""
    return values[len(values) // 2 :]


def slope(values: Sequence[float]) -> float:
    """Return by how much a figure changes an epoch: between the ends of a stretch."""
    return (values[-1] - values[0]) / (len(values) - 1)
