"""A worker on a machine of a Ray cluster: it keeps a process there that runs trials.

The process is the same as on the sweep's own machine: it brings TensorFlow in once, and is
gone as soon as the worker is, for its input ends. Nothing here imports Ray.
"""

from __future__ import annotations

import contextlib
import queue
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from dlkit.errors import StorageError
from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder
from dlkit.sweep.child import environment_of_child
from dlkit.sweep.local import MOST_GROWTH, MOST_STARTS, how_it_ended, memory_of
from dlkit.sweep.messages import Lost, Outcome, Task, Unready
from dlkit.sweep.pipes import receive, send
from dlkit.sweep.ray_files import pack, sees, unpack
from dlkit.sweep.ray_messages import Heard, Job, Place
from dlkit.sweep.worker import END, READY

LIBRARIES = ("dlkit", "keras", "tensorflow")
"""What must be the same everywhere, so that figures can be compared."""

PATIENCE = 7.0
"""Seconds that a process gets to keep the state of its trial."""

OTHERS = 15.0
"""Seconds until whoever had a trial before surely notices that its machine is gone."""

COMMAND = [sys.executable, "-P", "-m", "dlkit.sweep.worker"]
"""What runs trials."""

MOST_WORDS = 4000
"""Characters of what a process says as it ends."""


class RayWorker:
    """Runs one trial at a time, in a process of its own.

    Methods are called from several threads: while one waits to hear, others answer.

    Args:
        job: What holds for all trials.
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        self._node = socket.gethostname()
        self._own = Path(tempfile.mkdtemp(prefix="dlkit-"))
        self._shares = sees(job.token)
        self._inbox: queue.SimpleQueue[Heard] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._task: Task | None = None
        self._trials = 0
        self._memory = 0
        self._failures = 0

    def look(self) -> Place:
        """Tell where the worker is."""
        return Place(self._node, self._shares, versions())

    def start(self, task: Task, files: bytes | None = None) -> None:
        """Begin a task; what comes of it is heard.

        Args:
            task: The task.
            files: Its folder, packed, where it has begun before and cannot be seen here.
        """
        self._task = task
        try:
            if self._process is None or self._process.poll() is not None:
                self._begin()
            if self._shares:
                self._wait_for_others(task)
            else:
                task = replace(task, folder=self._place_of(task))
                task.folder.parent.mkdir(parents=True, exist_ok=True)
                if files is not None:
                    unpack(files, task.folder)
        except (OSError, StorageError) as error:
            self._say_lost(f"no worker can be started ({error})")
            return
        self._send(task)

    def answer(self, ends: bool) -> None:
        """Answer the last progress: whether the trial ends there."""
        self._send(ends)

    def heard(self) -> list[Heard]:
        """Wait until something is said, and return all that was."""
        heard = [self._inbox.get()]
        while True:
            try:
                heard.append(self._inbox.get_nowait())
            except queue.Empty:
                return heard

    def finish(self, kindly: bool) -> bytes | None:
        """End the process, and leave nothing behind.

        Args:
            kindly: Whether it keeps the state of its trial first.

        Returns:
            The trial's folder, packed, where the sweep does not see it.
        """
        process, task = self._process, self._task
        self._process = self._task = None
        files = None
        if process is not None:
            self._end(process, kindly=kindly and task is not None)
        if kindly and task is not None and not task.only_builds and not self._shares:
            files = pack(self._place_of(task))
        shutil.rmtree(self._own, ignore_errors=True)
        return files

    def _begin(self) -> None:
        """Start the process.

        Raises:
            OSError: If it cannot be started.
        """
        log = self._own / "worker.log"
        with log.open("wb") as words:
            process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=words,
                env=self._environment(),
                cwd=self._job.home if self._shares and self._job.home.is_dir() else self._own,
            )
        self._process, self._trials = process, 0
        threading.Thread(target=self._listen, args=(process, log), daemon=True).start()
        self._send(self._setup())

    def _environment(self) -> dict[str, str]:
        """Return the environment of the process: the node's, and what the sweep says."""
        own = environment_of_child()
        known = {**own, **self._job.environment, "PYTHONPATH": own["PYTHONPATH"]}
        return {name: value for name, value in known.items() if value is not None}

    def _setup(self) -> Any:
        """Return what holds for all trials, with places that are there."""
        setup = self._job.setup
        if self._shares:
            return setup
        folder = self._own / "plugins"
        folder.mkdir(exist_ok=True)
        for name, text in self._job.plugins.items():
            (folder / name).write_bytes(text)
        plugins = tuple(folder / path.name for path in setup.plugins)
        return replace(setup, plugins=plugins, output=self._own / "experiments")

    def _place_of(self, task: Task) -> Path:
        """Return where a trial goes that cannot go into the sweep's folder."""
        return self._own.joinpath("experiments", *task.folder.parts[-3:])

    def _wait_for_others(self, task: Task) -> None:
        """Wait until nobody works on a trial any more whose machine is gone."""
        until = time.monotonic() + OTHERS
        while is_at_work(RunFolder(task.folder)) and time.monotonic() < until:
            time.sleep(0.1)

    def _send(self, message: object) -> None:
        """Send a message; a process that is gone is told of by whoever listens to it."""
        stream = self._process.stdin if self._process else None
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                send(stream, message)

    def _listen(self, process: subprocess.Popen[bytes], log: Path) -> None:
        """Pass on what the process says, and that it has ended under a trial."""
        stream, is_ready = process.stdout, False
        while stream is not None:
            try:
                message = receive(stream)
            except EOFError:
                break
            if isinstance(message, Outcome):
                self._over(process, message)
            elif message == READY:
                self._failures = 0
                is_ready = True
            else:
                self._task = None if isinstance(message, Unready) else self._task
                self._inbox.put(Heard(message))
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(OSError):
                pipe.close() if pipe else None
        if self._process is process and self._task is not None:
            self._ended(how_it_ended(process.returncode), _tail(log), is_ready=is_ready)

    def _ended(self, how: str, words: str, *, is_ready: bool) -> None:
        """Say that the process ended under a trial; one that was not ready begins anew."""
        self._failures += not is_ready
        if is_ready or self._task is None:
            self._say_lost(how, words)
        elif self._failures < MOST_STARTS:
            self.start(self._task)
        else:
            self._inbox.put(Heard(Unready(f"{how} on {self._node}."), words=words))

    def _over(self, process: subprocess.Popen[bytes], outcome: Outcome) -> None:
        """Pass on what came of the trial, with its files if need be."""
        task, self._task = self._task, None
        files = None
        if task is not None and not self._shares:
            if outcome.ending == "failed":
                reason = f"{outcome.reason} (On {self._node}, which does not see the files of"
                reason += " the sweep's machine: data has to lie there in the same place.)"
                outcome = replace(outcome, reason=reason)
            if not task.only_builds:
                files = pack(self._place_of(task))
                shutil.rmtree(self._place_of(task), ignore_errors=True)
        self._weigh(process)
        self._inbox.put(Heard(outcome, files))

    def _weigh(self, process: subprocess.Popen[bytes]) -> None:
        """Let a process go that has grown too large: Keras keeps a part of every model."""
        memory = memory_of(process.pid)
        self._trials += 1
        if self._trials == 1:
            self._memory = memory
        elif memory - self._memory > MOST_GROWTH:
            self._process = None
            if process.stdin is not None:
                process.stdin.close()

    def _say_lost(self, reason: str, words: str = "") -> None:
        task, self._task = self._task, None
        if task is not None:
            self._inbox.put(Heard(Lost(task.number, f"{reason} on {self._node}"), words=words))

    def _end(self, process: subprocess.Popen[bytes], *, kindly: bool) -> None:
        """End the process; kindly, it keeps the state of its trial first."""
        stream = process.stdin
        with contextlib.suppress(OSError, ValueError):
            if stream is not None and kindly:
                send(stream, END)
            elif stream is not None:
                stream.close()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def versions() -> dict[str, str]:
    """Return the versions that figures depend on, of what is installed and no mere folder."""
    found = {}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _tail(log: Path) -> str:
    try:
        return log.read_text("utf-8", "replace")[-MOST_WORDS:]
    except OSError:
        return ""
