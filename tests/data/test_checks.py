"""What is proved of data before anything is trained on it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.data_sources import Whole
from dlkit.config.dataset_section import DatasetConfig
from dlkit.data.checks import check_finite, check_parts
from dlkit.data.dataset import Dataset, Split
from dlkit.errors import DataError


def split(labels: list[int]) -> Split:
    return Split(np.zeros((len(labels), 2)), np.array(labels, np.int32))


def dataset(
    train: list[int],
    validation: list[int] | None,
    test: list[int],
    task: Any = "classification",
) -> Dataset:
    source = DatasetConfig(source=Choice("iris", Whole()))
    held = None if validation is None else split(validation)
    names = ("cat", "dog", "emu")
    parts = (split(train), held, split(test))
    return Dataset("pets", None, "here", task, names, (), *parts, source)


def test_parts_with_all_classes_need_no_words() -> None:
    assert check_parts(dataset([0, 1, 2], [0, 2], [1, 2])) == ()


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        pytest.param(([], None, [0]), r"^pets: there are no train examples\.$", id="train"),
        pytest.param(
            ([0, 1], [], [0]), r"^pets: there are no validation examples\.$", id="validation"
        ),
        pytest.param(([0, 1], None, []), r"^pets: there are no test examples\.$", id="test"),
        pytest.param(
            ([1, 1, 1], None, [0, 1]),
            r"^pets: all 3 training examples are of the class 'dog'\. There is nothing to tell"
            r" apart\.$",
            id="one-class",
        ),
        pytest.param(
            ([0, 1], [2, 0, 2], [0, 1]),
            r"^pets: validation has classes that training lacks: 'emu' \(2\)\. Use another"
            r" seed, a larger share for training, or merge rare classes\.$",
            id="class-only-in-validation",
        ),
    ],
)
def test_parts_that_cannot_do_their_work_are_refused(parts: Any, said: str) -> None:
    with pytest.raises(DataError, match=said):
        check_parts(dataset(*parts))


def test_class_that_only_the_test_has_is_told() -> None:
    notes = check_parts(dataset([0, 1], [0, 1], [0, 1, 2, 2]))
    assert notes == (
        "test has classes that training lacks, and no model can predict: 'emu' (2)",
    )


def test_part_of_one_class_is_told() -> None:
    notes = check_parts(dataset([0, 1], [1, 1], [0]))
    assert notes == (
        "all validation examples are of the class 'dog'",
        "all test examples are of the class 'cat'",
    )


def test_values_have_no_classes_to_miss() -> None:
    assert check_parts(dataset([0, 0], None, [1], task="regression")) == ()


def test_finite_numbers_and_texts_pass() -> None:
    numbers = np.array([[1.0, -1e30]])
    check_finite({"a": numbers, "b": np.array(["nan"], object), "c": np.array([1])}, "made")


def test_first_fault_of_several_inputs_is_named() -> None:
    bad = np.zeros((4, 2, 3), np.float32)
    bad[1, 1, 2] = bad[3] = np.inf
    expected = (
        r"^made: 2 of 4 examples of 'b' have values that are not finite \(first in row 1,"
        r" column 5\)\. Training needs numbers\.$"
    )
    with pytest.raises(DataError, match=expected):
        check_finite({"a": np.zeros((4, 1)), "b": bad}, "made")
