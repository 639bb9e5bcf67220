from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.file_sources import ArraysSource
from dlkit.data.arrays.arrays import read_arrays
from dlkit.data.files import NotFoundError
from dlkit.data.raw import RawData
from dlkit.errors import DataError

Write = Callable[..., str]

CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(6, 4)).astype(np.float32)
Y = np.array([0, 1, 2, 0, 1, 2])


@pytest.fixture(params=["npz", "npz compressed", "npy"])
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Write:
    """Write arrays to an archive or a folder, in a folder with a space in its name."""
    (tmp_path / "my data").mkdir()

    def written(**arrays: Any) -> str:
        if request.param != "npy":
            path = tmp_path / "my data" / "all.npz"
            (np.savez if request.param == "npz" else np.savez_compressed)(path, **arrays)
            return str(path)
        for name, array in arrays.items():
            np.save(tmp_path / "my data" / f"{name}.npy", array)
        return str(tmp_path / "my data")

    return written


def read(path: str, **names: Any) -> RawData:
    return read_arrays(ArraysSource(path=path, **names), [Path("/")])


def test_layout_of_keras_is_known(write: Write) -> None:
    path = write(x_train=X, y_train=Y, x_test=X[:2], y_test=Y[:2])
    raw = read(path)
    for got, stored in ((raw.x, X), (raw.y, Y), (raw.x_test, X[:2]), (raw.y_test, Y[:2])):
        np.testing.assert_array_equal(got, stored)
        assert got.dtype == stored.dtype
    assert (raw.origin, raw.class_names, raw.target_names, raw.notes) == (path, None, (), ())
    assert raw.settings == ArraysSource(path=path, inputs=("x",), outputs=("y",))


def test_plain_x_and_y_have_no_test_split(write: Write) -> None:
    raw = read(write(x=X, y=Y, other=X))
    np.testing.assert_array_equal(raw.x, X)
    assert (raw.x_test, raw.y_test) == (None, None)
    assert raw.notes == ("Arrays that were not read: other.",)


def test_divided_arrays_come_before_plain_ones_where_none_is_named(write: Write) -> None:
    path = write(x=X, y=Y, x_train=X[:3], y_train=Y[:3])
    assert len(read(path).y) == 3
    assert len(read(path, inputs="x", outputs="y").y) == 6


def test_several_inputs_are_a_dict(write: Write) -> None:
    texts = np.array(["a", "bb", "", "d", "é", "f"])
    raw = read(write(image=X, words=texts, y=Y), inputs=["image", "words"], outputs="y")
    assert isinstance(raw.x, dict)
    assert list(raw.x) == ["image", "words"]
    np.testing.assert_array_equal(raw.x["image"], X)
    assert (raw.x["words"].tolist(), raw.x["words"].dtype) == (texts.tolist(), object)


def test_named_arrays_have_their_own_test_split(write: Write) -> None:
    arrays = {"image_train": X, "age_train": Y, "image_test": X[:2], "age_test": Y[:2]}
    raw = read(write(**arrays), inputs="image", outputs="age")
    np.testing.assert_array_equal(raw.x_test, X[:2])
    assert raw.y.tolist() == Y.tolist()


def test_divided_arrays_may_lack_a_test_split(write: Write) -> None:
    raw = read(write(x_train=X, y_train=Y))
    assert (raw.x_test, len(raw.y)) == (None, 6)


def test_several_outputs_are_columns(write: Write) -> None:
    raw = read(write(x=X, box=X[:, :2], age=Y), outputs=["box", "age"])
    np.testing.assert_array_equal(raw.y, np.column_stack([X[:, :2], Y]))
    assert raw.y.dtype == np.float32
    assert raw.target_names == ("box[0]", "box[1]", "age")


def test_one_output_of_several_values_names_them(write: Write) -> None:
    raw = read(write(x=X, y=X[:, :3]))
    assert (raw.y.shape, raw.target_names) == ((6, 3), ("y[0]", "y[1]", "y[2]"))


@pytest.mark.parametrize("labels", [Y, Y.astype(np.uint8), Y.reshape(-1, 1), Y / 2])
def test_labels_stay_as_they_are_in_a_row(write: Write, labels: np.ndarray) -> None:
    raw = read(write(x=X, y=labels))
    assert (raw.y.tolist(), raw.y.dtype) == (labels.reshape(-1).tolist(), labels.dtype)


@pytest.mark.parametrize(
    "labels", [np.array(["cat", "dög"] * 3), np.array([b"cat", b"dog"] * 3)]
)
def test_labels_may_be_texts(write: Write, labels: np.ndarray) -> None:
    raw = read(write(x=X, y=labels))
    assert raw.y.dtype.kind == "U"
    assert raw.y[0] == "cat"


def test_names_of_classes_are_read(write: Write) -> None:
    raw = read(write(x=X, y=Y, class_names=np.array(["a", "b", "c"])))
    assert (raw.class_names, raw.notes) == (("a", "b", "c"), ())


@pytest.mark.parametrize("dtype", [">f4", ">i2", "f2", "u1", "?", "longdouble"])
def test_numbers_are_such_as_tensorflow_takes(write: Write, dtype: str) -> None:
    x = np.array([[0, 1]] * 6, dtype)
    got = read(write(x=x, y=Y)).x
    np.testing.assert_array_equal(got, [[0, 1]] * 6)
    assert got.dtype.isnative
    assert got.dtype in (np.float16, np.float32, np.float64, np.int16, np.uint8)


def test_lone_numbers_become_a_column(write: Write) -> None:
    assert read(write(x=X[:, 0], y=Y)).x.shape == (6, 1)


FAULTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "misspelt": (
        {"images": X, "labels": Y},
        {"inputs": "imges", "outputs": "labels"},
        (
            "there is no array 'imges'. Did you mean 'images'? There are: images, labels. Name"
            " those that the model reads and gives under `inputs:` and `outputs:`."
        ),
    ),
    "no_names": (
        {"first": X, "second": Y},
        {},
        "there is no array 'x'. There are: first, second.",
    ),
    "half_a_test_split": (
        {"x_train": X, "y_train": Y, "x_test": X},
        {},
        "there is no array 'y_test'. Did you mean 'x_test'?",
    ),
    "divided_and_not": ({"x_train": X, "y": Y}, {}, "there is no array 'y_train'."),
    "lengths": (
        {"x": X, "y": Y[:5]},
        {},
        "expected as many examples in each array, received 6 in x and 5 in y.",
    ),
    "empty": (
        {"x": X[:0], "y": Y[:0]},
        {},
        "x: there are no examples, its shape is (0, 4).",
    ),
    "lone_value": (
        {"x": 3, "y": Y},
        {},
        "x: expected an example a row, received a lone value.",
    ),
    "complex": (
        {"x": X.astype(complex), "y": Y},
        {},
        "x: expected numbers or texts, received complex128.",
    ),
    "dates": (
        {"x": X, "y": Y.astype("datetime64[D]")},
        {},
        "y: expected numbers or texts, received datetime64[D].",
    ),
    "records": (
        {"x": np.zeros(6, [("a", "f4")]), "y": Y},
        {},
        "x: expected numbers or texts, received [('a', '<f4')].",
    ),
    "texts_in_columns": (
        {"x": np.array([["a", "b"]] * 6), "y": Y},
        {},
        "x: expected one text an example, shape (n,), received (6, 2).",
    ),
    "bytes": ({"x": np.array([b"\xff"] * 6), "y": Y}, {}, "x: expected texts in utf-8 ("),
    "deep_output": (
        {"x": X, "y": X.reshape(6, 2, 2)},
        {},
        "y: expected shape (n,) or (n, values), received (6, 2, 2).",
    ),
    "text_beside_numbers": (
        {"x": X, "name": np.array(list("abcdef")), "age": Y},
        {"outputs": ["name", "age"]},
        "name: texts are labels of one output, and there are several. Give them as numbers.",
    ),
    "test_of_another_shape": (
        {"x_train": X, "y_train": Y, "x_test": X[:, :3], "y_test": Y},
        {},
        (
            "expected x alike in training and test, received (6, 4) of float32 and (6, 3) of"
            " float32."
        ),
    ),
    "class_names": (
        {"x": X, "y": Y, "class_names": Y},
        {},
        "class_names: expected texts, a name a class, received int64 of shape (6,).",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_refused(write: Write, fault: str) -> None:
    arrays, names, text = FAULTS[fault]
    path = write(**arrays)
    with pytest.raises(DataError, match=f"^{re.escape(f'{path}: {text}')}"):
        read(path, **names)


def test_file_that_is_nowhere_is_not_found() -> None:
    with pytest.raises(NotFoundError, match=r"^gone\.npz: there is no such file"):
        read("gone.npz")
