"""One of several runs that are told as one: a fold, or a seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dlkit.evaluate.predictions import Evaluation
from dlkit.report.run_folder import RunFolder
from dlkit.train.trainer import Training


@dataclass(frozen=True)
class Member:
    """What one fold or one seed came to; its data is not kept.

    Attributes:
        seed: Its seed.
        folder: Its own run folder.
        training: How it was trained.
        evaluations: What each output answers for its test examples, by the outputs' names.
        metrics: Its final figures.
        rows: int ``(examples,)``: the numbers of its test examples in the source.
    """

    seed: int
    folder: RunFolder
    training: Training
    evaluations: Mapping[str, Evaluation]
    metrics: dict[str, float]
    rows: np.ndarray
