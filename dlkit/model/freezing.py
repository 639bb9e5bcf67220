"""Which weights of a layer training changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras

from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject
from dlkit.errors import ModelError, Path, Problem


def set_trainable(
    layer: Any, trainable: bool | dict[str, str], notation: KerasObject | Path
) -> None:
    """Say which weights of a layer are trained.

    Args:
        layer: A layer, or a model used as one.
        trainable: Whether all of them; or ``{"from": name}``: those of the layer of that
            name inside it, and of the layers after that one.
        notation: Where it is written.

    Raises:
        ModelError: If the layer holds no layers, or none of that name.
    """
    if isinstance(trainable, bool):
        layer.trainable = trainable
        return
    place = notation.path if isinstance(notation, KerasObject) else notation
    path = (*place, "trainable") if isinstance(notation, KerasObject) else place
    layers = list(inner_layers(layer))
    names = [inner.name for inner in layers]
    start = trainable["from"]
    if start not in names:
        message = f"{layer.name!r} has no layer {start!r}."
        hint = did_you_mean(start, names) if names else "It is one layer: write true or false."
        raise ModelError(Problem(message, path, hint))
    layer.trainable = True
    for index, inner in enumerate(layers):
        inner.trainable = index >= names.index(start)


def inner_layers(layer: Any) -> Iterator[Any]:
    """Yield the layers that a model used as a layer holds, in order; of others none."""
    if isinstance(layer, keras.Model):
        yield from (inner for inner in layer.layers if not _is_input(inner))


def _is_input(layer: Any) -> bool:
    return isinstance(layer, keras.layers.InputLayer)
