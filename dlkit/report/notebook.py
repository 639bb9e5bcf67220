"""What the result of a run shows of itself: in a notebook, or as figures to work with.

A result holds what its curves and its answers are drawn from, and never its data: twenty
results in a list must not hold a dataset twenty times. What needs the data is shown as it
was drawn, from the run's folder.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure

from dlkit.errors import ConfigError
from dlkit.reading.finding import Finding
from dlkit.report.drawing import FAILURES, Drawing
from dlkit.report.figures.overview import Panel, draw_overview
from dlkit.report.figures.style import to_svg
from dlkit.report.inline import inline, link_to
from dlkit.report.page import render
from dlkit.report.pictures import metric_names, own_drawings
from dlkit.report.run_folder import RunFolder
from dlkit.report.run_page import verdict_of
from dlkit.report.run_record import RunRecord
from dlkit.report.stages import stage_starts
from dlkit.report.terminal import format_figure
from dlkit.train.epochs import Row

MOST_PANELS = 3
"""Figures that are drawn beside each other: the loss and the first metrics."""

MOST_BYTES = 32 << 20
"""Answers that a result holds for its figures; of more the pictures in its folder do."""

SPLITS = ("test", "naive", "ensemble", "val", "train")
"""What figures begin with, in the order in which people ask for them."""


@dataclass(frozen=True)
class Shown:
    """What a result shows beside its figures and its history.

    Attributes:
        verdict: How it went, in one sentence.
        findings: What stands out, the most telling first.
        best_epoch: The epoch (from 1) with the best monitored figure; None where there are
            several trainings.
        drawings: What draws its curves and its answers.
    """

    verdict: str = ""
    findings: tuple[Finding, ...] = ()
    best_epoch: int | None = None
    drawings: tuple[Drawing, ...] = ()

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what draws: closures cannot be pickled, and the folder has the pictures."""
        return {**vars(self), "drawings": ()}


def result_html(
    folder: RunFolder,
    metrics: Mapping[str, float],
    histories: Sequence[Sequence[Row]],
    shown: Shown,
) -> str:
    """Return a result as a small piece of HTML, without a script; this never fails.

    Args:
        folder: The run's, which may be gone.
        metrics: Its final figures.
        histories: Its history, or those of its folds.
        shown: What else there is to show.
    """
    try:
        svg = to_svg(plot_curves(histories, shown.best_epoch))
    except (*FAILURES, OSError, ConfigError):
        svg = ""
    return render(
        "notebook.html",
        title=folder.title,
        shown=shown,
        numbers=[
            (name, format_figure(metrics[name]), _deviation(metrics, name))
            for name in sorted(metrics, key=_place)
            if not name.endswith("_std") or name.removesuffix("_std") not in metrics
        ],
        svg=svg,
        link=link_to(folder.report),
    )


def _place(name: str) -> int:
    """Order figures by what they say of new data."""
    split = name.split("_", 1)[0]
    return SPLITS.index(split) if split in SPLITS else len(SPLITS)


def _deviation(metrics: Mapping[str, float], name: str) -> str:
    deviation = metrics.get(f"{name}_std")
    return "" if deviation is None else f" ± {format_figure(deviation)}"


def plot_curves(histories: Sequence[Sequence[Row]], best_epoch: int | None) -> Figure:
    """Draw the loss and the first metrics of one training, or of several, over the epochs.

    Args:
        histories: An epoch a row.
        best_epoch: Gets a line; None: none is best.

    Raises:
        ConfigError: If there is no epoch to draw.
    """
    histories = [rows for rows in histories if rows]
    if not histories:
        raise ConfigError("there are no curves: this run's history has no epoch.")
    panels = [_panel(histories, name) for name in metric_names(histories[0][0])[:MOST_PANELS]]
    stages = stage_starts(histories[0]) if len(histories) == 1 else {}
    return inline(draw_overview(panels, best_epoch, stages))


def _panel(histories: Sequence[Sequence[Row]], name: str) -> Panel:
    train, validation = (
        [[row.get(column) for row in rows] for rows in histories]
        for column in (name, f"val_{name}")
    )
    is_validated = f"val_{name}" in histories[0][0]
    return Panel(name, train, validation if is_validated else ())


def shown_of(
    record: RunRecord, metrics: Mapping[str, float], findings: Sequence[Finding]
) -> Shown:
    """Return what the result of a run shows.

    Args:
        record: The run.
        metrics: Its final figures.
        findings: What stands out.
    """
    curves, others = own_drawings(record.training, record.outputs, record.rates)
    arrays = [
        array
        for output in record.outputs
        for array in (
            output.evaluation.true,
            output.evaluation.predicted,
            output.evaluation.probabilities,
        )
    ]
    size = sum(array.nbytes for array in arrays if array is not None)
    return Shown(
        verdict=verdict_of(record, metrics),
        findings=tuple(findings),
        best_epoch=record.training.best_epoch,
        drawings=(*curves, *(others if size <= MOST_BYTES else ())),
    )
