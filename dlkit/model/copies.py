"""What an output is compared with that is to give the input back, as an autoencoder's is.

It is what layers read as ``input``, behind the ``Rescaling`` and ``Normalization`` that
stand in front of all other layers: those make numbers of the size that a model learns, and
Keras users would have applied them to the data beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import keras

from dlkit.config.expansion import INPUT
from dlkit.config.objects import LayerEntry
from dlkit.data.dataset import Dataset, Split, Target, changed
from dlkit.data.tables.fitted import FittedColumn
from dlkit.errors import ModelError, Path, Problem
from dlkit.model.inputs import Entrance, Runner

RESCALING = frozenset({"Rescaling", "Normalization"})
"""Layers in front that change what is to be given back."""

RESHAPING = frozenset({"Flatten", "Reshape"})
"""Layers that may stand before and between them."""


def copy_layer(
    entries: tuple[LayerEntry, ...], entrance: Entrance, model: keras.Model, path: Path
) -> str:
    """Return the name of the layer of a model that makes what is to be given back.

    Args:
        entries: The layers of the config.
        entrance: What they read.
        model: From raw inputs to outputs.
        path: Where the config asks for it.

    Raises:
        ModelError: If there is no lone input of numbers that stay as they are.
    """
    tensor = entrance.read.get(INPUT)
    if tensor is None:
        message = f"the data has several inputs: {', '.join(entrance.read)}."
        raise ModelError(Problem(message, path, "Name the column or array to be foretold."))
    name = _last_in_front(entries)
    if name is None:
        name = str(tensor._keras_history.operation.name)
    part = _part(model, name)
    if part.outputs[0].dtype == "string":
        raise ModelError(Problem("the input is text, which no output gives back.", path))
    if part.trainable_weights:
        message = "what layers read as `input` has weights that are trained, and moves itself."
        hint = "Read columns of names as one_hot, not as an embedding."
        raise ModelError(Problem(message, path, hint))
    return name


def _last_in_front(entries: tuple[LayerEntry, ...]) -> str | None:
    """Return the last layer that rescales the whole input, before any other reads it."""
    before = [INPUT, *(entry.name for entry in entries)]
    reads = [
        entry.inputs or (previous,) for entry, previous in zip(entries, before, strict=False)
    ]
    current, found = INPUT, None
    for entry, inputs in zip(entries, reads, strict=True):
        alone = inputs == (current,) and sum(current in read for read in reads) == 1
        if not alone or entry.layer.name not in RESCALING | RESHAPING:
            break
        current = entry.name
        found = current if entry.layer.name in RESCALING else found
    return found


class Copier:
    """Gives examples what outputs are compared with that give the input back.

    Args:
        model: From raw inputs to outputs, as trained or as loaded.
        layers: For each such output the layer that makes it, as ``copy_layer`` names it.
        columns: Of a table; empty for arrays.
    """

    def __init__(
        self, model: keras.Model, layers: Mapping[str, str], columns: tuple[FittedColumn, ...]
    ) -> None:
        self._layers = layers
        runners = {layer: Runner(_part(model, layer), columns) for layer in layers.values()}
        self._runners = runners

    def __call__(self, split: Split) -> Split:
        """Return the same examples with float32 targets of the shape that the layers give."""
        made: dict[str, Any] = {layer: run(split.x) for layer, run in self._runners.items()}
        copies = {name: made[layer] for name, layer in self._layers.items()}
        return replace(split, targets={**split.targets, **copies})


def _part(model: keras.Model, layer: str) -> keras.Model:
    """Return the part of a model up to a layer; a layer of the input is the input."""
    raw = {tensor._keras_history.operation.name: tensor for tensor in model.inputs}
    return keras.Model(model.input, raw[layer] if layer in raw else _given(model, layer))


def _given(model: keras.Model, name: str) -> Any:
    """Return the tensor that a layer gives; of a table's encoder the one for ``input``.

    A layer that is a model has an ``output`` in a graph of its own. In this graph its call
    is a node.
    """
    layer = model.get_layer(name)
    nodes = [node for level in model._nodes_by_depth.values() for node in level]
    node = next(node for node in nodes if node.operation is layer)
    place = sorted(layer.output).index(INPUT) if isinstance(layer.output, dict) else 0
    return node.output_tensors[place]


def with_copies(dataset: Dataset, model: keras.Model, layers: Mapping[str, str]) -> Dataset:
    """Return a dataset that knows what the outputs learn that give the input back.

    Args:
        dataset: Raw inputs.
        model: From raw inputs to outputs.
        layers: For each such output the layer that makes what it is compared with.
    """
    if not layers:
        return dataset
    copier = Copier(model, layers, dataset.columns)
    learned = {name: Target("regression", copies=layer) for name, layer in layers.items()}
    seen = dataset.with_splits(lambda part: changed(part, copier))
    together = dataset.together

    def blocks() -> Iterator[Mapping[str, Split]]:
        assert together is not None  # noqa: S101  # else nobody asks
        return ({part: copier(split) for part, split in block.items()} for block in together())

    return replace(
        seen,
        outputs={**dataset.outputs, **learned},
        together=blocks if together is not None else None,
    )
