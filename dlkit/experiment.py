"""The sentence of the whole program: data, model, training, evaluation, report."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

from dlkit.config.catalogue import load_catalogue
from dlkit.config.facts import data_facts
from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, with_label_columns
from dlkit.data.load import load_dataset
from dlkit.errors import DlkitError, TrainingError
from dlkit.evaluate.evaluation import evaluate_model
from dlkit.model.graph import build_model
from dlkit.model.objects import build_object
from dlkit.model.regularization import with_kernel_penalty
from dlkit.model.summary import LayerRow, Overview, summarize
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import EpochTable, say
from dlkit.report.write import (
    RunRecord,
    describe_start,
    split_sizes,
    write_inputs,
    write_results,
)
from dlkit.train.assembly import assemble
from dlkit.train.trainer import Row, Training, planned_epochs, train_model

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        metrics: Final figures: ``train_loss``, ``val_accuracy``, ``test_accuracy``, ...
        model: From raw input to prediction.
        folder: Where everything lies.
        rows: The history, an epoch each.
    """

    metrics: dict[str, float]
    model: keras.Model
    folder: RunFolder
    rows: tuple[Row, ...]

    @cached_property
    def history(self) -> pd.DataFrame:
        """The history as a table, indexed by epoch (from 1)."""
        import pandas as pd

        return pd.DataFrame(self.rows).astype({"epoch": int}).set_index("epoch")


def run_experiment(loaded: LoadedConfig, folder: RunFolder) -> Result:
    """Run a checked experiment into its folder.

    Raises:
        DlkitError: If the data, the model, the training or the disk fails.
        TrainingError: If the loss is no longer finite.
    """
    started = time.monotonic()
    write_inputs(folder, loaded, load_catalogue())
    for warning in loaded.warnings:
        say(str(warning))
    loaded, dataset, model = _prepare(loaded)
    config = loaded.config
    write_inputs(folder, loaded, load_catalogue())  # references now have the data's facts
    say(describe_start(folder, config, dataset, model, devices()))
    epochs = planned_epochs(config, len(dataset.train))
    with located(loaded), EpochTable(folder, epochs) as table:
        callbacks = [build_object(callback) for callback in config.training.callbacks]
        training = train_model(model, dataset, config, callbacks, table)
    evaluation = evaluate_model(model, dataset, config)
    record = RunRecord(
        folder=folder,
        loaded=loaded,
        dataset=dataset,
        training=training,
        evaluation=evaluation,
        layers=tuple(layer_rows(model, loaded)),
        devices=tuple(devices()),
        parameters=model.count_params(),
        started=started,
    )
    metrics = write_results(record, model)
    if training.status == "diverged":
        raise TrainingError(f"{_divergence(training)} What was learned is in {folder.path}.")
    return Result(metrics, model, folder, training.rows)


def _divergence(training: Training) -> str:
    """Say where numbers stopped being numbers, and what to do."""
    last = training.rows[-1]
    cause = "the weights are no longer finite"
    for name, words in (("val_loss", "validation loss"), ("loss", "loss")):
        if not math.isfinite(last.get(name, 0)):
            cause = f"the {words} is {last[name]:g}"
    rate = f"{last['learning_rate']:g}"
    return (
        f"training diverged in epoch {len(training.rows)}: {cause}."
        f" Lower the learning rate (it is {rate})."
    )


def check_experiment(loaded: LoadedConfig) -> Overview:
    """Load the data, build the model, and prove that they fit; train nothing.

    Raises:
        DlkitError: If the data or the model fails.
    """
    loaded, dataset, model = _prepare(loaded)
    stands_in = f" in place of {dataset.stand_in_for}" if dataset.stand_in_for else ""
    return Overview(
        warnings=loaded.warnings,
        data=f"{dataset.name}{stands_in}: {split_sizes(dataset)}",
        layers=tuple(layer_rows(model, loaded)),
        trainable=_size(model.trainable_variables),
        weight_bytes=_bytes(model.variables),
        optimizer_bytes=_bytes(model.optimizer.variables),
        steps_per_epoch=math.ceil(len(dataset.train) / loaded.config.training.batch_size),
    )


def _size(variables: list[keras.Variable]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)


def _bytes(variables: list[keras.Variable]) -> int:
    return sum(v.numpy().nbytes for v in variables if "string" not in str(v.dtype))


def _prepare(loaded: LoadedConfig) -> tuple[LoadedConfig, Dataset, keras.Model]:
    """Load the data and build the model, ready to be trained.

    References to facts of the data get their values here: what the config expected of
    the dataset may not be what was found.

    Raises:
        DlkitError: If either fails; faults of the config carry their lines.
    """
    config = loaded.config
    with located(loaded):
        dataset = load_dataset(config.dataset, config.seed)
        facts = data_facts(
            dataset.input_shape,
            len(dataset.class_names),
            len(dataset.train),
            config.model_dump(include={"training"}),
        )
        loaded = check_source(loaded.source, facts=facts)
        model, dataset = _build(loaded.config, dataset)
    return loaded, dataset, model


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


def _build(config: Config, dataset: Dataset) -> tuple[keras.Model, Dataset]:
    """Build and compile the model with seeded weights; give labels the form it needs."""
    catalogue = load_catalogue()
    keras.utils.set_random_seed(config.seed)
    regularization = config.regularization
    entries = with_kernel_penalty(
        config.architecture.layers, regularization.l1, regularization.l2, catalogue
    )
    model = build_model(entries, dataset.train.x, config.name)
    if model.output_shape[-1] == 1:
        dataset = with_label_columns(dataset)
    steps = math.ceil(len(dataset.train) / config.training.batch_size)
    assemble(model, config, dataset, steps, catalogue)
    return model, dataset


def layer_rows(model: keras.Model, loaded: LoadedConfig) -> list[LayerRow]:
    """List the model's layers with the lines they are written in."""
    entries = loaded.config.architecture.layers
    marks = [loaded.source.mark(entry.layer.path) for entry in entries]
    return summarize(model, entries, tuple(mark.line if mark else 0 for mark in marks))


def devices() -> list[str]:
    """Name the devices that TensorFlow computes on: every GPU, else the CPU."""
    found = tf.config.list_physical_devices("GPU")
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "GPU")
        for device in found
    ]
    return [str(name) for name in names] or ["CPU"]
