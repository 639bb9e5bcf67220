"""Who runs trials for a sweep: what every executor offers."""

from __future__ import annotations

from typing import Protocol

from dlkit.sweep.messages import Message, Task


class Pool(Protocol):
    """Runs several trials at a time, somewhere."""

    @property
    def free(self) -> int:
        """How many more tasks it takes now."""

    def start(self, task: Task) -> None:
        """Begin a task."""

    def wait(self, seconds: float) -> Message | None:
        """Return what happens next; None where nothing does within some seconds.

        Raises:
            StorageError: If no worker can be started.
        """

    def answer(self, number: int, *, ends: bool) -> None:
        """Answer the last progress of a trial: whether it ends there."""

    def close(self, *, kindly: bool) -> None:
        """End all workers.

        Args:
            kindly: Whether trials under way keep their state first.
        """
