"""The plain files of a run: what others may read by program.

Nothing here needs numpy, which takes longer to import than most commands run.
"""

from __future__ import annotations

import contextlib
import csv
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dlkit.errors import StorageError


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


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path):
        path.write_text(text, encoding="utf-8")


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


def append_history(path: Path, row: Mapping[str, float]) -> None:
    """Add an epoch to the history, at once, so that a killed run keeps it.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path), path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(row)
        writer.writerow(row.values())
