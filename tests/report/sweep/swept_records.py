"""Sweeps whose trials came to known numbers, without training anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dlkit.config.sweep.section import Mode, SweepConfig
from dlkit.config.sweep.space import Parameter, Scalar, parameters_of
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import State, SweepRecord, TrialRecord
from dlkit.report.sweep.sight import Sight
from dlkit.report.sweep.weights import Weights

RATE: dict[str, Any] = {"low": 1e-4, "high": 1.0, "log": True}

Outcome = float | tuple[float, ...] | str
"""What a trial comes to: one value, several, or why it failed."""


def parameters(**given: Any) -> tuple[Parameter, ...]:
    """Return parameters as a file would have them."""
    return parameters_of(SweepConfig.model_validate({"parameters": given}))


def trial(number: int, outcome: Outcome, state: State = "complete", **labels: Scalar) -> Any:
    """Return a trial; one with a text failed."""
    if isinstance(outcome, str):
        return TrialRecord(number, "failed", labels, reason=outcome)
    values = outcome if isinstance(outcome, tuple) else (outcome,)
    curve = {1: values[0] / 2, 2: values[0]}
    facts = {"epochs": 2, "seconds": 1.5, "figures": {"test_accuracy": 0.75}}
    if state == "pruned":
        return TrialRecord(number, "pruned", labels, (), curve, facts)
    return TrialRecord(number, state, labels, values, curve, facts)


def sweep_of(
    tried: tuple[Parameter, ...],
    trials: Sequence[TrialRecord],
    objectives: Mapping[str, Mode] | None = None,
    step: str = "epoch",
    sampler: str = "tpe",
) -> SweepRecord:
    """Return a sweep of some trials."""
    return SweepRecord(
        name="swept",
        parameters=tried,
        objectives=objectives or {"val_accuracy": "max"},
        trials=tuple(trials),
        wanted=len(trials),
        sampler=sampler,
        pruner="none",
        step=step,
    )


def drawn_sweep(
    tried: tuple[Parameter, ...],
    count: int,
    outcome: Callable[[Mapping[str, Any], np.random.Generator], Outcome],
    seed: int = 0,
    objectives: Mapping[str, Mode] | None = None,
) -> SweepRecord:
    """Return a sweep whose trials stand at random points and come to a planted function."""
    generator = np.random.default_rng(seed)
    trials = []
    for number in range(1, count + 1):
        point: dict[str, Any] = {}
        labels: dict[str, Scalar] = {}
        for each in tried:
            if each.matters(point):
                labels[each.name] = _drawn(each, generator)
                point[each.name] = each.value_of(labels[each.name])
        trials.append(trial(number, outcome(labels, generator), **labels))
    return sweep_of(tried, trials, objectives)


def _drawn(parameter: Parameter, generator: np.random.Generator) -> Scalar:
    if parameter.labels:
        return parameter.labels[generator.integers(len(parameter.labels))]
    low, high, _ = parameter.bounds
    if parameter.config.log:
        return float(np.exp(generator.uniform(np.log(low), np.log(high))))
    return float(generator.uniform(low, high))


def sight_of(record: SweepRecord, **known: Any) -> Sight:
    """Return what a page is made of."""
    given: dict[str, Any] = {
        "weights": Weights(),
        "status": "complete",
        "base": None,
        "section": "sweep:\n  trials: 3\n",
        "command": "dlkit run best.yaml",
        "jobs": 1,
        **known,
    }
    return Sight(record=record, **given)


def folder_in(path: Path) -> SweepFolder:
    """Make the folder of a sweep."""
    folder = SweepFolder(RunFolder(path / "swept" / "1"))
    folder.run.plots.mkdir(parents=True)
    return folder
