"""Texts in a folder a class, a file each: the layout of the Large Movie Review Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlkit.config.file_sources import TextSource
from dlkit.data.class_folders import ClassFiles, Kind, find_class_files, shown
from dlkit.data.files import find_folder
from dlkit.data.raw import RawData
from dlkit.errors import DataError

TEXTS = Kind("texts", (".txt",), unlabelled=("unsup",))


def read_texts(settings: TextSource, places: Sequence[Path]) -> RawData:
    """Read the texts of a folder a class, or of such folders in ``train`` and ``test``.

    Args:
        settings: Which folder, and how its characters are written.
        places: Folders that the path may be relative to.

    Returns:
        ``x`` an array of objects (str) of shape ``(texts,)``, ``y`` int32 of the same.

    Raises:
        NotFoundError: If the folder is nowhere.
        DataError: If it is laid out otherwise, or a file holds other bytes than text.
    """
    top = find_folder(settings.path, places)
    train, test = find_class_files(top, TEXTS)
    x = _read(train, settings.encoding)
    x_test = None if test is None else _read(test, settings.encoding)
    notes = train.notes if test is None else (*train.notes, *test.notes)
    every = x if x_test is None else np.concatenate([x, x_test])
    if empty := sum(not text.strip() for text in every):
        notes = (*notes, f"{empty} of {len(every)} texts are empty.")
    return RawData(
        x=x,
        y=train.labels,
        x_test=x_test,
        y_test=None if test is None else test.labels,
        origin=shown(top),
        class_names=train.class_names,
        notes=notes,
        settings=settings,
    )


def _read(files: ClassFiles, encoding: str) -> np.ndarray:
    """Return the texts of files, as objects."""
    texts = np.empty(len(files.paths), object)
    for row, path in enumerate(files.paths):
        texts[row] = read_text(path, encoding)
    return texts


def read_text(path: Path, encoding: str) -> str:
    """Return the text of a file, its lines ended by a newline whatever ends them there.

    Raises:
        DataError: If it cannot be read, or its bytes are no such text.
    """
    try:
        # The mark that some editors put in front of UTF-8 is no part of the text.
        return path.read_text(encoding).removeprefix("\ufeff")
    except OSError as error:
        raise DataError(f"{shown(path)}: {error.strerror}.") from error
    except LookupError as error:
        raise DataError(
            f"{encoding!r} is no encoding of texts. Write one that Python knows under"
            " `encoding:`, for example utf-8 or latin-1."
        ) from error
    except UnicodeError as error:
        line, reason = 1, str(error)
        if isinstance(error, UnicodeDecodeError):
            line += error.object.count(b"\n", 0, error.start)
            reason = f"byte 0x{error.object[error.start]:02x}"
        raise DataError(
            f"{shown(path)}:{line}: expected a text in {encoding}, received something else"
            f" ({reason}). Write its encoding under `encoding:`, for example latin-1."
        ) from error
