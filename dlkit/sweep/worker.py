"""A process that runs trials: ``python -m dlkit.sweep.worker``, started by a sweep.

It reads tasks from its standard input and writes what comes of them to its standard output,
both as pickles. When the input ends, whoever wanted the trials is gone, and so is the worker
at once, whatever it does.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.errors import Interrupted
from dlkit.own_code import catalogue_with
from dlkit.sweep.messages import Progress, Setup, Task
from dlkit.sweep.pipes import receive, send
from dlkit.train.interruption import ending_in_order

END = "end"
"""Asks a worker to keep the state of its trial, and to leave."""


def main() -> None:
    """Run trials until there are no more."""
    tasks, replies = sys.stdin.buffer, _own_output()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the sweep's to hear
    setup: Setup = receive(tasks)
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(tasks, inbox.put), daemon=True).start()

    def tell(progress: Progress) -> bool:
        send(replies, progress)
        return setup.waits and bool(inbox.get())

    with ending_in_order(), native_stderr_to(Path(os.devnull)):
        catalogue = catalogue_with(setup.plugins)
        import_tensorflow()
        from dlkit.sweep.trial import Runner

        runner = Runner(setup, catalogue)
        send(replies, "ready")
        while isinstance(task := inbox.get(), Task):
            outcome = runner.run(task, tell) if task.number else runner.build(task)
            send(replies, outcome)


def _own_output() -> BinaryIO:
    """Take the standard output for messages alone; what is printed goes nowhere."""
    messages = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return messages


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
