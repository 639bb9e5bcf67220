"""Change batches of training examples at random, by Keras's augmentation layers.

Here they stand beside the model, not in it: an exported model must not know them. What
they draw is a function of (seed, epoch, layer, draws before in the epoch), so that a
training can be taken up at any epoch.

Five of Keras's layers get a helping hand, since in Keras 3.15 ``AugMix`` draws its
operations once, when the graph is traced; ``RandomSaturation`` (in ``RandomColorJitter``
too) takes the bounds of the pixels for those of saturation; ``RandomElasticTransform``
bends all pictures of a batch alike where the size of the batch is not known; and a
``Pipeline`` passes labels on to layers that take none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.augmentation_rules import (
    AUGMENTATIONS,
    channel_problems,
    flat,
    is_for_pictures,
)
from dlkit.config.objects import KerasObject
from dlkit.errors import ModelError, Problem
from dlkit.model.objects import REFUSALS, build_object, refusal

AUGMIX = (
    *("random_shear", "random_translation", "random_rotation", "random_brightness"),
    *("random_color_degeneration", "random_contrast", "random_sharpness"),
    *("solarization", "random_posterization", "auto_contrast", "equalization"),
)
"""Where ``AugMix`` keeps its operations; without ``all_ops`` it has some of them."""

Change = Callable[[tf.Tensor], tf.Tensor]


class Augmentation:
    """Changes batches of training inputs at random; never a part of the exported model.

    Args:
        notations: Keras's layers, in the order they are applied.
        input_shape: Shape of one example: ``(height, width)`` or ``(height, width,
            channels)`` for pictures, any for noise.
        seed: From which everything is drawn; a layer's own ``seed`` wins.
        value_range: Least and largest pixel; a layer's own ``value_range`` wins.

    Raises:
        ModelError: If a layer does not take such examples or changes their shape.
    """

    def __init__(
        self,
        notations: Sequence[KerasObject],
        input_shape: tuple[int, ...],
        seed: int,
        value_range: tuple[float, float] = (0.0, 255.0),
    ) -> None:
        notations = list(flat(notations))
        self._gray = len(input_shape) == 2
        self._layers = [_build(notation, seed, value_range) for notation in notations]
        for notation, layer in zip(notations, self._layers, strict=True):
            _prove(notation, layer, input_shape)
        self._variables = [state for layer in self._layers for state in layer.variables]
        self._seeds = [abs(int(state.numpy()[0])) for state in self._variables]
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Set every layer's random state to a function of the seed, the epoch and its place.

        Args:
            epoch: Number of the epoch, counted from 0.
        """
        for place, (state, seed) in enumerate(zip(self._variables, self._seeds, strict=True)):
            drawn = np.random.SeedSequence([seed, epoch, place]).generate_state(1)[0]
            state.assign([int(drawn), 0])

    @property
    def variables(self) -> list[Any]:
        """The states of the layers' random generators, int64 of shape ``(2,)``."""
        return list(self._variables)

    def __call__(self, x: tf.Tensor, y: Any) -> tuple[tf.Tensor, Any]:
        """Change one batch.

        Works eagerly, in a ``tf.function``, and in ``Dataset.map`` without parallel calls:
        the states are variables that every call moves on.

        Args:
            x: Examples of any numeric dtype, shape ``(batch, *input_shape)``.
            y: Their labels; for ``MixUp`` and ``CutMix`` one-hot, ``(batch, classes)``. Of
                several outputs a dict, all of which are mixed alike.

        Returns:
            The examples as float32 of the same shape, and the labels: float32 where they
            were mixed, else as they are. Without layers both are as they were.

        Raises:
            ValueError: If labels that are not one-hot are to be mixed.
        """
        if not self._layers:
            return x, y
        changed = tf.cast(x, tf.float32)
        changed = changed[..., tf.newaxis] if self._gray else changed
        for layer in self._layers:
            if _mixes(layer):
                changed, y = _mix(layer, changed, y)
            else:
                changed = _change(layer)(changed)
        changed = changed[..., 0] if self._gray else changed
        return tf.ensure_shape(changed, x.shape), y

    def preview(self, x: np.ndarray, times: int) -> np.ndarray:
        """Return examples as training may see them; what it will draw stays the same.

        Args:
            x: Examples of shape ``(n, *input_shape)``.
            times: How many variants to make of each.

        Returns:
            float32 of shape ``(n, times, *input_shape)``.
        """
        before = [state.numpy() for state in self._variables]
        labels = tf.eye(len(x), max(len(x), 2))  # what is done with them nobody sees
        variants = [np.asarray(self(tf.constant(x), labels)[0]) for _ in range(times)]
        for state, value in zip(self._variables, before, strict=True):
            state.assign(value)
        return np.stack(variants, axis=1).astype(np.float32)


def _build(notation: KerasObject, seed: int, value_range: tuple[float, float]) -> Any:
    """Build a layer that computes in float32 and draws from our seed."""
    known = notation.entry.parameters if notation.entry else {}
    given = {
        "seed": seed,
        "value_range": value_range,
        "data_format": "channels_last",
        "dtype": "float32",
    }
    layer = build_object(notation, extra={k: v for k, v in given.items() if k in known})
    saturation = getattr(layer, "random_saturation", layer)
    if isinstance(saturation, keras.layers.RandomSaturation):
        # It computes in HSV, where saturation is from 0 to 1 whatever the pixels are;
        # at up to 255 it turns strong colors into negative ones.
        saturation.value_range = (0.0, 1.0)
    return layer


def _prove(notation: KerasObject, layer: Any, input_shape: tuple[int, ...]) -> None:
    """Let a layer change two empty examples.

    Raises:
        ModelError: If it cannot, or they come out in another shape.
    """
    pictures = is_for_pictures(notation)
    if pictures and len(input_shape) not in {2, 3}:
        message = f"{notation.name} changes pictures, and examples here are {input_shape}."
        hint = "Remove it. GaussianNoise and GaussianDropout fit every input."
        raise ModelError(Problem(message, notation.path, hint))
    channels = input_shape[2] if len(input_shape) == 3 else 1
    subject = f"examples here are {input_shape}"
    problems = [p for p in channel_problems(notation, channels, subject) if not p.warning]
    if problems and pictures:
        raise ModelError(problems)
    shape = (*input_shape, 1) if len(input_shape) == 2 else input_shape
    examples = tf.zeros((2, *shape))
    try:
        layer.build(examples.shape)
        if _mixes(layer):
            result = _mix(layer, examples, tf.eye(2))[0]
        else:
            for part in _parts(layer):  # of which a call takes some, at random
                part(examples)
            result = _change(layer)(examples)
    except REFUSALS as error:
        received = f"examples of shape {input_shape}"
        raise ModelError(refusal(notation, error, received)) from error
    if tuple(result.shape) != tuple(examples.shape):
        came = tuple(result.shape[1 : 1 + len(input_shape)])
        message = f"{notation.name} makes {came} of {input_shape}, and the model reads"
        message += f" {input_shape} after training too."
        hint = "Use RandomTranslation or RandomZoom, or put it into architecture.layers."
        raise ModelError(Problem(message, notation.path, hint))


def _mixes(layer: Any) -> bool:
    return AUGMENTATIONS.get(type(layer).__name__) == "mixing"


def _mix(layer: Any, x: tf.Tensor, y: Any) -> tuple[tf.Tensor, Any]:
    """Mix examples with others of their batch, and their labels with theirs.

    A layer draws at each call, so the labels of several outputs go in side by side.

    Raises:
        ValueError: If the labels are not one-hot; broadcasting would make nonsense of them.
    """
    each = tf.nest.flatten(y)
    for labels in each:
        if labels.shape.rank != 2 or labels.shape[1] == 1:
            name, shape = type(layer).__name__, tuple(labels.shape)
            raise ValueError(f"{name} mixes one-hot labels, and these are of shape {shape}.")
    beside = tf.concat([tf.cast(labels, tf.float32) for labels in each], axis=1)
    mixed = layer({"images": x, "labels": beside}, training=True)
    apart = tf.split(mixed["labels"], [labels.shape[1] for labels in each], axis=1)
    return mixed["images"], tf.nest.pack_sequence_as(y, apart)


def _change(layer: Any) -> Change:
    """Return what changes a batch of examples."""
    call = partial(layer, training=True)
    if isinstance(layer, keras.layers.AugMix):
        return partial(_augmix, layer)
    if isinstance(layer, keras.layers.RandomElasticTransform):
        return partial(_bend, call)
    return call


def _bend(call: Change, images: tf.Tensor) -> tf.Tensor:
    """Bend each picture in its own way, also where their number is not known."""
    if images.shape[0] is not None:
        return call(images)
    return tf.map_fn(lambda image: call(image[tf.newaxis])[0], images)


def _parts(layer: Any) -> list[Change]:
    """Return the operations that an ``AugMix`` chooses from; none for other layers."""
    if not isinstance(layer, keras.layers.AugMix):
        return []
    found = [getattr(layer, name) for name in AUGMIX if hasattr(layer, name)]
    return [tf.identity, *(partial(operation, training=True) for operation in found)]


def _augmix(layer: Any, images: tf.Tensor) -> tf.Tensor:
    """Mix pictures with what chains of operations make of them, as ``AugMix`` is meant to.

    The operations are drawn for every batch. Keras draws them in Python: in a graph they
    would be chosen once, for all of the training, and by no seed of ours.
    """
    parts = _parts(layer)
    chains, depth, draw = layer.num_chains, layer.chain_depth, layer.generator
    weights = keras.random.gamma((chains,), layer.alpha, seed=draw)
    weights /= tf.reduce_sum(weights)
    kept = keras.random.beta((), layer.alpha, layer.alpha, seed=draw)
    chosen = keras.random.randint((chains * depth,), 0, len(parts), seed=draw)

    def operate(number: tf.Tensor, chain: tf.Tensor, mixed: tf.Tensor) -> Any:
        begins = tf.equal(number % depth, 0)
        chain = tf.where(begins, images, chain)
        chain = tf.switch_case(chosen[number], [partial(part, chain) for part in parts])
        chain = tf.ensure_shape(chain, images.shape)
        ends = tf.cast(tf.equal((number + 1) % depth, 0), tf.float32)
        return number + 1, chain, mixed + ends * weights[number // depth] * chain

    state = (tf.constant(0), images, tf.zeros_like(images))
    _, _, mixed = tf.while_loop(lambda number, *_: number < chains * depth, operate, state)
    low, high = layer.value_range
    return tf.clip_by_value(kept * images + (1 - kept) * mixed, low, high)
