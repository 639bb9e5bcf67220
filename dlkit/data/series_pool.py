"""A table as a series: windows over its rows, split by time and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.facts import DEFAULT_TEST_SHARE
from dlkit.config.file_sources import TimeseriesSource
from dlkit.config.names import did_you_mean
from dlkit.config.schema import DatasetConfig
from dlkit.data.checks import check_finite
from dlkit.data.dataset import Dataset, Split
from dlkit.data.files import find_files
from dlkit.data.tables.reader import ColumnType, Table, open_table
from dlkit.data.tables.rows import held, seconds
from dlkit.data.windows import cut_parts, cut_windows, target_names
from dlkit.errors import ConfigError, Path, Problem


def load_series(config: DatasetConfig, places: Sequence[FilePath]) -> Dataset:
    """Read a series and cut it into windows, part by part.

    Raises:
        ConfigError: If the config names columns that are not there.
        DataError: If the table cannot be read or a part is too short for a window.
    """
    settings = config.source.settings
    assert isinstance(settings, TimeseriesSource)  # noqa: S101  # as the table of sources says
    table = open_table(config.source, places)
    features = settings.features or _numeric_columns(table, settings, config.time)
    _check_names(table, config, features, settings.targets)
    values = read_rows(table, config, features, settings.targets)
    names = tuple(dict.fromkeys([*features, *settings.targets]))
    test = config.test if isinstance(config.test, (int, float)) else DEFAULT_TEST_SHARE
    validation = config.validation if isinstance(config.validation, (int, float)) else 0
    parts = cut_parts(len(values), validation, test, settings)
    inputs = [names.index(name) for name in features]
    targets = [names.index(name) for name in settings.targets]
    splits, lasts, naive = {}, {}, None
    for part, rows in parts.items():
        x, y, last = cut_windows(values[rows], inputs, targets, settings)
        splits[part] = Split(x, y)
        first = rows.start + settings.width - 1
        lasts[part] = first + settings.stride * np.arange(len(y))
        naive = last if part == "test" else naive
    paths = tuple(str(path.resolve()) for path in find_files(settings.path, places))
    filled = settings.model_copy(update={"features": tuple(features), "path": paths})
    return Dataset(
        name="timeseries",
        stand_in_for=None,
        origin=table.origin,
        task="regression",
        class_names=(),
        feature_names=tuple(features),
        train=splits["train"],
        validation=splits.get("validation"),
        test=splits["test"],
        resolved=config.model_copy(update={"source": Choice("timeseries", filled)}),
        target_names=target_names(settings.targets, settings.horizon),
        rows=lasts,
        notes=(f"the model sees {', '.join(features)}",) if not settings.features else (),
        naive=naive,
    )


def read_rows(
    table: Table, config: DatasetConfig, features: Sequence[str], targets: Sequence[str]
) -> np.ndarray:
    """Return the numbers of a series in order of time.

    Args:
        table: The opened table.
        config: Names the column that tells the time, if there is one.
        features: The columns that the model sees.
        targets: The columns that it foretells.

    Returns:
        float64 of shape ``(rows, columns)``: the features, then targets not among them.

    Raises:
        DataError: If a value is missing or not finite.
    """
    names = tuple(dict.fromkeys([*features, *targets]))
    types: dict[str, ColumnType] = dict.fromkeys(names, "number")
    if config.time and config.time not in types:
        types[config.time] = "text"
    ((_, frame),) = held([table], types)(types)
    values = frame[list(names)].to_numpy(np.float64)
    check_finite({name: values[:, i] for i, name in enumerate(names)}, table.origin)
    if config.time:
        times = seconds(frame[config.time].to_numpy(), config.time, 0)
        values = values[np.argsort(times, kind="stable")]
    return values


def _numeric_columns(
    table: Table, settings: TimeseriesSource, time: str | None
) -> tuple[str, ...]:
    """Return the columns that hold numbers; they are what the model sees by default."""
    from dlkit.data.tables.guess import guess_features

    guessed = guess_features(table.sample(), settings.missing, settings.decimal)
    return tuple(
        name
        for name, (feature, _) in guessed.items()
        if (feature.name == "numeric" or name in settings.targets) and name != time
    )


def _check_names(
    table: Table, config: DatasetConfig, features: Sequence[str], targets: Sequence[str]
) -> None:
    """Refuse names of columns that are not there.

    Raises:
        ConfigError: With every one of them.
    """
    path = ("dataset", "source", "timeseries")
    wanted: list[tuple[str, Path]] = [(name, (*path, "targets")) for name in targets]
    wanted += [(name, (*path, "features")) for name in features]
    wanted += [(config.time, ("dataset", "time"))] if config.time else []
    problems = [
        Problem(f"the table has no column {name!r}.", at, did_you_mean(name, table.columns))
        for name, at in wanted
        if name not in table.columns
    ]
    if problems:
        raise ConfigError(problems)
