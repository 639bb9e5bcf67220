"""What a person sees of a sweep while it runs: a table, or lines where that cannot be."""

from __future__ import annotations

import time

from dlkit.config.sweep.space import describe_point, shown_names
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.terminal import format_figure, format_seconds, say
from dlkit.sweep.messages import Progress
from dlkit.sweep.plan import Plan
from dlkit.sweep.study import Study


class Lines:
    """Tells of each trial in a line as it ends; for pipes and logs."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def on_begin(self, record: SweepRecord, number: int) -> None:
        """Do nothing: a trial is told of when it ends."""

    def on_progress(self, progress: Progress) -> None:
        """Do nothing: a trial is told of when it ends."""

    def on_end(self, record: SweepRecord, number: int) -> None:
        """Tell what a trial came to."""
        say(trial_line(record, record.trials[number - 1]))

    def on_lost(self, number: int, reason: str, *, again: bool) -> None:
        """Tell that a trial begins again."""
        if again:
            say(f"trial {number}: {reason}; it begins again")

    def on_moment(self) -> None:
        """Do nothing."""


def trial_line(record: SweepRecord, trial: TrialRecord) -> str:
    """Say in a line what a trial came to."""
    point = {
        each.name: each.value_of(trial.labels[each.name])
        for each in record.parameters
        if each.name in trial.labels
    }
    if trial.state == "complete":
        scores = zip(record.objectives, trial.values, strict=True)
        told = "  ".join(f"{name} {format_figure(value)}" for name, value in scores)
        best = "  best so far" if record.best == trial else ""
    elif trial.state == "pruned":
        told, best = f"pruned after {record.step} {max(trial.curve, default=0)}", ""
    else:
        told, best = f"failed: {trial.reason}", ""
    seconds = trial.facts.get("seconds")
    took = f"  {format_seconds(seconds)}" if seconds is not None else ""
    place = f"{trial.number}/{record.wanted}"
    return f"trial {place}  {describe_point(record.parameters, point)}  {told}{best}{took}"


def opening_lines(folder: SweepFolder, plan: Plan, study: Study) -> str:
    """Say what is about to be swept."""
    search = plan.search
    aims = ", ".join(f"{name} ({mode})" for name, mode in search.objectives.items())
    names = ", ".join(shown_names(search.parameters).values())
    left = plan.wanted - study.count + len(study.unfinished())
    done = f", {plan.wanted - left} are over" if left < plan.wanted else ""
    return "\n".join(
        [
            f"sweep     {folder.path}",
            f"tries     {names}",
            f"aims at   {aims}",
            f"trials    {plan.wanted} by {search.sampler}{done}",
            "",
        ]
    )


def closing_lines(folder: SweepFolder, record: SweepRecord) -> str:
    """Say how it ended."""
    best = record.best
    counts = [f"{len(record.of('complete'))} complete"]
    counts += [f"{len(record.of(s))} {s}" for s in ("pruned", "failed") if record.of(s)]
    lines = ["", f"trials    {', '.join(counts)}"]
    if best is not None:
        scores = zip(record.objectives, best.values, strict=True)
        told = ", ".join(f"{name} {format_figure(value)}" for name, value in scores)
        lines += [f"best      trial {best.number}: {told}", f"config    {folder.best}"]
    lines += [f"table     {folder.table}"]
    return "\n".join(lines)
