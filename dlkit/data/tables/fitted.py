"""What is known of a table's columns, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlkit.config.choices import Choice

Columns = Mapping[str, np.ndarray]
"""A block of rows, arrays of shape ``(rows,)`` by column: float64 with NaN for missing
numbers; objects that are texts, ``""`` where missing, for names and texts; dates the same,
as ``YYYY-MM-DD HH:MM:SS``."""


@dataclass(frozen=True)
class FittedColumn:
    """A column of a table, and what its training rows taught.

    Attributes:
        name: The column.
        feature: What it is, and how it becomes numbers.
        fill: What takes the place of a missing number, before the logarithm; None where
            missing ones are refused.
        mean: Of the numbers, filled and with their logarithm taken where asked, float64;
            of dates as days since 1970, where not missing.
        variance: Of the same numbers (divided by their count).
        low: Their least.
        high: Their largest.
        edges: Boundaries of the bins, ascending, exact in float32. A value that equals one
            is in the bin above it. They are of the filled values themselves: a logarithm
            changes no bin.
        vocabulary: Names, the most frequent first, equals in the order of the alphabet.
        parts: Of a date: which parts become features.
        length: Of a text that becomes token numbers: how many.
    """

    name: str
    feature: Choice
    fill: float | None = None
    mean: float = 0.0
    variance: float = 1.0
    low: float = 0.0
    high: float = 1.0
    edges: tuple[float, ...] = ()
    vocabulary: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    length: int = 0
