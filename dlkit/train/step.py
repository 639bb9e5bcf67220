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
        y: Its labels, shape ``(batch, ...)``, or a dict of such by output.
        weight: How much each example counts in the loss, shape ``(batch,)``; None: alike.
    """
    with tf.GradientTape() as tape:
        outputs = model(x, training=True)
        loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=True)
        scaled = model.optimizer.scale_loss(loss)
    variables = model.trainable_variables
    gradients = tape.gradient(scaled, variables)
    model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
    loss_mean.update_state(loss, sample_weight=example_count(y))
    model.compute_metrics(x, y, outputs, sample_weight=weight)


def evaluation_step(
    model: keras.Model, loss_mean: keras.metrics.Mean, x: Any, y: Any, weight: Any = None
) -> Any:
    """Let a batch update loss and metrics, and return the model's outputs for it.

    They are a dict where the model names its outputs.

    Args:
        model: The compiled model; only its metrics change.
        loss_mean: Collects the loss, weighted by examples.
        x: A batch of inputs, shape ``(batch, *input_shape)``, or a dict of such.
        y: Its labels, shape ``(batch, ...)``, or a dict of such by output.
        weight: How much each example counts in the loss, shape ``(batch,)``; None: alike.
    """
    outputs = model(x, training=False)
    loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=False)
    loss_mean.update_state(loss, sample_weight=example_count(y))
    model.compute_metrics(x, y, outputs, sample_weight=weight)
    return outputs


def output_names(model: keras.Model) -> tuple[str, ...]:
    """Return the names under which a model gives its outputs; none for a lone tensor."""
    output = getattr(model, "output", None)  # a Sequential has none
    return tuple(output) if isinstance(output, dict) else ()


def example_count(y: Any) -> tf.Tensor:
    """Return how many examples a batch of labels has."""
    return tf.shape(tf.nest.flatten(y)[0])[0]
