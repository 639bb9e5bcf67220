"""Numbers that may stand for a missing value: zeros among weights, 999 among ages.

A number is taken for one when it is one of those that people write for nothing, when it
stands at an end of its column apart from all other values, and when it stands there more
often than chance would have it. That is a question to a person, never a decision.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WRITTEN_FOR_NOTHING = (0, -1, -9, -99, -999, -9999, 99, 999, 9999, 99999, 999999)

LEAST_OTHERS = 10
"""Different other values of a column that is more than a list of codes."""

OFTEN = 0.05
"""A share of the rows that no single measurement has."""

TIMES = 3
"""How much more often than the next value, and how much further than values stand."""

APART = 0.75
"""Distance to the others, in ranges of their middle half, that speaks for itself."""


@dataclass(frozen=True)
class Placeholder:
    """A number that may stand for no value.

    Attributes:
        number: Which.
        count: Rows in which it stands.
        low: The least of the other values.
        high: The largest of them.
    """

    number: float
    count: int
    low: float
    high: float


def describe_placeholder(found: Placeholder, rows: int) -> str:
    """Ask whether a number stands for no value.

    Args:
        found: The number.
        rows: Of the column, missing ones among them.
    """
    stands = f"{found.number:g} stands in {found.count:,} row{'s' * (found.count > 1)}"
    others = f"the other values are {found.low:g} to {found.high:g}"
    return f"{stands} ({percent(found.count / rows)}), and {others}: does it mean missing?"


def percent(share: float) -> str:
    """Write a share: ``30%``, ``0.7%``."""
    return f"{share:.0%}" if share >= 0.0995 or share == 0 else f"{share:.1%}"


def placeholder(values: np.ndarray) -> Placeholder | None:
    """Return the number that may stand for no value, the most frequent if there are several.

    Args:
        values: Numbers of shape ``(rows,)``, none of them NaN.
    """
    numbers, counts = np.unique(values, return_counts=True)
    if len(numbers) <= LEAST_OTHERS:
        return None
    found = [one for place in (0, len(numbers) - 1) if (one := _at(numbers, counts, place))]
    return max(found, key=lambda one: one.count, default=None)


def _at(numbers: np.ndarray, counts: np.ndarray, place: int) -> Placeholder | None:
    """Judge the least or the largest of different numbers, ascending."""
    number, count = float(numbers[place]), int(counts[place])
    if number not in WRITTEN_FOR_NOTHING:
        return None
    others, often = np.delete(numbers, place), np.delete(counts, place)
    nearest = float(others[0] if place == 0 else others[-1])
    gap, spacing = abs(nearest - number), float(np.median(np.diff(others)))
    edges = np.cumsum(often) / often.sum()
    middle = others[np.searchsorted(edges, 0.75)] - others[np.searchsorted(edges, 0.25)]
    apart = gap > TIMES * spacing
    frequent = count > OFTEN * counts.sum() and count >= TIMES * often.max()
    only_negative = number < 0 <= others[0]
    isolated = apart and count >= 2 and gap >= APART * middle
    if isolated or (frequent and (apart or only_negative)):
        return Placeholder(number, count, float(others[0]), float(others[-1]))
    return None
