"""The training step and the evaluation step, written once."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from dlkit.train.diagnostics import Probe

WHOLE = (keras.losses.Dice, keras.losses.Tversky, keras.losses.Circle, keras.losses.CTC)
"""Losses of Keras's that have one value an example, or a batch, whatever its shape."""


def training_step(
    model: keras.Model,
    loss_mean: keras.metrics.Mean,
    x: Any,
    y: Any,
    weight: Any = None,
    probe: Probe | None = None,
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
        probe: Measures what the step does to each layer, or None.
    """
    with tf.GradientTape() as tape:
        outputs = model(x, training=True)
        counts = spread(weight, y, model)
        loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=counts, training=True)
        scaled = model.optimizer.scale_loss(loss)
    variables = model.trainable_variables
    gradients = [_apart(each) for each in tape.gradient(scaled, variables)]
    before = probe.before() if probe else None
    model.optimizer.apply_gradients(zip(gradients, variables, strict=True))
    if probe and before:
        probe.after(gradients, before)
    loss_mean.update_state(loss, sample_weight=example_count(y))
    model.compute_metrics(x, y, outputs, sample_weight=weight)


def _apart(gradient: Any) -> Any:
    """Return a gradient that TensorFlow's graph optimizer does not merge into the update.

    It reorders products, such as that of the learning rate and the gradient of a
    normalization's scale, but not where somebody else reads the gradient: so a training
    would change in its last bits where it is measured.
    """
    is_product = hasattr(gradient, "graph") and gradient.op.type == "Mul"
    return tf.ensure_shape(gradient, gradient.shape) if is_product else gradient


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
    counts = spread(weight, y, model)
    loss = model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=counts, training=False)
    loss_mean.update_state(loss, sample_weight=example_count(y))
    model.compute_metrics(x, y, outputs, sample_weight=weight)
    return outputs


def spread(weight: Any, y: Any, model: keras.Model) -> Any:
    """Return the weights of examples with as many axes as the losses of an output have.

    Keras adds one axis to them where a loss has a value for every step of an example, and
    fails where it has one for every pixel.

    Args:
        weight: How much each example counts, shape ``(batch,)``; None: alike.
        y: Labels, or a dict of such by output.
        model: The compiled model, with one loss or a dict of them by output.
    """
    labels = y if isinstance(y, dict) else {"": y}
    losses = model.loss if isinstance(y, dict) else {"": model.loss}
    if weight is None or all(len(each.shape) < 3 for each in labels.values()):
        return weight
    spreads = {name: _spread(weight, each, losses[name]) for name, each in labels.items()}
    return spreads if isinstance(y, dict) else spreads[""]


def _spread(weight: Any, labels: Any, loss: Any) -> Any:
    """Return the weights for one output."""
    ours = not type(loss).__module__.startswith("keras.")
    if ours or isinstance(loss, WHOLE) or len(labels.shape) < 3:
        return weight
    return tf.reshape(weight, [-1, *[1] * (len(labels.shape) - 1)])


def output_names(model: keras.Model) -> tuple[str, ...]:
    """Return the names under which a model gives its outputs; none for a lone tensor."""
    output = getattr(model, "output", None)  # a Sequential has none
    return tuple(output) if isinstance(output, dict) else ()


def example_count(y: Any) -> tf.Tensor:
    """Return how many examples a batch of labels has."""
    return tf.shape(tf.nest.flatten(y)[0])[0]
