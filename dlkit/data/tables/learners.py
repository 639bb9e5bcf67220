"""One learner a kind of column: it sees the training rows block by block.

It remembers sums, names and a sample, never the rows; where all rows are one block, it
goes back to them for exact figures.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import (
    CategoricalFeature,
    DateFeature,
    NumericFeature,
    TextFeature,
)
from dlkit.data.tables.fitted import FittedColumn
from dlkit.data.tables.moments import Moments, Sample
from dlkit.errors import Problem

SAMPLE = 100_000
"""Values of a streamed column that medians and bins are taken from."""

MAX_LENGTH = 500
"""Words of a text at most, where nobody says how many."""

LARGEST = float(np.finfo(np.float32).max)
"""The largest number a model can read."""

PARTS = ("time", "month", "weekday", "hour")
"""Parts of a date that can become features."""


class Learner(Protocol):
    """What is known of a column so far."""

    def update(self, values: np.ndarray) -> None:
        """Take in a block of shape ``(rows,)``."""

    def finish(self) -> FittedColumn | Problem:
        """Return the column, or why it cannot become numbers."""


class Rows:
    """How many rows a column has, how many of them are missing, and what to say of it."""

    def __init__(self, name: str, feature: Choice) -> None:
        self.name = name
        self.feature = feature
        self.count = 0
        self.missing = 0

    def add(self, missing: np.ndarray) -> None:
        """Count rows by a mask of those that are missing."""
        self.count += len(missing)
        self.missing += int(missing.sum())

    def problem(self, what: str, hint: str) -> Problem:
        """Say what is wrong with the column."""
        return Problem(f"column {self.name!r}: {what}", self.feature.path, hint)

    def empty(self) -> Problem | None:
        """Return a problem where no row has a value."""
        if self.missing < self.count:
            return None
        what = f"none of the {self.count} training rows has a value."
        return self.problem(
            what, f"Write `{yaml_key(self.name)}: drop` under dataset.features."
        )


class NumberLearner:
    """A column of numbers."""

    def __init__(self, name: str, feature: Choice, seed: int) -> None:
        self.rows = Rows(name, feature)
        self.settings = feature.told(NumericFeature)
        self.beyond = 0
        self.plain = Moments()  # of the values themselves
        self.used = Moments()  # with their logarithm taken where asked
        self.sample = Sample(SAMPLE, [seed, *name.encode("utf-8", "backslashreplace")])
        self.only: np.ndarray | None = None  # the block, where there is but one

    def update(self, values: np.ndarray) -> None:
        """Take in a block of shape ``(rows,)``."""
        if self.rows.count:
            self._stream(values)
        else:
            self.only = values
        missing = np.isnan(values)
        self.rows.add(missing)
        there = values[~missing]
        fit = np.abs(there) <= LARGEST
        self.beyond += len(there) - int(fit.sum())
        there = there[fit]  # others are a fault, and would spoil the figures of the fault
        self.plain.add(there)
        if self.settings.log:
            self.used.add(np.log1p(there[there > -1]))

    def _stream(self, values: np.ndarray) -> None:
        if self.settings.missing == "median" or self.settings.bins:
            if self.only is not None:
                self.sample.add(self.only)
            self.sample.add(values)
        self.only = None

    def finish(self) -> FittedColumn | Problem:
        """Return the column, or why it cannot become numbers."""
        problem = self.rows.empty() or self._unfit()
        if problem:
            return problem
        fill = self._fill()
        if self.settings.log and fill is not None and fill <= -1:
            what = f"missing values become {fill:g}, which has no log(1 + x)."
            return self.rows.problem(what, "Set `missing` to more than -1, or leave `log` out.")
        used = self._moments(fill)
        return FittedColumn(
            self.rows.name,
            self.rows.feature,
            fill=fill,
            mean=used.mean,
            variance=used.variance,
            low=used.low,
            high=used.high,
            edges=self._edges(fill) if self.settings.bins else (),
        )

    def _unfit(self) -> Problem | None:
        name, settings = yaml_key(self.rows.name), self.settings
        if self.beyond:
            what = f"{self.beyond} of {self.rows.count} rows are infinite or above 3.4e38."
            hint = f"Correct them, or write `{name}: drop` under dataset.features."
            return self.rows.problem(what, hint)
        if self.rows.missing and settings.missing is None:
            told = {**settings.model_dump(exclude_defaults=True), "missing": "median"}
            inside = ", ".join(f"{key}: {_value(v)}" for key, v in told.items())
            what = f"{self.rows.missing} of {self.rows.count} training rows have no value."
            hint = f"Write `{name}: {{numeric: {{{inside}}}}}` under dataset.features."
            return self.rows.problem(what, hint)
        if settings.log and self.plain.low <= -1:
            least = f"the least of {self.rows.count} training rows is {self.plain.low:g}"
            what = f"`log` takes log(1 + x), and {least}."
            return self.rows.problem(what, "Leave `log` out: it needs values of more than -1.")
        return None

    def _fill(self) -> float | None:
        if self.settings.missing == "mean":
            return self.plain.mean
        if self.settings.missing == "median":
            return float(np.nanmedian(self._values()))
        return self.settings.missing

    def _values(self) -> np.ndarray:
        return self.sample.numbers if self.only is None else self.only

    def _moments(self, fill: float | None) -> Moments:
        if self.only is None:
            used = self.used if self.settings.log else self.plain
            if fill is not None:
                used.add_equal(np.log1p(fill) if self.settings.log else fill, self.rows.missing)
            return used
        used = Moments()
        numbers = _filled(self.only, fill)
        used.add(np.log1p(numbers) if self.settings.log else numbers)
        return used

    def _edges(self, fill: float | None) -> tuple[float, ...]:
        """Return boundaries of bins of equal counts; fewer where many values are equal.

        They are values themselves, so that no bin is empty.
        """
        numbers = _filled(self._values(), fill).astype(np.float32)
        shares = np.arange(1, self.settings.bins or 1) / (self.settings.bins or 1)
        edges = np.unique(np.quantile(numbers, shares, method="higher"))
        return tuple(float(edge) for edge in edges[edges > numbers.min()])


class NameLearner:
    """A column of names."""

    def __init__(self, name: str, feature: Choice, _seed: int) -> None:
        self.rows = Rows(name, feature)
        self.settings = feature.told(CategoricalFeature)
        self.counts: Counter[str] = Counter()

    def update(self, values: np.ndarray) -> None:
        """Take in a block of shape ``(rows,)``."""
        self.rows.add(values == "")
        if self.settings.encoding != "hashing":
            self.counts.update(values.tolist())

    def finish(self) -> FittedColumn | Problem:
        """Return the column, or why it cannot become numbers."""
        ordered = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        names = tuple(name for name, _ in ordered[: self.settings.max_tokens])
        return self.rows.empty() or FittedColumn(
            self.rows.name, self.rows.feature, vocabulary=names
        )


class TextLearner:
    """A column of texts, whose words a Keras layer learns."""

    def __init__(self, name: str, feature: Choice, _seed: int) -> None:
        self.rows = Rows(name, feature)
        self.settings = feature.told(TextFeature)
        self.longest = 0

    def update(self, values: np.ndarray) -> None:
        """Take in a block of shape ``(rows,)``."""
        self.rows.add(values == "")
        if self.settings.output_mode == "int" and not self.settings.output_sequence_length:
            lengths = (len(text.split()) for text in values)
            self.longest = max(self.longest, max(lengths, default=0))

    def finish(self) -> FittedColumn | Problem:
        """Return the column, or why it cannot become numbers."""
        words, tokens = min(self.longest, MAX_LENGTH), 0
        for width in range(1, (self.settings.ngrams or 1) + 1):
            tokens += max(0, words - width + 1)
        length = self.settings.output_sequence_length or max(1, tokens)
        return self.rows.empty() or FittedColumn(
            self.rows.name, self.rows.feature, length=length
        )


class DateLearner:
    """A column of dates."""

    def __init__(self, name: str, feature: Choice, _seed: int) -> None:
        self.rows = Rows(name, feature)
        self.settings = feature.told(DateFeature)
        self.seen = {part: Moments() for part in PARTS}

    def update(self, values: np.ndarray) -> None:
        """Take in a block of shape ``(rows,)``."""
        self.rows.add(values == "")
        times = values[values != ""].astype("U19").astype("datetime64[s]")
        seconds = times.astype(np.int64)
        months = times.astype("datetime64[M]").astype(np.int64)
        self.seen["time"].add(seconds / 86_400)
        self.seen["month"].add(months % 12)
        self.seen["weekday"].add(seconds // 86_400 % 7)
        self.seen["hour"].add(seconds % 86_400)

    def finish(self) -> FittedColumn | Problem:
        """Return the column, or why it cannot become numbers."""
        time, given = self.seen["time"], self.settings.parts
        vary = tuple(part for part, seen in self.seen.items() if seen.low < seen.high)
        return self.rows.empty() or FittedColumn(
            self.rows.name,
            self.rows.feature,
            mean=time.mean,
            variance=time.variance,
            low=time.low,
            high=time.high,
            parts=vary if given is None else given,
        )


LEARNERS: dict[str, Callable[[str, Choice, int], Learner]] = {
    "numeric": NumberLearner,
    "categorical": NameLearner,
    "text": TextLearner,
    "date": DateLearner,
}


def _filled(numbers: np.ndarray, fill: float | None) -> np.ndarray:
    return numbers if fill is None else np.where(np.isnan(numbers), fill, numbers)


def _value(setting: object) -> str:
    """Write a setting of a column as YAML."""
    if isinstance(setting, tuple):
        return f"[{', '.join(f'{number:g}' for number in setting)}]"
    return str(setting).lower()


def yaml_key(name: str) -> str:
    """Write a column's name as a key of YAML."""
    plain = re.fullmatch(r"[A-Za-z_][\w ()/.-]*", name) and not name.endswith(" ")
    return name if plain else json.dumps(name, ensure_ascii=False)
