"""Texts as word numbers, and houses: what Keras's own files lay out in another way."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.data_sources import Padded, Whole
from dlkit.data.files import NotFoundError
from dlkit.data.named.sources import KERAS_ARCHIVES, OWN_HASHES, read_arrays, read_source
from dlkit.errors import DataError

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("data_folder", "no_network")]

TEXTS = ([1, 14, 22, 16], [1, 7], [1, 5, 6, 8, 9, 10, 11], [1])


def write_texts(folder: Path, name: str = "imdb", **change: Any) -> Path:
    """Write word numbers in rows of four, padded in front."""
    rows = np.array([[1, 14, 22, 16], [0, 0, 1, 7]])
    arrays = {"x_train": rows, "y_train": [1, 0], "x_test": rows[::-1], "y_test": [0, 1]}
    np.savez(folder / f"{name}.npz", **arrays | change)
    return folder / f"{name}.npz"


def write_houses(folder: Path, name: str, columns: int) -> dict[str, np.ndarray]:
    """Write prices that are no whole numbers, and return what was written."""
    generator = np.random.default_rng(3)
    arrays = {
        "x_train": generator.normal(size=(6, columns)),
        "y_train": generator.normal(size=6),
        "x_test": generator.normal(size=(2, columns)),
        "y_test": generator.normal(size=2),
    }
    np.savez(folder / f"{name}.npz", **arrays)
    return arrays


def ragged(texts: Any) -> np.ndarray:
    """Return texts as Keras's loaders do: lists in an array of objects."""
    array = np.empty(len(texts), dtype=object)
    array[:] = [list(text) for text in texts]
    return array


def give_texts(monkeypatch: pytest.MonkeyPatch, name: str = "imdb") -> list[dict[str, Any]]:
    """Let Keras's loader return the texts above; return what it is called with."""
    calls: list[dict[str, Any]] = []

    def load_data(**arguments: Any) -> Any:
        calls.append(arguments)
        labels = np.array([1, 0, 1, 0])
        return (ragged(TEXTS), labels), (ragged(TEXTS[::-1]), labels[::-1])

    monkeypatch.setattr(f"keras.datasets.{name}.load_data", load_data)
    return calls


@pytest.mark.parametrize("name", ["imdb", "reuters"])
@pytest.mark.parametrize("maxlen", [1, 3, 7, 9])
def test_texts_are_padded_and_cut_as_keras_does(
    monkeypatch: pytest.MonkeyPatch, name: str, maxlen: int
) -> None:
    import keras

    calls = give_texts(monkeypatch, name)
    raw = read_source(Choice(name, Padded(num_words=50, maxlen=maxlen)))
    np.testing.assert_array_equal(raw.x, keras.utils.pad_sequences(TEXTS, maxlen=maxlen))
    np.testing.assert_array_equal(
        raw.x_test, keras.utils.pad_sequences(TEXTS[::-1], maxlen=maxlen)
    )
    assert (calls, raw.x.dtype, raw.y.tolist()) == ([{"num_words": 50}], np.int32, [1, 0, 1, 0])


def test_texts_keep_their_last_words_and_get_zeros_in_front(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give_texts(monkeypatch)
    raw = read_source(Choice("imdb", Padded(maxlen=3)))
    assert raw.x.tolist() == [[14, 22, 16], [0, 1, 7], [9, 10, 11], [0, 0, 1]]
    assert raw.class_names == ("negative", "positive")
    assert (raw.feature_names, raw.target_names, raw.notes) == ((), (), ())
    assert raw.origin == "downloaded by Keras"


@pytest.mark.parametrize("maxlen", [2, 4])
def test_texts_of_a_file_are_cut_as_keras_cuts_them(data_folder: Path, maxlen: int) -> None:
    import keras

    path = write_texts(data_folder)
    raw = read_source(Choice("imdb", Padded(maxlen=maxlen)))
    expected = keras.utils.pad_sequences([[1, 14, 22, 16], [1, 7]], maxlen=maxlen)
    np.testing.assert_array_equal(raw.x, expected)
    np.testing.assert_array_equal(raw.x_test, expected[::-1])
    assert (raw.x.dtype, raw.origin, raw.notes) == (np.int32, str(path), ())


def test_texts_of_a_file_that_are_shorter_than_asked_are_padded_and_noted(
    data_folder: Path,
) -> None:
    path = write_texts(data_folder)
    raw = read_source(Choice("imdb", Padded(maxlen=6)))
    assert raw.x.tolist() == [[0, 0, 1, 14, 22, 16], [0, 0, 0, 0, 1, 7]]
    assert raw.notes == tuple(
        f"{name} of {path} has 4 words a text, not 6; padded in front"
        for name in ("x_train", "x_test")
    )


def test_rare_words_of_a_file_are_told_apart_no_more(data_folder: Path) -> None:
    write_texts(data_folder)
    # Keras keeps words below num_words, and writes 2 for the others.
    raw = read_source(Choice("imdb", Padded(num_words=16, maxlen=4)))
    assert raw.x.tolist() == [[1, 14, 2, 2], [0, 0, 1, 7]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_train": np.ones((2, 4))}, r"in x_train, received float64\.$"),
        ({"x_test": np.array([[1, -3], [0, 1]])}, r"in x_test, received -3\.$"),
    ],
    ids=["floats", "negative"],
)
def test_texts_of_a_file_are_refused_when_they_are_no_word_numbers(
    data_folder: Path, change: dict[str, Any], said: str
) -> None:
    write_texts(data_folder, **change)
    expected = r"imdb\.npz: expected word numbers \(whole ones from 0\) " + said
    with pytest.raises(DataError, match=expected):
        read_source(Choice("imdb", Padded()))


@pytest.mark.parametrize("x", [np.zeros(2, int), np.zeros((2, 3, 4), int), np.zeros((2, 0))])
def test_texts_of_a_file_are_refused_when_they_are_no_rows(
    data_folder: Path, x: np.ndarray
) -> None:
    write_texts(data_folder, x_train=x)
    expected = r"expected x_train of shape \(n, any\) and as many labels, received \("
    with pytest.raises(DataError, match=expected):
        read_source(Choice("imdb", Padded()))


@pytest.mark.parametrize(
    ("name", "columns", "first"),
    [("california_housing", 8, "MedInc"), ("boston_housing", 13, "CRIM")],
)
def test_houses_of_a_file_have_prices_and_named_columns(
    data_folder: Path, name: str, columns: int, first: str
) -> None:
    written = write_houses(data_folder, name, columns)
    raw = read_source(Choice(name, Whole()))
    np.testing.assert_array_equal(raw.x, written["x_train"].astype(np.float32))
    np.testing.assert_array_equal(raw.x_test, written["x_test"].astype(np.float32))
    np.testing.assert_array_equal(raw.y, written["y_train"])
    assert (len(raw.feature_names), raw.feature_names[0]) == (columns, first)
    assert (raw.class_names, raw.target_names) == (None, ("price",))


def test_values_that_are_no_whole_numbers_are_no_classes(tmp_path: Path) -> None:
    write_houses(tmp_path, "houses", 8)
    with pytest.raises(DataError, match="expected class numbers in y_train, received "):
        read_arrays(tmp_path / "houses.npz", (8,))
    assert read_arrays(tmp_path / "houses.npz", (8,), "regression").y.shape == (6,)


@pytest.mark.parametrize("name", OWN_HASHES)
def test_hash_and_name_of_keras_s_file_are_those_of_its_loader(name: str) -> None:
    import keras

    source = inspect.getsource(getattr(keras.datasets, name).load_data)
    assert f'"{OWN_HASHES[name]}"' in source
    assert f'path="{KERAS_ARCHIVES[name][0]}"' in source


@pytest.mark.parametrize("name", ["imdb", "reuters", "california_housing", "boston_housing"])
def test_strange_file_in_keras_s_cache_is_left_as_it_is(keras_folder: Path, name: str) -> None:
    file = keras_folder / f"{name}.npz"
    np.savez(file, x=np.zeros((6, 8)), y=np.zeros(6))
    whole = file.read_bytes()
    with pytest.raises(DataError, match=rf"{name}\.npz: expected the arrays x_train, "):
        read_source(Choice(name, Padded() if name in {"imdb", "reuters"} else Whole()))
    assert file.read_bytes() == whole


def as_own(monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
    """Write a file and let it count as the one of Keras's."""
    file.write_bytes(b"as if it were Keras's")
    known = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setitem(OWN_HASHES, "imdb", known)


def test_keras_s_own_file_in_its_cache_is_read_by_its_loader(
    keras_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_own(monkeypatch, keras_folder / "imdb.npz")
    give_texts(monkeypatch)
    raw = read_source(Choice("imdb", Padded(maxlen=2)))
    assert raw.x.tolist() == [[22, 16], [1, 7], [10, 11], [0, 1]]
    assert raw.origin == "Keras's cache"


def test_keras_s_own_file_elsewhere_is_refused_with_its_place(
    data_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    as_own(monkeypatch, data_folder / "imdb.npz")
    give_texts(monkeypatch)
    with pytest.raises(DataError, match="Keras's own file") as error:
        read_source(Choice("imdb", Padded()))
    assert not isinstance(error.value, NotFoundError)
    assert str(error.value) == (
        f"{data_folder / 'imdb.npz'}: this is Keras's own file, which its loader reads from"
        f" {tmp_path / 'keras' / 'datasets'} only. Move it there."
    )
