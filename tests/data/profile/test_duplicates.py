"""Equal examples: which are counted, and which rows are named."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from dlkit.data.dataset import Dataset
from dlkit.data.profile.duplicates import example_keys, find_duplicates
from dlkit.data.profile.survey import survey

Table = Callable[..., Dataset]

HINT = "They flatter its scores. Remove copies before the data is split."


def told(dataset: Dataset, *, folds: bool = False) -> list[tuple[str, str]]:
    found = find_duplicates(survey(dataset), lambda row: f"row {row + 1}", folds=folds)
    return [(one.message, one.hint) for one in found]


def numbers(**copies: int) -> np.ndarray:
    """Return 0 to 19, some places holding the number of another."""
    values = np.arange(20.0)
    for place, other in copies.items():
        values[int(place[1:])] = other
    return values


CLASSES = np.zeros(20, int)


@pytest.mark.parametrize(
    ("values", "message", "hint"),
    [
        (
            numbers(_5=2, _6=2),
            "2 training examples equal earlier ones in all inputs (first: row 3 and row 6)",
            "",
        ),
        (
            numbers(_18=4),
            "1 of 4 test examples stands in training too (first: row 19 equals row 5)",
            HINT,
        ),
        (
            numbers(_13=1, _12=0),
            "2 of 4 validation examples stand in training too (first: row 13 equals row 1)",
            HINT,
        ),
    ],
    ids=["training", "test", "validation"],
)
def test_copies_are_counted_by_part(
    table: Table, values: np.ndarray, message: str, hint: str
) -> None:
    data = table({"n": ("numeric", values)}, CLASSES, ("a", "b"), (12, 4, 4))
    assert told(data) == [(message, hint)]


@pytest.mark.parametrize("values", [numbers(), numbers(_19=18)], ids=["none", "in the test"])
def test_what_was_not_learned_twice_is_no_copy(table: Table, values: np.ndarray) -> None:
    data = table({"n": ("numeric", values)}, CLASSES, ("a", "b"), (12, 4, 4))
    assert told(data) == []


def test_with_folds_every_copy_counts(table: Table) -> None:
    data = table({"n": ("numeric", numbers(_18=4))}, CLASSES, ("a", "b"), (12, 4, 4))
    assert told(data, folds=True) == [
        (
            "1 example equals an earlier one in all inputs (first: row 5 and row 19)",
            "With folds a copy may be learned and its equal tested.",
        )
    ]


def test_copies_with_other_labels_are_told(table: Table) -> None:
    labels = CLASSES.copy()
    labels[6] = 1
    data = table({"n": ("numeric", numbers(_5=2, _6=2))}, labels, ("a", "b"), (12, 4, 4))
    message = "1 example has the inputs of another and not its label (first: row 3 and row 7)"
    assert told(data)[1] == (f"{message}: no model can be right on both", "")


def test_few_different_inputs_are_no_copies(table: Table) -> None:
    data = table({"n": ("numeric", np.arange(20.0) % 4)}, CLASSES, ("a", "b"), (12, 4, 4))
    assert told(data) == [("20 examples have only 4 different inputs", "")]


def test_keys_are_equal_where_all_columns_are(table: Table) -> None:
    data = table(
        {
            "n": ("numeric", [0.0, -0.0, 1.0, float("nan"), float("nan"), 0.0]),
            "c": ("categorical", ["a", "a", "a", "b", "b", "b"]),
        },
        np.zeros(6, int),
        ("a", "b"),
    )
    keys = example_keys(survey(data)).tolist()
    assert keys[0] == keys[1]
    assert keys[3] == keys[4]
    assert len(set(keys)) == 4


def test_keys_of_columns_in_another_order_differ(table: Table) -> None:
    data = table(
        {"a": ("numeric", [1.0, 2.0, 3.0]), "b": ("numeric", [2.0, 1.0, 3.0])},
        np.zeros(3, int),
        ("a", "b"),
    )
    assert len(set(example_keys(survey(data)).tolist())) == 3


def test_equal_pictures_are_found_by_their_bytes(arrays: Table) -> None:
    x = np.random.default_rng(0).integers(0, 255, (10, 12, 12), dtype=np.uint8)
    x[7] = x[2]
    assert told(arrays(x, np.zeros(10, int)))[0][0] == (
        "1 training example equals an earlier one in all inputs (first: row 3 and row 8)"
    )
