"""The table of a sweep's trials, and the config of the best one."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlkit.config.dump import dump_plain
from dlkit.config.sweep.space import describe_point
from dlkit.report.records import write_text
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.tables import one_line, write_csv
from dlkit.report.terminal import format_figure

FACTS = ("epochs", "parameters", "seconds")
"""What the table has beside parameters and objectives."""


def write_table(folder: SweepFolder, record: SweepRecord) -> None:
    """Write a row for every trial that has begun, with full precision.

    Raises:
        StorageError: If the disk does not take it.
    """
    names = [each.name for each in record.parameters]
    facts = [name for name in FACTS if name not in record.objectives]
    columns = ("trial", "state", *record.objectives, *names, *facts, "folder", "reason")
    rows = [
        (
            str(trial.number),
            trial.state,
            *(_cells(trial, record)),
            *(_label(trial, name) for name in names),
            *(_text(trial.facts.get(name)) for name in facts),
            folder.trial(trial.number).path.name,
            trial.reason,
        )
        for trial in record.trials
    ]
    write_csv(folder.table, columns, rows)


def _cells(trial: TrialRecord, record: SweepRecord) -> list[str]:
    values = [repr(value) for value in trial.values]
    return values or [""] * len(record.objectives)


def _label(trial: TrialRecord, name: str) -> str:
    """Write what a parameter was; `null`, which is a value too, is not nothing."""
    if name not in trial.labels:
        return ""
    value = trial.labels[name]
    return "null" if value is None else _text(value)


def _text(value: Any) -> str:
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def write_best(
    folder: SweepFolder, record: SweepRecord, settings: Mapping[str, Any], plugins: list[Path]
) -> None:
    """Write the config of the best trial, with what it came to above it.

    Args:
        folder: The sweep's.
        record: All trials.
        settings: What was written for the best one.
        plugins: Files with code of the person's own that it needs.

    Raises:
        StorageError: If the disk does not take it.
    """
    best = record.best
    if best is None:
        return
    point = {
        each.name: each.value_of(best.labels[each.name])
        for each in record.parameters
        if each.name in best.labels
    }
    scores = ", ".join(
        f"{name} {format_figure(value)}"
        for name, value in zip(record.objectives, best.values, strict=True)
    )
    words = ["dlkit", "run", str(folder.best.resolve())]
    words += [word for path in plugins for word in ("--plugin", str(path.resolve()))]
    lines = [
        f"The best of {len(record.over)} trials of {folder.run.title}: trial {best.number}.",
        f"  {scores}",
        f"  {describe_point(record.parameters, point)}",
        f"  {shlex.join(words)}",
    ]
    head = "".join(f"# {one_line(line)}\n" for line in lines)
    write_text(folder.best, head + dump_plain(settings))
