"""Columns of dates as parts of the vector, by arithmetic on the digits of their text.

Keras has no layer for dates. ``TextVectorization`` turns ``YYYY-MM-DD HH:MM:SS`` into a
number for each character; the rest is integers, which are exact.
"""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from dlkit.data.tables.fitted import FittedColumn
from dlkit.model.parts import Part, concatenate

CHARACTERS = "0123456789-: "

LENGTH = len("YYYY-MM-DD HH:MM:SS")

FIRST = 2
"""The number of ``0``: 0 stands for the end of the text, 1 for every other character."""

PLACES = {
    0: {0: 1000, 1: 100, 2: 10, 3: 1},
    1: {5: 10, 6: 1},
    2: {8: 10, 9: 1},
    3: {11: 10, 12: 1},
    4: {14: 10, 15: 1},
    5: {17: 10, 18: 1},
}
"""What the digit at a place counts: of the year, month, day, hour, minute, second."""


def date_part(column: FittedColumn, tensor: Any) -> Part:
    """Encode dates: standardized time, and cycles as sine and cosine.

    The month counts as it is, the weekday too, the hour with its minutes and seconds. A
    missing date, or one that is written otherwise, is 0 in every position.

    Args:
        column: A date with at least one part.
        tensor: Texts, ``(batch, 1)``. The time of day may be left out.
    """
    characters = keras.layers.TextVectorization(
        standardize=None,
        split="character",
        vocabulary=list(CHARACTERS),
        output_sequence_length=LENGTH,
    )(tensor)
    digits = ops.cast(ops.maximum(characters, FIRST) - FIRST, "float32")
    fields = ops.cast(ops.matmul(digits, _places()), "int32")
    year, month, day, hour, minute, second = ops.split(fields, len(PLACES), axis=1)
    date, _ = ops.split(characters, [10], axis=1)
    readable = ops.min(date, axis=1, keepdims=True) >= FIRST
    for field, least, largest in ((month, 1, 12), (day, 1, 31)):
        inside = ops.logical_and(field >= least, field <= largest)
        readable = ops.logical_and(readable, inside)
    days = days_since_1970(year, month, day)
    seconds = hour * 3600 + minute * 60 + second
    tensors, names = [], []
    for part in column.parts:
        if part == "time":
            tensors.append(_time(column, days, seconds))
            names.append(f"{column.name}: time")
            continue
        turns = {
            "month": lambda: ops.cast(month - 1, "float32") / 12,
            "weekday": lambda: (
                ops.cast((days + 3) % 7, "float32") / 7
            ),  # 1970 began on a Thursday
            "hour": lambda: ops.cast(seconds, "float32") / 86_400,
        }
        angle = turns[part]() * (2 * math.pi)
        tensors += [ops.sin(angle), ops.cos(angle)]
        names += [f"{column.name}: {part} sin", f"{column.name}: {part} cos"]
    zero = np.zeros(1, np.float32)
    return Part(ops.where(readable, concatenate(tensors), zero), tuple(names))


def days_since_1970(year: Any, month: Any, day: Any) -> Any:
    """Return the days from 1970-01-01 to a date of the Gregorian calendar.

    ``days_from_civil`` of Howard Hinnant, chrono-Compatible Low-Level Date Algorithms,
    https://howardhinnant.github.io/date_algorithms.html: years begin in March, so that
    the day a leap year has more is their last, and repeat every 400 years.

    Args:
        year: int32, any shape.
        month: int32 from 1 to 12, the same shape.
        day: int32 from 1 to 31, the same shape.

    Returns:
        int32, the same shape.
    """
    year = year - ops.cast(month <= 2, "int32")
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    leap_days = year_of_era // 4 - year_of_era // 100
    return era * 146_097 + year_of_era * 365 + leap_days + day_of_year - 719_468


def _places() -> np.ndarray:
    places = np.zeros((LENGTH, len(PLACES)), np.float32)
    for field, digits in PLACES.items():
        for place, counts in digits.items():
            places[place, field] = counts
    return places


def _time(column: FittedColumn, days: Any, seconds: Any) -> Any:
    """Standardize; days are counted from near the mean, where float32 has digits to spare."""
    origin = round(column.mean)
    time = ops.cast(days - origin, "float32") + ops.cast(seconds, "float32") / 86_400
    variance = column.variance if column.low < column.high else 1.0
    layer = keras.layers.Normalization(
        mean=[column.mean - origin], variance=[variance], dtype="float32"
    )
    return layer(time)
