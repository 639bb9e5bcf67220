"""A comparison as one page, and as a table for other programs."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from dlkit.report.comparison.comparison import Comparison
from dlkit.report.comparison.curves import curve_columns, group_curve
from dlkit.report.comparison.words import (
    Table,
    confidence_word,
    figure_table,
    format_spread,
    headline,
    left_out_note,
    setting_table,
    turned,
    verdicts,
)
from dlkit.report.direction import best_first
from dlkit.report.drawing import FAILURES
from dlkit.report.figures.comparison import (
    LOOKS,
    MOST_SCORES,
    GroupScore,
    draw_curves_together,
    draw_group_scores,
)
from dlkit.report.figures.style import shorten, to_svg
from dlkit.report.page import Picture, render
from dlkit.report.records import write_text
from dlkit.report.terminal import format_figure, format_seconds

MOST_COLUMNS = 6
"""Groups that stand beside each other in a table; more stand below each other."""


@dataclass(frozen=True)
class ComparisonPage:
    """What the page says, in the order it says it. Empty parts are left out.

    Attributes:
        title: What is compared.
        verdict: Which is best, in one sentence.
        notes: What must be known before any figure is believed.
        pictures: The figures.
        sentences: Whether differences are more than noise.
        method: How that was told.
        settings: What differs; the first row is the head.
        figures: Final figures; the first row is the head.
        runs: All runs; the first row is the head.
        links: For each of them its page, or "".
    """

    title: str
    verdict: str
    notes: tuple[str, ...]
    pictures: tuple[Picture, ...]
    sentences: tuple[str, ...]
    method: str
    settings: Table
    figures: Table
    runs: Table
    links: tuple[str, ...]


def write_page(path: Path, comparison: Comparison, warn: Callable[[str], None]) -> None:
    """Write a comparison as one HTML file.

    Args:
        path: The file; one that is there is replaced.
        comparison: What was compared.
        warn: Told of a picture that cannot be drawn.

    Raises:
        StorageError: If it cannot be written.
    """
    page = comparison_page(comparison, path.parent, warn)
    write_text(path, render("compare.html", page=page))


def comparison_page(
    comparison: Comparison, place: Path, warn: Callable[[str], None]
) -> ComparisonPage:
    """Draw the pictures, and gather the page's values.

    Args:
        comparison: What was compared.
        place: The folder of the page, for its links.
        warn: Told of a picture that cannot be drawn.
    """
    sentences = verdicts(comparison)
    left_out = (f"Left out: {left_out_note(comparison)}",) if comparison.left_out else ()
    intervals = any(noise.interval for noise in comparison.noises.values())
    return ComparisonPage(
        title=headline(comparison),
        verdict=sentences[0] if sentences else "",
        notes=(*comparison.notes, *left_out),
        pictures=tuple(_pictures(comparison, warn)),
        sentences=tuple(sentences[1:]),
        method=_method(comparison) if intervals else "",
        settings=_laid_out(setting_table(comparison)) if comparison.differences else [],
        figures=_laid_out(figure_table(comparison, comparison.figures))
        if comparison.figures
        else [],
        runs=_run_table(comparison),
        links=tuple(_link(run.folder.report, place) for run in comparison.runs),
    )


def _method(comparison: Comparison) -> str:
    """Say how noise was told from a difference."""
    joint = " All intervals hold together (Bonferroni)." if len(comparison.groups) > 2 else ""
    return (
        f"The {confidence_word(comparison)} of the difference of means,"
        " over seeds by Welch, over the same folds by Nadeau and Bengio, excludes zero where"
        f" the difference is more than noise.{joint}"
    )


def _laid_out(table: Table) -> Table:
    """Turn a table with many columns."""
    if len(table[0]) <= MOST_COLUMNS + 1:
        return table
    return turned(table)


def _run_table(comparison: Comparison) -> Table:
    main = comparison.main
    head = ["run", "status", "dataset", "seed", *([main] if main else []), "training time"]
    rows = [
        [
            run.title,
            run.status,
            run.data[0],
            str(run.seed),
            *([format_figure(run.figures[main])] if main else []),
            "" if run.seconds is None else format_seconds(run.seconds),
        ]
        for run in comparison.runs
    ]
    return [head, *rows]


def _link(report: Path, place: Path) -> str:
    """Return the address of a run's page as seen from a folder; empty where there is none."""
    if not report.is_file():
        return ""
    try:
        return quote(Path(os.path.relpath(report.resolve(), place.resolve())).as_posix())
    except ValueError:  # on another drive
        return ""


def _pictures(comparison: Comparison, warn: Callable[[str], None]) -> list[Picture]:
    """Draw what can be drawn."""
    ways = (_draw_scores, _draw_curves) if comparison.main else (_draw_curves,)
    pictures: list[Picture] = []
    for draw in ways:
        try:
            pictures += draw(comparison)
        except FAILURES as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            warn(f"a picture is left out, it cannot be drawn: {reason}")
    return pictures


def _draw_scores(comparison: Comparison) -> list[Picture]:
    main = comparison.main or ""
    groups = comparison.groups
    shown = _ranked(comparison)[:MOST_SCORES]
    samples = {i: groups[i].samples(main) for i in shown}
    for i in shown:
        if len(samples[i]) < 2 and groups[i].folds > 1:
            samples[i] = groups[i].fold_values(main)
    spreads = {i: groups[i].spread(main) for i in shown}
    looks = {group: look for look, group in enumerate(_named(comparison))}
    scores = [
        GroupScore(comparison.labels[i], samples[i], spreads[i].mean, looks.get(i))
        for i in shown
    ]
    title = shorten(main, 60)
    if len(groups) > len(shown):
        title += f", {len(shown)} of {len(groups)} settings"
    if max(map(len, samples.values())) > 1:
        title += ", a dot a seed or fold"
    rows = tuple(
        (comparison.labels[i], format_spread(spreads[i]), str(spreads[i].count)) for i in shown
    )
    alt = "; ".join(f"{label}: {figure}" for label, figure, _ in rows)
    svg = to_svg(draw_group_scores(main, scores))
    return [Picture(title, svg, f"{main}. {alt}", ("settings", main, "samples"), rows)]


def _ranked(comparison: Comparison) -> list[int]:
    """Return the groups, the best first; as they were named where none is the best."""
    numbers = list(range(len(comparison.groups)))
    if comparison.best is None or comparison.main is None:
        return numbers
    means = [group.spread(comparison.main).mean for group in comparison.groups]
    return sorted(numbers, key=lambda i: best_first(means[i], rising=comparison.rising))


def _named(comparison: Comparison) -> list[int]:
    """Return the groups that get a color of their own: the best ones."""
    return sorted(_ranked(comparison)[: len(LOOKS)])


def _draw_curves(comparison: Comparison) -> list[Picture]:
    columns = curve_columns(comparison)
    if not columns:
        return []
    labels = comparison.labels
    panels = [
        (
            column,
            [
                group_curve(group, label, column)
                for group, label in zip(comparison.groups, labels, strict=True)
            ],
        )
        for column in columns
    ]
    svg = to_svg(draw_curves_together(panels, _named(comparison)))
    banded = any(curve.deviation is not None for _, curves in panels for curve in curves)
    title = (
        " and ".join(shorten(name, 40) for name in columns)
        + " by epoch"
        + (", one deviation shaded" if banded else "")
    )
    rows = tuple(
        (label, *(_last(curves[index].mean) for _, curves in panels))
        for index, label in enumerate(labels)
    )
    alt = f"{title}, a curve for each of {len(labels)} settings"
    heads = ("settings", *(f"last {column}" for column in columns))
    return [Picture(title, svg, alt, heads, rows)]


def _last(curve: Sequence[float]) -> str:
    return format_figure(curve[-1]) if curve and math.isfinite(curve[-1]) else "–"  # noqa: RUF001


def csv_table(comparison: Comparison) -> tuple[list[str], list[list[str | float | None]]]:
    """Return head and rows of the runs: what differs, and every figure that any of them has."""
    figures = list(dict.fromkeys(name for run in comparison.runs for name in run.figures))
    settings = [each.path for each in comparison.differences]
    head = ["run", "group", "status", "dataset", "seed", "seconds", *settings, *figures]
    group_of = {
        id(run): index for index, group in enumerate(comparison.groups) for run in group.runs
    }
    rows: list[list[str | float | None]] = []
    for run in comparison.runs:
        group = group_of[id(run)]
        values = (each.values[group] for each in comparison.differences)
        found = (run.figures.get(name) for name in figures)
        finite = (v if v is None or math.isfinite(v) else None for v in found)
        rows.append(
            [
                *(run.title, group + 1, run.status, run.data[0], run.seed, run.seconds),
                *values,
                *finite,
            ]
        )
    return head, rows
