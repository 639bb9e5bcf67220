"""Train a model, stage by stage and epoch by epoch, and say what it came to."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, Protocol

import keras
import numpy as np

from dlkit.config.columns import OWN_COLUMNS
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.model.summary import StageRow
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks
from dlkit.train.epochs import Epochs, LoopKind, Row, steps_an_epoch
from dlkit.train.stages import Stages
from dlkit.train.watch import Watch

Status = Literal["completed", "stopped early", "diverged"]


class Observer(Protocol):
    """Is told how training goes."""

    def on_stage(self, stage: StageRow, epochs: int, kept: int) -> None:
        """Hear that a stage begins.

        Args:
            stage: The stage.
            epochs: How many epochs there are to be in all, as far as one knows now.
            kept: The epoch (from 1) whose weights it begins with; 0 for the first stage.
        """

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
        status: ``completed``, ``stopped early`` (also where only a stage did) or
            ``diverged``.
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
    steps = steps_an_epoch(config, examples)
    return math.ceil(config.training.total_steps(steps) / steps)


def train_model(
    model: keras.Model,
    dataset: Dataset,
    config: Config,
    callbacks: Sequence[keras.callbacks.Callback],
    observer: Observer,
    augmentation: Augmentation | None = None,
    stages: Stages | None = None,
) -> Training:
    """Train a compiled model; its weights are those of ``kept_epoch`` afterwards.

    Args:
        model: The compiled model.
        dataset: Provides the training and the validation split.
        config: Epochs, batch size, loop, seed and early stopping.
        callbacks: Keras callbacks of the user's.
        observer: Is told of every epoch.
        augmentation: Changes each training batch, or None.
        stages: The config's stages; None where it has none.

    Raises:
        ModelError: If a stage cannot begin.
        TrainingError: If a callback fails.
    """
    planned = planned_epochs(config, len(dataset.train))
    lengths = [stage.epochs for stage in config.training.stages] if stages else [planned]
    hooks = UserCallbacks(callbacks, model, planned, steps_an_epoch(config, len(dataset.train)))
    kind = choose_loop(config.training.loop, hooks)
    epochs = Epochs(model, dataset, config, augmentation, kind, hooks)
    watch = Watch(model, config, validated=dataset.validation is not None)
    course = _Course(model, epochs, hooks, watch, observer)
    model.stop_training = False
    started = time.monotonic()
    for index, length in enumerate(lengths):
        if stages:
            stage = stages.begin(index)
            observer.on_stage(stage, len(course.rows) + sum(lengths[index:]), course.kept)
            epochs.compile()
        if not index:
            hooks.tell("on_train_begin")
        course.run(length, index + 1 if stages else None)
        if course.is_over:
            break
    seconds = time.monotonic() - started
    hooks.tell("on_train_end")
    rows = tuple(course.rows)
    return Training(
        rows=rows,
        best_epoch=watch.best_epoch or len(rows),
        kept_epoch=course.kept,
        validation=epochs.validate(),
        status=course.status(planned),
        loop=kind,
        seconds=seconds,
    )


class _Course:
    """The epochs that ran, stage after stage, and what they came to.

    Attributes:
        rows: The history so far.
        kept: The epoch whose weights the model has since the last stage ended; 0 before.
        diverged: Whether numbers stopped being numbers.
    """

    def __init__(
        self,
        model: keras.Model,
        epochs: Epochs,
        hooks: UserCallbacks,
        watch: Watch,
        observer: Observer,
    ) -> None:
        self._model = model
        self._epochs = epochs
        self._hooks = hooks
        self._watch = watch
        self._observer = observer
        self.rows: list[Row] = []
        self.kept = 0
        self.diverged = False

    @property
    def is_over(self) -> bool:
        """Whether no stage can follow: a callback has ended training, or it diverged."""
        return self.diverged or bool(self._model.stop_training)

    def status(self, planned: int) -> Status:
        """Say how training ended, of which so many epochs were planned."""
        if self.diverged:
            return "diverged"
        return "stopped early" if len(self.rows) < planned else "completed"

    def run(self, count: int, stage: int | None) -> None:
        """Run the epochs of a stage, fewer where something ends it.

        Args:
            count: How many epochs.
            stage: Its number, from 1; None where there are no stages.
        """
        self._watch.begin_stage()
        for _ in range(count):
            row = self._run_epoch(stage)
            self.diverged = not math.isfinite(row["loss"] + row.get("val_loss", 0))
            if self.is_over or self._watch.says_stop:
                break
        if not all(np.isfinite(weights).all() for weights in self._model.get_weights()):
            self.diverged = True  # fused kernels can hide it from the loss
        kept = self._watch.restore()
        if kept is None:  # no epoch's weights were put back: the optimizer has the last word
            self._model.optimizer.finalize_variable_values(self._model.trainable_variables)
        self.kept = kept or len(self.rows)

    def _run_epoch(self, stage: int | None) -> Row:
        """Run one epoch, and tell of it."""
        epoch = len(self.rows)
        self._hooks.tell("on_epoch_begin", epoch)
        row = self._epochs.run(epoch, partial(self._observer.on_steps, epoch + 1))
        if stage is not None:
            row = {"epoch": row["epoch"], "stage": stage, **row}
        self.rows.append(row)
        self._observer.on_epoch(row)
        figures = {name: row[name] for name in row if name not in OWN_COLUMNS}
        self._hooks.tell("on_epoch_end", epoch, figures)
        self._watch.see(row)
        return row
