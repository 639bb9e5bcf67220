"""From the name of a source to its splits, checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dlkit.config.choices import Choice
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.datasets import NAMED_SETS, NamedSet, Task
from dlkit.config.file_sources import TABLES, ArraysSource, TextSource
from dlkit.config.known import chosen_classes
from dlkit.config.made_sources import SYNTHETIC
from dlkit.config.rules import check_callback_monitors, check_monitor
from dlkit.config.schema import Config
from dlkit.config.semantics import task_of
from dlkit.config.targets import (
    given_back,
    labels_view,
    needs_no_labels,
    own_aims,
    own_targets,
)
from dlkit.data.arrays.array_pool import Origin, array_pool
from dlkit.data.arrays.arrays import read_arrays
from dlkit.data.arrays.text_folder import read_texts
from dlkit.data.cut import cut_dataset
from dlkit.data.dataset import Dataset, Target
from dlkit.data.files import NotFoundError, find_folder
from dlkit.data.images.image_pool import image_pool
from dlkit.data.named.choosing import choose_classes, told_if_few
from dlkit.data.named.sources import read_source
from dlkit.data.named.synthetic import make_data
from dlkit.data.pool import Pool
from dlkit.data.raw import RawData
from dlkit.data.records.record_pool import record_pool
from dlkit.data.series.series_pool import load_series
from dlkit.data.splits import Parts, fold_rows, split_rows
from dlkit.data.tables.table_pool import table_pool
from dlkit.errors import DataError, Problem

TEXT_LAYERS = {"TextVectorization"}
"""Layers that read texts."""


def load_dataset(config: Config, places: Sequence[Path]) -> Dataset:
    """Load, check and split the data of an experiment.

    Args:
        config: Which data, how to split it, and what is learned of it.
        places: Folders to look for files in.

    Raises:
        NotFoundError: If it is not here, cannot be downloaded, and has no stand-in.
        ConfigError: If the config names columns that are not there.
        DataError: If it is damaged, not finite, or too small to split.
    """
    if config.dataset.source.name == "timeseries":
        series = _with_outputs(load_series(config.dataset, places), config)
        return cut_dataset(series, config)
    pool = open_pool(config, places)
    return _of_rows(pool, split_rows(pool.keys, config.dataset, config.seed), config)


def load_folds(config: Config, places: Sequence[Path]) -> Iterator[Dataset]:
    """Load the data once and give it out fold by fold; each fold is the test of one.

    Raises:
        NotFoundError: As ``load_dataset``.
        ConfigError: As ``load_dataset``.
        DataError: As ``load_dataset``, and if there are too few examples for the folds.
    """
    pool = open_pool(config, places)
    for rows in fold_rows(pool.keys, config.dataset, config.seed):
        yield _of_rows(pool, rows, config)


def load_repeats(configs: Iterable[Config], places: Sequence[Path]) -> Iterator[Dataset]:
    """Load the data of experiments that differ by their seed alone, and give it out for each.

    Each gets what ``load_dataset`` would give it. The data is read once, unless the seed
    decides what is read.

    Raises:
        NotFoundError: As ``load_dataset``.
        ConfigError: As ``load_dataset``.
        DataError: As ``load_dataset``.
    """
    pool: Pool | None = None
    series: Dataset | None = None
    for config in configs:
        if config.dataset.source.name == "timeseries":
            series = series or load_series(config.dataset, places)
            yield cut_dataset(_with_outputs(series, config), config)
            continue
        # Made data is another for another seed, and so is the sample from which a streamed
        # table learns its medians.
        if pool is None or pool.streamed or config.dataset.source.name in SYNTHETIC:
            pool = open_pool(config, places)
        yield _of_rows(pool, split_rows(pool.keys, config.dataset, config.seed), config)


def _of_rows(pool: Pool, rows: Parts, config: Config) -> Dataset:
    """Return a dataset of some rows, and say what became of the wishes it is too small for.

    Raises:
        DataError: If something watches a validation that comes to nothing.
    """
    dataset = _with_outputs(pool.dataset(rows), config)
    dataset = told_if_few(_told_if_unwatched(dataset, config))
    known = pool.keys.classes
    return cut_dataset(dataset, config, None if known is None else known[rows["train"]])


def _with_outputs(dataset: Dataset, config: Config) -> Dataset:
    """Return a dataset that knows all outputs, and the target that was written."""
    back = dict.fromkeys(given_back(config), Target("regression"))
    own = own_targets(config)
    columns = {name: own[name].columns for name in dataset.outputs if name in own}
    known = {
        name: replace(target, columns=columns.get(name, ()))
        for name, target in dataset.outputs.items()
    }
    written = dataset.resolved.model_copy(update={"target": config.dataset.target})
    return replace(dataset, outputs={**known, **back}, resolved=written)


def _told_if_unwatched(dataset: Dataset, config: Config) -> Dataset:
    """Say that the share of validation comes to nothing, unless something watches it.

    Raises:
        DataError: If early stopping or a callback does.
    """
    if dataset.validation is not None or not config.dataset.validation:
        return dataset
    note = f"validation: {config.dataset.validation:g} of {len(dataset.train)} examples is none"
    unwatched = config.model_copy(
        update={"dataset": config.dataset.model_copy(update={"validation": 0})}
    )
    faults = [*check_monitor(unwatched), *check_callback_monitors(unwatched)]
    if faults:
        hint = "Set aside more, or watch the training loss."
        raise DataError(Problem(f"{note}, and something watches it.", faults[0].path, hint))
    return replace(dataset, notes=(*dataset.notes, f"{note}: nothing is watched in training"))


def open_pool(config: Config, places: Sequence[Path]) -> Pool:
    """Read what is needed to split the data.

    Raises:
        NotFoundError: If it is not here, cannot be downloaded, and has no stand-in.
        ConfigError: If the config names columns that are not there.
        DataError: If it is damaged or not finite.
    """
    seen = labels_view(config)
    dataset, task, outputs = seen.dataset, task_of(seen), own_aims(config)
    source, labelled = dataset.source, not needs_no_labels(config)
    if source.name in TABLES:
        raw_text = any(e.layer.name in TEXT_LAYERS for e in config.architecture.layers)
        return table_pool(
            dataset, task, places, config.seed, raw_text=raw_text, outputs=outputs
        )
    if source.name == "images":
        return image_pool(dataset, places, labelled=labelled)
    if source.name == "tfrecord":
        return record_pool(dataset, task, places, outputs)
    if source.name in SYNTHETIC:
        made = make_data(source, config.seed)
        known: Task = "regression" if made.class_names is None else "classification"
        return array_pool(made, known, dataset, Origin(source.name))
    if isinstance(source.settings, ArraysSource):
        settings = source.settings
        if dataset.target:
            settings = settings.model_copy(update={"outputs": dataset.target.columns})
        own = {name: aim.target.columns for name, aim in outputs.items()}
        raw = read_arrays(settings, places, own, labelled=labelled)
        found = _with_found_path(dataset, settings.path, places)
        return array_pool(raw, task, found, Origin(source.name), outputs, labelled=labelled)
    if isinstance(source.settings, TextSource):
        raw = read_texts(source.settings, places)
        found = _with_found_path(dataset, source.settings.path, places)
        return array_pool(raw, "classification", found, Origin(source.name))
    return _named_pool(config)


def _with_found_path(
    dataset: DatasetConfig, path: str, places: Sequence[Path]
) -> DatasetConfig:
    """Write down where a file or folder was found, for those who start elsewhere."""
    source = dataset.source
    found = find_folder(path, places).resolve()
    settings = source.settings.model_copy(update={"path": str(found)})
    return dataset.model_copy(update={"source": replace(source, settings=settings)})


def _named_pool(config: Config) -> Pool:
    """Find a named dataset, or what stands in for it.

    Raises:
        NotFoundError: If it is not here and has no stand-in.
    """
    dataset = config.dataset
    origin = Origin(dataset.source.name)
    try:
        raw = read_source(dataset.source)
    except NotFoundError:
        if dataset.offline is None:
            raise
        origin = Origin(dataset.offline, dataset.source.name)
        stand_in = read_source(Choice(dataset.offline, dataset.source.settings))
        raw = _in_shape_of(NAMED_SETS[dataset.source.name], stand_in)
    facts = NAMED_SETS[origin.name]
    if raw.class_names is None and facts.classes:
        raw = replace(raw, class_names=facts.classes)
    chosen = chosen_classes(NAMED_SETS[dataset.source.name], dataset.source.settings)
    if chosen is None:
        return array_pool(raw, facts.task, dataset, origin)
    some = choose_classes(raw, chosen)
    pool = array_pool(some.raw, facts.task, dataset, origin)
    starts = dict.fromkeys(pool.starts, len(raw.y))
    return replace(pool, numbers=some.numbers, starts=starts)


def _in_shape_of(wanted: NamedSet, raw: RawData) -> RawData:
    """Make a stand-in of pictures look like the dataset it stands in for.

    Tables, and pictures that look so already, stay as they are.
    """
    x, test = raw.x, raw.x_test
    if not wanted.is_image or isinstance(x, dict) or x.shape[1:] == wanted.shape:
        return raw
    top = float(x.max())
    return replace(
        raw,
        x=_redrawn(x, wanted.shape, top),
        x_test=_redrawn(test, wanted.shape, top) if isinstance(test, np.ndarray) else None,
    )


def _redrawn(x: np.ndarray, shape: tuple[int, ...], top: float) -> np.ndarray:
    """Scale pictures to a shape, linearly, and their values from 0..top to 0..255.

    Gray is repeated over the channels, color averaged to gray. Returns uint8.
    """
    from scipy.ndimage import zoom

    x = x.astype(np.float32)
    if len(shape) == 2 and x.ndim == 4:
        x = x.mean(axis=-1)
    scale = (1, shape[0] / x.shape[1], shape[1] / x.shape[2], *[1] * (x.ndim - 3))
    x = zoom(x, scale, order=1, grid_mode=True, mode="nearest")
    x = np.rint(x * (255 / top)).astype(np.uint8)
    return np.repeat(x[..., np.newaxis], shape[2], axis=-1) if len(shape) > x.ndim - 1 else x
