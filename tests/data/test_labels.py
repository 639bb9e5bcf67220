"""Labels: from cells of target columns to arrays that a loss compares with."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from sklearn.preprocessing import LabelEncoder, MultiLabelBinarizer

from dlkit.config.dataset_section import TargetConfig
from dlkit.config.datasets import Task
from dlkit.config.targets import Aim
from dlkit.data.labels import (
    MAX_CLASSES,
    LabelCodec,
    fit_codec,
    in_order,
    label_texts,
    split_tags,
)
from dlkit.errors import DataError


def texts(*cells: str) -> np.ndarray:
    return np.array(cells, object)


def where(row: int) -> str:
    return f"made.csv:{row + 2}"


def learn(
    task: Task, column: np.ndarray, separator: str | None = None, classes: Any = None
) -> LabelCodec:
    target = TargetConfig(columns=("y",), separator=separator, classes=classes)
    return fit_codec(Aim(task, target), [{"y": column}])


def test_classes_are_numbered_as_scikit_learn_numbers_them() -> None:
    column = texts("dog", "cat", "dog", "emu", "cat")
    codec = learn("classification", column)
    y = codec.encode({"y": column}, where)
    encoder = LabelEncoder().fit(column)
    assert (y.dtype, list(codec.class_names)) == (np.int32, list(encoder.classes_))
    assert y.tolist() == encoder.transform(column).tolist() == [1, 0, 1, 2, 0]


@pytest.mark.parametrize(
    ("column", "names"),
    [
        pytest.param(texts("10", "9", "100"), ("9", "10", "100"), id="texts-of-numbers"),
        pytest.param(np.array([2.0, 0.0, 1.0]), ("0", "1", "2"), id="whole-floats"),
        pytest.param(np.array([0.5, -1.5]), ("-1.5", "0.5"), id="fractions"),
        pytest.param(np.array([True, False]), ("0", "1"), id="truth"),
        pytest.param(texts(" a", "a ", "b"), ("a", "b"), id="spaces-around"),
        pytest.param(texts("1", "x", "02"), ("02", "1", "x"), id="mixed"),
    ],
)
def test_class_names_are_texts_in_a_natural_order(
    column: np.ndarray, names: tuple[str, ...]
) -> None:
    codec = learn("classification", column)
    assert codec.class_names == names
    encoded = codec.encode({"y": column}, where)
    assert [names[label] for label in encoded] == label_texts(column).tolist()


def test_classes_of_the_config_are_taken_in_its_order() -> None:
    column = texts("no", "yes", "no")
    codec = learn("classification", column, classes=("yes", "no", "maybe"))
    assert codec.class_names == ("yes", "no", "maybe")
    assert codec.encode({"y": column}, where).tolist() == [1, 0, 1]


def test_classes_that_the_config_does_not_name_are_refused() -> None:
    column = texts("no", "perhaps", "yes")
    expected = (
        r"^dataset\.target\.classes: expected yes, no in 'y', and there is also 'perhaps'\.$"
    )
    with pytest.raises(DataError, match=expected):
        learn("classification", column, classes=("yes", "no"))


def test_classes_are_found_in_all_blocks() -> None:
    target = TargetConfig(columns=("y",))
    blocks = [{"y": texts("b")}, {"y": texts("c", "b")}, {"y": texts("a")}]
    assert fit_codec(Aim("classification", target), blocks).class_names == ("a", "b", "c")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("10", "1", "01", "1.0", "9"), ["01", "1", "1.0", "9", "10"]),
        (("1", "nan", "0", "10", "9"), ["0", "1", "10", "9", "nan"]),
    ],
    ids=["equal numbers", "no number"],
)
def test_order_of_classes_does_not_depend_on_that_of_their_finding(
    names: tuple[str, ...], expected: list[str]
) -> None:
    assert all(in_order(order) == expected for order in permutations(names))


def test_unknown_class_of_later_data_is_told_apart() -> None:
    codec = learn("classification", texts("a", "b"))
    assert codec.encode({"y": texts("b", "z", "a")}, where).tolist() == [1, -1, 0]


@pytest.mark.parametrize(
    "column", [texts("a", "", "b", " "), np.array([1.0, np.nan, 0, np.nan])], ids=["", "nan"]
)
def test_missing_labels_are_refused_with_how_many_and_where(column: np.ndarray) -> None:
    codec = learn("classification", column)
    expected = (
        r"^target 'y': 2 of 4 rows have no label \(first: made\.csv:3\)\."
        r" Fill them in, or take these rows out\.$"
    )
    with pytest.raises(DataError, match=expected):
        codec.encode({"y": column}, where)


def test_target_with_too_many_classes_is_no_target_of_classes() -> None:
    column = np.arange(MAX_CLASSES + 1).astype(float)
    expected = r"^target 'y': more than 10,000 different labels\. For values to predict use a"
    with pytest.raises(DataError, match=expected):
        learn("classification", column)


@pytest.mark.parametrize(
    ("different", "rows", "refused"),
    [(51, 100, True), (50, 100, False), (20, 20, False), (21, 21, True)],
)
def test_labels_that_hardly_repeat_are_values(different: int, rows: int, refused: bool) -> None:
    column = np.arange(rows) % different + 0.5
    if not refused:
        assert len(learn("classification", column).class_names) == different
        return
    expected = (
        rf"^target 'y': {different} different labels in {rows} rows\. For values to predict use"
        r" a loss like mse, and no accuracy\.$"
    )
    with pytest.raises(DataError, match=expected):
        learn("classification", column)


def test_labels_of_a_cell_are_those_of_a_binarizer() -> None:
    column = texts("red; round", "", "round;red ;big", "big", "red;;")
    codec = learn("multi_label", column, separator=";")
    y = codec.encode({"y": column}, where)
    binarizer = MultiLabelBinarizer()
    expected = binarizer.fit_transform([split_tags(cell, ";") for cell in column])
    assert codec.class_names == tuple(binarizer.classes_) == ("big", "red", "round")
    assert (y.dtype, y.tolist()) == (np.float32, expected.tolist())


def test_unknown_label_among_several_is_left_out() -> None:
    codec = learn("multi_label", texts("a|b"), separator="|")
    assert codec.encode({"y": texts("b|z")}, where).tolist() == [[0, 1]]


def test_several_yes_or_no_columns_are_labels_in_their_order() -> None:
    codec = fit_codec(Aim("multi_label", TargetConfig(columns=("b", "a"))), [])
    values = {"a": np.array([0.0, 1.0]), "b": np.array([1.0, 1.0])}
    assert codec.class_names == ("b", "a")
    assert codec.encode(values, where).tolist() == [[1, 0], [1, 1]]


def test_yes_or_no_column_with_another_number_is_refused() -> None:
    codec = fit_codec(Aim("multi_label", TargetConfig(columns=("a", "b"))), [])
    values = {"a": np.array([0.0, 1.0]), "b": np.array([1.0, 2.0])}
    with pytest.raises(DataError, match=r"^made\.csv:3: expected 0 or 1 in 'b', received 2\.$"):
        codec.encode(values, where)


def test_values_are_float32_a_column_each() -> None:
    codec = fit_codec(Aim("regression", TargetConfig(columns=("h", "w"))), [])
    y = codec.encode({"w": np.array([1.5, 2]), "h": texts("3", "-4e1")}, where)
    assert (y.dtype, y.tolist()) == (np.float32, [[3, 1.5], [-40, 2]])
    assert codec.class_names == ()


@pytest.mark.parametrize(
    ("column", "said"),
    [
        pytest.param(
            np.array([1.0, np.nan, np.inf]),
            r"^target 'y': 2 of 3 rows have no finite value \(first: made\.csv:3\)\."
            r" Fill them in, or take these rows out\.$",
            id="not-finite",
        ),
        pytest.param(
            texts("1", "two"),
            r"^made\.csv:3: expected a number in the target 'y', received 'two'\. For classes"
            r" use a loss like sparse_categorical_crossentropy\.$",
            id="text",
        ),
    ],
)
def test_value_that_is_no_number_is_refused(column: np.ndarray, said: str) -> None:
    codec = fit_codec(Aim("regression", TargetConfig(columns=("y",))), [])
    with pytest.raises(DataError, match=said):
        codec.encode({"y": column}, where)
