"""The training step and the evaluation step, written once."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


def training_step(
    model: keras.Model, loss_mean: keras.metrics.Mean, x: Any, y: Any, weight: Any = None
) -> None:
    """Make one update of a compiled model: forward, loss, gradients, update, metrics.

    The loss contains the layers' regularization penalties. Clipping, accumulation and
    averaging of weights are the optimizer's, as its arguments say.

    Args:
        model: The compiled model; its variables change.
        loss_mean: Collects the loss, weighted by examples.
        x: A batch of inputs, shape ``(batch, *input_shape)``, or a dict of such.
        y: Its labels, shape ``(batch, ...)``.
        weight: How much each example counts in the loss, shape ``(batch,)``; None: alike.
    """
    with tf.GradientTape() as tape:
        outputs = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=True)
        scaled = model.optimizer.scale_loss(loss)
    variables = model.trainable_variables
    gradients = tape.gradient(scaled, variables)
    model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
    loss_mean.update_state(loss, sample_weight=tf.shape(y)[0])
    model.compute_metrics(x, y, outputs, sample_weight=weight)


def evaluation_step(
    model: keras.Model, loss_mean: keras.metrics.Mean, x: Any, y: Any, weight: Any = None
) -> tf.Tensor:
    """Let a batch update loss and metrics, and return the model's outputs for it.

    Args:
        model: The compiled model; only its metrics change.
        loss_mean: Collects the loss, weighted by examples.
        x: A batch of inputs, shape ``(batch, *input_shape)``, or a dict of such.
        y: Its labels, shape ``(batch, ...)``.
        weight: How much each example counts in the loss, shape ``(batch,)``; None: alike.
    """
    outputs = model(x, training=False)
    loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=False)
    loss_mean.update_state(loss, sample_weight=tf.shape(y)[0])
    model.compute_metrics(x, y, outputs, sample_weight=weight)
    return outputs
