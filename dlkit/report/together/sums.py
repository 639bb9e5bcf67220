"""Final figures of several models as one: means and deviations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from dlkit.report.direction import DEVIATION
from dlkit.report.figures.spread import Scores
from dlkit.train.trainer import Training


def sum_up(metrics: Sequence[Mapping[str, float]]) -> tuple[Scores, ...]:
    """Return every figure that all models have, with its mean and deviation."""
    names = [name for name in metrics[0] if all(name in each for each in metrics)]
    columns = {name: [each[name] for each in metrics] for name in names}
    return tuple(
        Scores(name, values, *mean_and_deviation(values)) for name, values in columns.items()
    )


def figures_of(scores: Sequence[Scores]) -> dict[str, float]:
    """Return means, and behind each its deviation; a figure's own name goes first."""
    names = {score.name for score in scores}
    figures = {}
    for score in scores:
        figures[score.name] = score.mean
        if score.name + DEVIATION not in names:
            figures[score.name + DEVIATION] = score.deviation
    return figures


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and sample standard deviation; NaN where a value is not finite."""
    if not all(math.isfinite(value) for value in values):
        return math.nan, math.nan
    array = np.asarray(values, np.float64)
    deviation = float(array.std(ddof=1)) if len(array) > 1 else math.nan
    return float(array.mean()), deviation


def moments(
    trainings: Sequence[Training], name: str
) -> tuple[list[list[float]], list[tuple[float, float]]]:
    """Return a figure of all histories: of each model, and mean and deviation of an epoch.

    An epoch that only some models reached has no mean to compare with the one before.

    Args:
        trainings: One for each model.
        name: A column of the history.

    Returns:
        A value an epoch for each model; then a pair an epoch, as far as all models went.
    """
    each = [[row.get(name, math.nan) for row in training.rows] for training in trainings]
    shortest = min(map(len, each))
    return each, [mean_and_deviation(values) for values in list(zip(*each, strict=False))][
        :shortest
    ]


def training_facts(metrics: Mapping[str, float], training: Training) -> dict[str, Any]:
    """Return what ``metrics.json`` says of one of several models."""
    return {
        **metrics,
        "status": training.status,
        "epochs": len(training.rows),
        "best_epoch": training.best_epoch,
        "kept_epoch": training.kept_epoch,
        "seconds": round(training.seconds, 3),
    }


def common_status(trainings: Sequence[Training]) -> str:
    """Return how it went with all of them: ``diverged`` if it did with one."""
    diverged = any(training.status == "diverged" for training in trainings)
    return "diverged" if diverged else "completed"
