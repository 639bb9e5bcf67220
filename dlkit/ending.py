"""How a command ends: what a person is told of a fault, and what is let go."""

from __future__ import annotations

import atexit
import contextlib
import gc
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn

import click

from dlkit.errors import ConfigError, DlkitError, Interrupted

_FILES = (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom)


def let_go_of_output() -> None:
    """Send what is printed, and where nobody takes it drop it.

    Python would try again when it ends, and complain of what no longer matters.
    """
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def leave_behind(command: Callable[[], None]) -> None:
    """Run a command, the last thing of a process, and end the process without tidying up.

    Python would take apart all that TensorFlow brought in, object by object, before the
    system gets its memory back in one piece. What others wait for is done as Python does it:
    threads that must end, what was registered for the end, files that nobody closed. Where
    nothing large was imported, or the command fails unexpectedly, Python ends as ever; also
    where several processes train together, for TensorFlow takes leave of the others only
    when it is taken apart.

    Args:
        command: Ends by itself or by ``SystemExit``.

    Raises:
        SystemExit: Where Python ends as ever.
    """
    code = 0
    try:
        command()
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        code = end.code or 0
    if "tensorflow" not in sys.modules or "TF_CONFIG" in os.environ:
        sys.exit(code)
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process, once nothing is left to be written."""
    threads: Any = threading
    threads._shutdown()  # waits for them, and lets those of executors go
    atexit._run_exitfuncs()
    for thing in gc.get_objects():
        if issubclass(type(thing), _FILES):  # what it says of itself may do anything
            with contextlib.suppress(OSError, ValueError):  # closed, or nobody takes it
                thing.flush()
    os._exit(code)


def report(error: DlkitError) -> str:
    """Return the problems, and for a config their number."""
    lines = str(error)
    count = len(error.problems)
    if isinstance(error, ConfigError) and count > 1:
        lines += f"\n{count} problems. `dlkit describe NAME` lists the arguments of NAME."
    return lines


def tell(text: str) -> None:
    """Write to stderr, if anybody reads it."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def tell_interruption(error: BaseException) -> int:
    """Tell what was interrupted and how it goes on, and return the exit code.

    Args:
        error: A ``KeyboardInterrupt``, or what click raises in its place.
    """
    found = error.__cause__ if isinstance(error, click.Abort) else error
    tell(str(found or "") or "Interrupted.")
    return found.exit_code if isinstance(found, Interrupted) else 128 + signal.SIGINT


def tell_unexpected(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Tell a fault of dlkit's own in one line; its traceback goes to the log."""
    logging.getLogger("dlkit").debug("unexpected", exc_info=(kind, error, trace))
    summary = " ".join(str(error).split())[:200]
    click.echo(
        f"dlkit failed unexpectedly: {kind.__name__}: {summary}\n"
        "This is a fault of dlkit. Run it again with --debug for the traceback.",
        err=True,
    )
