"""Files that are there whole, or as they were before, whatever ends the process.

Bytes are brought to the disk under a name that nobody reads, and get their own name when all
of them are there: a name is given at once, or not at all.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

UNFINISHED = re.compile(r"\.tmp-\d+-.+", re.DOTALL)
"""What a file is called until it is whole: the process, and the name it is to have."""


def write_whole(path: Path, data: bytes | memoryview) -> None:
    """Write a file so that it is there whole, or as it was before.

    Args:
        path: The file.
        data: All of its content.

    Raises:
        OSError: If the disk does not take it.
    """
    with whole(path) as unfinished, unfinished.open("wb") as file:
        file.write(data)


@contextlib.contextmanager
def whole(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a place to write a file to, and give the file its name when the context is left.

    If the context fails the file is as it was before. A link is followed, and what is no
    plain file (``/dev/null``, a pipe) is written to as it is.

    Args:
        path: The file; one that is there is replaced.
        durable: Whether to wait until the disk has it. What can be made again need not.

    Yields:
        The place: in the same folder, with the same ending.

    Raises:
        OSError: If the disk does not take it.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        yield path
        return
    unfinished = path.with_name(f".tmp-{os.getpid()}-{path.name[-60:]}")
    try:
        yield unfinished
        if durable:
            _sync(unfinished, os.O_RDWR)
        unfinished.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can.

    Without it a name that was given or taken away can be as before when the power comes back.
    """
    with contextlib.suppress(OSError):
        _sync(folder, os.O_RDONLY)


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process has left half written in a folder."""
    with contextlib.suppress(OSError):
        for path in [*folder.iterdir()]:
            if UNFINISHED.fullmatch(path.name) and not path.is_dir():
                with contextlib.suppress(OSError):
                    path.unlink()


def _sync(path: Path, how: int) -> None:
    """Wait until the disk has a file, or a folder's list of names.

    Raises:
        OSError: If it does not take it.
    """
    descriptor = os.open(path, how)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
