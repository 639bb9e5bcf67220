"""Trials in processes of this machine, each of which brings TensorFlow in once.

A worker that has grown is replaced, for Keras keeps a part of every model it ever made: its
successor gets ready while it still works. One that dies is replaced at once, and its trial is
told as lost. One that dies before it could run anything is begun again, but not for ever.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlkit.errors import StorageError, TrainingError
from dlkit.sweep.child import environment_of_child
from dlkit.sweep.messages import Lost, Message, Outcome, Progress, Setup, Task, Unready
from dlkit.sweep.pipes import receive, send
from dlkit.sweep.worker import END

MOST_GROWTH = 256 * 2**20
"""Bytes that a worker may have more than after its first trial."""

EARLY = 0.8
"""Part of that growth at which a successor begins to get ready."""

PATIENCE = 8.0
"""Seconds that a worker gets to keep the state of its trial."""

MOST_STARTS = 3
"""How many workers in turn may end before they are ready."""


@dataclass
class Worker:
    """A process that runs trials.

    Attributes:
        place: Which of the workers that run at a time it is, from 0.
        process: The process.
        task: What it runs now.
        is_ready: Whether it has brought TensorFlow in.
        trials: How many it has run.
        memory: Bytes it had after its first trial.
        retiring: Whether it gets no more.
        successor: What takes its place when that is ready.
        unready: Why it cannot run anything, as it says itself.
    """

    place: int
    process: subprocess.Popen[bytes]
    task: Task | None = None
    is_ready: bool = False
    trials: int = 0
    memory: int = 0
    retiring: bool = False
    successor: Worker | None = None
    unready: str = ""


class LocalPool:
    """Worker processes on this machine.

    Args:
        setup: What holds for all trials.
        environments: What the environment of each worker has beside this process's own:
            one worker for each.
        log: Gets what workers say that cannot start.
    """

    def __init__(self, setup: Setup, environments: Sequence[dict[str, str]], log: Path) -> None:
        self._setup = setup
        self._environments = environments
        self._log = log
        self._inbox: queue.SimpleQueue[tuple[Worker, Any]] = queue.SimpleQueue()
        self._workers: list[Worker] = []
        self._failures = 0
        self._closed = False

    @property
    def free(self) -> int:
        """How many more tasks it takes now."""
        busy = sum(worker.task is not None for worker in self._workers)
        return len(self._environments) - busy

    def start(self, task: Task) -> None:
        """Begin a task, in a worker that is there or a new one.

        The first task starts all workers, which get ready side by side.

        Raises:
            StorageError: If a worker cannot be started.
        """
        if not self._workers:
            for place in range(len(self._environments)):
                self._begin(place)
        idle = (w for w in self._workers if w.task is None and not w.retiring)
        worker = next(idle, None) or self._begin(self._free_place())
        worker.task = task
        self._send(worker, task)

    def _free_place(self) -> int:
        taken = {worker.place for worker in self._workers if not worker.retiring}
        return next(n for n in range(len(self._environments)) if n not in taken)

    def _begin(self, place: int) -> Worker:
        """Start a worker.

        Raises:
            StorageError: If it cannot be started.
        """
        try:
            with self._log.open("ab") as log:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "dlkit.sweep.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=environment_of_child() | self._environments[place],
                )
        except OSError as error:
            raise StorageError(f"no worker can be started ({error}).") from error
        worker = Worker(place, process)
        self._workers.append(worker)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        self._send(worker, self._setup)
        return worker

    def _send(self, worker: Worker, message: object) -> None:
        """Send a message; one that is gone is told of by whoever listens to it."""
        stream = worker.process.stdin
        with contextlib.suppress(OSError, ValueError):
            if stream is not None:
                send(stream, message)

    def _listen(self, worker: Worker) -> None:
        """Pass on what a worker says, and that it is gone."""
        stream = worker.process.stdout
        while stream is not None:
            try:
                message = receive(stream)
            except EOFError:
                break
            self._inbox.put((worker, message))
        worker.process.wait()
        for pipe in (worker.process.stdin, worker.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        self._inbox.put((worker, None))

    def wait(self, seconds: float) -> Message | None:
        """Return what happens next; None where nothing does within some seconds.

        Raises:
            TrainingError: If workers end before they are ready.
            StorageError: If none can be started.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                worker, said = self._inbox.get(timeout=left)
            except queue.Empty:
                return None
            message = self._heard(worker, said)
            if message is not None:
                return message
        return None

    def _heard(self, worker: Worker, said: Any) -> Message | None:
        """Take note of what a worker said, and return what the sweep is to know."""
        if said is None:
            return self._gone(worker)
        if isinstance(said, Progress):
            return said
        if isinstance(said, Outcome):
            worker.task = None
            worker.trials += 1
            self._weigh(worker)
            return said
        if isinstance(said, Unready):
            worker.unready = said.reason
            return None
        worker.is_ready = True
        self._failures = 0
        return None

    def _gone(self, worker: Worker) -> Message | None:
        """Take a worker off the list that has ended, and tell of the trial it had.

        Raises:
            TrainingError: If workers end before they are ready.
            StorageError: If none can be started.
        """
        self._workers.remove(worker)
        if self._closed:
            return None
        how = how_it_ended(worker.process.returncode)
        if not worker.is_ready:
            self._failures += 1
            if worker.unready or self._failures >= MOST_STARTS:
                reason = worker.unready or f"{how}. See {self._log}."
                raise TrainingError(f"no worker can be started: {reason}")
            if worker.task is not None:
                self.start(worker.task)
            return None
        return Lost(worker.task.number, how) if worker.task is not None else None

    def _weigh(self, worker: Worker) -> None:
        """Replace a worker that has grown: by one that is ready when it is too large."""
        memory = memory_of(worker.process.pid)
        if worker.trials == 1:
            worker.memory = memory
        grown = memory - worker.memory
        if grown > MOST_GROWTH * EARLY and worker.successor is None:
            worker.successor = self._begin(worker.place)
        if grown > MOST_GROWTH or (worker.successor and worker.successor.is_ready):
            self._retire(worker)

    def _retire(self, worker: Worker) -> None:
        worker.retiring = True
        if worker.process.stdin is not None:
            with contextlib.suppress(OSError):
                worker.process.stdin.close()

    def answer(self, number: int, *, ends: bool) -> None:
        """Answer the last progress of a trial: whether it ends there."""
        for worker in self._workers:
            if worker.task is not None and worker.task.number == number:
                self._send(worker, ends)

    def close(self, *, kindly: bool) -> None:
        """End all workers, and wait until they have ended.

        Args:
            kindly: Whether trials under way keep their state first.
        """
        self._closed = True
        for worker in self._workers:
            if kindly and worker.task is not None:
                self._send(worker, END)
            else:
                self._retire(worker)
        until = time.monotonic() + PATIENCE
        for worker in list(self._workers):
            try:
                worker.process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()


def how_it_ended(code: int) -> str:
    """Say how a process ended that should not have."""
    if code >= 0:
        return f"its process ended with exit code {code}"
    with contextlib.suppress(ValueError):
        name = signal.Signals(-code).name
        memory = name in ("SIGKILL", "SIGABRT")
        return f"its process was ended by {name}" + (" (out of memory?)" if memory else "")
    return f"its process was ended by signal {-code}"


def memory_of(pid: int) -> int:
    """Return how many bytes of memory a process holds; 0 where the system does not say."""
    try:
        text = Path(f"/proc/{pid}/statm").read_text("ascii")
        return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
