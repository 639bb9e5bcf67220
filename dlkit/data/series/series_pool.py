"""A table as a series: windows over its rows, split by time and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.facts import DEFAULT_TEST_SHARE
from dlkit.config.file_sources import TimeseriesSource
from dlkit.config.names import did_you_mean
from dlkit.data.dataset import Dataset, Split
from dlkit.data.files import find_files
from dlkit.data.series.windows import cut_parts, cut_windows, target_names
from dlkit.data.tables.learners import LARGEST
from dlkit.data.tables.reader import ColumnType, Table, open_table
from dlkit.data.tables.rows import held, seconds
from dlkit.errors import ConfigError, DataError, Path, Problem


def load_series(config: DatasetConfig, places: Sequence[FilePath]) -> Dataset:
    """Read a series and cut it into windows, part by part.

    Raises:
        ConfigError: If the config names columns that are not there.
        DataError: If the table cannot be read or a part is too short for a window.
    """
    settings = config.source.told(TimeseriesSource)
    table = open_table(config.source, places)
    features = settings.features or _numeric_columns(table, settings, config.time)
    _check_names(table, config, features, settings.targets)
    names = tuple(dict.fromkeys([*features, *settings.targets]))
    values, order = read_rows(table, names, config.time)
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
        lasts[part] = order[first + settings.stride * np.arange(len(y))]
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
    table: Table, names: Sequence[str], time: str | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of a series in order of time, and where they stand in the table.

    Args:
        table: The opened table.
        names: The columns, each once.
        time: The column that tells the time; None: rows are in order of time.

    Returns:
        float64 of shape ``(rows, columns)``; and int64 ``(rows,)``, the number of each row
        in the table.

    Raises:
        DataError: If a value is missing or not finite.
    """
    types: dict[str, ColumnType] = dict.fromkeys(names, "number")
    if time and time not in types:
        types[time] = "text"
    ((_, frame),) = held([table], types)(types)
    values = frame[list(names)].to_numpy(np.float64)
    _refuse_gaps(values, names, table.origin)
    order = np.arange(len(values))
    if time:
        order = np.argsort(seconds(frame[time].to_numpy(), time, 0), kind="stable")
    return values[order], order


def _refuse_gaps(values: np.ndarray, names: Sequence[str], origin: str) -> None:
    """Refuse rows without a number: a window over them would spoil training.

    Raises:
        DataError: If there are such rows: how many of which column, and the first.
    """
    for name, column in zip(names, values.T, strict=True):
        bad = np.flatnonzero(~(np.abs(column) <= LARGEST))  # NaN is not below it either
        if len(bad):
            raise DataError(
                f"{origin}: column {name!r}: {len(bad)} of {len(column)} rows have no number,"
                f" or one above 3.4e38 (first: row {bad[0] + 1}). Fill them in: windows have"
                " no gaps."
            )


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
