"""Where raw data enters a model, and what its layers read."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.expansion import INPUT
from dlkit.data.dataset import Dataset, Examples, Split, Value, first_examples
from dlkit.data.tables.fitted import FittedColumn
from dlkit.model.compiled import compiled
from dlkit.model.preprocessing import encode_columns, raw_tensors


@dataclass(frozen=True)
class Entrance:
    """The tensors at the start of a model.

    Attributes:
        raw: What the model takes: a tensor, or a dict of them.
        once: What is computed of it once, ahead of training, by name.
        read: What layers read, by the names they call it: ``input``, and what else there is.
    """

    raw: Any
    once: dict[str, Any]
    read: dict[str, Any]


def open_entrance(dataset: Dataset, layers: Collection[str]) -> Entrance:
    """Return the start of a model for a dataset.

    Columns of a table pass through the preprocessing that they were fitted for; arrays
    are read as they are.

    Args:
        dataset: Its training split is looked at.
        layers: Names that the config's layers have.
    """
    if dataset.columns:
        encoding = encode_columns(
            dataset.columns, lambda name: _texts(dataset.train, name), layers
        )
        return Entrance(encoding.inputs, dict(encoding.boundary), dict(encoding.features))
    x = first_examples(dataset.train, 1).x
    if isinstance(x, dict):
        inputs = {name: _input(array, name) for name, array in sorted(x.items())}
        return Entrance(inputs, dict(inputs), dict(inputs))
    tensor = _input(x, INPUT)
    return Entrance(tensor, {INPUT: tensor}, {INPUT: tensor})


def _input(array: np.ndarray, name: str) -> Any:
    """Return a model's input for an array; a text is a scalar.

    ``TextVectorization`` is mistaken about the shapes that follow ``(batch, 1)``.
    """
    if array.dtype.kind == "O":
        return keras.Input((), dtype="string", name=name)
    return keras.Input(array.shape[1:], dtype="float32", name=name)


def _texts(examples: Examples, column: str) -> Iterator[np.ndarray]:
    for block in examples.blocks():
        assert isinstance(block.x, dict)  # noqa: S101  # a table's inputs are columns
        yield block.x[column]


def model_input(x: Value, columns: tuple[FittedColumn, ...]) -> Any:
    """Return raw inputs as tensors that a model takes."""
    if columns:
        assert isinstance(x, dict)  # noqa: S101  # a table's inputs are columns
        return raw_tensors(columns, x)
    if isinstance(x, dict):
        return {name: as_tensor(array) for name, array in x.items()}
    return as_tensor(x)


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """Return an array as a tensor; models would refuse texts in an array of numpy's."""
    if array.dtype.kind == "O":  # models give texts back as bytes
        texts = [t if isinstance(t, bytes) else str(t) for t in array.reshape(-1)]
        return tf.constant(texts, tf.string)
    return tf.constant(array)


SLICE_BYTES = 32_000_000
"""Memory of inputs and outputs that are computed at a time where no gradient is taken."""

MOST_ROWS = 65_536
"""Examples that are computed at a time at most."""


class Runner:
    """Runs a model over arrays of any length, slice by slice.

    Args:
        model: From raw inputs to whatever it gives.
        columns: Of a table; empty for arrays.

    Attributes:
        rows: Examples that are computed at a time.
    """

    def __init__(self, model: keras.Model, columns: tuple[FittedColumn, ...]) -> None:
        self._columns = columns
        tensors = [*model.inputs, *model.outputs]
        row_bytes = 4 * sum(math.prod(n or 1 for n in tensor.shape[1:]) for tensor in tensors)
        self.rows = max(1, min(MOST_ROWS, SLICE_BYTES // row_bytes))
        self._call = compiled(lambda x: model(x, training=False), reduce_retracing=True)

    def __call__(self, x: Value) -> Value:
        """Return the outputs for raw inputs, as numpy arrays in the same structure."""
        count = len(next(iter(x.values()))) if isinstance(x, dict) else len(x)
        split = Split(x, np.zeros(count))
        parts = []
        for start in range(0, count, self.rows):
            piece = split.take(slice(start, start + self.rows)).x
            outputs = self._call(model_input(piece, self._columns))
            parts.append(tf.nest.map_structure(lambda tensor: tensor.numpy(), outputs))
        if len(parts) == 1:
            return parts[0]  # type: ignore[no-any-return]
        return tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *parts)  # type: ignore[no-any-return]
