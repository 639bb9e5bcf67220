"""The tables of a sweep's page: its best trials, and all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from dlkit.config.sweep.space import format_label
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.shown import is_number, names_of, varied
from dlkit.report.terminal import format_figure, format_seconds

Row = tuple[str, ...]


@dataclass(frozen=True)
class TrialCell:
    """A cell of the table of all trials.

    Attributes:
        text: What it says.
        value: What it is sorted by; empty for the text itself.
    """

    text: str
    value: str = ""


@dataclass(frozen=True)
class TrialRow:
    """A row of the table of all trials.

    Attributes:
        number: The trial's.
        link: Its page or its folder beside this page, or "".
        cells: What is said of it.
    """

    number: int
    link: str
    cells: tuple[TrialCell, ...]


def link_to(folder: SweepFolder, trial: TrialRecord) -> str:
    """Return the page of a trial, or its folder, beside the sweep's page; or ""."""
    run = folder.trial(trial.number)
    if run.report.is_file():
        return quote(f"{run.path.name}/{run.report.name}")
    return quote(f"{run.path.name}/") if run.path.is_dir() else ""


def best_table(record: SweepRecord, shown: Sequence[TrialRecord]) -> tuple[Row, ...]:
    """Lay the best trials out, with the parameters in which they differ."""
    names = names_of(record)
    differing = [
        each
        for each in record.parameters
        if len({_kind(trial, each.name) for trial in shown}) > 1 or len(shown) == 1
    ]
    epochs = record.step == "epoch"
    head = ("trial", *record.objectives, *(names[each.name] for each in differing))
    rows = [
        (
            str(trial.number),
            *map(format_figure, trial.values),
            *(_label(trial, each.name) for each in differing),
            *([str(trial.facts.get("epochs", ""))] if epochs else []),
            _seconds(trial),
        )
        for trial in shown
    ]
    return ((*head, *(["epochs"] if epochs else []), "time"), *rows)


def _kind(trial: TrialRecord, name: str) -> tuple[str, object]:
    label = trial.labels.get(name)
    return type(label).__name__, label


def _label(trial: TrialRecord, name: str) -> str:
    return format_label(trial.labels[name]) if name in trial.labels else ""


def _seconds(trial: TrialRecord) -> str:
    seconds = trial.facts.get("seconds")
    return "" if seconds is None else format_seconds(seconds)


def heads_of(record: SweepRecord) -> Row:
    """Return the heads of the table of all trials, behind their numbers."""
    names = names_of(record)
    tried = varied(record) or record.parameters
    return ("state", *record.objectives, *(names[p.name] for p in tried), "epochs", "time")


def trial_row(folder: SweepFolder, record: SweepRecord, trial: TrialRecord) -> TrialRow:
    """Return a trial's row in the table of all."""
    values = trial.values or (None,) * len(record.objectives)
    tried = varied(record) or record.parameters
    seconds, epochs = trial.facts.get("seconds"), trial.facts.get("epochs")
    return TrialRow(
        number=trial.number,
        link=link_to(folder, trial),
        cells=(
            TrialCell(trial.state),
            *(
                TrialCell("") if value is None else TrialCell(format_figure(value), repr(value))
                for value in values
            ),
            *(_cell(trial, each.name) for each in tried),
            TrialCell(str(epochs), str(epochs)) if epochs is not None else TrialCell(""),
            TrialCell(_seconds(trial), repr(seconds)) if seconds is not None else TrialCell(""),
        ),
    )


def _cell(trial: TrialRecord, name: str) -> TrialCell:
    label = trial.labels.get(name)
    return TrialCell(_label(trial, name), repr(label) if is_number(label) else "")
