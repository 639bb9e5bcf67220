"""How a command ends: what a person is told of a fault, and what is let go."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from types import TracebackType

import click

from dlkit.errors import ConfigError, DlkitError, Interrupted


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
