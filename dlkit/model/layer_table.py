"""The layers of a model as rows of a table, those of models inside it below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry, called_again
from dlkit.config.own_layers import KIND, MODEL, SHARED
from dlkit.errors import Path
from dlkit.model.graph import Built
from dlkit.model.summary import LayerRow

Shape = tuple[int | None, ...]


def summarize(
    built: Built, entries: tuple[LayerEntry, ...], line_of: Callable[[Path], int]
) -> list[LayerRow]:
    """List a model's layers in the order they are written.

    A layer that is called again is ``= its name``, and its weights are counted once. What a
    model in the model holds follows it: ``encoder/dense_0``.

    Args:
        built: The model.
        entries: Its layers as written.
        line_of: Returns the line of what stands at a path; 0 where there is none.
    """
    model = built.model
    ends = set(model.output) if isinstance(_output(model), dict) else set()
    rows: list[LayerRow] = []
    top = 0
    for entry in entries:
        layer = built.layers[entry.name]
        row = _row(entry, layer, built.shapes[entry.name], line_of)
        top += row.parameters
        if ends & {entry.name, *entry.also}:
            row = LayerRow(**{**vars(row), "type": f"{row.type} (output)"})
        rows += [row, *_inner_rows(entry, layer, line_of)]
    return [*_input_rows(built, entries, model.count_params() - top), *rows]


def _output(model: keras.Model) -> Any:
    """Return what a model gives; a Sequential one gives one tensor."""
    return None if isinstance(model, keras.Sequential) else model.output


def _row(
    entry: LayerEntry,
    layer: Any,
    shape: Shape,
    line_of: Callable[[Path], int],
    prefix: str = "",
) -> LayerRow:
    return LayerRow(
        name=f"{prefix}{entry.name}",
        type=_type(entry.layer),
        output_shape=shape,
        parameters=0 if called_again(entry.layer) else layer.count_params(),
        line=line_of(entry.layer.path),
    )


def _type(notation: KerasObject) -> str:
    """Return a layer's class; of one that wraps another both."""
    if notation.kind == KIND and notation.name == SHARED:
        return f"= {notation.arguments['layer']}"
    inner = notation.arguments.get("layer")
    return (
        f"{notation.name}({_type(inner)})" if isinstance(inner, KerasObject) else notation.name
    )


def _inner_rows(
    entry: LayerEntry, layer: Any, line_of: Callable[[Path], int], prefix: str = ""
) -> Iterator[LayerRow]:
    """Yield the rows of the layers that a written model holds, alone or in a wrapper."""
    notation = entry.layer
    wrapped = notation.arguments.get("layer")
    if isinstance(wrapped, KerasObject):
        notation, layer = wrapped, getattr(layer, "layer", layer)
    if notation.kind != KIND or notation.name != MODEL or not isinstance(layer, keras.Model):
        return
    prefix = f"{prefix}{entry.name}/"
    entries: tuple[LayerEntry, ...] = notation.arguments["layers"]
    names = notation.arguments.get("inputs") or (INPUT,)
    shapes = {name: tuple(one.shape) for name, one in zip(names, layer.inputs, strict=True)}
    found: dict[str, Any] = {}
    previous = names[0]
    for inner in entries:
        again = inner.layer.kind == KIND and inner.layer.name == SHARED
        one = (
            found[str(inner.layer.arguments["layer"])] if again else layer.get_layer(inner.name)
        )
        found[inner.name] = one
        read = [shapes[name] for name in inner.inputs or (previous,)]
        given = [one.compute_output_shape(*read)] if again else _shapes(one)
        names = (inner.name, *inner.also)
        shapes |= dict(zip(names, map(tuple, given), strict=False))
        yield _row(inner, one, shapes[inner.name], line_of, prefix)
        yield from _inner_rows(inner, one, line_of, prefix)
        previous = inner.name


def _shapes(layer: Any) -> list[Shape]:
    """Return the shapes of the tensors that a layer gave when it was called first."""
    node = layer._inbound_nodes[0]
    return [tuple(tensor.shape) for tensor in node.output_tensors]


def _input_rows(
    built: Built, entries: tuple[LayerEntry, ...], parameters: int
) -> Iterator[LayerRow]:
    """Yield what a model reads: its inputs by name, and all columns of a table as one."""
    inputs = built.model.inputs
    named = {name for entry in entries for name in entry.inputs or ()}
    several = len(inputs) > 1
    for tensor in inputs:
        if several and tensor.name in named:
            yield LayerRow(tensor.name, "input", tuple(tensor.shape), 0, 0)
    columns = [tensor for tensor in inputs if tensor.name not in named]
    if not parameters and not (several and columns):
        return
    reads = (e for e in entries if INPUT in (e.inputs or (INPUT,)))
    first = built.layers[next(reads, entries[0]).name]
    shape = tuple(first._inbound_nodes[0].input_tensors[0].shape)
    count = f"{len(columns)} input{'' if len(columns) == 1 else 's'}"
    yield LayerRow("(columns)", count, shape, parameters, 0)
