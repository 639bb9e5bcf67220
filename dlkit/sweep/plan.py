"""A checked sweep as it is run: what is searched, by whom, and which sweep it goes on with."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlkit.config.schema import Config
from dlkit.config.sweep.checking import Sweep
from dlkit.config.sweep.choosing import objectives_of, pruner_of, sampler_of, trials_of
from dlkit.config.sweep.space import grid_of
from dlkit.config.training_section import DEFAULT_EPOCHS
from dlkit.report.finished import read_values
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
    """

    sweep: Sweep
    search: Search
    wanted: int
    plugins: tuple[Path, ...]


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
        steps=steps_of(config),
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


def step_name(config: Config) -> str:
    """Return what a trial is followed by."""
    if config.dataset.folds:
        return "fold"
    return "seed" if config.repeat > 1 else "epoch"


def question_of(sweep: Sweep) -> dict[str, Any]:
    """Return what a sweep asks, as plain values: sweeps that ask the same are one."""
    data = dict(sweep.loaded.source.data)
    data["sweep"] = {k: v for k, v in dict(data["sweep"]).items() if k not in FREE}
    plain: dict[str, Any] = json.loads(json.dumps(data, default=str, sort_keys=True))
    return plain


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
        if folder.is_sweep and read_values(folder.facts).get("question") == question:
            return folder
    return None
