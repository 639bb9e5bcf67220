"""Training and evaluation in a few compiled calls.

The data stays resident as tensors; a call gathers its batches by index and makes many
steps, as many as take about a third of a second, so that progress stays live while
Python is left out of the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.data.dataset import Split
from dlkit.train.step import evaluation_step, training_step

SECONDS_PER_CALL = 0.3

MIN_EVALUATION_BATCH = 256
"""Evaluation gains from larger batches than training; its result does not depend on them."""


class TapeLoop:
    """Runs epochs of a compiled model over resident data.

    Args:
        model: The compiled model, with its optimizer built.
        split: The training examples.
        batch_size: Examples a step; the last step of an epoch takes what is left.
    """

    def __init__(self, model: keras.Model, split: Split, batch_size: int) -> None:
        self._model = model
        self._loss = keras.metrics.Mean(name="loss")
        self._x, self._y = tf.constant(split.x), tf.constant(split.y)
        self._batch_size = batch_size
        self._steps_per_call = 1
        self._many = tf.function(self._run_many)
        self._rest = tf.function(self._run_rest)
        self._read = tf.function(self._read_and_reset)

    def run_epoch(
        self, epoch: int, order: np.ndarray, on_steps: Callable[[int], None]
    ) -> dict[str, float]:
        """Train on every example once.

        Args:
            epoch: Number of the epoch, counted from 0 (this loop needs it not).
            order: int32, shape ``(examples,)``: in which order the examples come.
            on_steps: Told the number of steps done so far, a few times a second.

        Returns:
            The loss and the metrics over the epoch.
        """
        del epoch
        indices = tf.constant(order)
        full, rest = divmod(len(order), self._batch_size)
        done = 0
        while done < full:
            steps = min(self._steps_per_call, full - done)
            started = time.perf_counter()
            self._many(indices, tf.constant(done), tf.constant(steps)).numpy()
            self._adjust(steps, time.perf_counter() - started)
            done += steps
            on_steps(done)
        if rest:
            self._rest(indices[full * self._batch_size :])
            on_steps(full + 1)
        return {name: float(value) for name, value in self._read().items()}

    def _adjust(self, steps: int, seconds: float) -> None:
        """Choose how many steps the next call makes.

        The first call also compiles and says little, so growth is bounded.
        """
        fitting = int(SECONDS_PER_CALL * steps / max(seconds, 1e-6))
        self._steps_per_call = max(1, min(fitting, 64 * self._steps_per_call))

    def _run_many(self, order: tf.Tensor, first: tf.Tensor, steps: tf.Tensor) -> tf.Tensor:
        size = self._batch_size
        for step in tf.range(first, first + steps):
            self._step(tf.slice(order, [step * size], [size]))
        return steps

    def _run_rest(self, indices: tf.Tensor) -> None:
        self._step(indices)

    def _step(self, indices: tf.Tensor) -> None:
        x, y = tf.gather(self._x, indices), tf.gather(self._y, indices)
        training_step(self._model, self._loss, x, y)

    def _read_and_reset(self) -> dict[str, tf.Tensor]:
        return read_and_reset(self._model, self._loss)


class EvaluationLoop:
    """Evaluates a compiled model on resident data, in its order.

    Args:
        model: The compiled model.
        split: The examples.
        batch_size: The batch size of training; a small one is raised.
    """

    def __init__(self, model: keras.Model, split: Split, batch_size: int) -> None:
        self._model = model
        self._loss = keras.metrics.Mean(name="loss")
        self._x, self._y = tf.constant(split.x), tf.constant(split.y)
        self._batch_size = max(batch_size, MIN_EVALUATION_BATCH)
        self._measure = tf.function(self._run)
        self._collect = tf.function(self._run_collecting)

    def measure(self) -> dict[str, float]:
        """Return the loss and the metrics over all examples."""
        self._model.reset_metrics()  # Keras's own trainer leaves its last counts in them
        return {name: float(value) for name, value in self._measure().items()}

    def collect(self) -> tuple[dict[str, float], np.ndarray]:
        """Return the loss, the metrics, and the outputs that they were computed from.

        The outputs are float32, shape ``(examples, *output_shape)``, in the order of
        the examples.
        """
        self._model.reset_metrics()
        results, outputs = self._collect()
        return {name: float(value) for name, value in results.items()}, outputs.numpy()

    def _run(self) -> dict[str, tf.Tensor]:
        full, rest = divmod(int(self._x.shape[0]), self._batch_size)
        for index in tf.range(full):
            self._step(index * self._batch_size, self._batch_size)
        if rest:
            self._step(full * self._batch_size, rest)
        return read_and_reset(self._model, self._loss)

    def _run_collecting(self) -> tuple[dict[str, tf.Tensor], tf.Tensor]:
        full, rest = divmod(int(self._x.shape[0]), self._batch_size)
        array = tf.TensorArray(tf.float32, full, infer_shape=True)
        for index in tf.range(full):
            outputs = self._step(index * self._batch_size, self._batch_size)
            array = array.write(index, tf.cast(outputs, tf.float32))
        parts = [array.concat()] if full else []
        if rest:
            last = self._step(full * self._batch_size, rest)
            parts.append(tf.cast(last, tf.float32))
        return read_and_reset(self._model, self._loss), tf.concat(parts, axis=0)

    def _step(self, start: Any, size: int) -> tf.Tensor:
        x, y = self._x[start : start + size], self._y[start : start + size]
        return evaluation_step(self._model, self._loss, x, y)


def read_and_reset(model: keras.Model, loss_mean: keras.metrics.Mean) -> dict[str, tf.Tensor]:
    """Return the loss and every metric of a model, and start them anew."""
    results = {**model.get_metrics_result(), "loss": loss_mean.result()}
    results = {name: tf.identity(value) for name, value in results.items()}
    with tf.control_dependencies(list(results.values())):
        model.reset_metrics()
        loss_mean.reset_state()
    return results
