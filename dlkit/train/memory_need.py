"""What a training needs of memory, known before most of it is taken."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import keras
import tensorflow as tf

from dlkit.data.dataset import Dataset, Split, Value
from dlkit.errors import Problem, TrainingError
from dlkit.model.memory import free_memory, gigabytes, making_nothing, size_of
from dlkit.train.loops.feed import labels_of

MOST_PER_WEIGHT = 16
"""No training with an optimizer of Keras's takes so many numbers for each weight: where there
is room for them nothing is computed."""


def refuse_large_training(model: keras.Model, optimizer: Any, dataset: Dataset) -> None:
    """Refuse to train what would need more memory than is free.

    That is, beyond the weights, which are there: a gradient for each, what the optimizer
    remembers, the weights of the best epoch, a copy of all that is kept on the disk, and
    the examples as tensors. What the steps themselves need depends on the batch, and is not
    known. On a GPU nothing is refused: there memory that is not there is not given out.

    Args:
        model: Built.
        optimizer: Keras's, not built yet.
        dataset: As the model takes it.

    Raises:
        TrainingError: If it would.
    """
    free = free_memory()
    if free is None or tf.config.list_logical_devices("GPU"):
        return
    data, weights = _data(dataset), size_of(model.weights)
    if MOST_PER_WEIGHT * weights + data <= free:
        return
    gradients = size_of(model.trainable_variables)
    remembered = _remembered(optimizer, model.trainable_variables)
    copies = 2 * weights + remembered
    need = gradients + remembered + copies + data
    if need <= free:
        return
    count = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    name = type(getattr(optimizer, "inner_optimizer", optimizer)).__name__
    parts = [
        f"{gigabytes(gradients)} for the gradients of {count:,} weights",
        f"{gigabytes(remembered)} for {name}",
        f"{gigabytes(copies)} for what is kept",
        f"{gigabytes(data)} for the examples",
    ]
    hint = "Make the model smaller"
    if data > need / 2:
        hint = "Train on fewer examples"
    elif remembered > gradients / 2:
        hint += ", or choose an optimizer that remembers less, as SGD"
    message = f"training needs {gigabytes(need)} of memory, and {gigabytes(free)} are free: "
    raise TrainingError(Problem(f"{message}{', '.join(parts)}.", hint=f"{hint}."))


def _remembered(optimizer: Any, variables: list[Any]) -> int:
    """Return how many bytes an optimizer will take; 0 where that cannot be known."""
    with contextlib.suppress(Exception):  # one's own may do anything when it is copied
        copy = type(optimizer).from_config(optimizer.get_config())
        with making_nothing():
            copy.build(variables)
        return size_of(copy.variables)
    return 0


def _data(dataset: Dataset) -> int:
    """Return how many bytes the examples take that lie in memory as tensors."""
    splits = [dataset.train, dataset.validation]
    return sum(
        sum(map(_bytes, (split.x, labels_of(split), split.weight)))
        for split in splits
        if isinstance(split, Split)
    )


def _bytes(value: Value | None) -> int:
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    return 0 if value is None else value.nbytes
