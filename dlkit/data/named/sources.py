"""Find and read a named dataset, wherever it is.

Looked for in this order: ``$DLKIT_DATA/<name>.npz``, ``<name>.npz`` in Keras's cache,
Keras's own loader with its cache and download. The ``.npz`` files are the user's and only
ever read: Keras's loader would delete one whose hash it does not know, so it is not called
where one lies in its way. Some of Keras's own files have that very name and another layout;
they are known by their hash.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.data_sources import PADDED, Padded
from dlkit.config.datasets import NAMED_SETS, NamedSet, Task
from dlkit.data.arrays.array_files import DAMAGED
from dlkit.data.files import NotFoundError
from dlkit.data.raw import RawData
from dlkit.errors import DataError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")

KERAS_ARCHIVES = {
    "mnist": ("mnist.npz",),
    "fashion_mnist": ("fashion-mnist",),
    "cifar10": ("cifar-10-batches-py-target", "cifar-10-batches-py-target_archive"),
    "cifar100": ("cifar-100-python-target", "cifar-100-python-target_archive"),
    "imdb": ("imdb.npz",),
    "reuters": ("reuters.npz",),
    "california_housing": ("california_housing.npz",),
    "boston_housing": ("boston_housing.npz",),
}
"""Under what names Keras keeps its downloads in its cache."""

OWN_HASHES = {
    "imdb": "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
    "reuters": "d6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916",
    "california_housing": "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
    "boston_housing": "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
}
"""SHA-256 of the files of Keras's that only its loader reads: it deletes any other."""

UNKNOWN_WORD = 2
"""What Keras's loaders write for a word that is not told apart."""

DOWNLOAD_TIMEOUT_SECONDS = 30.0


def read_source(choice: Choice) -> RawData:
    """Read a named dataset.

    Args:
        choice: Its name, and for sequences of words how many are told apart and kept. All
            classes are read, whichever are chosen.

    Returns:
        Pictures uint8 as they are, tables float32, words int32 of shape
        ``(examples, maxlen)``: 0 where there is none, 2 where it is not told apart.

    Raises:
        NotFoundError: If it is not here and cannot be downloaded.
        DataError: If its file is damaged or holds something else.
    """
    facts = NAMED_SETS[choice.name]
    raw = (
        _read_sklearn(choice.name) if facts.origin == "sklearn" else _read_keras(choice, facts)
    )
    if facts.features:
        raw = replace(raw, x=_as_floats(raw.x), x_test=_as_floats(raw.x_test))
    return replace(
        raw,
        feature_names=raw.feature_names or facts.features,
        class_names=facts.classes or None,
        target_names=(facts.target,) if facts.target else (),
    )


def _as_floats(table: Any) -> np.ndarray:
    return np.asarray(table, dtype=np.float32)


def _read_sklearn(name: str) -> RawData:
    """Read a dataset that scikit-learn ships: no file, no network."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    x = bunch.images if name == "digits" else bunch.data
    return RawData(
        x.astype("float32"),
        bunch.target,
        origin="ships with scikit-learn",
        feature_names=() if name == "digits" else tuple(map(str, bunch.feature_names)),
    )


def _read_keras(choice: Choice, facts: NamedSet) -> RawData:
    """Read a dataset of Keras's from the first place that has it.

    Raises:
        NotFoundError: If no place has it.
        DataError: If Keras's own file lies where Keras does not look.
    """
    name, settings, cache = choice.name, choice.settings, keras_cache()
    places = [cache / f"{name}.npz"]
    if os.environ.get("DLKIT_DATA"):
        places.insert(0, Path(os.environ["DLKIT_DATA"]) / f"{name}.npz")
    for path in places:
        if not path.is_file():
            continue
        if not _is_own(path, name):
            words = isinstance(settings, Padded)
            raw = read_arrays(path, (None,) if words else facts.shape, facts.task)
            return _fitted(raw, settings) if isinstance(settings, Padded) else raw
        if path != cache / path.name:
            raise DataError(
                f"{path}: this is Keras's own file, which its loader reads from {cache} only."
                " Move it there."
            )
    cached = any((cache / archive).exists() for archive in KERAS_ARCHIVES[name])
    try:
        with _patient_and_quiet():
            x, y, x_test, y_test = _load(name, settings)
    except Exception as error:  # Keras raises a bare Exception where it is offline
        raise NotFoundError(_not_found(name, places[0], cached)) from error
    origin = "Keras's cache" if cached else "downloaded by Keras"
    return RawData(x, y.reshape(-1), x_test, y_test.reshape(-1), origin)


def _load(name: str, settings: object) -> tuple[np.ndarray, ...]:
    """Return x and y, for training and for the test, from Keras's loader."""
    import keras

    loader = getattr(keras.datasets, name)
    if not isinstance(settings, Padded):
        (x, y), (x_test, y_test) = loader.load_data()
        return x, y, x_test, y_test
    (x, y), (x_test, y_test) = loader.load_data(num_words=settings.num_words)
    x, x_test = (keras.utils.pad_sequences(part, settings.maxlen) for part in (x, x_test))
    return x, y, x_test, y_test


def _is_own(path: Path, name: str) -> bool:
    """Whether a file is the one that Keras's loader would download."""
    if name not in OWN_HASHES:
        return False
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == OWN_HASHES[name]
    except OSError:
        return False  # reading its arrays fails as well, and says why


def _fitted(raw: RawData, settings: Padded) -> RawData:
    """Return sequences of a file with as many words, told apart, as the settings say.

    Raises:
        DataError: If the file holds something else than word numbers.
    """
    fitted, notes = [], []
    for name, words in (("x_train", np.asarray(raw.x)), ("x_test", np.asarray(raw.x_test))):
        whole, width = words.dtype.kind in "ui", words.shape[1]
        if not whole or words.min() < 0:
            raise DataError(
                f"{raw.origin}: expected word numbers (whole ones from 0) in {name},"
                f" received {words.min() if whole else words.dtype}."
            )
        if width < settings.maxlen:
            notes.append(
                f"{name} of {raw.origin} has {width} words a text, not {settings.maxlen};"
                " padded in front"
            )
        known = np.where(words < settings.num_words, words, UNKNOWN_WORD).astype(np.int32)
        missing = max(settings.maxlen - width, 0)
        fitted.append(np.pad(known[:, -settings.maxlen :], ((0, 0), (missing, 0))))
    return replace(raw, x=fitted[0], x_test=fitted[1], notes=tuple(notes))


def keras_cache() -> Path:
    """Return the folder in which Keras keeps its datasets."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(home) / "datasets"


def read_arrays(
    path: Path, shape: tuple[int | None, ...], task: Task = "classification"
) -> RawData:
    """Read Keras's layout of four arrays from an ``.npz`` file.

    Args:
        path: The file.
        shape: What one example must look like; None: any length.
        task: Whether the labels are classes or values.

    Raises:
        DataError: If the file is damaged, or an array is missing, has another shape, or
            holds no numbers, or classes that are no whole ones.
    """
    try:
        with path.open("rb") as file:
            archive = np.load(file, allow_pickle=False)
            if isinstance(archive, np.ndarray):
                raise DataError(f"{path}: expected an .npz archive, received one array.")
            missing = [name for name in ARRAYS if name not in archive.files]
            if missing:
                raise DataError(
                    f"{path}: expected the arrays {', '.join(ARRAYS)}, and there is no"
                    f" {' and no '.join(missing)}."
                )
            x, y, x_test, y_test = (archive[name] for name in ARRAYS)
    except DAMAGED as error:
        raise DataError(
            f"{path}: the file is damaged ({error}). Remove it or replace it."
        ) from error
    for name, examples, labels in (("train", x, y), ("test", x_test, y_test)):
        _check_arrays(f"{path}: expected", name, examples, labels, shape)
        if task == "classification":
            with np.errstate(invalid="ignore"):
                strange = labels[labels != labels.astype(np.int32)]
            if strange.size:
                raise DataError(
                    f"{path}: expected class numbers in y_{name}, received {strange[0]}."
                )
    return RawData(x, y.reshape(-1), x_test, y_test.reshape(-1), str(path))


def _check_arrays(
    start: str, name: str, x: np.ndarray, y: np.ndarray, shape: tuple[int | None, ...]
) -> None:
    """Refuse arrays of another shape, and such that hold no numbers.

    Raises:
        DataError: If they are such.
    """
    alike = x.ndim == len(shape) + 1 and all(
        length in {None, given} for length, given in zip(shape, x.shape[1:], strict=True)
    )
    if not alike or len(x) != y.size or not x.size:
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise DataError(
            f"{start} x_{name} of shape (n, {wanted}) and as many labels, received {x.shape}"
            f" and {y.shape}."
        )
    if x.dtype.kind not in "buif" or y.dtype.kind not in "buif":
        raise DataError(
            f"{start} numbers, received x_{name} of {x.dtype} and y_{name} of {y.dtype}."
        )


@contextlib.contextmanager
def _patient_and_quiet() -> Iterator[None]:
    """Bound how long a download may hang, and keep Keras's progress bar off stdout."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        socket.setdefaulttimeout(before)


def _not_found(name: str, path: Path, cached: bool) -> str:
    """Say what to do without a network."""
    if cached:
        return (
            f"Keras's cached copy of {name} in {keras_cache()} cannot be read and could not"
            " be downloaded again. Remove it, or set DLKIT_DATA to a folder with"
            f" {name}.npz."
        )
    facts = NAMED_SETS[name]
    others = [other for key, other in NAMED_SETS.items() if key != name]
    replaceable = any(other.likeness == facts.likeness for other in others)
    arrays = ", ".join(ARRAYS)
    if name in PADDED:
        arrays += "; a row of word numbers a text"
    return (
        f"{name} is not on this machine and could not be downloaded. Put {name}.npz"
        f" (arrays {arrays}) at {path}, or set DLKIT_DATA to its folder"
        f"{', or name a stand-in under `offline:`' if replaceable else ''}."
        + (f" Keras's own {name}.npz belongs in {keras_cache()}." if name in OWN_HASHES else "")
    )
