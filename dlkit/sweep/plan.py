"""A checked sweep as it is run: what is searched, by whom, and which sweep it goes on with."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlkit.config.schema import Config
from dlkit.config.sweep.checking import Sweep
from dlkit.config.sweep.choosing import objectives_of, pruner_of, sampler_of, trials_of
from dlkit.config.sweep.space import grid_of
from dlkit.config.training_section import DEFAULT_EPOCHS
from dlkit.errors import ConfigError
from dlkit.report.finished import read_values
from dlkit.report.records import plain
from dlkit.report.run_folder import find_runs
from dlkit.report.sweep.folder import SweepFolder
from dlkit.sweep.study import Search

FREE = ("trials", "jobs", "executor")
"""What may change while a sweep is on: how long it goes on, and who works on it."""


@dataclass(frozen=True)
class Plan:
    """A sweep that is to be run.

    Attributes:
        sweep: The checked sweep.
        search: How its points are chosen.
        wanted: How many trials there are to be in all.
        plugins: Files with code of the person's own.
        inputs: Hashes of what its trials read, by names.
    """

    sweep: Sweep
    search: Search
    wanted: int
    plugins: tuple[Path, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)


def plan_sweep(sweep: Sweep, plugins: tuple[Path, ...]) -> Plan:
    """Return how a sweep is run."""
    config, section = sweep.loaded.config, sweep.section
    sampler = sampler_of(section)
    points = (
        [
            {
                each.name: each.label_of(point[each.name])
                for each in sweep.parameters
                if each.name in point
            }
            for point in grid_of(sweep.parameters)
        ]
        if sampler == "grid"
        else []
    )
    search = Search(
        parameters=sweep.parameters,
        objectives=objectives_of(config),
        sampler=sampler,
        pruner=pruner_of(config, section),
        steps=most_steps(sweep),
        seed=config.seed,
        points=points,
    )
    return Plan(sweep, search, trials_of(section), plugins)


def steps_of(config: Config) -> int:
    """Return over how many steps a trial is followed: its folds, its seeds, or its epochs."""
    members = config.dataset.folds or config.repeat
    if members > 1:
        return members
    training = config.training
    staged = sum(stage.epochs for stage in training.stages)
    return staged or training.epochs or DEFAULT_EPOCHS


def most_steps(sweep: Sweep) -> int:
    """Return over how many steps the longest trial is followed, as far as that is written."""
    configs = [sweep.loaded.config]
    for each in sweep.parameters:
        if any(path[0] == "training" or path == ("repeat",) for path in each.paths):
            for value in each.samples:
                with contextlib.suppress(ConfigError):  # it goes with other values only
                    configs.append(sweep.at({each.name: value}).config)
    return max(map(steps_of, configs))


def step_name(config: Config) -> str:
    """Return what a trial is followed by."""
    if config.dataset.folds:
        return "fold"
    return "seed" if config.repeat > 1 else "epoch"


def question_of(sweep: Sweep) -> dict[str, Any]:
    """Return what a sweep asks, as plain values: sweeps that ask the same are one.

    Sampler and pruner are in it even where nothing is said of them: what they are then hangs
    on what may change, for lists are a grid only as long as ``trials`` is not given.
    """
    config, data = sweep.loaded.config, dict(sweep.loaded.source.data)
    data["sweep"] = {k: v for k, v in dict(data["sweep"]).items() if k not in FREE} | {
        "sampler": sampler_of(sweep.section),
        "pruner": pruner_of(config, sweep.section),
    }
    asked: dict[str, Any] = json.loads(json.dumps(data, default=str))
    return asked


def is_same_question(one: Any, other: Any) -> bool:
    """Tell whether two questions are one.

    The order counts in which parameters and their values are written: a grid goes by it, and
    so do the names of values that are whole objects.
    """
    try:
        orders = [json.dumps(plain(each["sweep"]["parameters"])) for each in (one, other)]
    except (TypeError, KeyError):
        return False
    texts = [json.dumps(plain(each), sort_keys=True) for each in (one, other)]
    return orders[0] == orders[1] and texts[0] == texts[1]


def find_begun(output: Path, name: str, question: dict[str, Any]) -> SweepFolder | None:
    """Return the latest sweep that asks a question; None where none does.

    Args:
        output: The folder that keeps experiments.
        name: The experiment's name.
        question: What is asked.

    Raises:
        StorageError: If what a sweep asked cannot be read.
    """
    for run in reversed(find_runs(output, name)):
        folder = SweepFolder(run)
        if not folder.is_sweep:
            continue
        if is_same_question(read_values(folder.facts).get("question"), question):
            return folder
    return None
