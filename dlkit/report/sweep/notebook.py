"""What the result of a sweep shows of itself in a notebook. Nothing here needs TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.figure import Figure

from dlkit.config.sweep.space import format_label
from dlkit.errors import ConfigError
from dlkit.report.drawing import FAILURES
from dlkit.report.figures.style import to_svg
from dlkit.report.inline import link_to, named_figure
from dlkit.report.page import render
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.pictures import sweep_drawings
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.shown import names_of
from dlkit.report.sweep.weights import Weights
from dlkit.report.terminal import format_figure

HISTORY = "history"
"""The figure of what each trial came to."""


@dataclass(frozen=True)
class _Said:
    """What stands above the numbers and below them."""

    verdict: str
    findings: tuple[()] = ()


def sweep_figure(name: str, folder: SweepFolder, record: SweepRecord) -> Figure:
    """Return one of a sweep's figures.

    Args:
        name: What its file in ``plots`` is called, the ending aside: ``history``.
        folder: The sweep's.
        record: All trials.

    Raises:
        ConfigError: If there is no figure of that name.
    """
    return named_figure(name, folder.run, sweep_drawings(record, Weights()))


def sweep_html(folder: SweepFolder, record: SweepRecord) -> str:
    """Return a sweep as a small piece of HTML, without a script; this never fails.

    Args:
        folder: The sweep's, which may be gone.
        record: All trials.
    """
    try:
        svg = to_svg(sweep_figure(HISTORY, folder, record))
    except (*FAILURES, OSError, ConfigError):
        svg = ""
    best = record.best
    said = f"None of {len(record.over)} trials came to a result."
    if best is not None:
        said = f"Trial {best.number} is the best of {len(record.over)}."
    return render(
        "notebook.html",
        title=folder.run.title,
        shown=_Said(said),
        numbers=_numbers(record, best) if best else [],
        svg=svg,
        link=link_to(folder.page),
    )


def _numbers(record: SweepRecord, best: TrialRecord) -> list[tuple[str, str, str]]:
    """Return what the best trial came to and what it has, as name, value and spread."""
    names = names_of(record)
    values = zip(record.objectives, best.values, strict=True)
    return [
        *((name, format_figure(value), "") for name, value in values),
        *((names[name], format_label(label), "") for name, label in best.labels.items()),
    ]
