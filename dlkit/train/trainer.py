"""Train a model, stage by stage and epoch by epoch, and say what it came to."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import keras

from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.errors import Interrupted
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks, build_plateaus
from dlkit.train.course import Course, Observer, Parts, Status
from dlkit.train.epochs import Epochs, Row
from dlkit.train.interruption import listening
from dlkit.train.loops.method import Method
from dlkit.train.plan import plan_training
from dlkit.train.stages import Stages
from dlkit.train.state.keeper import Keeper
from dlkit.train.watch import Watch


@dataclass(frozen=True)
class Training:
    """What training came to.

    Attributes:
        rows: The history, an epoch each.
        best_epoch: The epoch (from 1) with the best monitored figure.
        kept_epoch: The epoch (from 1) whose weights the model has now.
        status: ``completed``, ``stopped early`` (also where only a stage did) or
            ``diverged``.
        method: The loop that ran, and how.
        validation: Figures of the validation split for the weights the model has now.
        seconds: From the first step to the last, validation included.
        divergence: Where it diverged, what is no number any more.
    """

    rows: tuple[Row, ...]
    best_epoch: int
    kept_epoch: int
    status: Status
    method: Method
    validation: dict[str, float]
    seconds: float
    divergence: str = ""

    def row(self, epoch: int) -> Row:
        """Return the history of an epoch, counted from 1."""
        return self.rows[epoch - 1]


@dataclass(frozen=True)
class Subject:
    """What is trained, on what, and how.

    Attributes:
        model: The compiled model.
        dataset: Provides the training and the validation split.
        config: Epochs, batch size, seed and early stopping.
        method: Which loop runs, and how.
        augmentation: Changes each training batch, or None.
        stages: The config's stages; None where it has none.
    """

    model: keras.Model
    dataset: Dataset
    config: Config
    method: Method
    augmentation: Augmentation | None = None
    stages: Stages | None = None


def train_model(
    subject: Subject,
    callbacks: Sequence[keras.callbacks.Callback],
    observer: Observer,
    keeper: Keeper | None = None,
) -> Training:
    """Train a model; its weights are those of ``kept_epoch`` afterwards.

    Args:
        subject: What is trained.
        callbacks: Keras callbacks of the user's.
        observer: Is told of every epoch.
        keeper: Keeps the state, and knows the one to go on from; None: nothing is kept.

    Raises:
        ModelError: If a stage cannot begin.
        TrainingError: If a callback fails.
        StorageError: If the state to go on from does not fit.
        Interrupted: If a signal wants training to end.
    """
    model, dataset, config = subject.model, subject.dataset, subject.config
    augmentation, stages = subject.augmentation, subject.stages
    started = time.monotonic()  # compiling is a part of it
    plan = plan_training(config.training, len(dataset.train))
    lengths = [stage.epochs for stage in config.training.stages] if stages else [plan.epochs]
    plateaus = build_plateaus(config)
    hooks = UserCallbacks(callbacks, model, plan.epochs, plan.of_epoch, plateaus)
    epochs = Epochs(model, dataset, config, augmentation, subject.method, hooks)
    watch = Watch(model, config, validated=dataset.validation is not None)
    model.stop_training = False
    with listening() as wish:
        parts = Parts(model, epochs, hooks, watch, observer, augmentation, keeper, wish)
        course = _run(Course(parts, started), parts, stages, lengths)
    if wish.signal:  # it came when the last epoch was over
        raise Interrupted(f"Interrupted after epoch {len(course.rows)}.", wish.signal)
    seconds = course.seconds
    hooks.tell("on_train_end")
    rows = tuple(course.rows)
    return Training(
        rows=rows,
        best_epoch=watch.best_epoch or len(rows),
        kept_epoch=course.kept,
        validation=epochs.validate(),
        status=course.status(plan.epochs),
        method=epochs.method,
        seconds=seconds,
        divergence=course.divergence,
    )


def _run(course: Course, parts: Parts, stages: Stages | None, lengths: Sequence[int]) -> Course:
    """Run the stages of a course, or those that are left, and return it."""
    taken_up = parts.keeper.taken_up if parts.keeper else None
    first = int(taken_up.facts["stage"]) if taken_up else 0
    if stages:
        for index in range(first):
            stages.begin(index)  # for what it trains: the rest is in the state
    if taken_up and not taken_up.facts.get("xla", True):
        parts.epochs.leave_xla()
    for index in range(first, len(lengths)):
        row = stages.begin(index) if stages else None
        parts.epochs.compile()
        if index == first:
            parts.hooks.begin(len(taken_up.facts["rows"]) if taken_up else None)
        parts.hooks.begin_stage(index)
        if index == first and taken_up:
            course.take_up(taken_up)
        else:
            course.begin(index)
        if row:
            parts.observer.on_stage(row, course.begun + sum(lengths[index:]), course.kept)
        course.run(lengths[index], index + 1 if stages else None)
        if course.is_over:
            break
    return course
