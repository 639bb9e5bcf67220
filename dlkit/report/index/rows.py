"""What the page of all experiments says of each run, read from the runs' own files."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from dlkit.report.direction import DEVIATION
from dlkit.report.index.curves import (
    Course,
    draw_course,
    read_course,
    sweep_course,
    wanted_figures,
)
from dlkit.report.listing import RunLine, is_spread, list_runs, main_figure, number_of
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.terminal import format_figure, format_seconds

MOST_FIGURES = 3
"""Test figures that get a column; ``metrics.json`` of a run has all."""

TESTED = "test_"

NO_FIGURES = ("test_examples",)


@dataclass(frozen=True)
class Cell:
    """A cell of the table.

    Attributes:
        text: What it says; empty where nothing is known.
        value: What it is sorted by; empty for the text itself.
        drawing: An ``<svg>`` of ours in the place of the text, or empty.
    """

    text: str
    value: str = ""
    drawing: Markup = field(default_factory=Markup)


@dataclass(frozen=True)
class IndexRow:
    """A run.

    Attributes:
        number: Its number, as its folder is called.
        link: Its page beside this one, as an address; empty where it has none.
        cells: What is said of it, in the order of the table's heads.
    """

    number: str
    link: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Experiment:
    """The runs of one experiment.

    Attributes:
        name: Its name.
        heads: Heads of the cells.
        rows: The runs, the newest first.
        latest: When one of them was last at work, in seconds since 1970.
    """

    name: str
    heads: tuple[str, ...]
    rows: tuple[IndexRow, ...]
    latest: float

    @property
    def numbers(self) -> frozenset[int]:
        """The places of the heads whose cells hold numbers."""
        return frozenset(
            place for row in self.rows for place, cell in enumerate(row.cells) if cell.value
        )


def read_experiments(output: Path) -> tuple[Experiment, ...]:
    """Read the runs below an output folder.

    Args:
        output: The folder that keeps experiments; the links lead on from there.

    Returns:
        The experiments, that which was last at work first.
    """
    lines = [(line.folder, line) for line in list_runs(output) if line.folder]
    groups = itertools.groupby(lines, lambda pair: pair[0].path.parent.name)
    found = [_experiment(name, [*pairs]) for name, pairs in groups]
    return tuple(sorted(found, key=lambda each: each.latest, reverse=True))


def _experiment(name: str, runs: Sequence[tuple[RunFolder, RunLine]]) -> Experiment:
    """Read the runs of one experiment, in the order of their numbers."""
    figures = _figures([line.facts for _, line in runs])
    ended = [_last_written(folder) for folder, _ in runs]
    rows = [
        _row(folder, line, figures, when)
        for (folder, line), when in zip(runs, ended, strict=True)
    ]
    heads = ("status", "course", *figures, "dataset", "epochs", "time", "last written")
    return Experiment(name, heads, tuple(reversed(rows)), max(map(_order, ended)))


def _order(cell: Cell) -> float:
    return float(cell.value or 0)


def _figures(facts: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the test figures that get a column: the main ones first, losses last."""
    names = dict.fromkeys(main for each in facts if (main := main_figure(each)))
    names |= dict.fromkeys(
        name
        for each in facts
        for name in each
        if name.startswith(TESTED)
        and name not in NO_FIGURES
        and not (name.endswith(DEVIATION) and is_spread(each))
    )
    return tuple(sorted(names, key=lambda name: name.endswith("_loss"))[:MOST_FIGURES])


def _row(folder: RunFolder, line: RunLine, figures: Sequence[str], written: Cell) -> IndexRow:
    """Read one run."""
    facts = line.facts
    sweep = SweepFolder(folder)
    page = sweep.page if line.is_sweep else folder.report
    course = (
        sweep_course(sweep)
        if line.is_sweep
        else read_course(folder, wanted_figures(main_figure(facts)))
    )
    limited = ", a quick try" if facts.get("limited") else ""
    name = quote(folder.path.parent.name, safe="")
    return IndexRow(
        number=folder.path.name,
        link=f"{name}/{folder.path.name}/{page.name}" if page.is_file() else "",
        cells=(
            Cell(_sweep_status(line) if line.is_sweep else line.status),
            Cell("", drawing=draw_course(course)),
            *(_figure(facts, figure) for figure in figures),
            Cell(f"{line.dataset}{limited}"),
            _epochs(facts, course),
            Cell("")
            if line.seconds is None
            else Cell(format_seconds(line.seconds), f"{line.seconds:g}"),
            written,
        ),
    )


def _sweep_status(line: RunLine) -> str:
    """Say how far a sweep is and what it found: ``sweep: 8 trials, val_accuracy 0.9524``."""
    parts = [line.status.removeprefix("complete: "), line.score.removesuffix(" (best)")]
    return f"sweep: {', '.join(filter(None, parts))}"


def _figure(facts: Mapping[str, Any], name: str) -> Cell:
    """Write a figure; of folds and repeats the mean, with the deviation behind it."""
    value = number_of(facts, name)
    if value is None:
        return Cell("")
    deviation = number_of(facts, f"{name}{DEVIATION}") if is_spread(facts) else None
    behind = f" ± {format_figure(deviation)}" if deviation is not None else ""
    return Cell(f"{format_figure(value)}{behind}", f"{value!r}")


def _epochs(facts: Mapping[str, Any], course: Course) -> Cell:
    """Count the epochs of a run, or of one that is not over those it has trained."""
    epochs = number_of(facts, "epochs")
    done = len(course.values) if course.over == "epochs" else 0
    count = done if epochs is None else int(epochs)
    return Cell(f"{count:,}", str(count)) if count else Cell("")


def _last_written(folder: RunFolder) -> Cell:
    """Say when a run was last at work: when it ended, or its last epoch did."""
    for file in (folder.metrics, SweepFolder(folder).table, folder.history, folder.path):
        try:
            seconds = file.stat().st_mtime
        except OSError:
            continue
        when = datetime.fromtimestamp(seconds, UTC).astimezone()
        return Cell(f"{when:%Y-%m-%d %H:%M}", f"{seconds:.0f}")
    return Cell("")
