"""What a cross-validation leaves beside its folds: means, all answers, one page.

Every fold is a run of its own, with its own folder, and is taken as it is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.report.environment import describe_environment
from dlkit.report.folds.page import fold_page
from dlkit.report.folds.sums import Folds, fold_numbers, join_answers
from dlkit.report.outputs import shown_outputs
from dlkit.report.prediction_file import write_predictions
from dlkit.report.records import write_json, writing
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.member import Member
from dlkit.report.together.sums import common_status, figures_of, sum_up, training_facts
from dlkit.report.together.write import common_facts, write_common_data, write_common_page


def write_folds(
    folder: RunFolder,
    loaded: LoadedConfig,
    dataset: Dataset,
    folds: Sequence[Member],
    *,
    parameters: int,
    started: float,
) -> Folds:
    """Write what several folds came to together.

    Args:
        folder: The folder around the folds' own.
        loaded: The config.
        dataset: That of the last fold: it has the names, the task, the origin.
        folds: In their order.
        parameters: Of one model.
        started: When the first fold began, by the monotonic clock.

    Returns:
        All folds as one.

    Raises:
        StorageError: If the disk does not take it.
    """
    scores = sum_up([fold.metrics for fold in folds])
    evaluations, rows = join_answers(folds)
    outputs = shown_outputs(dataset, evaluations)
    facts = common_facts(loaded.config, dataset, folds, parameters, len(rows))
    seconds = time.monotonic() - started
    whole = Folds(folder, loaded, dataset, folds, scores, outputs, rows, facts, seconds)
    environment = describe_environment(
        facts["devices"], loaded.config.seed, loaded.catalogue.plugins
    )
    _write_records(whole, environment)
    return whole


def draw_folds(whole: Folds) -> None:
    """Draw the pictures and the page of all folds together.

    Raises:
        StorageError: If the disk does not take them.
    """
    write_common_page(whole.folder, partial(fold_page, whole))


def _write_records(whole: Folds, environment: dict[str, Any]) -> None:
    """Write everything that others may read by program."""
    folder, dataset, folds = whole.folder, whole.dataset, whole.folds
    each = [
        {**training_facts(fold.metrics, fold.training), "test_examples": len(fold.rows)}
        for fold in folds
    ]
    facts = {
        **figures_of(whole.scores),
        "status": common_status([fold.training for fold in folds]),
        **whole.facts,
        "folds": each,
    }
    write_json(folder.metrics, facts)
    write_json(folder.environment, environment)
    write_common_data(folder, dataset)
    total = 1 + max(int(rows.max()) for rows in (*dataset.rows.values(), whole.rows))
    with writing(folder.splits):
        np.savez_compressed(folder.splits, fold=fold_numbers(folds, total))
    write_predictions(folder.predictions, whole.outputs, whole.rows)
