from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from dlkit.config.choices import Choice
from dlkit.config.data_sources import SOURCES
from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset
from dlkit.data.files import NotFoundError
from dlkit.data.load import load_dataset
from dlkit.data.named.sources import read_source
from dlkit.errors import DataError

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("data_folder", "no_network")]

Pictures = Callable[..., dict[str, np.ndarray]]


def load(source: str, **settings: str) -> Dataset:
    """Load a dataset as an experiment on ten classes would."""
    config = {
        "dataset": {"source": source, "validation": 0, **settings},
        "architecture": {
            "layers": ["Flatten", {"Dense": {"units": 10, "activation": "softmax"}}]
        },
        "loss": "sparse_categorical_crossentropy",
        "optimizer": "SGD",
    }
    return load_dataset(load_config(config).config, [])


def named(name: str) -> Choice:
    """Return a named dataset with its default settings."""
    return Choice(name, SOURCES[name]())


def enlarged(picture: np.ndarray, size: int) -> np.ndarray:
    """Enlarge by straight lines between the centers of the pixels, row by row."""
    old = len(picture)
    places = (np.arange(size) + 0.5) * old / size - 0.5  # np.interp holds the ends level
    wide = np.array([np.interp(places, np.arange(old), row) for row in picture])
    return np.array([np.interp(places, np.arange(old), column) for column in wide.T]).T


def test_missing_dataset_is_told_with_what_to_do(data_folder: Path) -> None:
    with pytest.raises(NotFoundError, match=r"^mnist is not on this machine") as error:
        read_source(named("mnist"))
    assert str(error.value) == (
        "mnist is not on this machine and could not be downloaded. Put mnist.npz (arrays"
        f" x_train, y_train, x_test, y_test) at {data_folder / 'mnist.npz'}, or set DLKIT_DATA"
        " to its folder, or name a stand-in under `offline:`."
    )


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_missing_texts_are_told_with_their_layout(
    data_folder: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(NotFoundError, match="could not be downloaded") as error:
        read_source(named(name))
    assert str(error.value) == (
        f"{name} is not on this machine and could not be downloaded. Put {name}.npz (arrays"
        " x_train, y_train, x_test, y_test; a row of word numbers a text) at"
        f" {data_folder / f'{name}.npz'}, or set DLKIT_DATA to its folder. Keras's own"
        f" {name}.npz belongs in {tmp_path / 'keras' / 'datasets'}."
    )


@pytest.mark.parametrize("name", ["california_housing", "boston_housing"])
def test_missing_houses_are_told_without_a_stand_in_that_nothing_can_be(
    data_folder: Path, tmp_path: Path, name: str
) -> None:
    with pytest.raises(NotFoundError, match="could not be downloaded") as error:
        read_source(named(name))
    assert str(error.value) == (
        f"{name} is not on this machine and could not be downloaded. Put {name}.npz (arrays"
        f" x_train, y_train, x_test, y_test) at {data_folder / f'{name}.npz'}, or set"
        f" DLKIT_DATA to its folder. Keras's own {name}.npz belongs in"
        f" {tmp_path / 'keras' / 'datasets'}."
    )


def test_missing_dataset_is_sought_in_keras_s_cache_without_dlkit_data(
    keras_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DLKIT_DATA")
    with pytest.raises(NotFoundError, match="could not be downloaded") as error:
        read_source(named("mnist"))
    assert f" at {keras_folder / 'mnist.npz'}, or" in str(error.value)


def test_missing_dataset_is_an_error_of_the_data_when_it_has_no_stand_in() -> None:
    with pytest.raises(DataError, match=r"^mnist is not on this machine") as error:
        load("mnist")
    assert error.value.exit_code == 3


def test_download_says_nothing_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotFoundError, match="could not be downloaded"):
        read_source(named("mnist"))
    assert capfd.readouterr().out == ""


def test_cached_copy_that_cannot_be_read_is_left_as_it_is(keras_folder: Path) -> None:
    folder = keras_folder / "fashion-mnist"
    folder.mkdir()
    names = ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1", "t10k-images-idx3")
    files = [folder / f"{name}-ubyte.gz" for name in names]
    for file in files:
        file.write_bytes(b"damaged")
    with pytest.raises(NotFoundError, match=r"^Keras's cached copy of fashion_mnist in "):
        read_source(named("fashion_mnist"))
    assert [file.read_bytes() for file in files] == [b"damaged"] * 4


@pytest.mark.parametrize(("source", "shape"), [("mnist", (28, 28)), ("cifar10", (32, 32, 3))])
def test_stand_in_has_the_shape_of_what_it_stands_in_for(
    source: str, shape: tuple[int, ...]
) -> None:
    data = load(source, offline="digits")
    assert (data.name, data.stand_in_for) == ("digits", source)
    assert (data.train.x.shape[1:], data.train.x.dtype) == (shape, np.uint8)
    # A fifth of scikit-learn's 1797 digits, rounded, is the test.
    assert (len(data.train), len(data.test)) == (1438, 359)


def test_stand_in_shows_the_same_digits_enlarged_to_the_full_range() -> None:
    data = load("mnist", offline="digits")
    digits = load_digits()
    kept, _ = train_test_split(
        np.arange(1797), test_size=359, random_state=0, stratify=digits.target
    )
    for place, index in enumerate(sorted(kept)[:50]):
        expected = enlarged(digits.images[index], 28) * 255 / 16
        assert data.train.y[place] == digits.target[index]
        # Rounded to whole numbers, from 32-bit ones.
        np.testing.assert_allclose(data.train.x[place], expected, rtol=0, atol=0.501)


def test_stand_in_in_color_is_averaged_to_gray(data_folder: Path, pictures: Pictures) -> None:
    arrays = pictures(train=20, test=20, shape=(32, 32, 3))
    arrays["x_train"][:] = [0, 51, 255]
    np.savez(data_folder / "cifar10.npz", **arrays)
    data = load("mnist", offline="cifar10")
    assert data.train.x.shape[1:] == (28, 28)
    assert np.unique(data.train.x).tolist() == [102]


def test_stand_in_in_gray_is_repeated_over_the_colors() -> None:
    data = load("cifar10", offline="digits")
    red, green, blue = np.moveaxis(data.train.x, -1, 0)
    np.testing.assert_array_equal(red, green)
    np.testing.assert_array_equal(red, blue)
