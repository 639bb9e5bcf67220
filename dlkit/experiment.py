"""The sentence of the whole program: data, model, training, evaluation, report."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import keras

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.errors import TrainingError
from dlkit.evaluate.by_heart import judge_by_heart
from dlkit.evaluate.evaluation import evaluate_model
from dlkit.evaluate.predictions import Evaluation
from dlkit.model.runs import load_run
from dlkit.preparation import Prepared, data_places, layer_rows, located, prepare
from dlkit.reading.reading import read_story
from dlkit.report.finished import read_facts, read_figures
from dlkit.report.notebook import Shown, shown_of
from dlkit.report.opening import describe_start
from dlkit.report.overview import format_taken
from dlkit.report.resume.asking import TakeUp, read_history
from dlkit.report.resume.fingerprint import data_fingerprint, identify
from dlkit.report.resume.identity import Identity, write_identity
from dlkit.report.resume.taking_up import (
    method_again,
    open_again,
    take_up_run,
    tell_of_taking_up,
)
from dlkit.report.run_folder import RunFolder
from dlkit.report.run_record import RunRecord
from dlkit.report.story import story_of
from dlkit.report.terminal import EpochTable, say
from dlkit.report.write import write_inputs, write_results
from dlkit.result import Result
from dlkit.train.assembly import compile_model, tasks_of
from dlkit.train.callbacks import build_callbacks
from dlkit.train.course import Observer
from dlkit.train.devices import device_names
from dlkit.train.loops.method import choose_method
from dlkit.train.observers import Observers
from dlkit.train.plan import plan_training
from dlkit.train.rates.schedule import portable_optimizer
from dlkit.train.state.keeper import Keeper
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import Store
from dlkit.train.tensorboard import EventFiles
from dlkit.train.trainer import Subject, Training, train_model

__all__ = ["Result", "Trained", "read_result", "run_experiment", "train_and_report"]


@dataclass(frozen=True)
class Trained:
    """Everything that training led to, for those who sum several runs up.

    Attributes:
        result: The run.
        prepared: Model and data.
        training: How it was trained.
        evaluations: What each output answers for the test split, by the outputs' names.
        earlier: Seconds of training before this went on; 0 where it did not begin before.
    """

    result: Result
    prepared: Prepared
    training: Training
    evaluations: Mapping[str, Evaluation]
    earlier: float = 0.0


@dataclass(frozen=True)
class Audience:
    """Who hears of a run, and sees it.

    Attributes:
        told: Whether the person hears of every epoch.
        drawn: Whether the run gets its pictures and its page; else they can be drawn later.
        observer: Is told how training goes as well, or None.
    """

    told: bool = True
    drawn: bool = True
    observer: Observer | None = None


EVERYBODY = Audience()
"""The person alone, who sees all."""


def run_experiment(
    loaded: LoadedConfig, folder: RunFolder, resume: TakeUp | None = None
) -> Result:
    """Run a checked experiment into its folder.

    Args:
        loaded: The checked config.
        folder: Where the run goes.
        resume: That it began there before, and goes on.

    Raises:
        DlkitError: If the data, the model, the training or the disk fails.
        TrainingError: If the loss is no longer finite.
    """
    started = time.monotonic()
    if resume is None:
        write_inputs(folder, loaded)
    for warning in loaded.warnings:
        say(str(warning))
    with located(loaded):
        dataset = load_dataset(loaded.config, data_places(loaded))
    trained = train_and_report(loaded, dataset, folder, started, resume=resume)
    if trained.training.status == "diverged":
        raise TrainingError(divergence(trained.training, folder))
    return trained.result


def train_and_report(
    loaded: LoadedConfig,
    dataset: Dataset,
    folder: RunFolder,
    started: float,
    *,
    audience: Audience = EVERYBODY,
    resume: TakeUp | None = None,
) -> Trained:
    """Train on loaded data, and write everything that a run leaves.

    Args:
        loaded: The checked config.
        dataset: The raw data.
        folder: Where the run goes.
        started: When it began, by the monotonic clock.
        audience: Who hears of it.
        resume: That the run goes on which the folder is of; None for a new one.

    Raises:
        DlkitError: If the model, the training or the disk fails; or if the run is not what
            the folder is of.
    """
    data = data_fingerprint(dataset, data_places(loaded))
    before = open_again(folder, data, loaded.catalogue, resume) if resume else None
    try:
        with located(loaded):
            prepared = prepare(loaded, dataset, folder.cache, folder.output)
            callbacks = build_callbacks(prepared.trained)
            subject = _subject(prepared, callbacks, before)
        steps = plan_training(subject.config.training, len(subject.dataset.train)).total
        now = identify(loaded, prepared.loaded, data, subject.method, steps, devices(loaded))
        taken_up = None
        if resume:
            taken_up = take_up_run(folder, before, now, subject, resume)
            tell_of_taking_up(folder, taken_up, told=audience.told)
        write_inputs(folder, prepared.loaded)  # now with the data's facts
        write_identity(folder, now)
        if audience.told:
            for warning in prepared.loaded.warnings:
                if warning not in loaded.warnings:  # what only the data could tell
                    say(str(warning))
            model = prepared.built.model
            say(describe_start(folder, subject, model, devices(loaded)))
            if prepared.taken:
                say(format_taken(prepared.taken))
        training = _train(prepared, subject, callbacks, folder, taken_up, audience)
        earlier = taken_up.facts["seconds"] if taken_up else 0.0
        begun = started - earlier
        reported = _report(prepared, dataset, training, folder, begun, audience)
        return replace(reported, earlier=earlier)
    finally:
        shutil.rmtree(folder.cache, ignore_errors=True)


def _subject(
    prepared: Prepared,
    callbacks: Sequence[keras.callbacks.Callback],
    before: Identity | None,
) -> Subject:
    """Return what is trained, and how: as before where it goes on."""
    config, dataset, model = prepared.trained, prepared.dataset, prepared.built.core
    augmentation = prepared.augmentation
    method = choose_method(config, model, dataset, callbacks, augmentation)
    if before is not None:
        method = method_again(before, config.training, method)
    return Subject(model, dataset, config, method, augmentation, prepared.stages)


def _train(
    prepared: Prepared,
    subject: Subject,
    callbacks: Sequence[keras.callbacks.Callback],
    folder: RunFolder,
    taken_up: Snapshot | None,
    audience: Audience,
) -> Training:
    """Train a prepared experiment, or what is left of its training."""
    settings = subject.config.training
    epochs = plan_training(settings, len(subject.dataset.train)).epochs
    keeper = Keeper(Store(folder.checkpoints), settings.checkpoint, say, taken_up)
    rows = taken_up.facts["rows"] if taken_up else ()
    with contextlib.ExitStack() as stack:
        stack.enter_context(located(prepared.loaded))
        table = EpochTable(folder, epochs, shown=audience.told, rows=rows)
        observers: list[Observer] = [stack.enter_context(table)]
        if prepared.loaded.config.report.tensorboard:
            events = EventFiles(folder.tensorboard, say, rows)
            observers.append(stack.enter_context(events))
        if audience.observer:
            observers.append(audience.observer)
        return train_model(subject, callbacks, Observers(tuple(observers)), keeper)


def _report(
    prepared: Prepared,
    raw: Dataset,
    training: Training,
    folder: RunFolder,
    started: float,
    audience: Audience,
) -> Trained:
    """Evaluate a trained model, and write what came of it."""
    config, dataset, built = prepared.trained, prepared.dataset, prepared.built
    evaluations = evaluate_model(built.core, dataset, config)
    optimizer = portable_optimizer(built.core.optimizer, built.core.trainable_variables)
    if built.model is not built.core or optimizer is not built.core.optimizer:
        # The exported form is compiled like the trained one, with what plain Keras knows.
        compile_model(built.model, optimizer, config, tasks_of(dataset, config))
    record = RunRecord(
        folder=folder,
        loaded=prepared.loaded,
        raw=raw,
        dataset=dataset,
        training=training,
        evaluations=evaluations,
        core=built.core,
        model=built.model,
        layers=tuple(layer_rows(prepared)),
        devices=tuple(devices(prepared.loaded)),
        started=started,
        augmentation=prepared.augmentation,
        told=audience.told,
        drawn=audience.drawn,
        by_heart=judge_by_heart(built.core, dataset, config, training),
    )
    metrics = write_results(record)
    if training.status != "diverged":
        Store(folder.checkpoints).keep_newest()
    shown = shown_of(record, metrics, read_story(story_of(record, metrics)))
    result = Result(metrics, built.model, folder, training.rows, shown)
    return Trained(result, prepared, training, evaluations)


def read_result(folder: RunFolder) -> Result:
    """Return what a run came to that is over.

    Raises:
        StorageError: If its files are damaged.
    """
    model, facts = load_run(folder.model, ()), read_facts(folder)
    shown = Shown(best_epoch=facts.get("best_epoch"))
    return Result(read_figures(folder), model, folder, tuple(read_history(folder)), shown)


def divergence(training: Training, folder: RunFolder) -> str:
    """Say where numbers stopped being numbers, and what to do."""
    epochs, kept = len(training.rows), training.kept_epoch
    rate = f"{training.rows[-1]['learning_rate']:g}"
    has = "" if kept == epochs else f", the model with the weights of epoch {kept}"
    return (
        f"training diverged in epoch {epochs}: {training.divergence}."
        f" Lower the learning rate (it is {rate}). What was learned is in {folder.path}{has}."
    )


def devices(loaded: LoadedConfig) -> list[str]:
    """Name the devices that train."""
    return device_names(loaded.config.training)
