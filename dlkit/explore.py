"""A look at data before anything is trained on it: load, profile, draw."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import FEATURES, NumericFeature
from dlkit.config.file_sources import TABLES, ImagesSource, TimeseriesSource
from dlkit.config.load import LoadedConfig
from dlkit.config.schema import Config
from dlkit.config.semantics import task_of
from dlkit.config.targets import labels_view, own_aims
from dlkit.config.training_section import LimitConfig
from dlkit.data.dataset import Dataset
from dlkit.data.images.folders import open_images
from dlkit.data.load import TEXT_LAYERS, load_dataset
from dlkit.data.profile.columns import left_out
from dlkit.data.profile.duplicates import Row
from dlkit.data.profile.findings import Column, Profile
from dlkit.data.profile.profile import profile
from dlkit.data.profile.series import Series, profile_series
from dlkit.data.profile.survey import survey
from dlkit.data.series.series_pool import read_rows
from dlkit.data.tables.reader import Table, open_table
from dlkit.data.tables.roles import Roles, assign_roles
from dlkit.data.tables.rows import held, seconds
from dlkit.data.tables.table import shown
from dlkit.data.tables.table_pool import RESIDENT_BYTES
from dlkit.preparation import data_places, located, open_augmentation
from dlkit.report.data.overview import format_profile
from dlkit.report.data.pictures import data_drawings, save_drawings, series_drawings
from dlkit.report.opening import describe_data, plural

UNITS = {"images": "pictures", "text": "texts", "tfrecord": "records", "timeseries": "rows"}
"""What examples of a source are called; others are ``rows`` or ``examples``."""


@dataclass(frozen=True)
class Exploration:
    """What a look at data found.

    Attributes:
        profile: Its columns, classes, and what looks wrong.
        pictures: The files that were written.
        text: All of it for a terminal of 80 columns.
    """

    profile: Profile
    pictures: tuple[Path, ...]
    text: str


@dataclass(frozen=True)
class TableColumns:
    """What a config, or a guess, says of a table's columns.

    Attributes:
        features: What each column is that the model sees.
        left_out: The others.
    """

    features: dict[str, Choice]
    left_out: tuple[Column, ...] = ()


def explore(loaded: LoadedConfig, folder: Path) -> Exploration:
    """Load the data of a config and say what it is.

    Args:
        loaded: The checked config.
        folder: Gets the pictures.

    Raises:
        DlkitError: If the data cannot be loaded, or the pictures cannot be written.
    """
    places = data_places(loaded)
    with located(loaded):
        if isinstance(loaded.config.dataset.source.settings, TimeseriesSource):
            return _explore_series(loaded, places, folder)
        config, columns = _patient(loaded.config, places)
        dataset = load_dataset(_in_one(config), places)
        found = survey(dataset, config.seed)
        row = _naming(config, places)
        result = profile(found, dataset, config, row, columns.features, columns.left_out)
        augmentation = open_augmentation(loaded, dataset)
        drawings = data_drawings(found, dataset, augmentation, config.seed)
        pictures = save_drawings(folder, drawings)
    unit = UNITS.get(dataset.name, "rows" if dataset.columns else "examples")
    opening = _opening(dataset, config, found.total, unit)
    return Exploration(result, pictures, format_profile(opening, result, pictures, unit))


def _in_one(config: Config) -> Config:
    """Return a config without folds, whose parts are whole and those of a plain run."""
    dataset = config.dataset.model_copy(update={"folds": None})
    whole = {"overfit": None, "limit": LimitConfig()}
    training = config.training.model_copy(update=whole)
    return config.model_copy(update={"dataset": dataset, "training": training})


def _opening(dataset: Dataset, config: Config, total: int, unit: str) -> list[str]:
    """Say which data it is, and how it is divided."""
    lines = describe_data(dataset)
    if not config.dataset.folds:
        return lines
    place = next(i for i, line in enumerate(lines) if line.startswith("data "))
    lines[place + 1] = f"          {total:,} {unit} in {config.dataset.folds} folds"
    return lines


def _patient(config: Config, places: Sequence[Path]) -> tuple[Config, TableColumns]:
    """Return a config that takes missing numbers as they come, where data is a table.

    A run refuses them until it is told what to do; but who looks at data wants to see them.
    """
    if config.dataset.source.name not in TABLES:
        return config, TableColumns({})
    table = open_table(config.dataset.source, places)
    raw_text = any(entry.layer.name in TEXT_LAYERS for entry in config.architecture.layers)
    seen = labels_view(config)
    roles = assign_roles(
        table.columns,
        table.sample(),
        seen.dataset,
        task_of(seen),
        raw_text=raw_text,
        outputs=own_aims(config),
    )
    features = {name: _patient_feature(feature) for name, feature in roles.features.items()}
    dataset = config.dataset.model_copy(update={"features": features})
    known = TableColumns(roles.used, tuple(_left_out(table, roles)))
    return config.model_copy(update={"dataset": dataset}), known


def _patient_feature(feature: Choice) -> Choice:
    """Return a column that takes every number, and what stands for none."""
    if not isinstance(feature.settings, NumericFeature):
        return feature
    told = {"missing": "median", "missing_values": feature.settings.missing_values}
    return Choice(feature.name, FEATURES["numeric"].model_validate(told), feature.path)


def _left_out(table: Table, roles: Roles) -> Iterator[Column]:
    """Yield the columns that the model does not see; of a large table unread."""
    names = [name for name, feature in roles.features.items() if feature.name == "drop"]
    for name in names:
        reason = roles.reasons.get(name, "the config drops it")
        if table.size > RESIDENT_BYTES:
            yield Column(name, "left out", None, 0, None, None, reason)
        else:
            blocks = (block[name].to_numpy() for block in table.blocks({name: "text"}))
            yield left_out(name, blocks, reason)


def _naming(config: Config, places: Sequence[Path]) -> Row:
    """Return what names an example by its number: as messages of its source do."""
    source = config.dataset.source
    if source.name in TABLES:
        return lambda number: f"row {number + 1}"
    if source.name == "tfrecord":
        return lambda number: f"record {number + 1}"
    settings = source.settings
    if not isinstance(settings, ImagesSource):
        return lambda number: f"example {number}"

    @cache
    def paths() -> tuple[Path, ...]:
        main = open_images(settings, places)
        own = main.test if config.dataset.test is None else None
        return (*main.paths, *(own.paths if own else ()))

    def name(number: int) -> str:
        return shown(paths()[number]) if number < len(paths()) else f"picture {number + 1}"

    return name


def _explore_series(loaded: LoadedConfig, places: Sequence[Path], folder: Path) -> Exploration:
    """Look at the rows of a series, and not at windows, in which each stands many times."""
    config = _in_one(loaded.config)
    dataset = load_dataset(config, places)
    settings = dataset.resolved.source.told(TimeseriesSource)
    series = _read_series(config, settings, places)
    result = profile_series(series, dataset, settings.targets)
    pictures = save_drawings(folder, series_drawings(series, dataset, settings.width))
    lines = describe_data(dataset)
    windows = f"          windows of {settings.width} rows, {settings.horizon} ahead"
    size = f"{plural(len(series.values), 'row')} of {plural(len(series.names), 'column')}"
    rows = f"          {size}"
    opening = [lines[0], rows, windows, *lines[1:]]
    return Exploration(result, pictures, format_profile(opening, result, pictures))


def _read_series(config: Config, settings: TimeseriesSource, places: Sequence[Path]) -> Series:
    """Return all rows of a series in order of time."""
    table = open_table(config.dataset.source, places)
    features = settings.features or ()
    names = tuple(dict.fromkeys([*features, *settings.targets]))
    time = config.dataset.time
    values, order = read_rows(table, names, time)
    if time is None:
        return Series(names, values, order, None, np.zeros(0), ())
    ((_, frame),) = held([table], {time: "text"})({time: "text"})
    texts = frame[time].to_numpy()
    times = seconds(texts, time, 0)[order]
    return Series(names, values, order, time, times, [str(text) for text in texts[order]])
