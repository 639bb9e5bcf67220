"""Which trial of a sweep is meant where a single run is wanted, and what a trial came to."""

from __future__ import annotations

import json

from dlkit.errors import ConfigError, StorageError
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.summary import read_summary
from dlkit.report.tables import one_line
from dlkit.report.terminal import format_figure


def best_trial(folder: SweepFolder) -> tuple[RunFolder, str]:
    """Return the best trial of a sweep, and say which that is.

    Raises:
        StorageError: If no trial is complete, or the sweep's files are damaged.
    """
    sweep = read_summary(folder)
    best = sweep.best
    if best is None:
        raise StorageError(
            f"{folder.path}: no trial of this sweep is complete. The command that began it goes"
            " on with it."
        )
    name = next(iter(sweep.objectives))
    score = f"{one_line(name)} {format_figure(best.values[name])}"
    trial = folder.trial(best.number)
    over = len(sweep.over)
    so_far = f" of {over} so far" if over < sweep.wanted else ""
    which = f"its best trial{so_far}, {trial.path.name} ({score})"
    return trial, f"{folder.path} is a sweep: {which}, is taken."


def refuse_sweep(folder: RunFolder) -> None:
    """Say that a sweep is no run, where one is.

    Raises:
        ConfigError: If the folder is a sweep's.
        StorageError: If no trial of it is complete.
    """
    sweep = SweepFolder(folder)
    if sweep.is_sweep:
        trial, _ = best_trial(sweep)
        raise ConfigError(
            f"{folder.path} is a sweep, and has a model for each of its trials: name one of"
            f" them. The best one is {trial.path}."
        )


def refuse_trial_without_result(folder: RunFolder) -> None:
    """Say that a trial came to nothing, where it did.

    Raises:
        StorageError: If it was pruned or failed.
    """
    if not folder.is_trial:
        return
    ending = ending_of(folder)
    if ending:
        raise StorageError(f"{folder.path}: this trial {ending}, and left no model.")


def ending_of(folder: RunFolder) -> str:
    """Say that a trial was pruned, or failed and why; empty where it did not."""
    try:
        facts = json.loads(folder.metrics.read_text("utf-8"))
        status, reason = facts.get("status"), one_line(str(facts.get("reason", "")))
    except (OSError, ValueError, AttributeError, RecursionError):
        return ""
    return {"pruned": "was pruned", "failed": f"failed ({reason})"}.get(status, "")
