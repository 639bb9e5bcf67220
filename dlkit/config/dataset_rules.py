"""Which settings of the dataset go together, and with which source."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.data_sources import TABLES
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.names import did_you_mean
from dlkit.config.schema import Config, DatasetConfig, MarkedRows
from dlkit.errors import Problem

TABLE_ONLY = ("target", "features", "sample_weight", "group", "time")
"""Settings that speak of columns."""

WHOLE_FILES = ("images", "text", "arrays", "csv", "tsv", "parquet")
"""Sources of which a part may stand in a file or folder of its own."""


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
        yield Problem(message, path)
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
    is_table = kind in TABLES
    given = [name for name in TABLE_ONLY if getattr(dataset, name)]
    for name in given:
        allowed = (
            is_table
            or (kind == "tfrecord" and name in {"target", "sample_weight"})
            or (kind == "timeseries" and name == "time")
        )
        if not allowed:
            hint = f"It is for tables: {', '.join(TABLES)}."
            yield Problem(f"{kind} has no columns to choose from.", ("dataset", name), hint)
    if (is_table or kind == "tfrecord") and dataset.target is None:
        hint = "Name the column that is to be predicted: `target: price`."
        yield Problem("missing.", ("dataset", "target"), hint)
    yield from _check_splitting(dataset)


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
        yield Problem(message, ("dataset", "target", "separator"))


def check_marked_rows(config: Config) -> Iterator[Problem]:
    """A part that is a file or marked rows is one of a source that can have it."""
    dataset = config.dataset
    for name in ("validation", "test"):
        part = getattr(dataset, name)
        kind = dataset.source.name
        if isinstance(part, MarkedRows) and kind not in TABLES:
            message = f"{kind} has no columns to choose rows by."
            yield Problem(message, ("dataset", name), "Give a fraction or a count.")
        elif isinstance(part, str) and kind not in WHOLE_FILES:
            message = f"{kind} has no parts in files of their own, received {part!r}."
            yield Problem(message, ("dataset", name), "Give a fraction or a count.")
