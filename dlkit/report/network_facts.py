"""What the rules that read a run have to know of its model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

import keras
import numpy as np

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.regularization.calls import HiddenCall, hidden_calls
from dlkit.config.regularization.kinds import is_dropout, is_normalization, learns, role_of
from dlkit.config.regularization.optimizers import CLIPPING
from dlkit.config.regularization.reading import Graph
from dlkit.config.regularization.regularize import ends_of
from dlkit.config.schema import Config
from dlkit.data.dataset import Examples, Split
from dlkit.reading.story import Network
from dlkit.train.diagnostics import rectified
from dlkit.train.loops.feed import tensors

PENALTIES = ("kernel", "recurrent", "embeddings", "depthwise", "pointwise")
"""What of a layer is made small by a regularizer."""

MOST_WEIGHTS = 20_000_000
"""Larger kernels are not compared unit by unit: it would take seconds."""

SAMPLE = 256
"""Training examples that a unit has to be zero for to count as dead, from the first on."""

RANDOM = ("rate", "dropout", "recurrent_dropout", "stddev")
"""Arguments of layers that change what they give in training."""


def network_of(
    config: Config, core: keras.Model, parameters: int, augmented: Sequence[str]
) -> Network:
    """Return the facts of a trained model.

    Args:
        config: As it was trained.
        core: The trained model.
        parameters: How many weights it has.
        augmented: Names of the layers that change the training examples.
    """
    entries, ends = config.architecture.layers, ends_of(config)
    graph = Graph(entries, INPUT, ends, ends)
    calls = tuple(hidden_calls(graph))
    normalized = any(entry.layer.name == "BatchNormalization" for entry in entries)
    drops = [rate for entry in entries for rate in _drops(entry.layer)]
    noise = [entry.layer.name for entry in entries if _is_random(entry.layer)]
    batches = ["BatchNormalization"] if normalized else []
    kernels = dict(_kernels(core))
    sizes = {name: _size(kernel) for name, kernel in kernels.items()}
    optimizer = config.optimizer.arguments
    return Network(
        parameters=parameters,
        bends=_bends(graph, entries, calls, ends),
        sigmoids=_sigmoids(graph, calls),
        recurrent=any(call.role == "recurrent" for call in calls),
        clipped=any(optimizer.get(name) is not None for name in CLIPPING),
        noise=tuple(dict.fromkeys([*augmented, *noise, *batches])),
        normalized=normalized,
        dropped=max(drops, default=0.0),
        penalized=bool(optimizer.get("weight_decay")) or any(map(_is_penalized, entries)),
        penalty=_penalty(core),
        weight_size=median(sizes.values()) if sizes else None,
        shrunk={name: sizes[name] / _drawn(kernel) for name, kernel in kernels.items()},
        units=dict(_units(kernels, {call.layer.name for call in calls})),
    )


def dead_shares(core: keras.Model, examples: Examples) -> dict[str, float]:
    """Return the share of each rectified layer's units that give 0 for some examples alike.

    Args:
        core: The trained model.
        examples: Its training examples, in memory; of others nothing is asked.
    """
    if not isinstance(examples, Split):
        return {}
    axes, hidden = rectified(core)
    if hidden is None:
        return {}
    given = hidden(tensors(examples.take(slice(0, SAMPLE)))[0], training=False)
    return {name: _zero_share(np.asarray(given[name]), axis) for name, axis in axes.items()}


def _zero_share(outputs: np.ndarray, axis: int) -> float:
    """Return the share of units, along an axis, that are never more than 0."""
    others = tuple(each for each in range(outputs.ndim) if each != axis)
    return float(np.mean(~np.any(outputs > 0, axis=others)))


def _bends(
    graph: Graph,
    entries: Sequence[LayerEntry],
    calls: Sequence[HiddenCall],
    ends: frozenset[str],
) -> int:
    """Count the hidden layers that are more than a weighted sum."""
    plain = [call for call in calls if _activation(graph, call) or call.role == "recurrent"]
    others = [
        entry
        for entry in entries
        if entry.name not in ends and role_of(entry.layer) is None and learns(entry.layer)
        if not is_normalization(entry.layer)
    ]
    return len(plain) + len(others)


def _activation(graph: Graph, call: HiddenCall) -> str:
    """Name what follows a hidden layer; empty where it is linear."""
    if call.activation is not None:
        return call.activation.name
    if call.activation_layer is None:
        return ""
    layer = graph.layer(call.activation_layer)
    given = layer.arguments.get("activation", layer)
    return given.name if isinstance(given, KerasObject) else layer.name


def _sigmoids(graph: Graph, calls: Sequence[HiddenCall]) -> int:
    """Count the hidden sigmoids, where no way leads around them and nothing normalizes."""
    if any(len(reads) > 1 for reads in graph.reads.values()) or any(
        c.normalized for c in calls
    ):
        return 0
    names = [_activation(graph, call) for call in calls if call.role != "recurrent"]
    return sum(name in ("sigmoid", "hard_sigmoid") for name in names)


def _drops(layer: KerasObject) -> Iterator[float]:
    rate = layer.arguments.get("rate") if is_dropout(layer) else None
    for value in (rate, layer.arguments.get("dropout")):
        if isinstance(value, (int, float)):
            yield float(value)


def _is_random(layer: KerasObject) -> bool:
    values = [layer.arguments.get(name) for name in RANDOM]
    return any(isinstance(value, (int, float)) and value > 0 for value in values)


def _is_penalized(entry: LayerEntry) -> bool:
    return any(entry.layer.arguments.get(f"{part}_regularizer") for part in PENALTIES)


def _penalty(core: keras.Model) -> float:
    """Return what the penalties on weights add to the loss."""
    losses = [
        layer._get_regularization_losses() for layer in core._flatten_layers(False, False)
    ]
    return float(sum(float(loss) for each in losses for loss in each))


def _kernels(core: keras.Model) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the kernel of each layer that has one, float32 ``(..., inputs, units)``."""
    for layer in core.layers:
        kernel: Any = getattr(layer, "kernel", None)
        if kernel is not None and layer.trainable and len(kernel.shape) >= 2:
            array = np.asarray(keras.ops.convert_to_numpy(kernel), np.float32)
            if np.isfinite(array).all():
                yield layer.name, array


def _size(kernel: np.ndarray) -> float:
    """Return the root mean square of a kernel."""
    return float(np.linalg.norm(kernel.ravel().astype(np.float64)) / kernel.size**0.5)


def _drawn(kernel: np.ndarray) -> float:
    """Return the root mean square of a kernel as drawn by Glorot's formula.

    The square root of 2 / (inputs + outputs) (X. Glorot and Y. Bengio, 2010).
    """
    field = int(np.prod(kernel.shape[:-2]))
    return float((2 / (field * (kernel.shape[-2] + kernel.shape[-1]))) ** 0.5)


def _units(
    kernels: dict[str, np.ndarray], hidden: set[str]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield of each hidden layer how many units it has, and how many differ."""
    for name, kernel in kernels.items():
        units = kernel.shape[-1]
        if name not in hidden or units < 2 or kernel.size > MOST_WEIGHTS:
            continue
        rows = np.ascontiguousarray(kernel.reshape(-1, units).T) + 0.0  # -0 is 0
        yield name, (units, len({row.tobytes() for row in rows}))
