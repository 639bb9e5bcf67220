"""Which settings of the dataset go together, and with which source."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.data_sources import Chosen
from dlkit.config.dataset_section import DatasetConfig, MarkedRows
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.file_sources import TABLES, ArraysSource, TfrecordSource
from dlkit.config.names import did_you_mean
from dlkit.config.schema import Config
from dlkit.config.targets import (
    BY_NAME,
    CHOSEN,
    own_targets,
    uses_dataset_target,
)
from dlkit.errors import Path, Problem

TABLE_ONLY = ("target", "features", "sample_weight", "group", "time")
"""Settings that speak of columns."""

ALLOWED = {"tfrecord": ("target", "sample_weight"), "timeseries": ("time",)}
"""Those of them that other sources take as well."""

OWN_SETTINGS = {
    ("timeseries", "target"): "targets",
    ("timeseries", "features"): "features",
    ("arrays", "target"): "outputs",
    ("arrays", "features"): "inputs",
    ("tfrecord", "features"): "features",
}
"""Where a source says such a thing itself."""

PARTS_IN_FILES = (*TABLES, "images")
"""Sources of which a part may stand in files or a folder of its own."""

STREAMED = (*TABLES, "images", "tfrecord")
"""Sources that need not fit into memory."""


def check_stand_in(config: Config) -> Iterator[Problem]:
    """The stand-in is a named dataset like the one it stands in for."""
    dataset = config.dataset
    if dataset.offline is None:
        return
    source, offline = NAMED_SETS.get(dataset.source.name), NAMED_SETS.get(dataset.offline)
    path = ("dataset", "offline")
    if offline is None:
        hint = did_you_mean(dataset.offline, NAMED_SETS)
        yield Problem(f"no dataset is named {dataset.offline!r}.", path, hint)
    elif source is None:
        message = f"{dataset.source.name} is not a named dataset, and needs no stand-in."
        yield Problem(message, path, "Remove it.")
    else:
        likeness = [(s.task, len(s.classes), s.is_image or s.shape) for s in (source, offline)]
        if likeness[0] != likeness[1]:
            yield Problem(
                f"{dataset.offline!r} cannot stand in for {dataset.source.name!r}:"
                f" {offline.summary} instead of {source.summary}.",
                path,
                "A stand-in needs the same inputs and as many classes.",
            )


def check_options(config: Config) -> Iterator[Problem]:
    """Settings that speak of columns belong to tables, and tables need a target."""
    dataset = config.dataset
    kind = dataset.source.name
    for name in TABLE_ONLY:
        if not getattr(dataset, name) or kind in TABLES or name in ALLOWED.get(kind, ()):
            continue
        own = OWN_SETTINGS.get((kind, name))
        message = f"{kind} has no columns to choose from."
        hint = f"It is for tables: {', '.join(TABLES)}."
        if own:
            message = f"{kind} is told so by a setting of its own."
            hint = f"Write `{own}:` under {kind}."
        yield Problem(message, ("dataset", name), hint)
    if kind in CHOSEN and dataset.target is None and uses_dataset_target(config):
        hint = "Name the column that is to be predicted: `target: price`."
        yield Problem("missing.", ("dataset", "target"), hint)
    if dataset.stream is True and kind not in STREAMED:
        message = f"{kind} is always held in memory."
        hint = f"Remove it. Streamed are {', '.join(STREAMED)}."
        yield Problem(message, ("dataset", "stream"), hint)
    yield from _check_splitting(dataset)


def check_output_targets(config: Config) -> Iterator[Problem]:
    """Outputs learn columns of their own where there are any, and no target is idle."""
    dataset, own = config.dataset, own_targets(config)
    kind, settings = dataset.source.name, dataset.source.settings
    for name, target in own.items():
        path: Path = ("outputs", name, "target")
        if kind not in BY_NAME:
            message = f"{kind} has no labels but its own, which outputs learn without a target."
            yield Problem(message, path, "Remove it, or write `target: input`.")
        elif target.separator and kind == "arrays":
            message = "an array has no cells that hold several labels."
            yield Problem(message, (*path, "separator"), "Remove it.")
        elif target.separator and len(target.columns) > 1:
            yield _lone_separator((*path, "separator"))
    if uses_dataset_target(config):
        return
    unused: Path | None = ("dataset", "target") if dataset.target else None
    if isinstance(settings, ArraysSource) and settings.outputs:
        unused = (*dataset.source.path, "outputs")
    if unused:
        message = "no output learns it: each has a `target:` of its own."
        hint = "Remove it." if kind == "arrays" else "Remove it, or one of theirs."
        yield Problem(message, unused, hint)


def _lone_separator(path: Path) -> Problem:
    message = "a separator is for one column that holds several labels."
    return Problem(message, path, "Name one column, or remove the separator.")


def check_chosen_classes(config: Config) -> Iterator[Problem]:
    """The classes that are chosen of a dataset are some of its own, each once."""
    source = config.dataset.source
    facts, settings = NAMED_SETS.get(source.name), source.settings
    if facts is None or not isinstance(settings, Chosen) or not settings.classes:
        return
    seen: set[str] = set()
    for number, name in enumerate(settings.classes):
        path = (*source.path, "classes", number)
        if name not in facts.classes:
            hint = did_you_mean(name, facts.classes)
            yield Problem(f"{source.name} has no class {name!r}.", path, hint)
        elif name in seen:
            yield Problem(f"the class {name!r} is there already.", path, "Name it once.")
        seen.add(name)


def check_record_names(config: Config) -> Iterator[Problem]:
    """What is learned of records is among their features, and something is left to read."""
    dataset = config.dataset
    if not isinstance(dataset.source.settings, TfrecordSource):
        return
    features = dataset.source.settings.features
    wanted: list[tuple[str, Path]] = []
    if dataset.target:
        wanted += [(name, ("dataset", "target")) for name in dataset.target.columns]
    for output, target in own_targets(config).items():
        wanted += [(name, ("outputs", output, "target")) for name in target.columns]
    if dataset.sample_weight:
        wanted.append((dataset.sample_weight, ("dataset", "sample_weight")))
    unknown = [(name, path) for name, path in wanted if name not in features]
    for name, path in unknown:
        hint = did_you_mean(name, features)
        yield Problem(f"the records have no feature {name!r}.", path, hint)
    if not unknown and not features.keys() - {name for name, _ in wanted}:
        yield Problem("no feature is left to learn from.", dataset.source.path)


def _check_splitting(dataset: DatasetConfig) -> Iterator[Problem]:
    """Folds, groups and time divide the data in one way each."""
    kind = dataset.source.name
    if dataset.folds and dataset.test is not None:
        message = "with folds every example is tested once already."
        yield Problem(message, ("dataset", "test"), "Remove it, or folds.")
    if dataset.folds and kind == "timeseries":
        message = "folds would let the model see the future of what it foretells."
        yield Problem(message, ("dataset", "folds"), "Use `test: 0.2`: the last rows.")
    if dataset.folds and dataset.time:
        message = "folds mix what `time` keeps in order."
        yield Problem(message, ("dataset", "folds"), "Keep one of the two.")
    if dataset.folds and dataset.stream is True:
        message = "folds need the data in memory."
        yield Problem(message, ("dataset", "folds"), "Remove `stream: true`, or folds.")
    if dataset.group and dataset.time:
        message = "a group may stand on both sides of a point in time."
        yield Problem(message, ("dataset", "time"), "Keep group or time.")
    if dataset.target and dataset.target.separator and len(dataset.target.columns) > 1:
        yield _lone_separator(("dataset", "target", "separator"))


def check_marked_rows(config: Config) -> Iterator[Problem]:
    """A part that is a file or marked rows is one of a source that can have it."""
    dataset = config.dataset
    for name in ("validation", "test"):
        part = getattr(dataset, name)
        kind = dataset.source.name
        if isinstance(part, MarkedRows) and kind not in TABLES:
            message = f"{kind} has no columns to choose rows by."
            yield Problem(message, ("dataset", name), "Give a fraction or a count.")
        elif isinstance(part, str) and kind not in PARTS_IN_FILES:
            message = f"{kind} has no parts in files of their own, received {part!r}."
            yield Problem(message, ("dataset", name), "Give a fraction or a count.")
