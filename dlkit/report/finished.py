"""Find a run that people name, and what it wrote down. Nothing here needs TensorFlow."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlkit.config.catalogue import Catalogue, load_catalogue
from dlkit.config.load import LoadedConfig, load_config
from dlkit.config.names import nearest
from dlkit.errors import ConfigError, StorageError
from dlkit.report.lock import is_at_work
from dlkit.report.plugin_record import require_plugins
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.chosen import best_trial, refuse_sweep, refuse_trial_without_result
from dlkit.report.sweep.folder import SweepFolder

FIGURES = ("train_", "val_", "test_", "naive_", "ensemble_")
"""How the names of final figures begin."""


@dataclass(frozen=True)
class Record:
    """What a finished run wrote down.

    Attributes:
        folder: The run.
        loaded: Its config with everything filled in.
        facts: What its data was taken for: ``dataset.json``.
        metrics: Its final figures: ``metrics.json``.
        warnings: What is not as it was when it was made.
    """

    folder: RunFolder
    loaded: LoadedConfig
    facts: dict[str, Any]
    metrics: dict[str, Any]
    warnings: tuple[str, ...] = ()


def read_record(run: str, output: Path, catalogue: Catalogue | None = None) -> Record:
    """Find a run and read what it wrote down.

    Args:
        run: A run's folder, or its name below ``output``: ``pima/3``; of an experiment
            (``pima``) the latest one that finished. A sweep stands for its best trial.
        output: The folder that keeps experiments.
        catalogue: What may be named: Keras, and the plugins that were given; None: no
            plugins.

    Raises:
        ConfigError: If there is no such run, it is one of folds, or it was made with a
            plugin that was not given.
        StorageError: If it did not finish, or its files are damaged.
    """
    sweep = SweepFolder(find_folder(run, output))
    trial, told = best_trial(sweep) if sweep.is_sweep else (None, "")
    folder = find_finished(str(trial.path) if trial else run, output)
    facts, metrics = read_values(folder.data), read_values(folder.metrics)
    absent = [key for key in ("task", "class_names", "target_names") if key not in facts]
    if absent:
        raise StorageError(f"{folder.data}: {absent[0]!r} is missing: the file is damaged.")
    catalogue = catalogue or load_catalogue()
    warnings = require_plugins(folder, catalogue)
    loaded = load_config(folder.resolved, catalogue=catalogue)
    return Record(folder, loaded, facts, metrics, (*([told] if told else ()), *warnings))


def find_finished(run: str, output: Path, places: Sequence[Path] = ()) -> RunFolder:
    """Find the folder of a run that left everything.

    Args:
        run: As for ``read_record``.
        output: The folder that keeps experiments.
        places: Other folders in which a path is looked for.

    Raises:
        ConfigError: If there is no such run, or it is one of folds or seeds, or a sweep.
        StorageError: If it did not finish.
    """
    folder = find_run(run, output, places)
    refuse_trial_without_result(folder)
    for file in (folder.resolved, folder.data, folder.metrics, folder.model):
        if not file.is_file():
            if is_at_work(folder):
                raise StorageError(f"{folder.path}: the run is still running.")
            advice = "`--resume` goes on with it." if folder.has_state else "Train it again."
            advice = "Its sweep goes on with it." if folder.is_trial else advice
            raise StorageError(
                f"{folder.path}: the run did not finish, it has no {file.name}. {advice}"
            )
    return folder


def find_run(run: str, output: Path, places: Sequence[Path] = ()) -> RunFolder:
    """Find the folder of a run that has a model.

    Args:
        run: As for ``read_record``.
        output: The folder that keeps experiments.
        places: Other folders in which a path is looked for.

    Raises:
        ConfigError: If there is no such run, or it is one of folds or seeds, or a sweep.
    """
    folder = find_folder(run, output, places)
    refuse_sweep(folder)
    if members := folder.members:
        first, last = members[0].path, members[-1].path
        kind = first.name.split("_")[0]
        raise ConfigError(
            f"{folder.path} has a model for each of {len(members)} {kind}s: name one of them,"
            f" {first} to {last}."
        )
    return folder


def find_folder(run: str, output: Path, places: Sequence[Path] = ()) -> RunFolder:
    """Find the folder of a run, whether it is one or several.

    Args:
        run: As for ``read_record``.
        output: The folder that keeps experiments.
        places: Other folders in which a path is looked for.

    Raises:
        ConfigError: If there is no such run.
    """
    for place in (Path(run), output / run, *(folder / run for folder in places)):
        folder = RunFolder(_latest(place) if _runs(place) else place)
        left = (folder.log, folder.resolved, folder.metrics)
        if folder.members or any(file.is_file() for file in left):
            return folder
    hint = hint_of_runs(run, output)
    raise ConfigError(f"there is no run {run!r}, here or in {output}. {hint}")


def hint_of_runs(run: str, output: Path) -> str:
    """Say which runs there are."""
    experiment = Path(run).parts[0] if Path(run).parts else run
    if numbers := sorted(_runs(output / experiment)):
        return f"{experiment} has: {', '.join(map(str, numbers[-10:]))}."
    near = nearest(experiment, [path.name for path in _folders(output) if _runs(path)])
    return f"Did you mean {near!r}?" if near else "`dlkit list` shows all."


def _latest(experiment: Path) -> Path:
    """Return the latest run of an experiment that finished, if any did."""
    runs = _runs(experiment)
    folders = {number: RunFolder(experiment / str(number)) for number in runs}
    finished = [
        number
        for number, folder in folders.items()
        if folder.metrics.is_file() or SweepFolder(folder).best.is_file()
    ]
    return experiment / str(max(finished or runs))


def _runs(experiment: Path) -> list[int]:
    """Return the numbers of an experiment's runs; none where a folder is no experiment."""
    names = [path.name for path in _folders(experiment)]
    return [int(name) for name in names if name.isascii() and name.isdecimal()]


def fold_number(folder: RunFolder) -> int | None:
    """Return which fold a run is, counted from 1; None where it is none."""
    match = re.fullmatch(r"fold_(\d+)", folder.path.resolve().name)
    return int(match[1]) if match else None


def read_facts(folder: RunFolder) -> dict[str, Any]:
    """Return the final figures and facts of a run that is over.

    Raises:
        StorageError: If the file is damaged.
    """
    return read_values(folder.metrics)


def read_figures(folder: RunFolder) -> dict[str, float]:
    """Return the final figures of a run that is over, without what else there is to know.

    Raises:
        StorageError: If the file is damaged.
    """
    try:
        return {
            name: math.nan if value is None else float(value)
            for name, value in read_facts(folder).items()
            if name.startswith(FIGURES) and not name.endswith("_examples")
        }
    except (TypeError, ValueError) as error:
        raise StorageError(f"{folder.metrics}: a figure is no number ({error}).") from error


def _folders(path: Path) -> Iterator[Path]:
    try:
        yield from (entry for entry in path.iterdir() if entry.is_dir())
    except OSError:
        return


def read_values(path: Path) -> dict[str, Any]:
    """Read a file of values by name.

    Raises:
        StorageError: If it is damaged.
    """
    try:
        values = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError(f"{path}: cannot be read ({error}).") from error
    if not isinstance(values, dict):
        raise StorageError(f"{path}: expected values by name, received something else.")
    return values
