"""The file of Keras's ``CSVLogger`` when a training goes on: it gets the rows that follow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import keras

from dlkit.errors import StorageError
from dlkit.storage import write_whole


def continue_logs(callbacks: Sequence[keras.callbacks.Callback], epochs: int) -> None:
    """Let every ``CSVLogger`` go on with its file instead of beginning it anew.

    Rows of epochs that come again are taken away: the file may be ahead of the state.

    Args:
        callbacks: The user's, before training begins.
        epochs: How many epochs are over.

    Raises:
        StorageError: If a file cannot be read or written.
    """
    for callback in callbacks:
        if not isinstance(callback, keras.callbacks.CSVLogger):
            continue
        callback.append = True
        path = Path(callback.filename)
        try:
            if path.is_file():
                _cut(path, epochs, callback.sep)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise StorageError(f"{path}: cannot be continued ({reason}).") from error


def _cut(path: Path, epochs: int, separator: str) -> None:
    """Take the last rows of a file away as far as they are of later epochs, or torn.

    Raises:
        OSError: If it cannot be read or written.
        UnicodeDecodeError: If it is no text.
    """
    with path.open(encoding="utf-8", newline="") as file:
        lines = file.read().splitlines(keepends=True)
    kept = len(lines)
    while kept and _is_later(lines[kept - 1], epochs, separator):
        kept -= 1
    if kept < len(lines):
        write_whole(path, "".join(lines[:kept]).encode("utf-8"))


def _is_later(line: str, epochs: int, separator: str) -> bool:
    """Tell whether a row is torn, or of an epoch (from 0) that is not over."""
    number = line.split(separator)[0]
    return not line.endswith("\n") or (number.isdecimal() and int(number) >= epochs)
