"""From a checked config and loaded data to a model that is ready to be trained on it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlkit.config.bases import INITIAL
from dlkit.config.expansion import INPUT
from dlkit.config.facts import DataFacts
from dlkit.config.file_sources import FILES
from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.objects import LayerEntry
from dlkit.config.regularization.regularize import regularize
from dlkit.config.schema import Config
from dlkit.config.transfer_rules import check_white
from dlkit.data.dataset import Dataset, first_examples
from dlkit.data.files import search_places
from dlkit.errors import DlkitError
from dlkit.errors import Path as Place
from dlkit.model.copies import copy_layer, with_copies
from dlkit.model.encoding import encode
from dlkit.model.graph import Built, build_model
from dlkit.model.initial_weights import Taken, take_weights
from dlkit.model.inputs import Entrance, open_entrance
from dlkit.model.layer_table import summarize
from dlkit.model.precision import computing_in
from dlkit.model.runs import load_run
from dlkit.model.saving import prove_saving
from dlkit.model.summary import LayerRow, StageRow
from dlkit.model.transfer import transfer_notes
from dlkit.report.bases import config_folder, run_models, with_bases
from dlkit.report.run_folder import DEFAULT_OUTPUT
from dlkit.train.assembly import assemble
from dlkit.train.augmentation import Augmentation
from dlkit.train.determinism import set_determinism
from dlkit.train.devices import device_warnings, open_strategy
from dlkit.train.labels import shape_labels, weigh_classes
from dlkit.train.loops.shareable import prove_shareable
from dlkit.train.stages import Stages

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
        taken: What its layers took over from the run of ``initial_weights``.
        stages: What begins the stages of training; None where there are none.
        stage_rows: What each of them would do.
    """

    loaded: LoadedConfig
    dataset: Dataset
    built: Built
    entries: tuple[LayerEntry, ...]
    augmentation: Augmentation | None
    taken: tuple[Taken, ...] = ()
    stages: Stages | None = None
    stage_rows: tuple[StageRow, ...] = ()

    @property
    def trained(self) -> Config:
        """The config as it is trained: with what the regularization asks for."""
        return regularize(self.loaded.config).config


def data_places(loaded: LoadedConfig) -> tuple[Path, ...]:
    """Return the folders in which a config's files are looked for."""
    return search_places(config_folder(loaded))


def prepare(
    loaded: LoadedConfig,
    dataset: Dataset,
    cache: Path | None,
    output: Path = DEFAULT_OUTPUT,
) -> Prepared:
    """Build the model for loaded data, and prove that the two fit.

    References to facts of the data get their values here: what the config expected of
    the dataset may not be what was found.

    Args:
        loaded: The checked config.
        dataset: The raw data.
        cache: Where streamed data is kept once it is encoded; None only checks.
        output: The folder that keeps experiments: a model may build on one of them.

    Raises:
        DlkitError: If they do not fit.
    """
    # Before anything draws: the entrance has embeddings, so it makes weights as layers do.
    set_determinism(loaded.config.training)
    keras.utils.set_random_seed(loaded.config.seed)
    names = [entry.name for entry in loaded.config.architecture.layers]
    strategy = open_strategy(loaded.config.training, trains=cache is not None)
    with strategy.scope():
        entrance = open_entrance(dataset, names)
    facts = _facts(loaded, dataset, entrance)
    loaded = check_source(loaded.source, facts=facts, catalogue=loaded.catalogue)
    loaded = replace(
        loaded, config=loaded.config.model_copy(update={"dataset": dataset.resolved})
    )
    loaded = _with_white(with_bases(loaded, output), dataset)
    config, catalogue = loaded.config, loaded.catalogue
    trained = regularize(config).config
    entries = trained.architecture.layers
    runs, outputs = run_models(config), tuple(config.outputs)
    with strategy.scope(), computing_in(config.training.precision):
        built = build_model(entries, dataset, entrance, config.name, outputs, runs)
    taken = _take_initial_weights(config, built, runs)
    dataset = replace(dataset, notes=(*dataset.notes, *transfer_notes(built, entries)))
    augmentation = None if config.training.overfit else open_augmentation(loaded, dataset)
    if augmentation:  # it changes inputs, so nothing can be computed of them ahead
        built = replace(built, core=built.model, once=None)
    copies = {
        name: copy_layer(
            config.architecture.layers, entrance, built.model, ("outputs", name, "target")
        )
        for name, output in config.outputs.items()
        if output.target == INPUT
    }
    dataset = with_copies(dataset, built.model, copies)
    examples = len(dataset.train)
    dataset = encode(dataset, built.once, cache)
    dataset = weigh_classes(dataset, config.training.class_weight)
    dataset = shape_labels(dataset, built.core, trained)
    steps = config.training.steps_of_epoch(examples)
    assemble(built.core, trained, dataset, steps, catalogue, augmentation)
    if catalogue.plugins:
        prove_saving(built.model, entries)
    prove_shareable(built.core, dataset)
    warnings = loaded.source.locate(device_warnings(trained, built.core))
    loaded = replace(loaded, warnings=(*loaded.warnings, *warnings))
    return _with_stages(Prepared(loaded, dataset, built, entries, augmentation, taken))


def _with_stages(prepared: Prepared) -> Prepared:
    """Prove the stages of training, if there are any.

    Raises:
        ModelError: If one of them cannot begin.
    """
    loaded, built = prepared.loaded, prepared.built
    if not loaded.config.training.stages:
        return prepared
    stages = Stages(
        config=prepared.trained,
        model=built.core,
        layers=built.layers,
        dataset=prepared.dataset,
        catalogue=loaded.catalogue,
        augmentation=prepared.augmentation,
    )
    return replace(prepared, stages=stages, stage_rows=stages.prove())


def _with_white(loaded: LoadedConfig, dataset: Dataset) -> LoadedConfig:
    """Return a config with the warnings that only the pixels of the data give reason to."""
    x: Any = first_examples(dataset.train, 256).x
    if isinstance(x, dict) or x.dtype.kind == "O":
        return loaded
    found = loaded.source.locate(check_white(loaded.config, brightest(x)))
    return replace(loaded, warnings=(*loaded.warnings, *found))


def _take_initial_weights(
    config: Config, built: Built, runs: Mapping[str, Path]
) -> tuple[Taken, ...]:
    """Let a model begin with what another run has learned, if the config says so."""
    run = config.initial_weights
    if run is None:
        return ()
    return take_weights(built.layers, load_run(runs[run], INITIAL), INITIAL)


def _facts(loaded: LoadedConfig, dataset: Dataset, entrance: Entrance) -> DataFacts:
    """Return what the config may refer to."""
    tensor = entrance.read.get(INPUT)
    shape = None if tensor is None else tuple(tensor.shape[1:])
    first = first_examples(dataset.train, 1)
    is_file = loaded.config.dataset.source.name in FILES
    facts = DataFacts(
        name=dataset.origin if is_file else dataset.name,
        task=dataset.task,
        num_classes=len(dataset.class_names),
        values=first.y.shape[1] if dataset.task == "regression" else 0,
        input_shape=shape,
        train_size=len(dataset.train),
    )
    outputs = {
        name: replace(
            facts,
            task=target.task,
            num_classes=len(target.class_names),
            values=first.targets[name].shape[1] if target.task == "regression" else 0,
        )
        for name, target in dataset.outputs.items()
        if name in first.targets
    }
    return replace(facts, outputs=outputs)


def open_augmentation(loaded: LoadedConfig, dataset: Dataset) -> Augmentation | None:
    """Build what changes the training batches."""
    notations = loaded.config.regularization.augmentation
    x: Any = first_examples(dataset.train, 256).x
    if not notations or isinstance(x, dict):
        return None
    shape = tuple(x.shape[1:])
    return Augmentation(notations, shape, loaded.config.seed, (0.0, brightest(x)))


def brightest(x: np.ndarray) -> float:
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

    def line_of(path: Place) -> int:
        mark = prepared.loaded.source.mark(path)
        return mark.line if mark else 0

    return summarize(prepared.built, prepared.entries, line_of)
