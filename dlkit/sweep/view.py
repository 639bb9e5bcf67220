"""What a person sees of a sweep while it runs: a table, or lines where that cannot be."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import IO, cast

from rich.console import Console

from dlkit.report.sweep.record import SweepRecord
from dlkit.report.terminal import MOST_CHARACTERS, Listener, say
from dlkit.sweep.columns import TrialTable, trial_table
from dlkit.sweep.live import LiveTable
from dlkit.sweep.messages import Progress
from dlkit.sweep.running import View


@contextlib.contextmanager
def showing() -> Iterator[View]:
    """Give what shows a sweep; the terminal is whole again when the context ends.

    A terminal that moves its cursor gets a table; pipes, files and notebooks get lines.
    """
    console = Console(file=cast("IO[str]", Listener(sys.stdout)), highlight=False)
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines()
        return
    table = LiveTable(console)
    try:
        table.on_moment()
        yield table
    finally:
        table.close()


class Lines:
    """Tells of each trial in a line as it ends; for pipes and logs."""

    def __init__(self) -> None:
        self._table: TrialTable | None = None

    def on_begin(self, record: SweepRecord, number: int) -> None:
        """Say what the columns are, before the first trial; one is told of when it ends."""
        if self._table is None:
            self._table = trial_table(record, MOST_CHARACTERS)
            say(self._table.header)

    def on_progress(self, progress: Progress) -> None:
        """Do nothing: a trial is told of when it ends."""

    def on_end(self, record: SweepRecord, number: int) -> None:
        """Tell what a trial came to."""
        table = self._table or trial_table(record, MOST_CHARACTERS)
        say(table.ended(record.trials[number - 1], record))

    def on_lost(self, number: int, reason: str, *, again: bool) -> None:
        """Tell that a trial begins again."""
        if again:
            say(lost_line(number, reason))

    def on_moment(self) -> None:
        """Do nothing."""


def lost_line(number: int, reason: str) -> str:
    """Say that a trial begins again whose worker is gone."""
    return f"trial {number}: {reason}; it begins again."
