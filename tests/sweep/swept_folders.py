"""Folders of sweeps as sweeps leave them, without a training."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlkit.config.load import load_config
from dlkit.config.sweep.checking import sweep_of
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.sweep.table import write_table
from dlkit.sweep.leaving import write_facts
from dlkit.sweep.plan import Plan, plan_sweep
from dlkit.sweep.running import record_of
from dlkit.sweep.study import Study

PARAMETERS: dict[str, Any] = {
    "optimizer": [{"SGD": {"momentum": 0.9}}, "Adam"],
    "optimizer.learning_rate": {"low": 1e-4, "high": 1e-1, "log": True},
    "architecture.layers[0].Dense.units": [4, 8],
}


@dataclass(frozen=True)
class Ended:
    """How a trial ends: with a value, pruned after some epochs, or failed with a reason."""

    value: float | None = None
    epochs: int = 3
    seconds: float = 2.0
    reason: str = ""


def plan_of(name: str = "net", **sweep: Any) -> Plan:
    """Return the plan of a sweep."""
    config = {
        "name": name,
        "dataset": {"source": "iris", "validation": 0.2},
        "architecture": {
            "layers": [
                {"Dense": {"units": 4}},
                {"Dense": {"units": 3, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": "Adam",
        "training": {"epochs": 5},
        "sweep": {"parameters": PARAMETERS, "sampler": "random", **sweep},
    }
    return plan_sweep(sweep_of(load_config(config)), ())


def lay_sweep(
    output: Path, run: str, ends: Sequence[Ended | None], **sweep: Any
) -> tuple[SweepFolder, Plan, SweepRecord]:
    """Write what a sweep leaves, as far as its trials are over; None is one that runs."""
    name = run.partition("/")[0]
    plan = plan_of(name, **{"trials": len(ends) or 1, **sweep})
    folder = SweepFolder(RunFolder(output / run))
    folder.path.mkdir(parents=True)
    folder.run.log.touch()
    study = Study(folder.study, plan.search)
    for end in ends:
        number, _ = study.begin()
        facts = {"epochs": end.epochs, "seconds": end.seconds} if end else {}
        if end is None:
            continue
        trial = folder.trial(number)
        trial.path.mkdir()
        if end.value is not None:
            study.complete(number, [end.value], {**facts, "parameters": 35.0})
            lay_trial(trial, number, {"val_accuracy": 0.1, "test_accuracy": end.value - 0.125})
        elif end.reason:
            study.fail(number, end.reason, facts)
            lay_facts(trial, {"status": "failed", "reason": end.reason})
        else:
            facts["curve"] = [[epoch, 0.2] for epoch in range(1, end.epochs + 1)]
            study.prune(number, facts)
            lay_facts(trial, {"status": "pruned"})
    record = record_of(plan, study)
    write_table(folder, record)
    status = "complete" if len(record.over) >= plan.wanted else "running"
    write_facts(folder, plan, status, record)
    return folder, plan, record


def lay_trial(folder: RunFolder, number: int, figures: Mapping[str, float]) -> None:
    """Write what a finished trial leaves, as far as others read it."""
    config = (
        f"name: net\nseed: 0\ndataset:\n  source: iris\noptimizer: Adam\n"
        f"training:\n  batch_size: {number}\nloss: sparse_categorical_crossentropy\n"
    )
    folder.resolved.write_text(config, "utf-8")
    folder.log.touch()
    rows = "epoch,loss,accuracy,learning_rate,seconds\n1,0.5,0.5,0.1,1\n2,0.25,0.75,0.1,1\n"
    folder.history.write_text(rows, "utf-8")
    known = {"status": "completed", "dataset": "iris", "stand_in_for": None, "seconds": 1.5}
    lay_facts(folder, {**known, "test_examples": 45, **figures})


def lay_facts(folder: RunFolder, facts: Mapping[str, Any]) -> None:
    """Write a run's ``metrics.json``."""
    folder.path.mkdir(exist_ok=True)
    folder.metrics.write_text(json.dumps(facts), "utf-8")
