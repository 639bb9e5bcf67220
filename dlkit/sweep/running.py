"""The owner of a sweep: chooses trials, hands them out, and keeps what comes of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from dlkit.config.dump import dump_plain
from dlkit.config.overrides import apply_overrides
from dlkit.config.source import Source
from dlkit.config.sweep.checking import Sweep, source_at
from dlkit.errors import ConfigError, Mark, Path, StorageError, TrainingError
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.table import write_table
from dlkit.sweep.messages import Lost, Message, Outcome, Progress, Task
from dlkit.sweep.plan import Plan, step_name
from dlkit.sweep.pool import Pool
from dlkit.sweep.study import Study

MOST_ATTEMPTS = 2
"""How often a trial is begun whose worker ends under it."""

HOPELESS = 10
"""Failed trials after which a sweep ends in which none has come to anything."""

MOMENT = 0.2
"""Seconds between two looks at the clock, for whoever watches."""


class View(Protocol):
    """Shows a sweep while it goes on."""

    def on_begin(self, record: SweepRecord, number: int) -> None:
        """Hear that a trial begins."""

    def on_progress(self, progress: Progress) -> None:
        """Hear how far a trial is."""

    def on_end(self, record: SweepRecord, number: int) -> None:
        """Hear that a trial has ended."""

    def on_lost(self, number: int, reason: str, *, again: bool) -> None:
        """Hear that a trial's worker is gone, and whether the trial begins again."""

    def on_moment(self) -> None:
        """Hear that time has passed."""


@dataclass
class Owner:
    """Runs the trials of a sweep until there are as many as are wanted.

    Attributes:
        plan: What is run.
        folder: Where it goes.
        study: Chooses and keeps.
        pool: Runs trials.
        view: Shows them.
        threads: How many threads a trial computes with; None: as it says itself.
        refresh: Hears of all trials whenever one ends.
    """

    plan: Plan
    folder: SweepFolder
    study: Study
    pool: Pool
    view: View
    threads: int | None = None
    refresh: Callable[[SweepRecord], None] | None = None
    _waiting: deque[int] = field(default_factory=deque)
    _running: dict[int, Task] = field(default_factory=dict)

    def run(self) -> SweepRecord:
        """Run what is left of the trials, and return what all came to.

        Raises:
            TrainingError: If no trial comes to anything, or none can be begun.
            StorageError: If the disk does not take what is kept.
        """
        self._stop_if_hopeless(self.record())
        self._waiting.extend(self.study.unfinished())
        while True:
            self._hand_out()
            if not self._running:
                break
            message = self.pool.wait(MOMENT)
            if message is not None:
                self._heard(message)
            self.view.on_moment()
        record = self.record()
        if not record.of("complete"):
            raise TrainingError(hopeless(record))
        return record

    def record(self) -> SweepRecord:
        """Return all trials so far, and what they are for."""
        return record_of(self.plan, self.study)

    def _hand_out(self) -> None:
        """Begin as many trials as there are hands for."""
        while self.pool.free > 0:
            if self._waiting:
                number, point = self.study.begin(self._waiting.popleft())
            elif self.study.count < self.plan.wanted:
                number, point = self.study.begin()
            else:
                return
            self._begin(number, point)

    def _begin(self, number: int, point: dict[str, Any]) -> None:
        """Begin a trial, unless it is clear already how it ends."""
        attempts, why = self.study.attempts(number)
        if attempts >= MOST_ATTEMPTS:  # the sweep was killed before it could say so
            self._ended(gone_too_often(number, why, attempts))
            return
        try:
            source = trial_source(self.plan.sweep, point, self.threads)
        except ConfigError as error:  # only this combination is wrong
            reason = " ".join(str(error).split())
            self._ended(Outcome(number, "failed", reason=reason))
            return
        task = Task(number, source, self.folder.trial(number).path)
        self._running[number] = task
        self.pool.start(task)
        self.view.on_begin(self.record(), number)

    def _heard(self, message: Message) -> None:
        """Keep what a worker said, unless it is of something that nobody waits for."""
        if message.number not in self._running:
            return
        if isinstance(message, Progress):
            ends = message.step > 0 and self.study.see(
                message.number, message.step, message.value
            )
            if self.waits:
                self.pool.answer(message.number, ends=ends)
            self.view.on_progress(message)
        elif isinstance(message, Lost):
            self._lost(message)
        else:
            self._ended(message)

    @property
    def waits(self) -> bool:
        """Whether trials wait to hear whether they go on."""
        return self.plan.search.pruner != "none"

    def _lost(self, lost: Lost) -> None:
        """Let a trial begin again whose worker is gone, once, not counting lost machines."""
        attempts = 0 if lost.blameless else self.study.attempt(lost.number, lost.reason)
        again = attempts < MOST_ATTEMPTS
        self.view.on_lost(lost.number, lost.reason, again=again)
        if again:
            self.pool.start(self._running[lost.number])
        else:
            self._ended(gone_too_often(lost.number, lost.reason, attempts))

    def _ended(self, outcome: Outcome) -> None:
        """Keep what a trial came to.

        Raises:
            TrainingError: If it is clear by now that no trial will come to anything.
            StorageError: If the disk does not take what the trial writes.
        """
        number = outcome.number
        if outcome.unwritten:
            reason = f"trial {number}: {outcome.reason}"
            raise StorageError(f"{reason} The same command goes on with the sweep.")
        if outcome.ending == "complete":
            self.study.complete(number, outcome.values, outcome.facts)
        elif outcome.ending == "pruned":
            self.study.prune(number, outcome.facts)
        else:
            self.study.fail(number, outcome.reason, outcome.facts)
        self._running.pop(number, None)
        record = self.record()
        write_table(self.folder, record)
        self.view.on_end(record, number)
        if self.refresh:
            self.refresh(record)
        self._stop_if_hopeless(record)

    def _stop_if_hopeless(self, record: SweepRecord) -> None:
        """Go on unless it is clear that no trial will come to anything.

        Raises:
            TrainingError: If it is.
        """
        if is_hopeless(record):
            raise TrainingError(hopeless(record))


def record_of(plan: Plan, study: Study) -> SweepRecord:
    """Return all trials of a sweep so far, and what they are for."""
    search = plan.search
    config = plan.sweep.loaded.config
    return SweepRecord(
        name=config.name,
        parameters=search.parameters,
        objectives=search.objectives,
        trials=study.records(),
        wanted=plan.wanted,
        sampler=search.sampler,
        pruner=search.pruner,
        step=step_name(config),
    )


def gone_too_often(number: int, reason: str, attempts: int) -> Outcome:
    """Return what a trial came to whose worker ended under it again and again."""
    times = "once more" if attempts == MOST_ATTEMPTS else f"{attempts} times"
    reason = f"{reason}, and {times} when it was begun again."
    return Outcome(number, "failed", reason=reason)


def trial_source(sweep: Sweep, point: dict[str, Any], threads: int | None) -> Source:
    """Return what is written for the trial at a point.

    Args:
        sweep: The sweep.
        point: What the trial tries.
        threads: How many threads it computes with, unless it says so itself. It is written
            down, for the bits of a convolution depend on it.
    """
    source, _ = source_at(sweep.loaded.source, sweep.parameters, point)
    said = (source.data.get("training") or {}).get("threads")
    if threads is not None and said is None:
        settings: dict[Path, int] = {("training", "threads"): threads}
        source, _ = apply_overrides(source, settings, Mark("sweep"))
    return replace(source, text=dump_plain(source.data))


def is_hopeless(record: SweepRecord) -> bool:
    """Tell whether so many trials failed, and no other came to anything, that all will.

    A grid goes through its values in order: the first half of it may be impossible.
    """
    failed, over = len(record.of("failed")), len(record.over)
    least = record.wanted // 2 + 1 if record.sampler == "grid" else HOPELESS
    return failed == over and failed >= min(max(least, 3), record.wanted)


def hopeless(record: SweepRecord) -> str:
    """Say that no trial came to anything, and why."""
    reasons: dict[str, list[TrialRecord]] = {}
    for trial in record.of("failed"):
        reasons.setdefault(trial.reason, []).append(trial)
    lines = [f"none of {len(record.over)} trials came to a result."]
    for reason, trials in sorted(reasons.items(), key=lambda item: -len(item[1]))[:5]:
        numbers = ", ".join(str(trial.number) for trial in trials[:5])
        more = ", ..." if len(trials) > 5 else ""
        lines.append(f"  trial {numbers}{more}: {reason}")
    if len(reasons) > 5:
        lines.append(f"  and {len(reasons) - 5} other reasons.")
    lines.append("They are not tried again: change the config, or remove the sweep's folder.")
    return "\n".join(lines)
