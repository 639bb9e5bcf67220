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
        _set_flag(layer, trainable)
        _freeze_statistics(layer)
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
        _set_flag(inner, index >= names.index(start))
    _freeze_statistics(layer)


def _set_flag(layer: Any, trainable: bool) -> None:
    """Give a layer and all that it holds a flag.

    TensorFlow ignores the assignment of what an attribute is already, and then Keras does
    not pass it on: layers that were frozen inside a trained one would stay so.
    """
    for one in layer._flatten_layers():
        one.trainable = trainable


def keep_statistics(part: keras.Model) -> None:
    """Let batch normalization in a part that is trained already stay as it has learned.

    Few examples would soon spoil its statistics. Calling the part with ``training=False``
    is no help: Keras 3.15 replaces that by what the model around it is called with. What
    is not trainable normalizes by its statistics, in loaded models as well.
    """
    part.keeps_statistics = True
    _freeze_statistics(part)


def is_kept(layer: Any) -> bool:
    """Tell whether a layer is a part that is trained already, whose statistics stay."""
    return bool(getattr(layer, "keeps_statistics", False))


def statistics_kept(layer: Any) -> int:
    """Count the layers of batch normalization in a layer that stay as they have learned."""
    return len(list(_kept(layer, kept=False)))


def _freeze_statistics(layer: Any) -> None:
    for one in _kept(layer, kept=False):
        one.trainable = False


def _kept(layer: Any, *, kept: bool) -> Iterator[Any]:
    """Yield the batch normalization of the parts in a layer that are trained already."""
    kept = kept or is_kept(layer)
    if kept and isinstance(layer, keras.layers.BatchNormalization):
        yield layer
    wrapped = [layer.layer] if isinstance(layer, keras.layers.Wrapper) else []
    for inner in (*wrapped, *inner_layers(layer)):
        yield from _kept(inner, kept=kept)


def inner_layers(layer: Any) -> Iterator[Any]:
    """Yield the layers that a model used as a layer holds, in order; of others none."""
    if isinstance(layer, keras.Model):
        yield from (inner for inner in layer.layers if not _is_input(inner))


def read_flags(model: keras.Model) -> list[tuple[Any, bool]]:
    """Return every layer of a model and whether it is trained, from the outside inwards."""
    return [(layer, layer.trainable) for layer in model._flatten_layers()]


def set_flags(flags: list[tuple[Any, bool]]) -> None:
    """Give layers the flags that ``read_flags`` read."""
    for layer, trainable in flags:  # one that holds layers sets theirs too, so it goes first
        layer.trainable = trainable


def _is_input(layer: Any) -> bool:
    return isinstance(layer, keras.layers.InputLayer)
