"""The course of a run in a line of text's height.

Drawn by hand: two thousand of them take a second, and a few hundred bytes each.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from dlkit.errors import StorageError
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.summary import read_summary
from dlkit.report.terminal import format_figure

LARGEST = 1 << 20
"""Bytes of a history that is read; of a longer one there is no curve here."""

MOST_POINTS = 40
"""Points of a curve; of a longer one as many, evenly spread, the last one included."""

WIDTH, HEIGHT, MARGIN = 96, 24, 3
"""Of the drawing, in units of about a pixel."""

LONGEST_NAME = 60
"""Characters of a figure's name that are told to those who do not see the curve."""


@dataclass(frozen=True)
class Course:
    """One figure of a history.

    Attributes:
        name: The figure's name.
        values: One an epoch; NaN where it is no number.
        over: What each value is of: ``epochs``, ``trials``.
    """

    name: str
    values: tuple[float, ...]
    over: str = "epochs"


def read_course(folder: RunFolder, wanted: Sequence[str]) -> Course:
    """Return the first of some figures that a run's history has.

    Args:
        folder: The run's.
        wanted: Names of figures, the most telling first.

    Returns:
        The figure; without a name where there is none of them, and without values where
        there is no history, or one that cannot be read.
    """
    try:
        if folder.history.stat().st_size > LARGEST:
            return Course("", ())
        with folder.history.open(newline="", encoding="utf-8") as file:
            head, *rows = csv.reader(file)
    except (OSError, ValueError, csv.Error):
        return Course("", ())
    name = next((name for name in wanted if name in head), "")
    place = head.index(name) if name else 0
    return Course(
        name, tuple(_number(row[place]) if len(row) > place else math.nan for row in rows)
    )


def sweep_course(folder: SweepFolder) -> Course:
    """Return what a sweep aims at, trial by trial; NaN for one that came to nothing.

    Args:
        folder: The sweep's.

    Returns:
        The figure; without values where the sweep cannot be read.
    """
    try:
        sweep = read_summary(folder)
    except StorageError:
        return Course("", (), "trials")
    name = next(iter(sweep.objectives))
    values = (trial.values.get(name, math.nan) for trial in sweep.trials)
    return Course(name, tuple(values), "trials")


def draw_course(course: Course) -> Markup:
    """Draw a figure over the epochs as a small ``<svg>``; nothing where there is no line."""
    places = spread(len(course.values))
    values = [course.values[place] for place in places]
    finite = [value for value in values if math.isfinite(value)]
    if not course.name or len(finite) < 2:
        return Markup()
    low, high = min(finite), max(finite)
    points = [
        (_along(place, len(course.values)), _up(value, low, high))
        for place, value in zip(places, values, strict=True)
        if math.isfinite(value)
    ]
    line = " ".join(f"{x:g},{y:g}" for x, y in points)
    name = course.name if len(course.name) <= LONGEST_NAME else f"{course.name[:LONGEST_NAME]}…"
    alt = (
        f"{name} over {len(course.values)} {course.over}: from {format_figure(finite[0])} to"
        f" {format_figure(finite[-1])}"
    )
    x, y = points[-1]
    return Markup(  # noqa: S704  # numbers of ours, and a name that is escaped
        f'<svg class="course" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(alt)}"><polyline points="{line}"/>'
        f'<circle cx="{x:g}" cy="{y:g}" r="2"/></svg>'
    )


def spread(count: int, most: int = MOST_POINTS) -> list[int]:
    """Return at most so many places of a sequence, evenly spread, with first and last."""
    if count <= most:
        return [*range(count)]
    return sorted({round(index * (count - 1) / (most - 1)) for index in range(most)})


def wanted_figures(main: str | None) -> tuple[str, ...]:
    """Return which figures' courses tell most of a run: how it did on data it never saw.

    Args:
        main: Its main test figure, if it has one.
    """
    figure = main.removeprefix("test_") if main else "loss"
    return f"val_{figure}", "val_loss", figure, "loss"


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _along(place: int, count: int) -> float:
    return round(MARGIN + (WIDTH - 2 * MARGIN) * place / max(count - 1, 1), 1)


def _up(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.5
    return round(HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * share, 1)
