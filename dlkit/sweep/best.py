"""The best trial of a sweep as an experiment of its own, and whether the file itself was it.

The trial's own config is what was written, with the trial's values in it. Files in it are
named as somebody wrote them, relative to a folder; in a file that is run from anywhere they
stand with their whole paths.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlkit.config.dump import plain_config
from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.overrides import apply_overrides
from dlkit.config.source import Source
from dlkit.config.sweep.checking import Sweep, base_of
from dlkit.config.sweep.space import Scalar
from dlkit.config.yaml_reader import read_yaml
from dlkit.data.files import find_folder, search_places
from dlkit.errors import ConfigError, DlkitError, Mark, StorageError
from dlkit.errors import Path as Place
from dlkit.report.bases import config_folder, find_bases
from dlkit.report.run_folder import RunFolder
from dlkit.sweep.plan import Plan

MOST_TRIED = 24
"""Values of a parameter that are compared with the file's own."""

MOST_LETTERS = 100
"""Of the name of an experiment."""


def best_settings(trial: RunFolder, plan: Plan) -> dict[str, Any]:
    """Return what is written for a trial, to be run from any folder.

    Args:
        trial: Its folder.
        plan: The sweep's.

    Raises:
        StorageError: If the trial's files are gone or damaged.
    """
    source = _read(trial.config)
    data = dict(source.data)
    dataset = _with_found_source(dict(data["dataset"]), _read(trial.resolved).data["dataset"])
    places = search_places(config_folder(plan.sweep.loaded))
    for part in ("validation", "test"):
        if isinstance(dataset.get(part), str):
            with contextlib.suppress(DlkitError):  # a share: 10%
                dataset[part] = str(find_folder(dataset[part], places).resolve())
    name = f"{plan.sweep.loaded.config.name}_best"[-MOST_LETTERS:]
    rest = {key: value for key, value in data.items() if key != "name"}
    return _with_found_bases({"name": name, **rest, "dataset": dataset}, trial, plan)


def _read(path: Path) -> Source:
    """Read a config of a trial.

    Raises:
        StorageError: If it is gone or damaged.
    """
    try:
        source, _ = read_yaml(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeError) as error:
        raise StorageError(f"{path}: cannot be read ({error}).") from error
    if not isinstance(source.data.get("dataset"), dict):
        raise StorageError(f"{path}: the file is damaged: it has no dataset.")
    return source


def _with_found_source(dataset: dict[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dataset that names its files by where they were found, and no more than that."""
    written, full = dataset.get("source"), found.get("source")
    if not isinstance(full, dict) or len(full) != 1:
        return dataset
    ((kind, settings),) = full.items()
    if not isinstance(settings, dict) or not settings:
        return dataset
    first = next(iter(settings))
    inside = written.get(kind) if isinstance(written, dict) else None
    if isinstance(inside, dict):
        kept: Any = {key: settings.get(key, value) for key, value in inside.items()}
    elif written == kind:  # the name of a set, that has no file
        return dataset
    else:
        kept = settings[first]
        kept = kept[0] if isinstance(kept, list) and len(kept) == 1 else kept
    return {**dataset, "source": {kind: kept}}


def _with_found_bases(data: dict[str, Any], trial: RunFolder, plan: Plan) -> dict[str, Any]:
    """Return a config that names runs and weights by where they were found."""
    source = Source(data, {})
    try:
        loaded = check_source(source, catalogue=plan.sweep.loaded.catalogue)
        marked = replace(loaded, source=plan.sweep.loaded.source)
        bases = find_bases(marked, trial.output)
    except DlkitError:  # whoever runs it hears of it
        return data
    settings: dict[Place, Any] = {base.path: path for base, path in bases.items()}
    changed, _ = apply_overrides(source, settings, Mark("sweep"))
    return dict(changed.data)


def base_labels(sweep: Sweep) -> dict[str, Scalar] | None:
    """Return what a file itself says of its sweep's parameters.

    Returns:
        What its values are called, by parameter; None where one of them is none of those
        that are listed, or a parameter has no list.
    """
    base = _plain(base_of(sweep.loaded))
    point: dict[str, Any] = {}
    labels: dict[str, Scalar] = {}
    for each in sweep.parameters:
        if not each.matters(point):
            continue
        values = each.points
        if values is None or len(values) > MOST_TRIED:
            return None
        for value in values:
            if _is_same(sweep, {**point, each.name: value}, base):
                point[each.name], labels[each.name] = value, each.label_of(value)
                break
        else:
            return None
    return labels


def _is_same(sweep: Sweep, point: Mapping[str, Any], base: dict[str, Any]) -> bool:
    try:
        return _plain(sweep.at(point)) == base
    except ConfigError:
        return False


def _plain(loaded: LoadedConfig) -> dict[str, Any]:
    plain = plain_config(loaded.config, loaded.catalogue)
    return {key: value for key, value in plain.items() if key != "sweep"}
