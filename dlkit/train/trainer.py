"""Epochs: run a loop, validate, watch, remember the best weights, stop."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import keras
import numpy as np

from dlkit.config.columns import OWN_COLUMNS, higher_is_better
from dlkit.config.schema import Config
from dlkit.config.training_section import EarlyStoppingConfig
from dlkit.data.dataset import Dataset
from dlkit.errors import TrainingError
from dlkit.model.objects import REFUSALS, one_line
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks
from dlkit.train.early_stopping import StoppingState, observe
from dlkit.train.feed import Feed
from dlkit.train.fit import FitLoop
from dlkit.train.tape import EvaluationLoop, TapeLoop

Row = dict[str, float]
"""An epoch of the history: ``epoch`` (from 1), figures, ``learning_rate``, ``seconds``."""

LoopKind = Literal["tape", "fit"]

Status = Literal["completed", "stopped early", "diverged"]


class Observer(Protocol):
    """Is told how training goes."""

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Hear that an epoch (from 1) has done some of its steps."""

    def on_epoch(self, row: Row) -> None:
        """Hear the figures of an epoch that is over."""


@dataclass(frozen=True)
class Training:
    """What training came to.

    Attributes:
        rows: The history, an epoch each.
        best_epoch: The epoch (from 1) with the best monitored figure.
        kept_epoch: The epoch (from 1) whose weights the model has now.
        status: ``completed``, ``stopped early`` or ``diverged``.
        loop: The loop that ran.
        validation: Figures of the validation split for the weights the model has now.
        seconds: From the first step to the last, validation included.
    """

    rows: tuple[Row, ...]
    best_epoch: int
    kept_epoch: int
    status: Status
    loop: LoopKind
    validation: dict[str, float]
    seconds: float

    def row(self, epoch: int) -> Row:
        """Return the history of an epoch, counted from 1."""
        return self.rows[epoch - 1]


def choose_loop(wanted: Literal["auto", "tape", "fit"], callbacks: UserCallbacks) -> LoopKind:
    """Return the loop that runs: the compiled one, unless a callback wants batches."""
    if wanted != "auto":
        return wanted
    return "fit" if callbacks.want_batches else "tape"


def planned_epochs(config: Config, examples: int) -> int:
    """Return how many epochs training takes; the last one may be cut short by ``steps``."""
    steps = math.ceil(examples / config.training.batch_size)
    return math.ceil(config.training.total_steps(steps) / steps)


def train_model(
    model: keras.Model,
    dataset: Dataset,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback],
    observer: Observer,
    augmentation: Augmentation | None = None,
) -> Training:
    """Train a compiled model; its weights are those of ``kept_epoch`` afterwards.

    Args:
        model: The compiled model.
        dataset: Provides the training and the validation split.
        config: Epochs, batch size, loop, seed and early stopping.
        callbacks: Keras callbacks of the user's.
        observer: Is told of every epoch.
        augmentation: Changes each training batch, or None.

    Raises:
        TrainingError: If a callback fails.
    """
    planned = planned_epochs(config, len(dataset.train))
    steps = math.ceil(len(dataset.train) / config.training.batch_size)
    hooks = UserCallbacks(callbacks, model, planned, steps)
    kind = choose_loop(config.training.loop, hooks)
    size = config.training.batch_size
    feed = Feed(dataset.train, size)
    loop: TapeLoop | FitLoop = (
        TapeLoop(model, feed, size, config.seed, augmentation)
        if kind == "tape"
        else FitLoop(model, feed, size, config.seed, augmentation, hooks)
    )
    epochs = _Epochs(model, dataset, config, loop, observer)
    watch = _Watch(model, config, validated=dataset.validation is not None)
    rows: list[Row] = []
    status: Status = "completed"
    model.stop_training = False
    started = time.monotonic()
    hooks.tell("on_train_begin")
    for epoch in range(planned):
        hooks.tell("on_epoch_begin", epoch)
        row = epochs.run(epoch)
        rows.append(row)
        observer.on_epoch(row)
        figures = {name: row[name] for name in row if name not in OWN_COLUMNS}
        hooks.tell("on_epoch_end", epoch, figures)
        watch.see(row)
        if not math.isfinite(row["loss"] + row.get("val_loss", 0)):
            status = "diverged"
            break
        if watch.says_stop or model.stop_training:
            status = "stopped early" if epoch + 1 < planned else "completed"
            break
    if not all(np.isfinite(weights).all() for weights in model.get_weights()):
        status = "diverged"  # fused kernels can hide it from the loss
    seconds = time.monotonic() - started
    kept = watch.restore()
    if kept is None:  # no epoch's weights were put back: the optimizer has the last word
        model.optimizer.finalize_variable_values(model.trainable_variables)
    hooks.tell("on_train_end")
    return Training(
        rows=tuple(rows),
        best_epoch=watch.best_epoch or len(rows),
        kept_epoch=kept or len(rows),
        validation=epochs.validate(),
        status=status,
        loop=kind,
        seconds=seconds,
    )


class _Epochs:
    """Runs whole epochs: the training loop, then the validation split."""

    def __init__(
        self,
        model: keras.Model,
        dataset: Dataset,
        config: Config,
        loop: TapeLoop | FitLoop,
        observer: Observer,
    ) -> None:
        size = config.training.batch_size
        self._loop = loop
        self._validation = (
            EvaluationLoop(model, dataset.validation, size) if dataset.validation else None
        )
        self._model = model
        self._examples = len(dataset.train)
        self._batch_size = size
        self._steps = math.ceil(self._examples / size)
        self._total_steps = config.training.total_steps(self._steps)
        self._observer = observer

    def run(self, epoch: int) -> Row:
        """Train and validate once; epochs are counted from 0.

        Raises:
            TrainingError: If TensorFlow cannot go on.
        """

        def on_steps(done: int) -> None:
            left = self._total_steps - epoch * self._steps
            self._observer.on_steps(epoch + 1, done, min(left, self._steps))

        started = time.monotonic()
        left = self._total_steps - epoch * self._steps
        limit = min(self._examples, left * self._batch_size)
        try:
            logs = self._loop.run_epoch(epoch, limit, on_steps)
            measured = self.validate()
        except REFUSALS as error:
            message = f"epoch {epoch + 1} failed: {one_line(error)}"
            raise TrainingError(message) from error
        logs = {"loss": logs["loss"], **logs}
        logs |= {f"val_{name}": measured[name] for name in logs if name in measured}
        rate: Any = self._model.optimizer.learning_rate
        return {
            "epoch": epoch + 1,
            **logs,
            "learning_rate": float(rate),
            "seconds": round(time.monotonic() - started, 6),
        }

    def validate(self) -> dict[str, float]:
        """Measure the validation split; nothing where there is none."""
        return self._validation.measure() if self._validation else {}


class _Watch:
    """Follows the monitored figure and keeps the weights of its best epoch."""

    def __init__(self, model: keras.Model, config: Config, *, validated: bool) -> None:
        stopping = config.regularization.early_stopping
        self._model = model
        self._stopping = stopping
        self._settings = stopping or EarlyStoppingConfig(
            monitor="val_loss" if validated else "loss"
        )
        mode = self._settings.mode
        self._higher = (
            higher_is_better(config, self._settings.monitor)
            if mode == "auto"
            else mode == "max"
        )
        self._state = StoppingState()
        self._weights: list[np.ndarray] | None = None

    @property
    def best_epoch(self) -> int:
        """The epoch with the best figure so far, 0 where none was finite."""
        return self._state.best_epoch

    @property
    def says_stop(self) -> bool:
        """Whether early stopping is asked for and has waited long enough."""
        return self._stopping is not None and self._state.waited >= self._stopping.patience

    def see(self, row: Row) -> None:
        """Take note of an epoch."""
        epoch = int(row["epoch"])
        self._state = observe(
            self._state,
            epoch,
            row[self._settings.monitor],
            higher=self._higher,
            min_delta=self._settings.min_delta,
        )
        if self._stopping and self._stopping.restore_best and self._state.best_epoch == epoch:
            self._weights = self._model.get_weights()

    def restore(self) -> int | None:
        """Give the model its best weights back where asked to; return whose they are."""
        if self._weights is None:
            return None
        self._model.set_weights(self._weights)
        return self._state.best_epoch
