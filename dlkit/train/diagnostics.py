"""What training does to every layer: its gradients, its weights, and units that are dead.

Norms are L2 over all numbers that training may change in a layer. The ratio of the update
to the weights says whether the learning rate fits: about 1e-3 is healthy (A. Karpathy,
CS231n, section "Ratio of weights:updates").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.columns import DIAGNOSTICS
from dlkit.data.dataset import Examples, Split, Stream
from dlkit.model.compiled import compiled
from dlkit.train.loops.feed import tensors

SAMPLE = 512
"""Training examples for which a unit has to be zero to count as dead."""

BATCH = 256
"""Examples of them at a time, as validation takes them at least."""


@dataclass(frozen=True)
class Before:
    """What a step needs of the moment before its update.

    Attributes:
        weights: Values of the trainable variables.
        scale: What the loss was multiplied by before its gradients were taken.
        updates: How many updates the optimizer has made.
    """

    weights: tuple[tf.Tensor, ...]
    scale: tf.Tensor
    updates: tf.Tensor


class Probe:
    """Measures the layers of a model while it is trained; changes nothing.

    Args:
        model: The compiled model; which of its weights are trained stays as it is now.
        examples: Provide the sample for dead units.
        seed: Of the run: chooses the sample.
    """

    def __init__(self, model: keras.Model, examples: Examples, seed: int) -> None:
        self._model = model
        self._layers = weights_of(model)
        self._sample = _batches(_sample(examples, seed))
        self._axes, self._hidden = rectified(model)
        zeros = np.zeros((4, len(self._layers)), np.float32)
        # Sums over an epoch, a column a layer: norms and how many, ratios and how many.
        self._sums = keras.Variable(zeros, trainable=False, name="diagnostics")
        self._end = compiled(self._weight_norms)
        self._alive = compiled(self._living_units, reduce_retracing=True)

    @property
    def variables(self) -> list[Any]:
        """What an epoch that is under way has collected."""
        return [self._sums]

    @property
    def columns(self) -> list[str]:
        """The columns of the history that it fills, the same in every epoch."""
        gradients, ratios, norms, dead = DIAGNOSTICS
        kinds = dict.fromkeys((gradients, ratios, norms), self._layers)
        each = [f"{kind}/{name}" for kind, layers in kinds.items() for name in layers]
        return [*each, *(f"{dead}/{name}" for name in self._axes)]

    def before(self) -> Before:
        """Take down what an update will change; a part of the training step."""
        optimizer: Any = self._model.optimizer
        return Before(
            weights=tuple(tf.identity(v.value) for v in self._model.trainable_variables),
            scale=optimizer.scale_loss(tf.ones(())),
            updates=tf.identity(optimizer.iterations),
        )

    def after(self, gradients: Sequence[Any], before: Before) -> None:
        """Add a step that was made; a part of it.

        What overflows while float16 looks for its loss scale is no gradient, and a step that
        gathers gradients, or that the optimizer leaves out, is no update: neither counts.

        Args:
            gradients: Of the scaled loss, for each trainable variable, or None.
            before: What ``before`` has returned.
        """
        variables = self._model.trainable_variables
        optimizer: Any = self._model.optimizer
        changes = [v.value - old for v, old in zip(variables, before.weights, strict=True)]
        gradient = self._norms(gradients) / before.scale
        change, size = self._norms(changes), self._norms(before.weights)
        is_number = tf.math.is_finite(gradient)
        updated = tf.not_equal(optimizer.iterations, before.updates)
        is_ratio = updated & tf.math.is_finite(change) & (size > 0)
        ratio = tf.math.divide_no_nan(change, size)
        rows = [
            *(tf.where(is_number, gradient, 0), tf.cast(is_number, tf.float32)),
            *(tf.where(is_ratio, ratio, 0), tf.cast(is_ratio, tf.float32)),
        ]
        self._sums.assign_add(tf.stack(rows))

    def read_and_reset(self) -> dict[str, float]:
        """Return the figures of the epoch that is over, by column, and begin anew.

        A layer that is not trained now has no gradient and no update: 0 both.
        """
        norms, steps, ratios, updates = np.asarray(self._sums)
        self._sums.assign(tf.zeros_like(self._sums.value))
        values = [
            *(norms / np.maximum(steps, 1)),
            *(ratios / np.maximum(updates, 1)),
            *np.asarray(self._end()),
            *self._dead_shares(),
        ]
        return {name: float(value) for name, value in zip(self.columns, values, strict=True)}

    def _norms(self, arrays: Sequence[Any]) -> tf.Tensor:
        """Return the norm of each layer's part of what each trainable variable has."""
        owned = {
            id(v): _sum_of_squares(array)
            for v, array in zip(self._model.trainable_variables, arrays, strict=True)
            if array is not None
        }
        sums = [
            tf.add_n([owned[id(v)] for v in weights if id(v) in owned] or [tf.zeros(())])
            for weights in self._layers.values()
        ]
        return tf.sqrt(tf.stack(sums))

    def _weight_norms(self) -> tf.Tensor:
        norms = [
            tf.sqrt(tf.add_n([_sum_of_squares(v.value) for v in weights]))
            for weights in self._layers.values()
        ]
        return tf.stack(norms)

    def _dead_shares(self) -> list[float]:
        """Return which part of each layer's units is zero for every example of the sample."""
        if self._hidden is None:
            return []
        seen = [self._alive(x) for x in self._sample]
        return [
            1 - float(np.logical_or.reduce([np.asarray(alive) for alive in layer]).mean())
            for layer in zip(*seen, strict=True)
        ]

    def _living_units(self, x: Any) -> list[tf.Tensor]:
        """Tell of each unit of each layer whether an example of a batch makes it positive."""
        model: Any = self._hidden
        # Without a state, for recurrent layers that drop out draw whenever they are called.
        made, _ = model.stateless_call(
            model.trainable_variables, model.non_trainable_variables, x, training=False
        )
        return [
            tf.reduce_any(
                made[name] > 0, [i for i in range(made[name].shape.rank) if i != axis]
            )
            for name, axis in self._axes.items()
        ]


def weights_of(model: keras.Model) -> dict[str, list[Any]]:
    """Return what training may change in each layer, by the layers' names.

    Frozen weights are among them, for a stage may thaw them; statistics are not. A model
    that is used as a layer is one.
    """
    found = {layer.name: list(_weights(layer)) for layer in model.layers}
    return {name: weights for name, weights in found.items() if weights}


def _weights(layer: Any) -> Iterator[Any]:
    seen: set[int] = set()
    for one in layer._flatten_layers():  # Keras has no public way into wrappers and cells
        for variable in one._trainable_variables:  # nor to what is frozen, but no statistics
            if id(variable) not in seen:
                seen.add(id(variable))
                yield variable


def rectified(model: keras.Model) -> tuple[dict[str, int], keras.Model | None]:
    """Return the hidden layers that end in a rectifier, and a model that gives their outputs.

    A unit of a convolution is a filter: it is dead where it is zero at every place. Layers
    that are called more than once are left out.

    Returns:
        The axis of the units of each layer by its name, and a model whose outputs are a
        dict by the same names; None where there is no such layer.
    """
    # A layer's own `output` may be that of another model: the one that reads raw inputs.
    graph: Any = getattr(model, "_functional", model)
    nodes = [node for depth in graph._nodes_by_depth.values() for node in depth]
    calls = Counter(id(node.operation) for node in nodes)
    ends = {id(output) for output in graph.outputs}
    outputs = {
        node.operation.name: node.output_tensors[0]
        for node in nodes
        if _is_rectifier(node.operation) and calls[id(node.operation)] == 1
        if id(node.output_tensors[0]) not in ends
    }
    layers = [layer for layer in model.layers if layer.name in outputs]
    ordered = {layer.name: outputs[layer.name] for layer in layers}
    axes = {layer.name: _unit_axis(layer, ordered[layer.name]) for layer in layers}
    return axes, keras.Model(graph.input, ordered) if ordered else None


def _is_rectifier(layer: Any) -> bool:
    """Tell whether what a layer gives is zero wherever it would be negative."""
    inner = isinstance(layer, (keras.layers.RNN, keras.layers.Wrapper, keras.Model))
    if inner or not type(layer).__module__.startswith("keras."):
        return False
    if isinstance(layer, keras.layers.ReLU):
        return not layer.negative_slope
    activation = getattr(layer, "activation", None)
    return activation in (keras.activations.relu, keras.activations.relu6)


def _unit_axis(layer: Any, output: Any) -> int:
    """Return the axis of a layer's output along which its units stand."""
    first = getattr(layer, "data_format", "") == "channels_first"
    return 1 if first else len(output.shape) - 1


def _sum_of_squares(array: Any) -> tf.Tensor:
    return tf.reduce_sum(tf.square(tf.cast(tf.convert_to_tensor(array), tf.float32)))


def _sample(examples: Examples, seed: int) -> Split:
    """Return some training examples, the same ones whenever the run is made."""
    generator = np.random.default_rng([seed, 0xD1A6])
    count = min(SAMPLE, len(examples))
    rows = np.sort(generator.choice(len(examples), count, replace=False))
    if isinstance(examples, Stream) and examples.read is not None:
        return examples.read(rows)
    assert isinstance(examples, Split)  # noqa: S101  # what is trained on can be read
    return examples.take(rows)


def _batches(sample: Split) -> list[Any]:
    """Return the inputs of a sample as tensors, some examples at a time."""
    starts = range(0, len(sample), BATCH)
    return [tensors(sample.take(slice(at, at + BATCH)))[0] for at in starts]
