"""The plain files of a run: what others may read by program.

Nothing here needs numpy, which takes longer to import than most commands run.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlkit.errors import StorageError
from dlkit.storage import write_whole


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say which file it was if the disk does not take what the context writes.

    Raises:
        StorageError: If it does not.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{path}: cannot be written ({reason}).") from error


def read_text(path: Path) -> str:
    """Read a text file that a run has written.

    Raises:
        StorageError: If it is gone or damaged.
    """
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        raise StorageError(f"{path}: cannot be read ({error}).") from error


def write_text(path: Path, text: str) -> None:
    """Write a text file so that it is there whole, or as it was before.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path):
        write_whole(path, text.encode("utf-8"))


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write values as JSON; a number that is not finite becomes null.

    Raises:
        StorageError: If it cannot be written.
    """
    text = json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, f"{text}\n")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a scalar of numpy's
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def rewrite_history(path: Path, rows: Sequence[Mapping[str, float]]) -> None:
    """Write the history anew, whole or not at all; without rows there is none.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path):
        if rows:
            write_whole(path, _lines(rows, header=True).encode())
        else:
            path.unlink(missing_ok=True)


def append_history(path: Path, row: Mapping[str, float]) -> None:
    """Add an epoch to the history, at once, so that a killed run keeps it.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path), path.open("a", newline="", encoding="utf-8") as file:
        file.write(_lines([row], header=file.tell() == 0))


def _lines(rows: Sequence[Mapping[str, float]], *, header: bool) -> str:
    """Return rows as CSV with every digit, below the names of the first one's columns."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([*(rows[:1] if header else ()), *(row.values() for row in rows)])
    return text.getvalue()


class History:
    """The file of the history, a row an epoch, which never stops a training.

    Where the disk does not take a row the file is written anew with the next one, and in
    the end with the results.

    Args:
        path: The file.
        warn: Told in a line, once, if the disk does not take a row.
        rows: Epochs that are over already; the file has these, and no others.
    """

    def __init__(
        self,
        path: Path,
        warn: Callable[[str], None],
        rows: Sequence[Mapping[str, float]] = (),
    ) -> None:
        self._path = path
        self._warn = warn
        self._rows = [*rows]
        self._is_whole = False
        self._warned = False
        self._keep(lambda: rewrite_history(path, self._rows))

    def append(self, row: Mapping[str, float]) -> None:
        """Add an epoch, at once, so that a killed run keeps it."""
        self._rows.append(row)
        if self._is_whole:
            self._keep(lambda: append_history(self._path, row))
        else:  # a row is missing, or half of it is there
            self._keep(lambda: rewrite_history(self._path, self._rows))

    def _keep(self, write: Callable[[], None]) -> None:
        """Write, and if the disk does not take it tell so once."""
        try:
            write()
        except StorageError as error:
            self._is_whole = False
            if not self._warned:
                self._warn(f"warning: {error} Training goes on, and writes it again later.")
            self._warned = True
        else:
            self._is_whole = True
