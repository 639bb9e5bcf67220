"""One process at a time works in a run's folder, and others can see that it does.

What is locked is the log, which every run has open anyway. The lock is the process's own and
ends with it, also when it is killed: no file has to be removed, and none can be left over.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

from dlkit.errors import StorageError
from dlkit.report.run_folder import RunFolder

TRIES = 10
WAIT = 0.03
"""Seconds between tries: whoever lists the runs holds a lock for a moment, too."""


@contextlib.contextmanager
def working_in(folder: RunFolder) -> Iterator[None]:
    """Keep other processes out of a run's folder while the context lasts.

    Where the system or the file system has no such locks, nobody is kept out.

    Raises:
        StorageError: If another process works there, or the log cannot be opened.
    """
    try:
        descriptor = os.open(folder.log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError as error:
        raise StorageError(f"{folder.log}: cannot be written ({error.strerror}).") from error
    try:
        for number in range(TRIES):
            if _lock(descriptor, shared=False):
                break
            if number == TRIES - 1:
                raise StorageError(
                    f"{folder.path}: another process is working on this run. Wait until it"
                    " ends, or end it."
                )
            time.sleep(WAIT)
        yield
    finally:
        os.close(descriptor)


def is_at_work(folder: RunFolder) -> bool:
    """Tell whether a process works in a run's folder."""
    try:
        descriptor = os.open(folder.log, os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _lock(descriptor: int, *, shared: bool) -> bool:
    """Lock an open file, unless somebody else has."""
    if sys.platform == "win32":
        return True
    import fcntl

    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
