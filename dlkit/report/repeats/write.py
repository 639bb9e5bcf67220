"""What several seeds leave beside their own runs: mean and spread, the ensemble, one page.

Every seed is a run of its own, with its own folder, and is taken as it is.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.environment import describe_environment
from dlkit.report.outputs import shown_outputs
from dlkit.report.prediction_file import write_predictions
from dlkit.report.records import write_json, writing
from dlkit.report.repeats.page import repeat_page
from dlkit.report.repeats.sums import Repeats, ensemble_figures, sum_up_seeds
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.member import Member
from dlkit.report.together.sums import common_status, figures_of, training_facts
from dlkit.report.together.write import common_facts, write_common_data, write_common_page


def write_repeats(
    folder: RunFolder,
    loaded: LoadedConfig,
    dataset: Dataset,
    seeds: Sequence[Member],
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
    facts = common_facts(loaded.config, dataset, seeds, parameters, len(seeds[-1].rows))
    facts["no_ensemble"] = none or None
    outputs = shown_outputs(dataset, answers)
    seconds = time.monotonic() - started
    whole = Repeats(folder, loaded, dataset, seeds, scores, outputs, none, facts, seconds)
    environment = describe_environment(
        facts["devices"], loaded.config.seed, loaded.catalogue.plugins
    )
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
    write_common_page(whole.folder, partial(repeat_page, whole))


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
    write_common_data(folder, whole.dataset)
    if whole.outputs:
        write_predictions(folder.predictions, whole.outputs, seeds[-1].rows)
        return
    with writing(folder.predictions):
        folder.predictions.unlink(missing_ok=True)  # of fewer seeds than there are now
