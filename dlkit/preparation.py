"""From a checked config and loaded data to a model that is ready to be trained on it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlkit.config.catalogue import load_catalogue
from dlkit.config.expansion import INPUT
from dlkit.config.facts import DataFacts
from dlkit.config.file_sources import FILES
from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.objects import LayerEntry
from dlkit.data.dataset import Dataset, first_examples
from dlkit.data.files import search_places
from dlkit.errors import DlkitError
from dlkit.model.encoding import encode
from dlkit.model.graph import Built, build_model
from dlkit.model.inputs import Entrance, open_entrance
from dlkit.model.regularization import with_kernel_penalty
from dlkit.model.summary import LayerRow, summarize
from dlkit.train.assembly import assemble
from dlkit.train.augmentation import Augmentation
from dlkit.train.labels import shape_labels, weigh_classes

LARGEST_SMALL_WHITE = 64
"""Pictures of numbers up to this have a white of their own."""


@dataclass(frozen=True)
class Prepared:
    """An experiment that could be trained.

    Attributes:
        loaded: The config, with everything filled in that the data says.
        dataset: The data as the trained model takes it.
        built: The model, compiled, with seeded weights.
        entries: Its layers, with those that the regularization adds.
        augmentation: Changes each training batch, or None.
    """

    loaded: LoadedConfig
    dataset: Dataset
    built: Built
    entries: tuple[LayerEntry, ...]
    augmentation: Augmentation | None


def data_places(loaded: LoadedConfig) -> tuple[Path, ...]:
    """Return the folders in which a config's files are looked for."""
    mark = loaded.source.mark(("dataset", "source"))
    file = Path(mark.file) if mark else Path()
    return search_places(file.parent if file.is_file() else None)


def prepare(loaded: LoadedConfig, dataset: Dataset, cache: Path | None) -> Prepared:
    """Build the model for loaded data, and prove that the two fit.

    References to facts of the data get their values here: what the config expected of
    the dataset may not be what was found.

    Args:
        loaded: The checked config.
        dataset: The raw data.
        cache: Where streamed data is kept once it is encoded; None only checks.

    Raises:
        DlkitError: If they do not fit.
    """
    # Before anything draws: the entrance has embeddings, so it makes weights as layers do.
    keras.utils.set_random_seed(loaded.config.seed)
    names = [entry.name for entry in loaded.config.architecture.layers]
    entrance = open_entrance(dataset, names)
    loaded = check_source(loaded.source, facts=_facts(loaded, dataset, entrance))
    loaded = replace(
        loaded, config=loaded.config.model_copy(update={"dataset": dataset.resolved})
    )
    config, catalogue = loaded.config, load_catalogue()
    regularization = config.regularization
    entries = with_kernel_penalty(
        config.architecture.layers, regularization.l1, regularization.l2, catalogue
    )
    built = build_model(entries, dataset, entrance, config.name, tuple(config.outputs))
    augmentation = open_augmentation(loaded, dataset)
    if augmentation:  # it changes inputs, so nothing can be computed of them ahead
        built = replace(built, core=built.model, once=None)
    examples = len(dataset.train)
    dataset = encode(dataset, built.once, cache)
    dataset = weigh_classes(dataset, config.training.class_weight)
    dataset = shape_labels(dataset, built.core, config)
    steps = math.ceil(examples / config.training.batch_size)
    assemble(built.core, config, dataset, steps, catalogue, augmentation)
    return Prepared(loaded, dataset, built, entries, augmentation)


def _facts(loaded: LoadedConfig, dataset: Dataset, entrance: Entrance) -> DataFacts:
    """Return what the config may refer to."""
    tensor = entrance.read.get(INPUT)
    shape = None if tensor is None else tuple(tensor.shape[1:])
    y = first_examples(dataset.train, 1).y
    is_file = loaded.config.dataset.source.name in FILES
    return DataFacts(
        name=dataset.origin if is_file else dataset.name,
        task=dataset.task,
        num_classes=len(dataset.class_names),
        values=y.shape[1] if dataset.task == "regression" else 0,
        input_shape=shape,
        train_size=len(dataset.train),
    )


def open_augmentation(loaded: LoadedConfig, dataset: Dataset) -> Augmentation | None:
    """Build what changes the training batches."""
    notations = loaded.config.regularization.augmentation
    x: Any = first_examples(dataset.train, 256).x
    if not notations or isinstance(x, dict):
        return None
    shape = tuple(x.shape[1:])
    return Augmentation(notations, shape, loaded.config.seed, (0.0, _brightest(x)))


def _brightest(x: np.ndarray) -> float:
    """Return the value of white: 255 for bytes, else what the pictures themselves say.

    Keras takes pixels to be from 0 to 255; pictures from 0 to 1 are common, and those of
    scikit-learn's digits go to 16.
    """
    top = float(x.max())
    if x.dtype == np.uint8 or top > LARGEST_SMALL_WHITE:
        return 255.0
    return max(1.0, math.ceil(top))


@contextlib.contextmanager
def located(loaded: LoadedConfig) -> Iterator[None]:
    """Give faults that are found while the context lasts their lines in the config.

    Raises:
        DlkitError: The same fault, located.
    """
    try:
        yield
    except DlkitError as error:
        raise type(error)(loaded.source.locate(error.problems)) from error


def layer_rows(prepared: Prepared) -> list[LayerRow]:
    """List the model's layers with the lines they are written in."""
    marks = [prepared.loaded.source.mark(entry.layer.path) for entry in prepared.entries]
    lines = tuple(mark.line if mark else 0 for mark in marks)
    return summarize(prepared.built, prepared.entries, lines)
