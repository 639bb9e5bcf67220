"""Write what a sweep leaves beside its trials: how far it is, its table, its best config."""

from __future__ import annotations

from typing import Any

from dlkit.config.yaml_reader import read_yaml
from dlkit.report.records import write_json
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.sweep.table import write_best, write_table
from dlkit.sweep.plan import Plan


def write_facts(
    folder: SweepFolder,
    plan: Plan,
    question: dict[str, Any],
    status: str,
    record: SweepRecord | None = None,
) -> None:
    """Write what is swept, and how far it is.

    Raises:
        StorageError: If the disk does not take it.
    """
    best = record.best if record else None
    write_json(
        folder.facts,
        {
            "status": status,
            "trials": plan.wanted,
            "objectives": dict(plan.search.objectives),
            "sampler": plan.search.sampler,
            "pruner": plan.search.pruner,
            "best_trial": best.number if best else None,
            "best_values": list(best.values) if best else None,
            "counts": {
                state: len(record.of(state)) for state in ("complete", "pruned", "failed")
            }
            if record
            else None,
            "question": question,
        },
    )


def leave(folder: SweepFolder, record: SweepRecord, plan: Plan) -> None:
    """Write what a sweep leaves beside its trials.

    Raises:
        StorageError: If the disk does not take it.
    """
    write_table(folder, record)
    best = record.best
    if best is None:
        return
    settings = best_settings(folder, record, plan)
    write_best(folder, record, settings, list(plan.plugins))


def best_settings(folder: SweepFolder, record: SweepRecord, plan: Plan) -> dict[str, Any]:
    """Return what is written for the best trial, with files where they were found."""
    best = record.best
    if best is None:
        return {}
    trial = folder.trial(best.number)
    source, _ = read_yaml(trial.config.read_text("utf-8"), str(trial.config))
    resolved, _ = read_yaml(trial.resolved.read_text("utf-8"), str(trial.resolved))
    data = dict(source.data)
    written, found = dict(data["dataset"]), resolved.data["dataset"]
    written["source"] = found["source"]
    name = f"{record.name}_best"[:100]
    return {"name": name, **{k: v for k, v in data.items() if k != "name"}, "dataset": written}
