"""The sentence of the whole program: data, model, training, evaluation, report."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

from dlkit.config.initialization_rules import initialization_notes
from dlkit.config.load import LoadedConfig
from dlkit.config.regularization.regularize import regularize
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.errors import TrainingError
from dlkit.evaluate.evaluation import evaluate_model
from dlkit.evaluate.predictions import Evaluation
from dlkit.model.summary import Overview
from dlkit.preparation import Prepared, data_places, layer_rows, located, prepare
from dlkit.report.opening import describe_start, split_sizes
from dlkit.report.overview import format_taken
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import EpochTable, say
from dlkit.report.write import (
    RunRecord,
    write_inputs,
    write_results,
)
from dlkit.train.assembly import compile_model, tasks_of
from dlkit.train.callbacks import build_callbacks
from dlkit.train.epochs import Row
from dlkit.train.keeper import Keeper
from dlkit.train.method import choose_method
from dlkit.train.plan import plan_training
from dlkit.train.state.store import Store
from dlkit.train.trainer import Subject, Training, train_model

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


@dataclass(frozen=True)
class Trained:
    """Everything that training led to, for those who sum several runs up.

    Attributes:
        result: The run.
        prepared: Model and data.
        training: How it was trained.
        evaluations: What each output answers for the test split, by the outputs' names.
    """

    result: Result
    prepared: Prepared
    training: Training
    evaluations: Mapping[str, Evaluation]


def run_experiment(loaded: LoadedConfig, folder: RunFolder) -> Result:
    """Run a checked experiment into its folder.

    Raises:
        DlkitError: If the data, the model, the training or the disk fails.
        TrainingError: If the loss is no longer finite.
    """
    started = time.monotonic()
    write_inputs(folder, loaded)
    for warning in loaded.warnings:
        say(str(warning))
    with located(loaded):
        dataset = load_dataset(loaded.config, data_places(loaded))
    trained = train_and_report(loaded, dataset, folder, started)
    if trained.training.status == "diverged":
        raise TrainingError(divergence(trained))
    return trained.result


def train_and_report(
    loaded: LoadedConfig,
    dataset: Dataset,
    folder: RunFolder,
    started: float,
    *,
    told: bool = True,
) -> Trained:
    """Train on loaded data, and write everything that a run leaves.

    Args:
        loaded: The checked config.
        dataset: The raw data.
        folder: Where the run goes.
        started: When it began, by the monotonic clock.
        told: Whether the person hears of every epoch.

    Raises:
        DlkitError: If the model, the training or the disk fails.
    """
    try:
        with located(loaded):
            prepared = prepare(loaded, dataset, folder.cache, folder.output)
            callbacks = build_callbacks(prepared.trained)
            subject = _subject(prepared, callbacks)
        write_inputs(folder, prepared.loaded)  # now with the data's facts
        if told:
            for warning in prepared.loaded.warnings:
                if warning not in loaded.warnings:  # what only the data could tell
                    say(str(warning))
            model = prepared.built.model
            say(describe_start(folder, subject, model, devices()))
            if prepared.taken:
                say(format_taken(prepared.taken))
        return _train(prepared, subject, callbacks, folder, started, told=told)
    finally:
        shutil.rmtree(folder.cache, ignore_errors=True)


def _subject(prepared: Prepared, callbacks: Sequence[keras.callbacks.Callback]) -> Subject:
    """Return what is trained, and how."""
    config, dataset, model = prepared.trained, prepared.dataset, prepared.built.core
    augmentation = prepared.augmentation
    method = choose_method(config, model, dataset, callbacks, augmentation)
    return Subject(model, dataset, config, method, augmentation, prepared.stages)


def _train(
    prepared: Prepared,
    subject: Subject,
    callbacks: Sequence[keras.callbacks.Callback],
    folder: RunFolder,
    started: float,
    *,
    told: bool,
) -> Trained:
    """Train a prepared experiment, and write what came of it."""
    config, dataset, built = prepared.trained, prepared.dataset, prepared.built
    epochs = plan_training(config.training, len(dataset.train)).epochs
    keeper = Keeper(Store(folder.checkpoints), config.training.checkpoint, say)
    with located(prepared.loaded), EpochTable(folder, epochs, shown=told) as table:
        training = train_model(subject, callbacks, table, keeper)
    evaluations = evaluate_model(built.core, dataset, config)
    if built.model is not built.core:  # the exported form is compiled like the trained one
        compile_model(built.model, built.core.optimizer, config, tasks_of(dataset, config))
    record = RunRecord(
        folder=folder,
        loaded=prepared.loaded,
        dataset=dataset,
        training=training,
        evaluations=evaluations,
        layers=tuple(layer_rows(prepared)),
        devices=tuple(devices()),
        parameters=built.model.count_params(),
        started=started,
        told=told,
    )
    metrics = write_results(record, built.model)
    result = Result(metrics, built.model, folder, training.rows)
    return Trained(result, prepared, training, evaluations)


def divergence(trained: Trained) -> str:
    """Say where numbers stopped being numbers, and what to do."""
    training, folder = trained.training, trained.result.folder
    last = training.rows[-1]
    cause = "the weights are no longer finite"
    for name, words in (("val_loss", "validation loss"), ("loss", "loss")):
        if not math.isfinite(last.get(name, 0)):
            cause = f"the {words} is {last[name]:g}"
    rate = f"{last['learning_rate']:g}"
    return (
        f"training diverged in epoch {len(training.rows)}: {cause}."
        f" Lower the learning rate (it is {rate}). What was learned is in {folder.path}."
    )


def check_experiment(loaded: LoadedConfig, output: Path) -> Overview:
    """Load the data, build the model, and prove that they fit; train nothing.

    Args:
        loaded: The checked config.
        output: The folder that keeps experiments: the model may build on one of them.

    Raises:
        DlkitError: If the data or the model fails.
    """
    with located(loaded):
        config = loaded.config.model_copy(
            update={"dataset": loaded.config.dataset.model_copy(update={"folds": None})}
        )
        whole = load_dataset(config, data_places(loaded))
        prepared = prepare(loaded, whole, None, output)
    model, dataset = prepared.built.core, prepared.dataset
    stands_in = f" in place of {dataset.stand_in_for}" if dataset.stand_in_for else ""
    return Overview(
        warnings=prepared.loaded.warnings,
        data=f"{dataset.name}{stands_in}: {split_sizes(whole)}",
        notes=dataset.notes,
        layers=tuple(layer_rows(prepared)),
        parameters=prepared.built.model.count_params(),
        trainable=_size(model.trainable_variables),
        weight_bytes=_bytes(model.variables),
        optimizer_bytes=max(
            [stage.optimizer_bytes for stage in prepared.stage_rows]
            or [_bytes(model.optimizer.variables)]
        ),
        stages=prepared.stage_rows,
        regularization=regularize(prepared.loaded.config).landings,
        initialization=initialization_notes(prepared.loaded.config),
        taken=prepared.taken,
        steps_per_epoch=loaded.config.training.steps_of_epoch(len(whole.train)),
    )


def _size(variables: list[keras.Variable]) -> int:
    return sum(math.prod(variable.shape) for variable in variables)


def _bytes(variables: list[keras.Variable]) -> int:
    return sum(v.numpy().nbytes for v in variables if "string" not in str(v.dtype))


def devices() -> list[str]:
    """Name the devices that TensorFlow computes on: every GPU, else the CPU."""
    found = tf.config.list_physical_devices("GPU")
    names = [
        tf.config.experimental.get_device_details(device).get("device_name", "GPU")
        for device in found
    ]
    return [str(name) for name in names] or ["CPU"]
