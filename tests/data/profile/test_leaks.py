"""Columns that give the answer away, and honest ones that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlkit.data.dataset import Dataset
from dlkit.data.profile.leaks import find_leaks
from dlkit.data.profile.survey import survey

Table = Callable[..., Dataset]

GENERATOR = np.random.default_rng(2)
ROWS = 400
VALUES = GENERATOR.lognormal(size=ROWS)
TWO = (GENERATOR.random(ROWS) < 0.3).astype(int)
THREE = GENERATOR.integers(0, 3, ROWS)
NAMES = np.array(["no", "yes"])[TWO].tolist()
NOISE = GENERATOR.normal(size=ROWS)


def told(dataset: Dataset) -> list[tuple[str, str]]:
    return [(one.place, one.message) for one in find_leaks(survey(dataset), dataset)]


KNOWN = ": is it known before the answer is?"


@pytest.mark.parametrize(
    ("kind", "column", "measure"),
    [
        ("numeric", 3 - 2 * VALUES, "correlation 1.000"),
        ("numeric", np.exp(-9 * VALUES), "rank correlation 1.000"),
        ("categorical", [f"kind {v}" for v in THREE], None),
        ("numeric", VALUES + 2 * NOISE, None),
        ("text", [f"the price is {v:.3f}" for v in VALUES], None),
    ],
    ids=["line", "curve", "names", "honest", "text"],
)
def test_column_that_tells_the_value_is_found(
    table: Table, kind: str, column: Any, measure: str | None
) -> None:
    expected = [("x", f"tells y almost alone ({measure}){KNOWN}")] if measure else []
    assert told(table({"x": (kind, column)}, VALUES)) == expected


def test_names_that_tell_the_value_are_found(table: Table) -> None:
    levels = np.array([10.0, 20, 30])[THREE]
    data = table({"x": ("categorical", [f"level {v}" for v in THREE])}, levels + NOISE * 0.01)
    assert told(data) == [("x", f"tells y almost alone (by its names 1.000){KNOWN}")]


@pytest.mark.parametrize(
    ("kind", "column", "y", "measure"),
    [
        ("numeric", TWO * 10 + NOISE, TWO, "100.0% right by one split"),
        ("numeric", THREE * 20 + NOISE, THREE, "100.0% right by 2 splits"),
        ("categorical", NAMES, TWO, "100.0% right by the class of each name"),
        ("numeric", TWO + NOISE, TWO, None),
        ("numeric", np.abs(NOISE) * (1 - 2 * (THREE == 1)), THREE, None),
        ("categorical", [f"row {i}" for i in range(ROWS)], TWO, None),
    ],
    ids=["split", "splits", "names", "honest", "half", "row names"],
)
def test_column_that_tells_the_class_is_found(
    table: Table, kind: str, column: Any, y: np.ndarray, measure: str | None
) -> None:
    classes = ("a", "b", "c")[: y.max() + 1]
    expected = [("x", f"tells the class almost alone ({measure}){KNOWN}")] if measure else []
    assert told(table({"x": (kind, column)}, y, classes)) == expected


def test_column_must_do_better_than_the_most_frequent_class(table: Table) -> None:
    y = np.zeros(ROWS, int)
    y[:2] = 1  # always saying 0 is right in 99.5%
    x = np.zeros(ROWS)
    x[0] = 1  # one split is right in 99.75%
    assert told(table({"x": ("numeric", x)}, y, ("a", "b"))) == []


def test_dates_can_tell_the_answer(table: Table) -> None:
    days = np.datetime64("2020-01-01") + np.where(TWO, 400, 0) + np.arange(ROWS) % 300
    written = [f"{day} 00:00:00" for day in days]
    data = table({"closed": ("date", written)}, TWO, ("a", "b"))
    assert told(data)[0][0] == "closed"


def test_missing_numbers_are_left_aside(table: Table) -> None:
    x = VALUES.copy()
    x[::3] = np.nan
    assert told(table({"x": ("numeric", x)}, VALUES)) == [
        ("x", f"tells y almost alone (correlation 1.000){KNOWN}")
    ]


def test_few_rows_prove_nothing(table: Table) -> None:
    assert told(table({"x": ("numeric", VALUES[:40])}, VALUES[:40])) == []
