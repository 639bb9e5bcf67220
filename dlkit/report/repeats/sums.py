"""Several seeds as one: their figures, and what their models say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.figures.spread import Scores
from dlkit.report.outputs import Output
from dlkit.report.resume.identity import read_identity
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.member import Member
from dlkit.report.together.sums import sum_up
from dlkit.train.trainer import Training

ENSEMBLE = "ensemble_"
"""What a figure of the ensemble begins with, before the name that one model's has."""


@dataclass(frozen=True)
class Repeats:
    """All seeds together.

    Attributes:
        folder: The folder around the seeds' own.
        loaded: The config.
        dataset: That of the last seed.
        seeds: In their order.
        scores: Every final figure, over the seeds; with that of the ensemble, if there is one.
        outputs: The mean answers of all models; none where there is no ensemble.
        no_ensemble: Why there is none; empty where there is.
        facts: What ``metrics.json`` says beside figures.
        seconds: From the start of the first seed to now.
    """

    folder: RunFolder
    loaded: LoadedConfig
    dataset: Dataset
    seeds: Sequence[Member]
    scores: tuple[Scores, ...]
    outputs: tuple[Output, ...]
    no_ensemble: str
    facts: dict[str, Any]
    seconds: float

    @property
    def labels(self) -> list[str]:
        """What the seeds are called."""
        return [f"seed {run.seed}" for run in self.seeds]

    @property
    def trainings(self) -> list[Training]:
        """How each was trained."""
        return [run.training for run in self.seeds]


def why_no_ensemble(seeds: Sequence[Member], loaded: LoadedConfig) -> str:
    """Say why the models cannot be tested together; empty where they can.

    They can on the same test examples, which none of them has learned from. Where the seed
    draws the test examples, some that test one model have taught another; and those few
    that test all would give a figure that no other can be held against.

    Args:
        seeds: What each came to.
        loaded: The config.

    Raises:
        StorageError: If what a seed learned from was written down and cannot be read.
    """
    diverged = [str(run.seed) for run in seeds if run.training.status == "diverged"]
    if diverged:
        return f"training diverged with seed {', '.join(diverged)}"
    known = [read_identity(run.folder, loaded.catalogue) for run in seeds]
    parts = {
        tuple(each.data.get(part) for part in ("test", "names", "files")) if each else None
        for each in known
    }
    if len(parts) == 1 and None not in parts:
        return ""
    return "each seed has test examples of its own, and other models may have learned from them"


def sum_up_seeds(
    seeds: Sequence[Member], ensemble: Mapping[str, Evaluation]
) -> tuple[Scores, ...]:
    """Return every figure of all seeds, with that of their ensemble beside it.

    Args:
        seeds: What each came to.
        ensemble: The mean answers by the outputs' names; empty where there are none.
    """
    figures = next(iter(ensemble.values())).metrics if ensemble else {}
    return tuple(
        replace(score, ensemble=figures.get(score.name.removeprefix("test_")))
        if score.name.startswith("test_")
        else score
        for score in sum_up([run.metrics for run in seeds])
    )


def ensemble_figures(scores: Sequence[Scores]) -> dict[str, float]:
    """Return the ensemble's figures: ``ensemble_test_accuracy``, ..."""
    return {
        ENSEMBLE + score.name: score.ensemble for score in scores if score.ensemble is not None
    }
