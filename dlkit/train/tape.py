"""Training and evaluation in a few compiled calls.

The data lies in memory as tensors, all of it or a block at a time; a call gathers its
batches by index and makes many steps, as many as take about a third of a second, so that
progress stays live while Python is left out of the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.data.dataset import Examples, Value
from dlkit.train.augmentation import Augmentation
from dlkit.train.feed import Block, Feed
from dlkit.train.step import evaluation_step, output_names, training_step

SECONDS_PER_CALL = 0.3

MIN_EVALUATION_BATCH = 256
"""Evaluation gains from larger batches than training; its result does not depend on them."""


class TapeLoop:
    """Runs epochs of a compiled model.

    Args:
        model: The compiled model, with its optimizer built.
        feed: The training examples.
        batch_size: Examples a step; the last step of an epoch takes what is left.
        seed: Of the run: together with the epoch it orders the examples.
        augmentation: Changes each batch, or None.
    """

    def __init__(
        self,
        model: keras.Model,
        feed: Feed,
        batch_size: int,
        seed: int,
        augmentation: Augmentation | None,
    ) -> None:
        self._model = model
        self._loss = keras.metrics.Mean(name="loss")
        self._feed = feed
        self._batch_size = batch_size
        self._seed = seed
        self._augmentation = augmentation
        self._steps_per_call = 1
        self._many = tf.function(self._run_many, reduce_retracing=True)
        # Keras weighs an output's loss by the size of its batch where the graph knows it.
        self._rest = tf.function(self._step)
        self._read = tf.function(self._read_and_reset)

    def run_epoch(
        self, epoch: int, limit: int, on_steps: Callable[[int], None]
    ) -> dict[str, float]:
        """Train on every example once.

        Args:
            epoch: Number of the epoch, counted from 0.
            limit: How many examples at most.
            on_steps: Told the number of steps done so far, a few times a second.

        Returns:
            The loss and the metrics over the epoch.
        """
        if self._augmentation:
            self._augmentation.start_epoch(epoch)
        done = 0
        for block in self._feed.epoch(self._seed, epoch, limit):
            done = self._run_block(block, done, on_steps)
        return {name: float(value) for name, value in self._read().items()}

    def _run_block(self, block: Block, done: int, on_steps: Callable[[int], None]) -> int:
        """Train on a block, and return the number of steps done since the epoch began."""
        indices = tf.constant(block.order)
        full, rest = divmod(len(block.order), self._batch_size)
        here = 0
        while here < full:
            steps = min(self._steps_per_call, full - here)
            started = time.perf_counter()
            # Asking for the result waits for the steps: a GPU would return at once.
            self._many(block.data, indices, tf.constant(here), tf.constant(steps)).numpy()
            self._adjust(steps, time.perf_counter() - started)
            here += steps
            on_steps(done + here)
        if rest:
            self._rest(block.data, indices[full * self._batch_size :])
            here += 1
            on_steps(done + here)
        return done + here

    def _adjust(self, steps: int, seconds: float) -> None:
        """Choose how many steps the next call makes.

        The first call also compiles and says little, so growth is bounded.
        """
        fitting = int(SECONDS_PER_CALL * steps / max(seconds, 1e-6))
        self._steps_per_call = max(1, min(fitting, 64 * self._steps_per_call))

    def _run_many(
        self, data: Any, order: tf.Tensor, first: tf.Tensor, steps: tf.Tensor
    ) -> tf.Tensor:
        size = self._batch_size
        for step in tf.range(first, first + steps):
            self._step(data, tf.slice(order, [step * size], [size]))
        return steps

    def _step(self, data: Any, indices: tf.Tensor) -> None:
        x, y, weight = tf.nest.map_structure(
            lambda array: None if array is None else tf.gather(array, indices), data
        )
        if self._augmentation:
            x, y = self._augmentation(x, y)
        training_step(self._model, self._loss, x, y, weight)

    def _read_and_reset(self) -> dict[str, tf.Tensor]:
        return read_and_reset(self._model, self._loss)


class EvaluationLoop:
    """Evaluates a compiled model on examples in their order.

    Args:
        model: The compiled model.
        examples: As the model takes them.
        batch_size: The batch size of training; a small one is raised.
    """

    def __init__(self, model: keras.Model, examples: Examples, batch_size: int) -> None:
        self._model = model
        self._loss = keras.metrics.Mean(name="loss")
        self._batch_size = max(batch_size, MIN_EVALUATION_BATCH)
        self._feed = Feed(examples, self._batch_size)
        self._measure = tf.function(self._run, reduce_retracing=True)
        self._collect = tf.function(self._run_collecting, reduce_retracing=True)
        # Keras weighs an output's loss by the size of its batch where the graph knows it.
        self._rest = tf.function(self._step)
        self._read = tf.function(self._read_and_reset)

    def measure(self) -> dict[str, float]:
        """Return the loss and the metrics over all examples."""
        self._model.reset_metrics()  # Keras's own trainer leaves its last counts in them
        for block in self._feed.in_order():
            full, rest = divmod(len(block.order), self._batch_size)
            if full:
                self._measure(block.data, tf.constant(full))
            if rest:
                self._rest(_end(block.data, full * self._batch_size))
        return {name: float(value) for name, value in self._read().items()}

    def collect(self) -> tuple[dict[str, float], Value, Value]:
        """Return the loss, the metrics, and the outputs and labels they were computed from.

        The outputs are float32, shape ``(examples, *output_shape)``, in the order of
        the examples. Outputs that have names are dicts, and so are their labels.
        """
        self._model.reset_metrics()
        outputs: list[Any] = []
        labels: list[Any] = []
        for block in self._feed.in_order():
            full, rest = divmod(len(block.order), self._batch_size)
            if full:
                outputs.append(_arrays(self._collect(block.data, tf.constant(full))))
            if rest:
                last = self._rest(_end(block.data, full * self._batch_size))
                outputs.append(_arrays(tf.nest.map_structure(_as_float, last)))
            labels.append(_arrays(block.data[1]))
        results = {name: float(value) for name, value in self._read().items()}
        return results, _joined(outputs), _joined(labels)

    def _run(self, data: Any, full: tf.Tensor) -> None:
        for index in tf.range(full):
            self._step(self._batch(data, index))

    def _run_collecting(self, data: Any, full: tf.Tensor) -> Any:
        names = output_names(self._model)
        made = [tf.TensorArray(tf.float32, full, infer_shape=True) for _ in names or [""]]
        arrays: Any = dict(zip(names, made, strict=True)) if names else made[0]
        for index in tf.range(full):
            outputs = self._step(self._batch(data, index))
            arrays = tf.nest.map_structure(
                lambda array, one, at=index: array.write(at, _as_float(one)), arrays, outputs
            )
        return tf.nest.map_structure(lambda array: array.concat(), arrays)

    def _batch(self, data: Any, index: tf.Tensor) -> Any:
        size, start = self._batch_size, index * self._batch_size

        def cut(array: Any) -> Any:
            if array is None:
                return None
            batch = array[start : start + size]
            return tf.ensure_shape(batch, (size, *array.shape[1:]))

        return tf.nest.map_structure(cut, data)

    def _step(self, data: Any) -> Any:
        return evaluation_step(self._model, self._loss, *data)

    def _read_and_reset(self) -> dict[str, tf.Tensor]:
        return read_and_reset(self._model, self._loss)


def _end(data: Any, start: int) -> Any:
    """Return the rows from one on."""
    return tf.nest.map_structure(lambda array: None if array is None else array[start:], data)


def _as_float(tensor: tf.Tensor) -> tf.Tensor:
    return tf.cast(tensor, tf.float32)


def _arrays(tensors: Any) -> Any:
    return tf.nest.map_structure(lambda tensor: tensor.numpy(), tensors)


def _joined(blocks: Sequence[Any]) -> Any:
    return tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *blocks)


def read_and_reset(model: keras.Model, loss_mean: keras.metrics.Mean) -> dict[str, tf.Tensor]:
    """Return the loss and every metric of a model, and start them anew."""
    results = {**model.get_metrics_result(), "loss": loss_mean.result()}
    results = {name: tf.identity(value) for name, value in results.items()}
    with tf.control_dependencies(list(results.values())):
        model.reset_metrics()
        loss_mean.reset_state()
    return results
