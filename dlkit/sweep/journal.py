"""The journal of a study on the disk: what happens together is there together, or not at all.

It has the lines that Optuna's own journal has, one a change, so that Optuna's tools can read
it. Lines that are written together say so of all but the last, by ``more``: where a process
was killed in the middle, nobody ever sees the first half.

One process alone writes it: the one that has locked the sweep's folder. So it needs no lock
of its own, and what it has read once it need not read again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from errno import ENOENT
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend

from dlkit.storage import write_whole

Log = dict[str, Any]
"""A change, as Optuna says it."""

MORE = "more"
"""Says of a line that the next one belongs to it."""

HEAD = b'{"op_code":'
"""What every line begins with."""


class Journal(BaseJournalBackend):
    """A file of changes.

    Args:
        path: The file; made if it is not there. A part of a line that a killed process has
            left is taken away, and so are lines whose fellows are missing.

    Raises:
        OSError: If the file cannot be read or written.
        ValueError: If a line of it is no change.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._logs = mend(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._size = os.fstat(self._file).st_size
        self._waiting: list[Log] | None = None

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def read_logs(self, log_number_from: int) -> Sequence[Log]:
        """Return the changes from one on, those included that are not written yet."""
        return self._logs[log_number_from:]

    def append_logs(self, logs: list[Log]) -> None:
        """Add changes; outside of ``together`` they are written at once.

        Raises:
            OSError: If the disk does not take them.
        """
        plain: list[Log] = json.loads(json.dumps(logs))  # as they will be read again
        self._logs += plain
        if self._waiting is None:
            self._write(plain, durable=True)
        else:
            self._waiting += plain

    @contextlib.contextmanager
    def together(self, *, durable: bool) -> Iterator[None]:
        """Write the changes of a context when it is left, all or none.

        After an exception nothing is written, and the journal is not to be used any more.

        Args:
            durable: Whether to wait until the disk has them, and all before them. What is
                found again in the same way need not be.

        Raises:
            OSError: If the disk does not take them.
        """
        waiting: list[Log] = []
        self._waiting = waiting
        yield
        self._waiting = None
        if waiting:
            self._write(waiting, durable=durable)

    def _write(self, logs: Sequence[Log], *, durable: bool) -> None:
        """Write lines that belong together.

        Raises:
            FileNotFoundError: If the file is not where it was.
            OSError: If the disk does not take them.
        """
        data = lines_of(logs)
        try:
            if not os.path.samestat(self._path.stat(), os.fstat(self._file)):
                raise FileNotFoundError(ENOENT, "it was deleted or renamed meanwhile")
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if durable:
                os.fsync(self._file)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise
        self._size += len(data)


def lines_of(logs: Sequence[Log]) -> bytes:
    """Return changes that belong together as lines."""
    marked = [*({**log, MORE: True} for log in logs[:-1]), *logs[-1:]]
    return b"".join(
        json.dumps(each, separators=(",", ":")).encode("ascii") + b"\n" for each in marked
    )


def mend(path: Path) -> list[Log]:
    """Return the changes in a journal, and bring the file into order.

    Raises:
        OSError: If the file cannot be read or written.
        ValueError: If a line is no change.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    lines = data.split(b"\n")[:-1]  # what comes after the last one was torn
    logs = [_log(line, number) for number, line in enumerate(lines, 1)]
    while logs and logs[-1].get(MORE):
        logs.pop()
        lines.pop()
    whole = b"".join(_sound(line) + b"\n" for line in lines)
    if data.startswith(whole):
        if len(data) > len(whole):
            os.truncate(path, len(whole))
    else:
        write_whole(path, whole)
    return [{key: value for key, value in log.items() if key != MORE} for log in logs]


def _log(line: bytes, number: int) -> Log:
    """Read a line.

    Raises:
        ValueError: If it is no change.
    """
    try:
        log = json.loads(_sound(line))
    except ValueError as error:
        raise ValueError(f"line {number} is no change") from error
    if not isinstance(log, dict) or "op_code" not in log:
        raise ValueError(f"line {number} is no change")
    return log


def _sound(line: bytes) -> bytes:
    """Return a line without the torn one that it was appended to, if it was.

    The torn one was never heard of: what was to come of it did not happen.
    """
    try:
        json.loads(line)
    except ValueError:
        return line[max(0, line.rfind(HEAD)) :]
    return line
