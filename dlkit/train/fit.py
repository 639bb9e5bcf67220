"""Training by Keras's own ``fit``, for what needs Keras's trainer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.data.dataset import Split
from dlkit.train.callbacks import UserCallbacks


class FitLoop:
    """Runs epochs of a compiled model through ``Model.fit`` over a tf.data pipeline.

    Args:
        model: The compiled model, with its optimizer built.
        split: The training examples.
        batch_size: Examples a step; the last step of an epoch takes what is left.
        callbacks: The user's; here they are told of batches, and of nothing else.
    """

    def __init__(
        self,
        model: keras.Model,
        split: Split,
        batch_size: int,
        callbacks: UserCallbacks,
    ) -> None:
        self._model = model
        self._x, self._y = tf.constant(split.x), tf.constant(split.y)
        self._batch_size = batch_size
        self._callbacks = callbacks

    def run_epoch(
        self, epoch: int, order: np.ndarray, on_steps: Callable[[int], None]
    ) -> dict[str, float]:
        """Train on every example once.

        Args:
            epoch: Number of the epoch, counted from 0.
            order: int32, shape ``(examples,)``: in which order the examples come.
            on_steps: Told the number of steps done so far.

        Returns:
            The loss and the metrics over the epoch.
        """
        batches = (
            tf.data.Dataset.from_tensor_slices(order)
            .batch(self._batch_size)
            .map(self._gather, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
            .prefetch(tf.data.AUTOTUNE)
        )
        hooks = _EpochHooks(self._callbacks, on_steps)
        history = self._model.fit(
            batches,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            callbacks=[hooks],
        )
        for variable, value in zip(hooks.variables, hooks.values, strict=True):
            variable.assign(value)
        return {name: float(values[-1]) for name, values in history.history.items()}

    def _gather(self, indices: Any) -> tuple[Any, Any]:
        return tf.gather(self._x, indices), tf.gather(self._y, indices)


class _EpochHooks(keras.callbacks.Callback):
    """Passes on what happens to batches; the trainer itself tells of epochs.

    At its end ``fit`` puts averaged weights in the place of the trained ones, if the
    optimizer averages. Training goes on from the trained ones, so they are kept here.
    """

    def __init__(
        self,
        callbacks: UserCallbacks,
        on_steps: Callable[[int], None],
    ) -> None:
        super().__init__()
        self._callbacks = callbacks
        self._on_steps = on_steps
        self.variables: list[Any] = []
        self.values: list[Any] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the trained weights before they are averaged."""
        if self.model.optimizer.use_ema:
            self.variables = list(self.model.trainable_variables)
            self.values = [variable.numpy() for variable in self.variables]

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        """Pass on that a batch begins."""
        self._callbacks.tell("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Pass on that a batch is over, and report the step."""
        self._callbacks.tell("on_train_batch_end", batch, logs)
        self._on_steps(batch + 1)
