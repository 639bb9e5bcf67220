"""A sweep on a terminal: a line for each trial that is over, and below a table that lives.

What is below is painted a few times a second at most. Whatever else is said meanwhile takes
it away first, and it comes back below.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from dlkit.config.sweep.space import describe_point
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.tables import one_line
from dlkit.report.terminal import LOGGER, format_seconds, say
from dlkit.sweep.columns import TrialTable, format_objective, time_words, trial_table
from dlkit.sweep.messages import Progress

BETWEEN = 0.25
"""Seconds between two paintings."""

BEGINNING = "begins    TensorFlow comes in, and the first models are built"
"""Is shown until the first trial begins: that takes seconds."""

AROUND = 6
"""Lines of a terminal that are left for what is around the trials that run."""


@dataclass
class Standing:
    """A trial that runs.

    Attributes:
        begun: When, on the clock.
        progress: How far it is; None before its first epoch is over.
        members: How many of its folds or seeds are over.
    """

    begun: float
    progress: Progress | None = None
    members: int = 0


@dataclass
class LiveTable:
    """Shows a sweep on a terminal.

    Attributes:
        console: The terminal.
        clock: Seconds.
    """

    console: Console
    clock: Callable[[], float] = time.monotonic
    _record: SweepRecord | None = None
    _table: TrialTable | None = None
    _running: dict[int, Standing] = field(default_factory=dict)
    _lines: list[str] = field(default_factory=list)
    _live: Live | None = None
    _painted: float = -BETWEEN
    _hands: int = 1

    def __post_init__(self) -> None:
        """Make room for whatever is said from here on."""
        LOGGER.addFilter(self._make_room)

    def close(self) -> None:
        """Say what is not said yet, and leave the terminal as it was."""
        LOGGER.removeFilter(self._make_room)
        self._clear()
        self._say_lines()

    def on_begin(self, record: SweepRecord, number: int) -> None:
        """Show a trial that begins."""
        if self._table is None:
            self._table = trial_table(record, self.console.width)
            self._lines.append(self._table.header)
        self._record = record
        self._running[number] = Standing(self.clock())
        self._hands = max(self._hands, len(self._running))
        self.on_moment()

    def on_progress(self, progress: Progress) -> None:
        """Note how far a trial is."""
        standing = self._running.get(progress.number)
        if standing is not None:
            standing.progress = progress
            standing.members = max(standing.members, progress.step)

    def on_end(self, record: SweepRecord, number: int) -> None:
        """Note what a trial came to."""
        self._record = record
        self._running.pop(number, None)
        if self._table is not None:
            self._lines.append(self._table.ended(record.trials[number - 1], record))

    def on_lost(self, number: int, reason: str, *, again: bool) -> None:
        """Note that a trial begins again."""
        if again:
            self._lines.append(f"trial {number}: {reason}; it begins again.")
            self._running[number] = Standing(self.clock())

    def on_moment(self) -> None:
        """Paint, unless that was only just done."""
        now = self.clock()
        if now - self._painted < BETWEEN:
            return
        self._painted = now
        if self._lines:
            self._clear()
            self._say_lines()
        block = Text("\n".join(self._block(now)), no_wrap=True, overflow="ellipsis")
        if self._live is None:
            self._live = Live(block, console=self.console, auto_refresh=False, transient=True)
            self._live.start(refresh=True)
        else:
            self._live.update(block, refresh=True)

    def _make_room(self, said: logging.LogRecord) -> bool:
        """Take the table away before anything is said, and let it be said."""
        if said.levelno >= logging.INFO:
            self._clear()
        return True

    def _clear(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _say_lines(self) -> None:
        lines, self._lines = self._lines, []
        for line in lines:
            say(line)

    def _block(self, now: float) -> list[str]:
        """Return the lines that live."""
        record, table = self._record, self._table
        if record is None or table is None:
            return [BEGINNING]
        shown = list(self._running.items())[: max(self.console.height - AROUND, 1)]
        lines = [
            _running_line(table, record, number, standing, now) for number, standing in shown
        ]
        if more := len(self._running) - len(shown):
            lines.append(f"and {more} more that run")
        elapsed = [now - standing.begun for standing in self._running.values()]
        left = time_left(record, elapsed, self._hands)
        return [
            *lines,
            "",
            standing_line(record, left),
            *_best_lines(record, self.console.width),
        ]


def _running_line(
    table: TrialTable, record: SweepRecord, number: int, standing: Standing, now: float
) -> str:
    """Write the line of a trial that runs."""
    progress = standing.progress
    figures, remark = {}, "begins"
    if progress is not None:
        name = followed(record)
        figures = {name: format_objective(name, progress.value)}
        of = f"/{progress.epochs}" if progress.epochs else ""
        remark = f"epoch {progress.epoch}{of}"
        if record.step != "epoch":
            remark = f"{record.step} {standing.members + 1}, {remark}"
    trial = record.trials[number - 1]
    took = time_words(round(now - standing.begun))
    return table.line(trial, figures, took, remark)


def followed(record: SweepRecord) -> str:
    """Return which objective is told of while a trial runs: the first that epochs have."""
    return next((each for each in record.objectives if each.startswith("val_")), "")


def standing_line(record: SweepRecord, left: float | None) -> str:
    """Say how many trials are over, how they ended, and how long the others will take."""
    counts = count_words(record.over)
    ended = f": {counts}" if counts else ""
    time_words = "" if left is None else f"; about {_rough(left)} left"
    of = max(record.wanted, len(record.trials))
    return f"trials    {len(record.over)} of {of}{ended}{time_words}"


def _rough(seconds: float) -> str:
    """Write a duration that nobody knows to the second: ``12 s``, ``3 min 05 s``."""
    whole = max(round(seconds), 1)
    return f"{whole} s" if whole < 60 else format_seconds(whole)


def count_words(trials: Collection[TrialRecord]) -> str:
    """Count trials by how they ended: ``5 complete, 1 pruned``."""
    states = [trial.state for trial in trials]
    kinds = ("complete", "pruned", "failed")
    return ", ".join(f"{states.count(kind)} {kind}" for kind in kinds if kind in states)


def _best_lines(record: SweepRecord, width: int) -> list[str]:
    """Say which trial is the best so far, and what it has: in one line where that fits."""
    best = record.best
    if best is None:
        return []
    words, settings = f"best      {best_words(record, best)}", settings_words(record, best)
    line = f"{words}, {settings}"
    return [line] if cell_len(line) <= width else [words, f"{'':<10}{settings}"]


def best_words(record: SweepRecord, trial: TrialRecord) -> str:
    """Say what a trial came to: ``trial 3: val_accuracy 0.9524``."""
    pairs = zip(record.objectives, trial.values, strict=True)
    told = (f"{one_line(name)} {format_objective(name, value)}" for name, value in pairs)
    return f"trial {trial.number}: {', '.join(told)}"


def settings_words(record: SweepRecord, trial: TrialRecord) -> str:
    """Say what a trial has: ``optimizer=Adam, units=16``."""
    point = {
        each.name: each.value_of(trial.labels[each.name])
        for each in record.parameters
        if each.name in trial.labels
    }
    return one_line(describe_point(record.parameters, point)).replace("  ", ", ")


def time_left(record: SweepRecord, elapsed: Sequence[float], hands: int) -> float | None:
    """Return how many seconds a sweep will take from now on; None where nobody can know.

    Args:
        record: All trials so far.
        elapsed: For how long each that runs has run.
        hands: How many run at a time.
    """
    known = [float(trial.facts.get("seconds") or 0) for trial in record.over]
    if not any(known):
        return None
    each = sum(known) / len(known)
    ahead = max(record.wanted - len(record.trials), 0)
    running = [max(each - seconds, 0.0) for seconds in elapsed]
    longest = max(running, default=0.0)
    return max((ahead * each + sum(running)) / hands, longest)
