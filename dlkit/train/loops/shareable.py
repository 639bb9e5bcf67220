"""Whether several devices can share the steps of a training, and come to the same as one."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.cluster import DISTRIBUTE
from dlkit.data.dataset import Dataset, first_examples
from dlkit.errors import ModelError, Problem
from dlkit.train.loops.feed import tensors

SAMPLE = 6
"""Examples that are looked at as a whole and in two parts."""


def prove_shareable(model: keras.Model, dataset: Dataset) -> None:
    """Prove that a model's step can be shared; one that a single device trains can.

    Raises:
        ModelError: If a layer keeps what only one device sees, or adds a loss that is not
            the mean over examples.
    """
    if model.distribute_strategy.num_replicas_in_sync == 1:
        return
    layers: list[Any] = model._flatten_layers()  # Keras has no public way into wrappers
    for layer in layers:
        if getattr(layer, "stateful", False) and isinstance(layer, keras.layers.RNN):
            reason = f"{layer.name!r} goes on from the batch before, and each device sees parts"
            raise ModelError(_problem(reason))
        if getattr(layer, "synchronized", False):
            reason = f"{layer.name!r} is synchronized within a step, which is made in two parts"
            raise ModelError(_problem(reason))
    x = tensors(first_examples(dataset.train, SAMPLE))[0]
    whole = _added(model, x)
    if not whole:
        return
    size = int(tf.nest.flatten(x)[0].shape[0])
    first = size // 3
    if not first:
        return
    parts = [_rows(x, 0, first), _rows(x, first, size)]
    pairs = zip(*(_added(model, part) for part in parts), strict=True)
    for loss, (one, other) in zip(whole, pairs, strict=True):
        if not math.isclose(
            loss, (first * one + (size - first) * other) / size, rel_tol=1e-3, abs_tol=1e-6
        ):
            reason = "a layer adds a loss that is not the mean over examples"
            raise ModelError(_problem(reason))


def _added(model: keras.Model, x: Any) -> list[float]:
    """Return what layers add to the loss for what they see."""
    model(x, training=False)
    penalties = sum(v.regularizer is not None for v in model.trainable_variables)
    losses = model.losses
    return [float(np.asarray(loss)) for loss in losses[: len(losses) - penalties]]


def _rows(x: Any, first: int, last: int) -> Any:
    return tf.nest.map_structure(lambda each: each[first:last], x)


def _problem(reason: str) -> Problem:
    message = f"several devices cannot share this training as one would do it: {reason}."
    return Problem(message, DISTRIBUTE, "Leave it out.")
