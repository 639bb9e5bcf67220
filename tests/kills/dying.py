"""Processes that kill themselves at the k-th thing they do to the disk.

Nothing in the product knows of this: every call of the system that changes a folder is wrapped
in the child, whoever makes it. So a step that is added has its crash points at once.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DURABLE = (
    "open", "write", "fsync", "fdatasync", "replace", "rename", "unlink", "remove", "mkdir",
    "rmdir", "link", "symlink", "truncate", "ftruncate", "close", "pwrite", "writev",
)  # fmt: skip
"""What a process can do to files; reading is left alone."""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Trap:
    """Counts what is done to a folder's files, and lets something happen at one of them.

    Args:
        at: Which one, from 0; None: nothing happens, and they are counted.
        after: Whether it happens after the call instead of before it.
        happen: What happens.
    """

    def __init__(
        self, at: int | None = None, *, after: bool = False, happen: Callable[[], Any] = die
    ) -> None:
        self._at, self._after, self._happen = at, after, happen
        self.seen: list[str] = []

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **keywords: Any) -> Any:
            here = len(self.seen) == self._at
            self.seen.append(name)
            if here and not self._after:
                self._happen()
            found = call(*args, **keywords)
            if here and self._after:
                self._happen()
            return found

        return wrapped

    @contextlib.contextmanager
    def set(self) -> Iterator[None]:
        """Watch every durable call while the context lasts, those of Python's files too."""
        before = {name: getattr(os, name) for name in DURABLE}
        opened = io.open
        for name, call in before.items():
            setattr(os, name, self.around(name, call))
        io.open = self._open  # type: ignore[assignment]
        try:
            yield
        finally:
            io.open = opened
            for name, call in before.items():
                setattr(os, name, call)

    def _open(self, file: Any, mode: str = "r", *args: Any, **keywords: Any) -> Any:
        """Open as Python does, but let what is written go through ``os``."""
        if "b" in mode and "r" not in mode and isinstance(file, (str, Path)):
            how = {"w": os.O_WRONLY | os.O_CREAT | os.O_TRUNC, "x": os.O_WRONLY | os.O_EXCL}
            return Written(os.open(file, how.get(mode[0], os.O_WRONLY | os.O_APPEND), 0o644))
        if "r" not in mode:
            raise AssertionError(f"{file} is opened by {mode!r}: watch that as well")
        return _OPEN(file, mode, *args, **keywords)


_OPEN = io.open


class Written(io.RawIOBase):
    """A file whose bytes go to the disk in halves, so that it can be torn."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def fileno(self) -> int:
        return self._descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        half = len(view) // 2
        for part in (view[:half], view[half:]):
            while len(part):
                part = part[os.write(self._descriptor, part) :]
        return len(view)

    def close(self) -> None:
        if not self.closed:
            os.close(self._descriptor)
        super().close()


def in_child(do: Callable[[], Any]) -> int:
    """Do something in a fork of this process, and return how that ended."""
    pid = os.fork()
    if pid == 0:
        code = 70
        with contextlib.suppress(BaseException):
            do()
            code = 0
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
