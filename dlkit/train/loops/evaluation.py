"""Evaluation in a few compiled calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.data.dataset import Examples, Value
from dlkit.model.compiled import compiled
from dlkit.train.loops.feed import Feed
from dlkit.train.loops.figures import figures_of, read_and_reset
from dlkit.train.loops.step import evaluation_step, output_names

MIN_EVALUATION_BATCH = 256
"""Evaluation gains from larger batches than training; its result does not depend on them."""


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
        self._measure = compiled(self._run, reduce_retracing=True)
        self._collect = compiled(self._run_collecting, reduce_retracing=True)
        # Keras weighs an output's loss by the size of its batch where the graph knows it.
        self._rest = compiled(self._step)
        self._read = compiled(self._read_and_reset)

    def measure(self) -> dict[str, float]:
        """Return the loss and the metrics over all examples."""
        self._model.reset_metrics()  # Keras's own trainer leaves its last counts in them
        for block in self._feed.in_order():
            full, rest = divmod(len(block.order), self._batch_size)
            if full:
                self._measure(block.data, tf.constant(full))
            if rest:
                self._rest(_end(block.data, full * self._batch_size))
        return figures_of(self._model, self._read())

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
        return figures_of(self._model, self._read()), _joined(outputs), _joined(labels)

    def _run(self, data: Any, full: tf.Tensor) -> None:
        def measure(index: tf.Tensor) -> tf.Tensor:
            self._step(self._batch(data, index))
            return index + 1

        tf.while_loop(lambda index: index < full, measure, [tf.constant(0)])

    def _run_collecting(self, data: Any, full: tf.Tensor) -> Any:
        names = output_names(self._model)
        made = [tf.TensorArray(tf.float32, full, infer_shape=True) for _ in names or [""]]
        empty: Any = dict(zip(names, made, strict=True)) if names else made[0]

        def collect(index: tf.Tensor, arrays: Any) -> tuple[tf.Tensor, Any]:
            outputs = self._step(self._batch(data, index))
            return index + 1, tf.nest.map_structure(
                lambda array, one: array.write(index, _as_float(one)), arrays, outputs
            )

        state = tf.constant(0), empty
        _, arrays = tf.while_loop(lambda index, _: index < full, collect, state)
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
