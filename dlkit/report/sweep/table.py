"""The table of a sweep's trials, and the config of the best one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlkit.config.dump import dump_plain
from dlkit.config.sweep.space import describe_point
from dlkit.report.records import write_text
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.tables import write_csv
from dlkit.report.terminal import format_figure

FACTS = ("epochs", "parameters", "seconds")
"""What the table has beside parameters and objectives."""


def write_table(folder: SweepFolder, record: SweepRecord) -> None:
    """Write a row for every trial that has begun, with full precision.

    Raises:
        StorageError: If the disk does not take it.
    """
    names = [each.name for each in record.parameters]
    columns = ("trial", "state", *record.objectives, *names, *FACTS, "folder", "reason")
    rows = [
        (
            str(trial.number),
            trial.state,
            *(_cells(trial, record)),
            *(_text(trial.labels.get(name)) if name in trial.labels else "" for name in names),
            *(_text(trial.facts.get(name)) for name in FACTS),
            folder.trial(trial.number).path.name,
            trial.reason,
        )
        for trial in record.trials
    ]
    write_csv(folder.table, columns, rows)


def _cells(trial: TrialRecord, record: SweepRecord) -> list[str]:
    values = [repr(value) for value in trial.values]
    return values or [""] * len(record.objectives)


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
    command = f"python -m dlkit.run {folder.best.name}"
    command += "".join(f" --plugin {path}" for path in plugins)
    lines = [
        f"# The best of {len(record.over)} trials of {folder.run.title}: trial {best.number}.",
        f"#   {scores}",
        f"#   {describe_point(record.parameters, point)}",
        f"#   {command}",
        "",
    ]
    head = "\n".join(line.replace("\r", " ") for line in lines)
    write_text(folder.best, head + dump_plain(settings))
