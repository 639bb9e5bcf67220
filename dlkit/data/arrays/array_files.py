"""Files of numpy's arrays, opened with care and read one array at a time.

A damaged file is told as such, whatever numpy or the zip format makes of it. Pickled
objects are refused: loading one runs whatever its writer wanted.
"""

from __future__ import annotations

import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dlkit.errors import DataError

DAMAGED = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, zipfile.BadZipFile),
    *(zipfile.LargeZipFile, zlib.error, tokenize.TokenError, SyntaxError),
)
"""What numpy raises on a file that is not what it once was."""

_NPZ, _NPY = b"PK", b"\x93NUMPY"
"""What files begin with; numpy would take anything else for a pickle."""


@dataclass(frozen=True)
class Arrays:
    """Arrays by name, read one by one.

    Attributes:
        path: The file or folder they are in.
        names: Of all of them, sorted.
        read: Returns one of them as it is stored; a DataError where it is damaged.
    """

    path: Path
    names: tuple[str, ...]
    read: Callable[[str], np.ndarray]


@contextmanager
def open_arrays(path: Path) -> Iterator[Arrays]:
    """Open a folder of ``.npy`` files or an ``.npz`` file.

    Raises:
        DataError: If it is neither, or damaged.
    """
    if path.is_dir():
        files = {file.stem: file for file in sorted(path.glob("*.npy"))}
        if not files:
            raise DataError(f"{path}: expected .npy files in the folder, and there are none.")
        yield Arrays(path, tuple(files), lambda name: _read_npy(files[name]))
        return
    try:
        file = path.open("rb")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}.") from error
    with file:
        archive = _read_archive(path, file)

        def read(name: str) -> np.ndarray:
            try:
                return np.asarray(archive[name])
            except DAMAGED as error:
                raise DataError(_reason(f"{path}: {name}", error)) from error

        yield Arrays(path, tuple(sorted(archive.files)), read)


def _read_archive(path: Path, file: BinaryIO) -> np.lib.npyio.NpzFile:
    """Read an archive's list of arrays.

    Raises:
        DataError: If it is none, or damaged.
    """
    start = file.read(len(_NPY))
    file.seek(0)
    if start == _NPY:
        raise DataError(
            f"{path}: expected an .npz archive or a folder, received one array. Put it into a"
            " folder together with the others, x.npy and y.npy."
        )
    if not start.startswith(_NPZ):
        raise DataError(_damaged(str(path), "it does not begin like an .npz file"))
    try:
        archive = np.load(file, allow_pickle=False)
    except DAMAGED as error:
        raise DataError(_reason(str(path), error)) from error
    assert isinstance(archive, np.lib.npyio.NpzFile)  # noqa: S101  # by its beginning
    return archive


def _read_npy(path: Path) -> np.ndarray:
    """Read one array.

    Raises:
        DataError: If the file is damaged.
    """
    try:
        with path.open("rb") as file:
            known = file.read(len(_NPY)) == _NPY
            file.seek(0)
            array = np.asarray(np.load(file, allow_pickle=False)) if known else np.zeros(0)
            longer = bool(file.read(1))
    except DAMAGED as error:
        raise DataError(_reason(str(path), error)) from error
    if not known:
        raise DataError(_damaged(str(path), "it does not begin like an .npy file"))
    if longer:
        raise DataError(_damaged(str(path), "it is longer than its header says"))
    return array


def _reason(where: str, error: Exception) -> str:
    """Say why an array cannot be read."""
    if "Object arrays cannot be loaded" in str(error):
        return (
            f"{where}: expected numbers or texts, received Python objects, which are never"
            " loaded. Save the array with a dtype of its own: `array.astype(...)`."
        )
    if isinstance(error, MemoryError):
        return f"{where}: it does not fit into memory, or is damaged ({error})."
    lines = str(error).splitlines()
    return _damaged(where, lines[0].rstrip(".") if lines else "it ends too early")


def _damaged(where: str, reason: str) -> str:
    return f"{where}: the file is damaged ({reason}). Remove it or replace it."
