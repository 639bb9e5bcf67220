"""What several seeds leave beside their own runs: mean and spread, the ensemble, one page.

Every seed is a run of its own, with its own folder, and is taken as it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.data.record import data_facts
from dlkit.report.data.section import data_title
from dlkit.report.drawing import spared
from dlkit.report.environment import describe_environment
from dlkit.report.finished import read_values
from dlkit.report.outputs import shown_outputs
from dlkit.report.page import render_page
from dlkit.report.prediction_file import write_predictions
from dlkit.report.quick_tries import quick_facts
from dlkit.report.records import write_json, write_text, writing
from dlkit.report.repeats.page import repeat_page
from dlkit.report.repeats.sums import Repeats, SeedRun, ensemble_figures, sum_up_seeds
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.sums import common_status, figures_of, training_facts
from dlkit.train.devices import device_names


def write_repeats(
    folder: RunFolder,
    loaded: LoadedConfig,
    dataset: Dataset,
    seeds: Sequence[SeedRun],
    ensemble: Mapping[str, Evaluation] | str,
    *,
    parameters: int,
    started: float,
) -> Repeats:
    """Write what several seeds came to together.

    Args:
        folder: The folder around the seeds' own.
        loaded: The config.
        dataset: That of the last seed: it has the names, the task, the origin.
        seeds: In their order.
        ensemble: What the models say together, by the outputs' names; or why there is no
            such thing.
        parameters: Of one model.
        started: When the first seed began, by the monotonic clock.

    Returns:
        All seeds as one.

    Raises:
        StorageError: If the disk does not take it.
    """
    none = ensemble if isinstance(ensemble, str) else ""
    answers = {} if isinstance(ensemble, str) else ensemble
    scores = sum_up_seeds(seeds, answers)
    devices = device_names(loaded.config.training)
    facts = {
        "dataset": data_title(dataset),
        "stand_in_for": dataset.stand_in_for,
        **quick_facts(dataset),
        "seconds": round(sum(run.training.seconds for run in seeds), 3),
        "loop": seeds[0].training.method.loop,
        "devices": devices,
        "seed": seeds[0].seed,
        "parameters": parameters,
        "test_examples": len(seeds[-1].rows),
        "no_ensemble": none or None,
    }
    outputs = shown_outputs(dataset, answers)
    seconds = time.monotonic() - started
    whole = Repeats(folder, loaded, dataset, seeds, scores, outputs, none, facts, seconds)
    environment = describe_environment(devices, loaded.config.seed, loaded.catalogue.plugins)
    _write_records(whole, environment)
    return whole


def repeat_figures(whole: Repeats) -> dict[str, float]:
    """Return the final figures of all seeds, means with their deviations and the ensemble's.

    The mean of every final figure goes by its own name, the sample standard deviation by the
    same with ``_std`` behind it; the figures of the ensemble have ``ensemble_`` before their
    names.
    """
    return figures_of(whole.scores) | ensemble_figures(whole.scores)


def draw_repeats(whole: Repeats) -> None:
    """Draw the pictures and the page of all seeds together.

    Raises:
        StorageError: If the disk does not take them.
    """
    environment = read_values(whole.folder.environment)
    with spared("the page"):
        write_text(whole.folder.report, render_page(repeat_page(whole, environment)))


def _write_records(whole: Repeats, environment: dict[str, Any]) -> None:
    """Write everything that others may read by program."""
    folder, seeds, metrics = whole.folder, whole.seeds, repeat_figures(whole)
    each = [
        {
            "seed": run.seed,
            **training_facts(run.metrics, run.training),
            "test_examples": len(run.rows),
        }
        for run in seeds
    ]
    status = common_status(whole.trainings)
    write_json(folder.metrics, {**metrics, "status": status, **whole.facts, "repeat": each})
    write_json(folder.environment, environment)
    known = data_facts(whole.dataset)
    # What was fitted on training rows differs from seed to seed, and stands in each.
    columns = {name: {"kind": facts["kind"]} for name, facts in known["columns"].items()}
    write_json(folder.data, {**known, "columns": columns})
    if whole.outputs:
        write_predictions(folder.predictions, whole.outputs, seeds[-1].rows)
        return
    with writing(folder.predictions):
        folder.predictions.unlink(missing_ok=True)  # of fewer seeds than there are now
