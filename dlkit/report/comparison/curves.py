"""How the compared runs learned: for each group a curve, and a band where it has several."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from dlkit.config.columns import OWN_COLUMNS
from dlkit.report.comparison.comparison import Comparison
from dlkit.report.comparison.groups import Group, mean_of
from dlkit.report.direction import metric_of
from dlkit.report.figures.comparison import GroupCurve


def curve_columns(comparison: Comparison) -> tuple[str, ...]:
    """Return the columns of histories that are drawn: the loss, and the main metric.

    Each is that of validation where every run has it, else that of training; what not every
    run has is not drawn.
    """
    wanted = ["loss"] if "test_loss" in comparison.figures else []
    if comparison.main:
        wanted.append(metric_of(comparison.main))
    histories = [history for run in comparison.runs for history in run.histories]
    if not histories:
        return ()
    common = set.intersection(*(set(history) for history in histories)) - {*OWN_COLUMNS}
    found = (
        next((name for name in (f"val_{metric}", metric) if name in common), None)
        for metric in dict.fromkeys(wanted)
    )
    return tuple(name for name in found if name)


def group_curve(group: Group, label: str, column: str) -> GroupCurve:
    """Return a group's curve: the mean of its runs as far as all of them went.

    Args:
        group: The runs.
        label: What the legend calls it.
        column: Of the history.
    """
    each = [
        history[column] for run in group.runs for history in run.histories if column in history
    ]
    epochs = list(zip(*each, strict=False))
    return GroupCurve(
        label,
        [mean_of(values) for values in epochs],
        [_deviation(values) for values in epochs] if len(each) > 1 else None,
    )


def _deviation(values: Sequence[float]) -> float:
    return statistics.stdev(values) if all(map(math.isfinite, values)) else math.nan
