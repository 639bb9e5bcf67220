"""Several folds as one: their figures, and all their answers in one order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.figures.spread import Scores
from dlkit.report.outputs import Output
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.member import Member


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
    folds: Sequence[Member]
    scores: tuple[Scores, ...]
    outputs: tuple[Output, ...]
    rows: np.ndarray
    facts: dict[str, Any]
    seconds: float


def join_answers(
    folds: Sequence[Member],
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


def fold_numbers(folds: Sequence[Member], total: int) -> np.ndarray:
    """Return int16 ``(total,)``: the fold (from 1) that tested a row, 0 where none did."""
    numbers = np.zeros(total, np.int16)
    for number, fold in enumerate(folds, start=1):
        numbers[fold.rows] = number
    return numbers
