"""The table of a sweep's trials: what each tried, how it ended, and all its figures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dlkit.config.names import nearest
from dlkit.errors import ConfigError
from dlkit.report.comparison.settings import short_paths
from dlkit.report.direction import best_first, is_rising
from dlkit.report.listing import number_of
from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.summary import SweepSummary, TrialSummary, read_summary
from dlkit.report.tables import Shrinking, cut_end, format_table
from dlkit.report.terminal import format_figure

WHOLE = ("epochs", "best_epoch", "parameters")
"""Figures without a fraction."""


@dataclass(frozen=True)
class TrialLine:
    """A trial in the table.

    Attributes:
        trial: What the sweep says of it.
        state: How it ended; ``running``, or ``interrupted`` where nobody works on it.
        figures: All its numbers: objectives, what the sweep knows, and those of its own
            ``metrics.json``.
    """

    trial: TrialSummary
    state: str
    figures: Mapping[str, float]


def find_sweep(name: str, output: Path) -> SweepFolder | None:
    """Return the sweep that is called so: a folder, or its name below ``output``; else None."""
    for place in (Path(name), output / name):
        folder = SweepFolder(RunFolder(place.resolve() if place.is_symlink() else place))
        if folder.is_sweep:
            return folder
    return None


def read_trials(folder: SweepFolder) -> tuple[SweepSummary, list[TrialLine]]:
    """Read a sweep and its trials, by number.

    Raises:
        StorageError: If its files are damaged.
    """
    sweep = read_summary(folder)
    works = is_at_work(folder.run)
    lines = []
    for trial in sweep.trials:
        state = "interrupted" if trial.state == "running" and not works else trial.state
        own = _own_figures(folder.trial(trial.number))
        lines.append(TrialLine(trial, state, {**own, **trial.facts, **trial.values}))
    return sweep, lines


def _own_figures(folder: RunFolder) -> dict[str, float]:
    """Return the numbers that a trial wrote down itself; none where it did not come so far."""
    try:
        facts = json.loads(folder.metrics.read_text("utf-8"))
        found = {str(name): number_of(facts, name) for name in facts}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: value for name, value in found.items() if value is not None}


def sorted_trials(
    sweep: SweepSummary, lines: Sequence[TrialLine], figure: str
) -> list[TrialLine]:
    """Sort trials by a figure, the best first; those without it stay in order behind.

    Args:
        sweep: The sweep.
        lines: Its trials.
        figure: An objective, or any number of the trials' ``metrics.json``.

    Raises:
        ConfigError: If no trial has such a number.
    """
    names = dict.fromkeys(name for line in lines for name in line.figures)
    if figure not in names:
        near = nearest(figure, names) or nearest(f"val_{figure}", names)
        hint = f"Did you mean {near!r}?" if near else "`--csv -` shows all."
        raise ConfigError(f"--sort {figure}: no trial has this figure. {hint}")
    mode = sweep.objectives.get(figure)
    rising = mode == "max" if mode else is_rising(figure)
    return sorted(lines, key=lambda each: best_first(each.figures.get(figure), rising=rising))


def format_trials(
    sweep: SweepSummary,
    lines: Sequence[TrialLine],
    figure: str | None = None,
    width: int | None = None,
) -> str:
    """Lay trials out as a table.

    Args:
        sweep: The sweep.
        lines: Its trials.
        figure: One more figure to show, in a column of its own.
        width: What a line may take; None for any width. Settings and reasons are cut,
            numbers are not.
    """
    shown = dict.fromkeys((*sweep.objectives, *([figure] if figure else ())))
    columns = [name for name in shown if name != "seconds"]
    settings = short_paths(sweep.parameters)
    header = ("trial", "status", *columns, *settings, "seconds", "reason")
    rows = [
        (
            str(line.trial.number),
            line.state,
            *(_written(name, line.figures.get(name)) for name in columns),
            *(_short(line.trial.settings.get(name, "")) for name in sweep.parameters),
            _seconds(line.figures.get("seconds")),
            line.trial.reason,
        )
        for line in lines
    ]
    if not any(row[-1] for row in rows):
        header, rows = header[:-1], [row[:-1] for row in rows]
    first = 2 + len(columns)
    last = first + len(settings)
    places = sorted(range(first, last), key=lambda place: -_widest(rows, place))
    places = [*range(last + 1, len(header)), *places]
    shrinking = [Shrinking(place, 8, cut_end) for place in places]
    return format_table(header, rows, width, shrinking)


def _widest(rows: Sequence[Sequence[str]], place: int) -> int:
    return max((len(row[place]) for row in rows), default=0)


def _short(text: str) -> str:
    """Write a setting with as many digits as say something."""
    try:
        return f"{float(text):.4g}" if not text.isdecimal() else text
    except ValueError:
        return text


def _written(name: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if name in WHOLE else format_figure(value)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def trials_table(
    sweep: SweepSummary, lines: Sequence[TrialLine]
) -> tuple[tuple[str, ...], list[list[str | float | None]]]:
    """Return head and rows of all trials with all their figures, for CSV."""
    figures = dict.fromkeys(name for line in lines for name in line.figures)
    objectives = [name for name in sweep.objectives if name in figures]
    names = dict.fromkeys([*objectives, *figures])
    head = ("trial", "status", *sweep.parameters, *names, "reason")
    rows: list[list[str | float | None]] = [
        [
            *(line.trial.number, line.state),
            *(line.trial.settings.get(name) for name in sweep.parameters),
            *(line.figures.get(name) for name in names),
            line.trial.reason,
        ]
        for line in lines
    ]
    return head, rows
