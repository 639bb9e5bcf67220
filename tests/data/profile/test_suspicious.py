"""What looks wrong with a column by itself, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.dataset import Dataset
from dlkit.data.profile.survey import survey
from dlkit.data.profile.suspicious import find_suspicious, is_identifier

Table = Callable[..., Dataset]

GENERATOR = np.random.default_rng(1)
ROWS = 200
PLAIN = GENERATOR.normal(size=ROWS)


def told(dataset: Dataset, **settings: Any) -> list[tuple[str, str, str]]:
    features = {
        column.name: Choice(column.feature.name, FEATURES[column.feature.name](**settings))
        for column in dataset.columns
    }
    found = find_suspicious(survey(dataset), dataset, features, weighted=False)
    return [(one.place, one.message, one.hint) for one in found]


def test_plain_columns_raise_no_suspicion(table: Table) -> None:
    names = GENERATOR.choice(["a", "b", "c"], ROWS).tolist()
    data = table({"n": ("numeric", PLAIN), "c": ("categorical", names)}, PLAIN)
    assert told(data) == []


NOTHING = "it says nothing"
ZEROS = "0 stands in 20 rows (10%), and the other values are 40 to 90: does it mean missing?"
ROW_NAME = "another value in every row: does it name the row?"


@pytest.mark.parametrize(
    ("kind", "values", "message", "hint"),
    [
        ("numeric", [5.0] * ROWS, f"always 5: {NOTHING}", "`x: drop`"),
        ("categorical", ["DE"] * ROWS, f"always DE: {NOTHING}", "`x: drop`"),
        (
            "categorical",
            ["DE"] * (ROWS - 1) + [""],
            f"always DE where it is not missing: {NOTHING}",
            "`x: drop`",
        ),
        (
            "categorical",
            ["no"] * (ROWS - 1) + ["yes"],
            "no in all rows but 1: it says next to nothing",
            "",
        ),
        ("numeric", np.arange(ROWS) + 1000.0, ROW_NAME, "`x: drop`"),
        (
            "numeric",
            np.cumsum(GENERATOR.integers(1, 9, ROWS)).astype(float),
            ROW_NAME,
            "`x: drop`",
        ),
        ("categorical", [f"C{i:03d}" for i in range(ROWS)], ROW_NAME, "`x: drop`"),
        (
            "numeric",
            np.concatenate([[0.0] * 20, np.linspace(40, 90, ROWS - 20)]),
            ZEROS,
            "`x: {numeric: {missing: median, missing_values: [0]}}`",
        ),
        (
            "numeric",
            [50.0] * 70 + [60.0] * 59 + [70.0] * 70 + [1e6],
            "1 row is far from all others: 1e+06, while half of the rows are 50 to 70",
            "If they are right, `log: true` or `bins: 10` tames them.",
        ),
    ],
    ids=[
        *("constant", "constant name", "constant but missing", "nearly constant"),
        *("row numbers", "growing", "row names", "zeros", "outlier"),
    ],
)
def test_suspicious_column_is_told(
    table: Table, kind: str, values: Any, message: str, hint: str
) -> None:
    assert told(table({"x": (kind, values)}, PLAIN)) == [("x", message, hint)]


def test_missing_numbers_that_a_run_refuses_are_told(table: Table) -> None:
    values = PLAIN.copy()
    values[[3, 70]] = np.nan
    data = table({"my size": ("numeric", values)}, PLAIN)
    assert told(data, log=True) == [
        (
            "my size",
            "2 rows have no value, and training refuses that",
            "`my size: {numeric: {missing: median, log: true}}`",
        )
    ]
    assert told(data, missing="mean") == []


def test_remedy_keeps_what_the_config_says(table: Table) -> None:
    values = np.concatenate([[-1.0] * 20, np.linspace(40, 90, ROWS - 21), [np.nan]])
    data = table({"x": ("numeric", values)}, PLAIN)
    remedies = [hint for _, _, hint in told(data, bins=4, missing_values=(0.0, 99.5))]
    assert remedies == [
        "`x: {numeric: {missing: median, bins: 4, missing_values: [0, 99.5]}}`",
        "`x: {numeric: {missing: median, bins: 4, missing_values: [0, 99.5, -1]}}`",
    ]


@pytest.mark.parametrize(
    ("kind", "values", "named"),
    [
        ("numeric", GENERATOR.permutation(ROWS).astype(float), True),
        ("numeric", PLAIN, False),
        ("numeric", GENERATOR.integers(0, 50, ROWS).astype(float), False),
        ("numeric", GENERATOR.permutation(10 * ROWS)[:ROWS].astype(float), False),
        ("categorical", [f"{i}" for i in range(ROWS // 2)] * 2, False),
        ("text", [f"the house number {i}" for i in range(ROWS)], False),
        ("date", [f"2020-01-01 00:00:{i % 60:02d}" for i in range(ROWS)], False),
    ],
    ids=["shuffled", "real", "repeated", "sparse", "names", "texts", "dates"],
)
def test_identifiers_are_told_from_values(
    table: Table, kind: str, values: Any, named: bool
) -> None:
    (field,) = survey(table({"x": (kind, values)}, PLAIN)).fields
    assert is_identifier(field) == named


@pytest.mark.parametrize(("rare", "found"), [(10, 1), (19, 0)])
def test_classes_far_from_even_are_told_beyond_ten_to_one(
    table: Table, rare: int, found: int
) -> None:
    y = np.zeros(ROWS, int)
    y[:rare] = 1
    findings = told(table({"n": ("numeric", PLAIN)}, y, ("healthy", "ill")))
    assert len(findings) == found
    if found:
        message = "classes are far from even: 190 of healthy and 10 of ill; always saying"
        message += " healthy is right in 95%"
        assert findings == [("", message, "`training: {class_weight: balanced}`")]


def test_classes_that_capitals_or_spaces_tell_apart_are_told(table: Table) -> None:
    y = np.arange(ROWS) % 5
    classes = ("Bad", "New York", "bad", "good", "newyork ")
    alike = ["'Bad' and 'bad'", "'New York' and 'newyork '"]
    assert told(table({"n": ("numeric", PLAIN)}, y, classes)) == [
        ("", f"the classes {pair} differ in capitals or spaces alone", "") for pair in alike
    ]


def test_skewed_target_is_told(table: Table) -> None:
    y = np.ones(ROWS)
    y[0] = 1 + ROWS  # its skewness is (n - 2) / sqrt(n - 1)
    (finding,) = told(table({"n": ("numeric", PLAIN)}, y))
    assert finding == (
        "y",
        "very skewed (skewness 14.0): a few large values decide the loss",
        "`loss: mae` or `huber` minds them less than mse does, msle compares ratios.",
    )


def test_blank_and_gray_pictures_are_told(arrays: Table) -> None:
    x = GENERATOR.integers(0, 255, (20, 9, 9, 1), dtype=np.uint8).repeat(3, axis=3)
    x[4:6] = 7
    assert told(arrays(x, np.arange(20) % 2)) == [
        ("input", "2 pictures are all one color", ""),
        (
            "input",
            "three channels, and all pictures are gray",
            "`color_mode: grayscale` does with a third.",
        ),
    ]


def test_constant_values_of_arrays_are_counted(arrays: Table) -> None:
    x = GENERATOR.normal(size=(20, 100)).astype(np.float32)
    x[:, [3, 50]] = 1
    assert told(arrays(x, np.arange(20) % 2)) == [
        ("input", "2 of 100 values are the same in all examples", "")
    ]
