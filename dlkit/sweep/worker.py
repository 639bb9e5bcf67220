"""A process that runs trials: ``python -m dlkit.sweep.worker``, started by a sweep.

It reads tasks from its standard input and writes what comes of them to its standard output,
both as pickles. When the input ends, whoever wanted the trials is gone, and so is the worker
at once, whatever it does.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.errors import DlkitError, Interrupted
from dlkit.own_code import catalogue_with
from dlkit.sweep.child import own_output
from dlkit.sweep.messages import Progress, Setup, Task, Unready
from dlkit.sweep.pipes import receive, send
from dlkit.train.interruption import ending_in_order

if TYPE_CHECKING:
    from dlkit.sweep.trial import Runner

READY = "ready"
"""Says that a worker can run trials."""

END = "end"
"""Asks a worker to keep the state of its trial, and to leave."""


def main() -> None:
    """Run trials until there are no more.

    Raises:
        SystemExit: If it cannot run any.
    """
    with Path(os.devnull).open("wb") as nowhere:
        tasks, replies = sys.stdin.buffer, own_output(nowhere.fileno())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the sweep's to hear
    setup: Setup = receive(tasks)
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(tasks, inbox.put), daemon=True).start()

    def tell(progress: Progress) -> bool:
        send(replies, progress)
        return setup.waits and bool(inbox.get())

    with ending_in_order(), native_stderr_to(Path(os.devnull)):
        try:
            runner = _ready(setup)
        except Exception as error:  # whatever it is, a person has to hear it
            is_known = isinstance(error, DlkitError)
            reason = str(error) if is_known else f"{type(error).__name__}: {error}"
            send(replies, Unready(" ".join(reason.split())))
            raise SystemExit(1) from error
        gc.freeze()  # what came in is no garbage: each trial looks for that when it is over
        send(replies, READY)
        while isinstance(task := inbox.get(), Task):
            outcome = runner.build(task) if task.only_builds else runner.run(task, tell)
            send(replies, outcome)


def _ready(setup: Setup) -> Runner:
    """Bring in all that trials need."""
    catalogue = catalogue_with(setup.plugins)
    import_tensorflow()
    from dlkit.sweep.trial import Runner

    return Runner(setup, catalogue)


def _read(tasks: BinaryIO, put: Callable[[Any], None]) -> None:
    """Pass on what comes, and leave when nothing can come any more."""
    while True:
        try:
            message = receive(tasks)
        except EOFError:
            os._exit(1)
        if message == END:
            os.kill(os.getpid(), signal.SIGTERM)
            continue
        put(message)


if __name__ == "__main__":
    try:
        main()
    except Interrupted as end:
        os._exit(end.exit_code)
    except BrokenPipeError:
        os._exit(1)
