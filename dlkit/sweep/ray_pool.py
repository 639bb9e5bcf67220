"""Trials on the machines of a Ray cluster, through a process that alone knows Ray."""

from __future__ import annotations

import contextlib
import math
import os
import queue
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlkit.errors import StorageError
from dlkit.report.records import write_text
from dlkit.report.terminal import say
from dlkit.sweep.child import environment_of_child
from dlkit.sweep.machines import usable_cores
from dlkit.sweep.messages import Lost, Message, Outcome, Progress, Setup, Task
from dlkit.sweep.pipes import receive, send
from dlkit.sweep.ray_messages import Answer, Job, Opened, Opening, Present, Refused, Token
from dlkit.sweep.worker import END

MOST_SECONDS = 60.0
"""How long a cluster may take to be connected to, or to be started here."""

PATIENCE = 18.0
"""Seconds that the bridge gets to leave."""

FORWARDED = ("DLKIT_", "KERAS_", "TF_", "XLA_", "OMP_", "PYTHONHASHSEED")
"""What variables begin with that say how to compute, and where data is."""

TOKEN = ".sweep-token"  # noqa: S105 - a file, and no secret


class RayPool:
    """Workers on a cluster.

    Args:
        opening: The cluster, and what its workers are to know.
        log: Gets what Ray has to say.

    Attributes:
        opened: What the cluster is, and what each trial gets of it.

    Raises:
        StorageError: If it cannot be connected to.
    """

    def __init__(self, opening: Opening, log: Path) -> None:
        self._token = opening.job.token.path
        self._log = log
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._present = 0
        self._tasks: set[int] = set()
        self._until = time.monotonic() + MOST_SECONDS
        write_text(self._token, opening.job.token.text)
        self._process = _start(log)
        try:
            threading.Thread(target=self._listen, daemon=True).start()
            self._send(opening)
            self.opened = self._await(opening.address or "this machine")
        except BaseException:
            self._end_all()
            raise

    def _await(self, address: str) -> Opened:
        """Return what the bridge says of the cluster once it stands.

        Raises:
            StorageError: If it does not.
        """
        try:
            said = self._inbox.get(timeout=MOST_SECONDS)
        except queue.Empty:
            said = Refused(f"it did not answer within {MOST_SECONDS:.0f} s.")
        if isinstance(said, Opened):
            return said
        reason = said.reason if isinstance(said, Refused) else "the connection ended."
        raise StorageError(f"Ray at {address} cannot be used: {reason} {self._more}")

    @property
    def _more(self) -> str:
        return f"More is in {self._log}."

    @property
    def free(self) -> int:
        """How many more tasks it takes now: no more than there are workers to run them."""
        room = min(max(1, self._present), self.opened.jobs)
        return max(0, room - len(self._tasks))

    def start(self, task: Task) -> None:
        """Begin a task as soon as a worker is there for it."""
        self._tasks.add(task.number)
        self._send(task)

    def wait(self, seconds: float) -> Message | None:
        """Return what happens next; None where nothing does within some seconds.

        Raises:
            StorageError: If the cluster is gone, or starts no worker.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            try:
                said = self._inbox.get(timeout=left)
            except queue.Empty:
                self._say_if_alone()
                return None
            message = self._heard(said)
            if message is not None:
                return message
        return None

    def _say_if_alone(self) -> None:
        """Say once that trials wait for the cluster, where they do for long."""
        if not self._present and time.monotonic() > self._until:
            say("No machine of the cluster has had room for a trial yet: waiting for one.")
            self._until = math.inf

    def _heard(self, said: Any) -> Message | None:
        """Take note of what is said, and return what the sweep is to know.

        Raises:
            StorageError: If the cluster is of no use any more.
        """
        if isinstance(said, Progress):
            return said
        if isinstance(said, (Outcome, Lost)):
            self._tasks.discard(said.number)
            return said
        if isinstance(said, Present):
            self._present = said.count
            return None
        reason = (
            said.reason
            if isinstance(said, Refused)
            else "the process that speaks with it ended."
        )
        raise StorageError(
            f"Ray cannot be used any more: {reason} {self._more} The same command goes on with"
            " this sweep."
        )

    def answer(self, number: int, *, ends: bool) -> None:
        """Answer the last progress of a trial: whether it ends there."""
        self._send(Answer(number, ends))

    def close(self, *, kindly: bool) -> None:
        """End all workers, and a cluster that was started for them.

        Args:
            kindly: Whether trials under way keep their state first.
        """
        if kindly:
            self._send(END)
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._end_all()

    def _end_all(self) -> None:
        """End the bridge and all that it has started, which is a group of its own."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        with contextlib.suppress(OSError):
            self._token.unlink(missing_ok=True)

    def _send(self, message: object) -> None:
        """Send a message; a bridge that is gone is told of by whoever listens to it."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                send(self._process.stdin, message)

    def _listen(self) -> None:
        """Pass on what the bridge says, and that it is gone."""
        stream = self._process.stdout
        while stream is not None:
            try:
                message = receive(stream)
            except EOFError:
                break
            self._inbox.put(message)
        self._inbox.put(None)


def job_of(setup: Setup, folder: Path, device: str | None) -> Job:
    """Return what workers on a cluster have to know.

    Args:
        setup: What holds for all trials.
        folder: The sweep's.
        device: ``cpu`` or ``gpu``; None: what there is.
    """
    setup = Setup(
        plugins=tuple(path.resolve() for path in setup.plugins),
        output=setup.output.resolve(),
        objectives=setup.objectives,
        waits=setup.waits,
    )
    return Job(
        setup=setup,
        token=Token(folder.resolve() / TOKEN, secrets.token_hex(16)),
        home=Path.cwd(),
        environment=environment_of(os.environ, device),
        plugins={path.name: path.read_bytes() for path in setup.plugins},
    )


def opening_of(
    address: str | None, jobs: int | None, wanted: int, device: str | None, job: Job
) -> Opening:
    """Return what the bridge is asked to do.

    Args:
        address: The cluster's; None: one is started here.
        jobs: How many trials are to run at a time; None: as many as there is room for.
        wanted: How many trials there are at most.
        device: ``cpu`` or ``gpu``; None: what there is.
        job: What workers have to know.
    """
    on_gpu = None if device is None else device == "gpu"
    return Opening(address, jobs, wanted, on_gpu, usable_cores(), job)


def environment_of(known: Mapping[str, str], device: str | None) -> dict[str, str | None]:
    """Return the variables that a worker's process gets of those known here.

    Ray sets how many threads OpenMP takes; so that figures stay what they are without Ray,
    only what is set here counts.
    """
    chosen: dict[str, str | None] = {"OMP_NUM_THREADS": None}
    chosen |= {name: value for name, value in known.items() if name.startswith(FORWARDED)}
    return chosen | ({"CUDA_VISIBLE_DEVICES": "-1"} if device == "cpu" else {})


def _start(log: Path) -> subprocess.Popen[bytes]:
    """Start the bridge: a group of processes that Ctrl-C does not reach.

    Raises:
        StorageError: If it cannot be started.
    """
    try:
        with log.open("ab") as words:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "dlkit.sweep.ray_bridge"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env=environment_of_child(),
                start_new_session=True,
            )
    except OSError as error:
        raise StorageError(f"no bridge to Ray can be started ({error}).") from error
