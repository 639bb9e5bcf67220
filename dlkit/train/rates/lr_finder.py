"""The learning-rate range test: let the rate grow in every step, and see where the loss falls.

L. N. Smith, Cyclical Learning Rates for Training Neural Networks (2015), section 3.3; with
the exponential growth of S. Gugger, How Do You Find A Good Learning Rate (2018).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.catalogue import Catalogue
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.errors import ModelError, Problem, TrainingError
from dlkit.model.compiled import compiled
from dlkit.model.freezing import read_flags, set_flags
from dlkit.model.objects import REFUSALS, one_line
from dlkit.train.assembly import compile_model, tasks_of
from dlkit.train.augmentation import Augmentation
from dlkit.train.loops.feed import Block, Feed
from dlkit.train.loops.step import training_step
from dlkit.train.plan import Stretch, plan_training
from dlkit.train.rates.optimizer import build_optimizer
from dlkit.train.rates.rate_curve import RangeTest, divergence, read_curve, smooth
from dlkit.train.stages import Stages
from dlkit.train.state.variables import named, read, write

LOWEST, HIGHEST = 1e-7, 10.0
"""Between these the rate grows."""

STEPS = 300
"""Steps of a whole test: 37 for each factor of ten."""

STEPS_PER_CALL = 20
"""Steps between two looks at the loss: so many at most are made in vain."""


@dataclass(frozen=True)
class Trial:
    """What is trained for the test, and on what.

    Attributes:
        model: The compiled model.
        dataset: Provides the training split, as the model takes it.
        config: Says how the model is trained.
        catalogue: Knows each optimizer's default learning rate.
        augmentation: Changes each training batch, or None.
        stages: The config's stages, of which the first is tried; None where it has none.
    """

    model: keras.Model
    dataset: Dataset
    config: Config
    catalogue: Catalogue
    augmentation: Augmentation | None = None
    stages: Stages | None = None


def try_rates(trial: Trial) -> RangeTest:
    """Train for a few hundred steps with a growing rate, and take all of it back.

    Steps, batches, augmentation and optimizer are those of training; only the rate is not.
    The model has its weights, optimizer and random states back afterwards.

    Raises:
        ModelError: If Keras refuses the optimizer, or it has no rate.
        TrainingError: If a step fails, or the loss is no number before the first update.
    """
    model, optimizer, augmentation = trial.model, trial.model.optimizer, trial.augmentation
    drawing = augmentation.variables if augmentation else ()
    variables = named({"model": model.variables, "augmentation": drawing})
    values, flags = read(variables), read_flags(model)
    try:
        _compile(trial)
        rates, losses = _measure(trial)
    except REFUSALS as error:
        raise TrainingError(f"a training step fails: {one_line(error)}") from error
    finally:
        set_flags(flags)
        _compile_with(trial, optimizer)
        write(variables, values)
    if not math.isfinite(losses[0]):
        raise TrainingError(f"the loss is {losses[0]:g} before anything is learned.")
    return read_curve(rates, losses)


def _compile(trial: Trial) -> None:
    """Give the model a new optimizer, as training has it, whose rate grows.

    Raises:
        ModelError: If Keras refuses it, or it has no rate of its own.
    """
    config, model = trial.config, trial.model
    stage = None
    if trial.stages:
        trial.stages.begin(0)  # for what it trains
        stage = config.training.stages_in_full()[0]
    notation = (stage and stage.optimizer) or config.optimizer
    entry = trial.catalogue.find(notation.kind, notation.name)
    if entry and "learning_rate" not in entry.parameters:
        message = f"{notation.name} has no learning rate of its own to look for."
        hint = "Try the optimizer inside it."
        raise ModelError(Problem(message, notation.path, hint))
    steps = config.training.steps_of_epoch(len(trial.dataset.train))
    optimizer = build_optimizer(config, model, steps, trial.catalogue, stage)
    optimizer.learning_rate = keras.optimizers.schedules.ExponentialDecay(
        LOWEST, decay_steps=1, decay_rate=(HIGHEST / LOWEST) ** (1 / (STEPS - 1))
    )
    _compile_with(trial, optimizer)
    optimizer.build(model.trainable_variables)


def _compile_with(trial: Trial, optimizer: Any) -> None:
    """Compile the model with an optimizer, all else as the config says."""
    tasks = tasks_of(trial.dataset, trial.config)
    compile_model(trial.model, optimizer, trial.config, tasks)


def _measure(trial: Trial) -> tuple[np.ndarray, np.ndarray]:
    """Return the rate and the loss of each step, until they diverge or all are made."""
    training, examples = trial.config.training, len(trial.dataset.train)
    size = min(training.batch_size, examples)
    plan = plan_training(training, examples)
    # Full batches alone: what a few examples come to says little of the rate.
    most = min(plan.of_pass if plan.goes_on else plan.of_epoch, examples // size)
    steps = _Steps(trial.model, size, trial.augmentation)
    blocks = _passes(trial, Feed(trial.dataset.train, size), most)
    calls = (
        (block, first, min(first + STEPS_PER_CALL, len(block.rows) // size))
        for block in blocks
        for first in range(0, len(block.rows) // size, STEPS_PER_CALL)
    )
    made = np.empty((0, 2))
    for block, first, last in calls:  # there is no end to them
        part = steps.make(block, first, min(last, first + STEPS - len(made)))
        made = np.concatenate([made, part])
        losses = made[:, 1]
        if len(made) == STEPS or divergence(losses, smooth(losses)) < len(made):
            break
    return made[:, 0], made[:, 1]


def _passes(trial: Trial, feed: Feed, steps: int) -> Iterator[Block]:
    """Yield so many full batches of each pass over the training examples, without end."""
    number = 0
    while True:
        if trial.augmentation:
            trial.augmentation.start_epoch(number)
        yield from feed.stretch(trial.config.seed, Stretch(number, 0, steps))
        number += 1


class _Steps:
    """Makes training steps in compiled calls, and says what the loss of each was.

    Args:
        model: The compiled model.
        batch_size: Examples a step.
        augmentation: Changes each batch, or None.
    """

    def __init__(
        self, model: keras.Model, batch_size: int, augmentation: Augmentation | None
    ) -> None:
        self._model = model
        self._batch_size = batch_size
        self._augmentation = augmentation
        self._loss = keras.metrics.Mean(name="loss")
        self._many = compiled(self._run_many, reduce_retracing=True)

    def make(self, block: Block, first: int, last: int) -> np.ndarray:
        """Make some steps of a block; return float32 ``(steps, 2)``: rate and loss of each."""
        rows = tf.constant(block.rows)
        made: tf.Tensor = self._many(block.data, rows, tf.constant(first), tf.constant(last))
        return np.asarray(made)

    def _run_many(
        self, data: Any, order: tf.Tensor, first: tf.Tensor, last: tf.Tensor
    ) -> tf.Tensor:
        size = self._batch_size

        def make(step: tf.Tensor, found: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
            indices = tf.slice(order, [step * size], [size])
            rate = tf.cast(tf.identity(self._model.optimizer.learning_rate), tf.float32)
            loss = tf.cast(self._step(data, indices), tf.float32)
            return step + 1, found.write(step - first, tf.stack([rate, loss]))

        made = tf.TensorArray(tf.float32, last - first, element_shape=(2,))
        _, made = tf.while_loop(lambda step, _: step < last, make, (first, made))
        return made.stack()

    def _step(self, data: Any, indices: tf.Tensor) -> tf.Tensor:
        """Make a step, and return its loss: the mean over its batch."""
        x, y, weight = tf.nest.map_structure(
            lambda array: None if array is None else tf.gather(array, indices), data
        )
        if self._augmentation:
            x, y = self._augmentation(x, y)
        self._loss.reset_state()
        training_step(self._model, self._loss, x, y, weight)
        return self._loss.result()
