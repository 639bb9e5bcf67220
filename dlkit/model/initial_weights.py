"""Begin with what another run has learned, wherever it fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from dlkit.errors import ModelError, Path, Problem
from dlkit.model.freezing import inner_layers

SEPARATOR = "/"
"""Between the name of a model in the model and that of a layer of it."""


@dataclass(frozen=True)
class Taken:
    """What a layer takes over from the same layer of another run.

    Attributes:
        layer: Its name; of one inside a model ``model/layer``.
        shapes: Shapes of its weights, in words.
        result: What was taken, or why not.
        count: How many of its weights were taken.
    """

    layer: str
    shapes: str
    result: str
    count: int


def take_weights(layers: Mapping[str, Any], run: keras.Model, place: Path) -> tuple[Taken, ...]:
    """Give layers the weights of a run's where name, weight and shape are the same.

    Layers that have learned what the data looks like (``Normalization``, vocabularies)
    keep what they know of this run's data.

    Args:
        layers: The layers whose weights change, by their names.
        run: The model of a finished run.
        place: Where that run is named in the config.

    Returns:
        A row for each layer with weights.

    Raises:
        ModelError: If nothing is the same.
    """
    known = dict(_trained(inner_layers(run)))
    own = [layer for name, layer in layers.items() if name == layer.name]  # each once
    rows = tuple(_take(name, layer, known.get(name)) for name, layer in _trained(own))
    if not any(row.count for row in rows):
        message = "no layer has the name and the shape of one of that run."
        names = ", ".join(list(known)[:8])
        hint = f"Its layers with weights: {names}. Give yours the same `name:`."
        raise ModelError(Problem(message, place, hint))
    return rows


def _trained(layers: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield layers with weights by their names, and of models those that they hold."""
    for layer in layers:
        if inner := _named_layers(layer):
            yield from _trained(inner, f"{prefix}{layer.name}{SEPARATOR}")
        elif layer.weights and not hasattr(layer, "adapt"):
            yield f"{prefix}{layer.name}", layer


def _named_layers(layer: Any) -> list[Any]:
    """Return the layers in a model; none of one by subclassing, where Keras names them."""
    drawn = isinstance(layer, (keras.Sequential, keras.Function))
    return list(inner_layers(layer)) if drawn else []


def _take(name: str, layer: Any, other: Any) -> Taken:
    """Let a layer take over what fits it."""
    own = dict(_weights(layer))
    shapes = " ".join(str(tuple(weight.shape)) for weight in own.values())
    if other is None:
        return Taken(name, shapes, "not: the run has no such layer", 0)
    known = dict(_weights(other))
    misfits = []
    for key, weight in own.items():
        if key not in known:
            misfits.append(f"{key[0]}: the run has none")
        elif tuple(known[key].shape) != tuple(weight.shape):
            misfits.append(f"{key[0]}: the run has {tuple(known[key].shape)}")
        else:
            weight.assign(known[key])
    count = len(own) - len(misfits)
    if not misfits:
        return Taken(name, shapes, "taken", count)
    start = "not" if not count else "the rest taken, not"
    return Taken(name, shapes, f"{start} {', '.join(misfits)}", count)


def _weights(layer: Any) -> Iterator[tuple[tuple[str, int], Any]]:
    """Yield a layer's weights by their names, and a number where several have one name.

    Their paths are no help: they hold names that Keras counts up in every process.
    """
    seen: Counter[str] = Counter()
    for weight in layer.weights:
        yield (weight.name, seen[weight.name]), weight
        seen[weight.name] += 1
