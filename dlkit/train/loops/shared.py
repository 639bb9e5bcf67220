"""One training step that several devices or machines share, and that equals that of one.

``tf.distribute`` runs the model on every device. The rest it does not do as one device
would: Keras's optimizers clip before they add the gradients up, losses and metrics are
means of means, and gradients cannot be accumulated. So the outputs of all are put together
here, loss and metrics are computed from them once, and each device gets back the gradient
with respect to what it put out. The optimizer sees the sum, as if there were one device.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from dlkit.train.diagnostics import Probe
from dlkit.train.loops.step import example_count, output_names, spread

SUM = tf.distribute.ReduceOp.SUM

APART = 7_919
"""What lies between the seeds of two devices, so that they draw different numbers."""


@dataclass(frozen=True)
class Share:
    """Which examples of a batch each device takes.

    Attributes:
        size: Examples of the batch.
        devices: How many take a part.
    """

    size: int
    devices: int

    @property
    def most(self) -> int:
        """Examples that the first devices take; the last ones take fewer, or none."""
        return math.ceil(self.size / self.devices)

    def count(self, number: int) -> int:
        """Return how many examples a device, counted from 0, takes."""
        return max(0, min(self.most, self.size - number * self.most))

    def rows(self, number: int) -> tuple[int, int]:
        """Return from where to where they are.

        A device that has nothing to do takes the first example, and what comes of it
        counts nothing: many layers fail for no examples at all.
        """
        first, count = number * self.most, self.count(number)
        return (first, first + count) if count else (0, 1)


@dataclass(frozen=True)
class Forward:
    """What one device has computed of a step.

    Attributes:
        tape: Recorded it.
        outputs: Of the model, with rows of zeros up to the most that a device takes.
        added: Losses that layers add for what they see, scaled as the optimizer says.
    """

    tape: tf.GradientTape
    outputs: list[tf.Tensor]
    added: tf.Tensor


def shared_step(
    model: keras.Model,
    loss_mean: keras.metrics.Mean,
    x: Any,
    y: Any,
    weight: Any = None,
    probe: Probe | None = None,
) -> None:
    """Make one update of a model whose variables are mirrored, all devices together.

    To be called by every worker, outside the strategy's scope, with the same batch.

    Args:
        model: The compiled model; its variables change, on every device alike.
        loss_mean: Collects the loss, weighted by examples.
        x: The whole batch of inputs, of known size ``(batch, *input_shape)``, or a dict.
        y: Its labels, shape ``(batch, ...)``, or a dict of such by output.
        weight: How much each example counts in the loss, shape ``(batch,)``; None: alike.
        probe: Measures what the step does to each layer, or None.
    """
    strategy, optimizer = model.distribute_strategy, model.optimizer
    variables, states = model.trainable_variables, _States(model)
    size = int(tf.nest.flatten(y)[0].shape[0])
    share = Share(size, strategy.num_replicas_in_sync)
    made: dict[int, Forward] = {}
    outputs, masks, added, seen = _first(
        strategy, strategy.run(lambda: _forward(model, x, share, states, made))
    )
    states.settle(seen, min(made))
    predicted = _as_outputs(model, outputs, masks)
    model._clear_losses()  # what layers added for all devices is in `added`
    with tf.GradientTape() as tape:
        tape.watch(outputs)
        counts = spread(weight, y, model)
        loss = model.compute_loss(
            x=x, y=y, y_pred=predicted, sample_weight=counts, training=True
        )
        scaled = optimizer.scale_loss(loss)
    by_output, penalized = tape.gradient(scaled, (outputs, list(variables)))
    parts = [
        _padded(tf.zeros_like(output) if each is None else each, share.most * share.devices)
        for each, output in zip(by_output, outputs, strict=True)
    ]
    shared = _first(strategy, strategy.run(lambda: _backward(made, variables, parts, share)))
    gradients = [_plus(*pair) for pair in zip(shared, penalized, strict=True)]
    before = probe.before() if probe else None
    optimizer.apply_gradients(zip(gradients, variables, strict=True))
    if probe and before:
        probe.after(gradients, before)
    loss_mean.update_state(loss + added, sample_weight=example_count(y))
    model.compute_metrics(x, y, predicted, sample_weight=weight)


def _forward(
    model: keras.Model, x: Any, share: Share, states: _States, made: dict[int, Forward]
) -> Any:
    """Compute one device's part of the outputs, and return what all have computed.

    Returns:
        Outputs and masks (or None) of the whole batch, the losses that layers add, and
        what changes of the averages that layers keep.
    """
    context = tf.distribute.get_replica_context()
    number = _number()
    first, last = share.rows(number)
    count = share.count(number)
    states.move_apart(number)
    with tf.GradientTape() as tape:
        part = tf.nest.map_structure(lambda each: each[first:last], x)
        outputs = tf.nest.flatten(model(part, training=True))
        padded = [_padded(each[:count], share.most) for each in outputs]
        added = _added(model) * (count / share.size)
        scaled = model.optimizer.scale_loss(added)
    made[number] = Forward(tape, padded, scaled)
    masks = [getattr(each, "_keras_mask", None) for each in outputs]
    masks = [each if each is None else _padded(each[:count], share.most) for each in masks]
    gathered, found = (
        [None if each is None else _gathered(each, share.size) for each in group]
        for group in (padded, masks)
    )
    changes = states.seen(count / share.size)
    return gathered, found, *context.all_reduce(SUM, (added, changes))


def _backward(
    made: dict[int, Forward], variables: Sequence[Any], parts: list[tf.Tensor], share: Share
) -> list[Any]:
    """Return the gradients that all devices together have, given those of the outputs."""
    number = _number()
    own = made[number]
    begin, end = number * share.most, (number + 1) * share.most
    given = [*(part[begin:end] for part in parts), tf.ones_like(own.added)]
    return _total(own.tape.gradient([*own.outputs, own.added], variables, given))


def is_shared(model: keras.Model) -> bool:
    """Tell whether several devices train a model."""
    return bool(model.distribute_strategy.num_replicas_in_sync > 1)


def agreed(model: keras.Model, values: Sequence[float]) -> list[float]:
    """Return numbers that all workers go by: the mean of those that each has.

    What each of them does next may hang on them, and who goes another way is waited for
    in vain.
    """
    strategy = model.distribute_strategy
    if not isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return list(values)
    own = tf.constant(list(values), tf.float64)
    mean = strategy.run(
        lambda: tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.MEAN, own)
    )
    return [float(value) for value in _first(strategy, mean)]


class _States:
    """What layers change themselves in a step: averages, and states of random generators.

    Averages get the mean over the devices, weighted by examples.
    """

    def __init__(self, model: keras.Model) -> None:
        own = [v for layer in model._flatten_layers() for v in layer._non_trainable_variables]
        trained = {
            id(v) for layer in model._flatten_layers() for v in layer._trainable_variables
        }
        floats = [v for v in own if "float" in str(v.dtype) and id(v) not in trained]
        self._averages = list({id(v): v for v in floats}.values())
        self._before = [tf.identity(v.value) for v in self._averages]
        seeds = [v for v in model.variables if v.path.endswith("seed_generator_state")]
        self._seeds = list({id(v): v for v in seeds}.values())

    def move_apart(self, number: int) -> None:
        """Let a device draw other numbers than the others."""
        for seed in self._seeds:
            seed.assign(seed.value + tf.constant([number * APART, 0], seed.dtype))

    def seen(self, share: float) -> list[tf.Tensor]:
        """Return what a device's examples change of each average."""
        if not share:
            return [tf.zeros_like(before) for before in self._before]
        pairs = zip(self._averages, self._before, strict=True)
        return [share * (average.value - before) for average, before in pairs]

    def settle(self, changes: Sequence[tf.Tensor], first: int) -> None:
        """Give all devices the same states again."""
        for average, before, change in zip(self._averages, self._before, changes, strict=True):
            average.assign(before + change)
        for seed in self._seeds:
            seed.assign(seed.value - tf.constant([first * APART, 0], seed.dtype))


def _number() -> int:
    """Return which device computes here, counted over all machines."""
    number = tf.distribute.get_replica_context().replica_id_in_sync_group
    return int(tf.get_static_value(number))


def _first(strategy: tf.distribute.Strategy, values: Any) -> Any:
    """Return what the first device of this process has; the others have the same."""
    return tf.nest.map_structure(
        lambda value: strategy.experimental_local_results(value)[0], values
    )


def _padded(rows: tf.Tensor, count: int) -> tf.Tensor:
    """Return rows with zeros behind them, so many in all."""
    missing = count - int(rows.shape[0])
    return tf.pad(rows, [[0, missing], *[[0, 0]] * (len(rows.shape) - 1)]) if missing else rows


def _gathered(part: tf.Tensor, size: int) -> tf.Tensor:
    """Return the rows that all devices have, as many as the batch has examples."""
    rows = tf.distribute.get_replica_context().all_gather(part, 0)[:size]
    return tf.ensure_shape(rows, (size, *part.shape[1:]))


def _as_outputs(
    model: keras.Model, outputs: list[tf.Tensor], masks: list[tf.Tensor | None]
) -> Any:
    """Return outputs as the model gives them, with the masks that Keras's losses obey."""
    for output, mask in zip(outputs, masks, strict=True):
        if mask is not None:
            output._keras_mask = mask
    names = sorted(output_names(model))
    return dict(zip(names, outputs, strict=True)) if names else outputs[0]


def _added(model: keras.Model) -> tf.Tensor:
    """Return the sum of the losses that layers add for what they have just seen."""
    penalties = sum(v.regularizer is not None for v in model.trainable_variables)
    losses = model.losses
    found = losses[: len(losses) - penalties]
    return (
        tf.add_n([tf.cast(loss, tf.float32) for loss in found]) if found else tf.constant(0.0)
    )


def _total(tensors: Sequence[Any]) -> list[Any]:
    """Return the sums of gradients over all devices; rows that were looked up side by side."""
    context = tf.distribute.get_replica_context()
    dense = [each for each in tensors if isinstance(each, tf.Tensor)]
    sums = iter(context.all_reduce(SUM, dense) if dense else [])
    found: list[Any] = []
    for each in tensors:
        if isinstance(each, tf.IndexedSlices):
            values, rows = (context.all_gather(one, 0) for one in (each.values, each.indices))
            found.append(tf.IndexedSlices(values, rows, each.dense_shape))
        else:
            found.append(None if each is None else next(sums))
    return found


def _plus(one: Any, other: Any) -> Any:
    """Return the sum of two gradients, of which each may be missing."""
    if one is None or other is None:
        return other if one is None else one
    return tf.convert_to_tensor(one) + tf.convert_to_tensor(other)
