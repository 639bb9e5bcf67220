"""What a cross-validation leaves beside its folds: means, all answers, one page.

Every fold is a run of its own, with its own folder, and is taken as it is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.report.data.record import data_facts
from dlkit.report.data.section import data_title
from dlkit.report.drawing import spared
from dlkit.report.environment import describe_environment
from dlkit.report.finished import read_values
from dlkit.report.folds.page import fold_page
from dlkit.report.folds.sums import FoldRun, Folds, fold_numbers, join_answers
from dlkit.report.outputs import shown_outputs
from dlkit.report.page import render_page
from dlkit.report.prediction_file import write_predictions
from dlkit.report.quick_tries import quick_facts
from dlkit.report.records import write_json, write_text, writing
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.sums import common_status, figures_of, sum_up, training_facts


def write_folds(
    folder: RunFolder,
    loaded: LoadedConfig,
    dataset: Dataset,
    folds: Sequence[FoldRun],
    *,
    devices: Sequence[str],
    parameters: int,
    started: float,
) -> Folds:
    """Write what several folds came to together.

    Args:
        folder: The folder around the folds' own.
        loaded: The config.
        dataset: That of the last fold: it has the names, the task, the origin.
        folds: In their order.
        devices: What was computed on.
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
    trainings = [fold.training for fold in folds]
    facts = {
        "dataset": data_title(dataset),
        "stand_in_for": dataset.stand_in_for,
        **quick_facts(dataset),
        "seconds": round(sum(training.seconds for training in trainings), 3),
        "loop": trainings[0].method.loop,
        "devices": list(devices),
        "seed": loaded.config.seed,
        "parameters": parameters,
        "test_examples": len(rows),
    }
    seconds = time.monotonic() - started
    whole = Folds(folder, loaded, dataset, folds, scores, outputs, rows, facts, seconds)
    environment = describe_environment(
        list(devices), loaded.config.seed, loaded.catalogue.plugins
    )
    _write_records(whole, environment)
    return whole


def draw_folds(whole: Folds) -> None:
    """Draw the pictures and the page of all folds together.

    Raises:
        StorageError: If the disk does not take them.
    """
    environment = read_values(whole.folder.environment)
    with spared("the page"):
        write_text(whole.folder.report, render_page(fold_page(whole, environment)))


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
    known = data_facts(dataset)
    # What was fitted on training rows differs from fold to fold, and stands in each.
    columns = {name: {"kind": facts["kind"]} for name, facts in known["columns"].items()}
    write_json(folder.data, {**known, "columns": columns})
    total = 1 + max(int(rows.max()) for rows in (*dataset.rows.values(), whole.rows))
    with writing(folder.splits):
        np.savez_compressed(folder.splits, fold=fold_numbers(folds, total))
    write_predictions(folder.predictions, whole.outputs, whole.rows)
