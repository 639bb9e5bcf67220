"""Take a sweep up from its folder alone, to look at it: its files say what was asked."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from dlkit.config.catalogue import Catalogue
from dlkit.config.load import load_config
from dlkit.config.sweep.checking import Sweep
from dlkit.config.sweep.space import parameters_of
from dlkit.errors import ConfigError, StorageError
from dlkit.report.finished import read_values
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.sweep.sight import Status
from dlkit.sweep.plan import Plan, plan_sweep
from dlkit.sweep.running import record_of
from dlkit.sweep.study import Study


def read_sweep(
    folder: SweepFolder, catalogue: Catalogue, plugins: tuple[Path, ...]
) -> tuple[Plan, SweepRecord]:
    """Return what a sweep was to do, and what its trials came to.

    Args:
        folder: The sweep's, in which nobody else works.
        catalogue: What its config may name.
        plugins: The files that it was made with.

    Raises:
        StorageError: If its files are damaged, or of another version.
    """
    plan = _plan(folder, catalogue, plugins)
    if not folder.study.is_file():
        raise StorageError(f"{folder.study}: is not there: the sweep has no trials.")
    return plan, record_of(plan, Study(folder.study, plan.search))


def status_of(folder: SweepFolder) -> Status:
    """Return how far a sweep is that nobody works on.

    Raises:
        StorageError: If its file is damaged.
    """
    status = read_values(folder.facts).get("status")
    known: dict[str, Status] = {"complete": "complete", "failed": "failed"}
    return known.get(str(status), "interrupted")


def _plan(folder: SweepFolder, catalogue: Catalogue, plugins: tuple[Path, ...]) -> Plan:
    facts = read_values(folder.facts)
    try:
        question: dict[str, Any] = copy.deepcopy(facts["question"])
        question["sweep"] |= {"trials": facts["trials"], "jobs": facts.get("jobs", 1)}
    except (KeyError, TypeError) as error:
        raise StorageError(f"{folder.facts}: the file is damaged ({error!r}).") from error
    try:
        loaded = load_config(question, catalogue=catalogue)
    except ConfigError as error:
        raise StorageError(
            f"{folder.facts}: what it asks is no sound config here: {error}"
        ) from error
    section = loaded.config.sweep
    if section is None:
        raise StorageError(f"{folder.facts}: the file is damaged: it has no sweep.")
    return plan_sweep(Sweep(loaded, section, parameters_of(section)), plugins)
