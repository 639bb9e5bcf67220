from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn import datasets

from dlkit.config.choices import Choice
from dlkit.config.data_sources import SOURCES
from dlkit.data.named.sources import keras_cache, read_arrays, read_source
from dlkit.errors import DataError

Archive = dict[str, np.ndarray]
Pictures = Callable[..., Archive]


def named(name: str) -> Choice:
    """Return a named dataset with its default settings."""
    return Choice(name, SOURCES[name]())


TABLES = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
    "diabetes": datasets.load_diabetes,
}


@pytest.mark.parametrize("name", TABLES)
def test_table_is_that_of_scikit_learn(name: str) -> None:
    raw, bunch = read_source(named(name)), TABLES[name]()
    np.testing.assert_array_equal(raw.x, bunch.data.astype(np.float32))
    np.testing.assert_array_equal(raw.y, bunch.target)
    assert raw.feature_names == tuple(map(str, bunch.feature_names))


def test_first_flower_of_iris_is_the_one_of_fisher_s_paper() -> None:
    raw = read_source(named("iris"))
    assert raw.x[0].tolist() == pytest.approx([5.1, 3.5, 1.4, 0.2])
    assert (raw.x.dtype, raw.y[0], raw.x_test) == (np.float32, 0, None)


def test_digits_are_the_pictures_of_scikit_learn() -> None:
    raw, bunch = read_source(named("digits")), datasets.load_digits()
    np.testing.assert_array_equal(raw.x, bunch.images)
    np.testing.assert_array_equal(raw.y, bunch.target)
    assert (raw.feature_names, raw.origin) == ((), "ships with scikit-learn")


@pytest.mark.parametrize("compressed", [True, False])
def test_archive_is_read_as_it_was_written(
    data_folder: Path, pictures: Pictures, compressed: bool
) -> None:
    arrays = pictures()
    (np.savez_compressed if compressed else np.savez)(data_folder / "mnist.npz", **arrays)
    raw = read_source(named("mnist"))
    for read, written in zip(
        (raw.x, raw.y, raw.x_test, raw.y_test), arrays.values(), strict=True
    ):
        np.testing.assert_array_equal(read, written)
    assert raw.origin == str(data_folder / "mnist.npz")


def test_labels_in_a_column_are_read_as_a_row(data_folder: Path, pictures: Pictures) -> None:
    arrays = pictures(shape=(32, 32, 3))
    columns = {"y_train": arrays["y_train"][:, None], "y_test": arrays["y_test"][:, None]}
    np.savez(data_folder / "cifar10.npz", **arrays | columns)
    raw = read_source(named("cifar10"))
    np.testing.assert_array_equal(raw.y, arrays["y_train"])
    assert raw.y_test is not None
    assert raw.y_test.shape == (20,)


def test_archive_in_keras_s_cache_is_found(keras_folder: Path, pictures: Pictures) -> None:
    np.savez(keras_folder / "mnist.npz", **pictures())
    assert read_source(named("mnist")).origin == str(keras_folder / "mnist.npz")


def test_folder_of_dlkit_data_comes_before_keras_s_cache(
    keras_folder: Path, data_folder: Path, pictures: Pictures
) -> None:
    np.savez(keras_folder / "mnist.npz", **pictures(train=40))
    np.savez(data_folder / "mnist.npz", **pictures(train=30))
    assert len(read_source(named("mnist")).x) == 30


@pytest.mark.parametrize("value", ["", None], ids=["empty", "unset"])
def test_cache_is_searched_when_dlkit_data_says_nothing(
    keras_folder: Path, pictures: Pictures, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("DLKIT_DATA")
    if value is not None:
        monkeypatch.setenv("DLKIT_DATA", value)
    np.savez(keras_folder / "mnist.npz", **pictures())
    assert read_source(named("mnist")).origin == str(keras_folder / "mnist.npz")


@pytest.mark.parametrize(
    ("variable", "folder"), [("KERAS_HOME", "datasets"), ("HOME", ".keras/datasets")]
)
def test_cache_is_where_keras_has_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, folder: str
) -> None:
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    assert keras_cache() == tmp_path / folder


@pytest.mark.parametrize(
    ("lost", "said"),
    [
        (["x_test"], "there is no x_test."),
        (["y_train", "y_test"], "there is no y_train and no y_test."),
        (["x_train", "y_train", "x_test", "y_test"], "there is no x_train and no y_train and "),
    ],
    ids=["one", "two", "all"],
)
def test_archive_is_refused_when_arrays_are_missing(
    tmp_path: Path, pictures: Pictures, lost: list[str], said: str
) -> None:
    file = tmp_path / "mnist.npz"
    kept = {name: array for name, array in pictures().items() if name not in lost}
    np.savez(file, **kept, extra=np.zeros(3))
    expected = r"mnist\.npz: expected the arrays x_train, y_train, x_test, y_test, and "
    with pytest.raises(DataError, match=f"{expected}{said}"):
        read_arrays(file, (28, 28))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"x_train": np.zeros((60, 8, 8))}, r"x_train .* received \(60, 8, 8\) and \(60,\)\."),
        ({"x_train": np.zeros((60, 28, 28, 1))}, r"x_train .* received \(60, 28, 28, 1\) and"),
        ({"y_train": np.zeros(59)}, r"x_train .* received \(60, 28, 28\) and \(59,\)\."),
        ({"y_test": np.zeros((20, 10))}, r"x_test .* received \(20, 28, 28\) and \(20, 10\)\."),
        ({"x_test": np.zeros(())}, r"x_test .* received \(\) and \(20,\)\."),
        (
            {"x_test": np.zeros((0, 28, 28)), "y_test": np.zeros(0)},
            r"x_test .* received \(0, 28, 28\) and \(0,\)\.",
        ),
    ],
    ids=["smaller", "channels", "labels", "one-hot", "scalar", "empty"],
)
def test_archive_is_refused_when_shapes_do_not_fit(
    tmp_path: Path, pictures: Pictures, change: Archive, said: str
) -> None:
    file = tmp_path / "mnist.npz"
    np.savez(file, **pictures() | change)
    with pytest.raises(DataError, match=r"mnist\.npz: expected " + said) as error:
        read_arrays(file, (28, 28))
    assert "of shape (n, 28, 28) and as many labels" in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"y_train": np.full(60, "cat")},
            "expected numbers, received x_train of uint8 and y_tr",
        ),
        (
            {"x_test": np.full((20, 28, 28), "a")},
            "expected numbers, received x_test of <U1 and",
        ),
        (
            {"x_test": np.zeros((20, 28, 28), complex)},
            "received x_test of complex128 and y_test",
        ),
        ({"y_train": np.full(60, 0.5)}, r"expected class numbers in y_train, received 0\.5\.$"),
        ({"y_test": np.full(20, np.nan)}, r"expected class numbers in y_test, received nan\.$"),
        (
            {"y_test": np.full(20, 2**32)},
            "expected class numbers in y_test, received 4294967296",
        ),
    ],
    ids=["words", "letters", "complex", "halves", "nan", "beyond int32"],
)
def test_archive_is_refused_when_it_holds_other_things_than_pictures_and_classes(
    tmp_path: Path, pictures: Pictures, change: Archive, said: str
) -> None:
    file = tmp_path / "mnist.npz"
    np.savez(file, **pictures() | change)
    with pytest.raises(DataError, match=said):
        read_arrays(file, (28, 28))


def test_archive_is_refused_when_it_would_run_code(tmp_path: Path, pictures: Pictures) -> None:
    file = tmp_path / "mnist.npz"
    np.savez(file, **pictures() | {"y_train": np.array([{}] * 60, dtype=object)})
    with pytest.raises(DataError, match=r"the file is damaged .*allow_pickle"):
        read_arrays(file, (28, 28))


def test_single_array_under_the_name_of_an_archive_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "array.npy", np.zeros(3))
    file = (tmp_path / "array.npy").rename(tmp_path / "mnist.npz")
    expected = r"mnist\.npz: expected an \.npz archive, received one array\.$"
    with pytest.raises(DataError, match=expected):
        read_arrays(file, (28, 28))


@pytest.mark.parametrize("content", [b"", b"PK", b"not an archive at all", b"\x80\x04N."])
def test_file_that_never_was_an_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mnist.npz"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"mnist\.npz: the file is damaged .* Remove it or"):
        read_arrays(file, (28, 28))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("place", ["DLKIT_DATA", "cache"])
def test_truncated_file_is_refused_and_left_as_it_is(
    data_folder: Path,
    keras_folder: Path,
    pictures: Pictures,
    share: float,
    compressed: bool,
    place: str,
) -> None:
    file = (data_folder if place == "DLKIT_DATA" else keras_folder) / "mnist.npz"
    (np.savez_compressed if compressed else np.savez)(file, **pictures())
    whole = file.read_bytes()
    part = whole[: int(len(whole) * share)]
    file.write_bytes(part)
    with pytest.raises(DataError, match=r"mnist\.npz: the file is damaged .* Remove it or"):
        read_source(named("mnist"))
    assert file.read_bytes() == part


@pytest.mark.parametrize("compressed", [True, False])
def test_flipped_bits_are_refused_or_change_nothing(
    tmp_path: Path, pictures: Pictures, compressed: bool
) -> None:
    file = tmp_path / "mnist.npz"
    arrays = pictures(train=3, test=2)
    (np.savez_compressed if compressed else np.savez)(file, **arrays)
    whole, chance, refused = file.read_bytes(), random.Random(11), 0  # noqa: S311
    for _ in range(500):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        try:
            raw = read_arrays(file, (28, 28))
        except DataError as error:
            refused += "mnist.npz: " in str(error)
        else:
            np.testing.assert_array_equal(raw.x, arrays["x_train"])
            np.testing.assert_array_equal(raw.y, arrays["y_train"])
    assert refused > 400  # of the bytes, few are names and times that nobody reads
