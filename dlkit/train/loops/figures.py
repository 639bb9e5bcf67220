"""The loss and the metrics that a loop has collected, read as numbers."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import tensorflow as tf

from dlkit.train.loops.shared import agreed


def figures_of(model: keras.Model, tensors: Mapping[str, tf.Tensor]) -> dict[str, float]:
    """Return figures as numbers, the same for every worker."""
    values = agreed(model, [float(value) for value in tensors.values()])
    return dict(zip(tensors, values, strict=True))


def read_and_reset(model: keras.Model, loss_mean: keras.metrics.Mean) -> dict[str, tf.Tensor]:
    """Return the loss and every metric of a model, and start them anew."""
    results = {**model.get_metrics_result(), "loss": loss_mean.result()}
    results = {name: tf.identity(value) for name, value in results.items()}
    with tf.control_dependencies(list(results.values())):
        model.reset_metrics()
        loss_mean.reset_state()
    return results
