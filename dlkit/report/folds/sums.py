"""Several folds as one: means, deviations, and all their answers in one order."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.figures.folds import FoldScores
from dlkit.report.outputs import Output
from dlkit.report.run_folder import RunFolder
from dlkit.train.trainer import Training

DEVIATION = "_std"
"""What follows a figure's name where its standard deviation stands."""


@dataclass(frozen=True)
class FoldRun:
    """What one fold came to.

    Attributes:
        folder: The fold's own run folder.
        training: How it was trained.
        evaluations: What each output answers for its test examples, by the outputs' names.
        metrics: Its final figures.
        rows: int ``(examples,)``: the numbers of its test examples in the source.
    """

    folder: RunFolder
    training: Training
    evaluations: Mapping[str, Evaluation]
    metrics: dict[str, float]
    rows: np.ndarray


@dataclass(frozen=True)
class Folds:
    """All folds together.

    Attributes:
        folder: The folder around the folds' own.
        loaded: The config.
        dataset: That of the last fold.
        folds: In their order.
        scores: Every final figure, over the folds.
        outputs: The answers of all folds, in the order of the source.
        rows: int ``(examples,)``: what is answered, ascending.
        facts: What ``metrics.json`` says beside figures.
        seconds: From the start of the first fold to now.
    """

    folder: RunFolder
    loaded: LoadedConfig
    dataset: Dataset
    folds: Sequence[FoldRun]
    scores: tuple[FoldScores, ...]
    outputs: tuple[Output, ...]
    rows: np.ndarray
    facts: dict[str, Any]
    seconds: float


def sum_up(metrics: Sequence[dict[str, float]]) -> tuple[FoldScores, ...]:
    """Return every figure that all folds have, with its mean and deviation."""
    names = [name for name in metrics[0] if all(name in each for each in metrics)]
    columns = {name: [each[name] for each in metrics] for name in names}
    return tuple(
        FoldScores(name, values, *mean_and_deviation(values))
        for name, values in columns.items()
    )


def figures_of(scores: Sequence[FoldScores]) -> dict[str, float]:
    """Return means, and behind each its deviation; a figure's own name goes first."""
    names = {score.name for score in scores}
    figures = {}
    for score in scores:
        figures[score.name] = score.mean
        if score.name + DEVIATION not in names:
            figures[score.name + DEVIATION] = score.deviation
    return figures


def join_answers(
    folds: Sequence[FoldRun],
) -> tuple[dict[str, Evaluation], np.ndarray]:
    """Return the answers of all folds in the order of the source, and their rows."""
    rows = np.concatenate([fold.rows for fold in folds])
    order = np.argsort(rows, kind="stable")
    joined = {
        name: _join([fold.evaluations[name] for fold in folds], order)
        for name in folds[0].evaluations
    }
    return joined, rows[order]


def _join(answers: Sequence[Evaluation], order: np.ndarray) -> Evaluation:
    """Return the answers of one output, put into an order."""
    probabilities = [each.probabilities for each in answers if each.probabilities is not None]
    return Evaluation(
        task=answers[0].task,
        predicted=np.concatenate([each.predicted for each in answers])[order],
        probabilities=np.concatenate(probabilities)[order] if probabilities else None,
        metrics={},
        true=np.concatenate([each.true for each in answers])[order],
        is_copy=answers[0].is_copy,
    )


def fold_numbers(folds: Sequence[FoldRun], total: int) -> np.ndarray:
    """Return int16 ``(total,)``: the fold (from 1) that tested a row, 0 where none did."""
    numbers = np.zeros(total, np.int16)
    for number, fold in enumerate(folds, start=1):
        numbers[fold.rows] = number
    return numbers


def mean_and_deviation(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and sample standard deviation; NaN where a value is not finite."""
    if not all(math.isfinite(value) for value in values):
        return math.nan, math.nan
    array = np.asarray(values, np.float64)
    deviation = float(array.std(ddof=1)) if len(array) > 1 else math.nan
    return float(array.mean()), deviation
