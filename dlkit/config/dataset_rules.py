"""Which settings of the dataset go together, and with which source."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.dataset_section import DatasetConfig, MarkedRows
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.file_sources import TABLES, TfrecordSource
from dlkit.config.names import did_you_mean
from dlkit.config.schema import Config
from dlkit.errors import Problem

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
    if (kind in TABLES or kind == "tfrecord") and dataset.target is None:
        hint = "Name the column that is to be predicted: `target: price`."
        yield Problem("missing.", ("dataset", "target"), hint)
    if dataset.stream is True and kind not in STREAMED:
        message = f"{kind} is always held in memory."
        hint = f"Remove it. Streamed are {', '.join(STREAMED)}."
        yield Problem(message, ("dataset", "stream"), hint)
    yield from _check_splitting(dataset)


def check_record_names(config: Config) -> Iterator[Problem]:
    """What is learned of records is among their features, and something is left to read."""
    dataset = config.dataset
    if not isinstance(dataset.source.settings, TfrecordSource):
        return
    features = dataset.source.settings.features
    target = dataset.target.columns if dataset.target else ()
    wanted = [(name, "target") for name in target]
    wanted += [(dataset.sample_weight, "sample_weight")] if dataset.sample_weight else []
    unknown = [(name, key) for name, key in wanted if name not in features]
    for name, key in unknown:
        hint = did_you_mean(name, features)
        yield Problem(f"the records have no feature {name!r}.", ("dataset", key), hint)
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
        message = "a separator is for one column that holds several labels."
        hint = "Name one column, or remove the separator."
        yield Problem(message, ("dataset", "target", "separator"), hint)


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
