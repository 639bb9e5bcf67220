"""Find and read a named dataset, wherever it is.

Looked for in this order: ``$DLKIT_DATA/<name>.npz``, ``<name>.npz`` in Keras's cache,
Keras's own loader with its cache and download. The ``.npz`` files are the user's and only
ever read: Keras's loader would delete one whose hash it does not know, so it is not called
where one lies in its way.
"""

from __future__ import annotations

import contextlib
import io
import os
import socket
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlkit.config.datasets import NAMED_SETS
from dlkit.errors import DataError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")

KERAS_ARCHIVES = {
    "mnist": ("mnist.npz",),
    "fashion_mnist": ("fashion-mnist",),
    "cifar10": ("cifar-10-batches-py-target", "cifar-10-batches-py-target_archive"),
    "cifar100": ("cifar-100-python-target", "cifar-100-python-target_archive"),
}
"""Under what names Keras keeps its downloads in its cache."""

DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, zipfile.BadZipFile),
    *(zipfile.LargeZipFile, zlib.error, tokenize.TokenError, SyntaxError),
)
"""What numpy raises on a file that is not what it once was."""

DOWNLOAD_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class RawData:
    """A source's arrays before splitting.

    Attributes:
        x: Shape ``(examples, *shape)``.
        y: Shape ``(examples,)``.
        x_test: The source's own test split, or None.
        y_test: Its labels, or None.
        feature_names: One for each column of a table; empty otherwise.
        origin: Where the arrays came from, in words for people.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray | None
    y_test: np.ndarray | None
    feature_names: tuple[str, ...]
    origin: str


class NotFoundError(DataError):
    """A dataset is neither on this machine nor to be had from the network."""


def read_source(name: str) -> RawData:
    """Read a dataset by its name.

    Raises:
        NotFoundError: If it is not here and cannot be downloaded.
        DataError: If its file is damaged or holds something else.
    """
    if NAMED_SETS[name].origin == "sklearn":
        return _read_sklearn(name)
    return _read_keras(name)


def _read_sklearn(name: str) -> RawData:
    """Read a dataset that scikit-learn ships: no file, no network."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    x = bunch.images if name == "digits" else bunch.data
    names = () if name == "digits" else tuple(str(n) for n in bunch.feature_names)
    return RawData(
        x.astype("float32"), bunch.target, None, None, names, "ships with scikit-learn"
    )


def _read_keras(name: str) -> RawData:
    """Read a dataset of Keras's from the first place that has it.

    Raises:
        NotFoundError: If no place has it.
    """
    cache = keras_cache()
    places = [cache / f"{name}.npz"]
    if os.environ.get("DLKIT_DATA"):
        places.insert(0, Path(os.environ["DLKIT_DATA"]) / f"{name}.npz")
    for path in places:
        if path.is_file():
            return read_arrays(path, NAMED_SETS[name].shape)
    cached = any((cache / archive).exists() for archive in KERAS_ARCHIVES[name])
    try:
        with _patient_and_quiet():
            import keras

            (x, y), (x_test, y_test) = getattr(keras.datasets, name).load_data()
    except Exception as error:  # Keras raises a bare Exception where it is offline
        places.append(cache / KERAS_ARCHIVES[name][-1])
        raise NotFoundError(_not_found(name, places[0], cached)) from error
    origin = "Keras's cache" if cached else "downloaded by Keras"
    return RawData(x, y.reshape(-1), x_test, y_test.reshape(-1), (), origin)


def keras_cache() -> Path:
    """Return the folder in which Keras keeps its datasets."""
    home = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    return Path(home) / "datasets"


def read_arrays(path: Path, shape: tuple[int, ...]) -> RawData:
    """Read Keras's layout of four arrays from an ``.npz`` file.

    Args:
        path: The file.
        shape: What one example must look like.

    Raises:
        DataError: If the file is damaged, or an array is missing, has another shape, or
            holds no numbers, or labels that are no whole ones.
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
    for name, images, labels in (("train", x, y), ("test", x_test, y_test)):
        if images.shape[1:] != shape or len(images) != labels.size or not len(images):
            raise DataError(
                f"{path}: expected x_{name} of shape (n, {', '.join(map(str, shape))}) and"
                f" as many labels, received {images.shape} and {labels.shape}."
            )
        if images.dtype.kind not in "buif" or labels.dtype.kind not in "buif":
            raise DataError(
                f"{path}: expected numbers, received x_{name} of {images.dtype} and y_{name}"
                f" of {labels.dtype}."
            )
        with np.errstate(invalid="ignore"):
            strange = labels[labels != labels.astype(np.int32)]
        if strange.size:
            raise DataError(
                f"{path}: expected class numbers in y_{name}, received {strange[0]}."
            )
    return RawData(x, y.reshape(-1), x_test, y_test.reshape(-1), (), str(path))


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
    return (
        f"{name} is not on this machine and could not be downloaded. Put {name}.npz"
        f" (arrays {', '.join(ARRAYS)}) at {path}, or set DLKIT_DATA to its folder, or"
        " name a stand-in under `offline:`."
    )
