"""What a look at data comes to, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["numeric", "categorical", "text", "date", "pictures", "array"]


@dataclass(frozen=True)
class Numbers:
    """A column of numbers.

    Attributes:
        low: The least.
        high: The largest.
        mean: Of all that are there.
        deviation: Standard deviation of the same.
    """

    low: float
    high: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class Names:
    """A column of names.

    Attributes:
        top: The most frequent names, with the share of each among the rows that have one.
    """

    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Words:
    """A column of texts.

    Attributes:
        least: Words of the shortest text.
        median: Words of the middle one.
        most: Words of the longest.
        vocabulary: How many different words there are, in small letters and without
            punctuation.
    """

    least: int
    median: float
    most: int
    vocabulary: int


@dataclass(frozen=True)
class Dates:
    """A column of dates, each as ``YYYY-MM-DD HH:MM:SS``."""

    first: str
    last: str


@dataclass(frozen=True)
class Values:
    """Arrays, one an example: pictures, sequences, vectors.

    Attributes:
        shape: Of one example.
        dtype: Of its values.
        numbers: Of all values of all examples.
    """

    shape: tuple[int, ...]
    dtype: str
    numbers: Numbers


Facts = Numbers | Names | Words | Dates | Values


@dataclass(frozen=True)
class Column:
    """One thing that examples have.

    Attributes:
        name: Of the column, the feature, the array.
        kind: What it is taken for, in a word for people; ``target`` for what is learned.
        missing: Examples without a value; None where they were not counted.
        examples: Examples in all.
        distinct: Different values; None where they were not counted.
        facts: What stands in it; None where nothing does, or nothing more is to be said.
        note: What else there is to say: why a column is left out.
    """

    name: str
    kind: str
    missing: int | None
    examples: int
    distinct: int | None
    facts: Facts | None
    note: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that looks wrong, and may be meant.

    Attributes:
        place: The column it is about; empty where it is about the examples.
        message: What it is, in words.
        hint: What to do about it, in words; empty where that depends.
    """

    place: str
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Profile:
    """What was found.

    Attributes:
        columns: In the order of the data, what is learned last.
        classes: How many examples each class has, all parts together, by name; of several
            labels an example how many have each. Empty for values.
        examples: Examples in all parts.
        sampled: How many of them were looked at for different values, duplicates and
            what is suspicious.
        exact: Whether all other figures are of all examples, and not of these alone.
        findings: What looks wrong.
    """

    columns: tuple[Column, ...]
    classes: Mapping[str, int]
    examples: int
    sampled: int
    exact: bool
    findings: tuple[Finding, ...]
