"""Layers that hold layers: models in the model, applications, finished runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras

from dlkit.config.bases import IMAGENET, weights_of
from dlkit.config.expansion import INPUT
from dlkit.config.objects import LayerEntry
from dlkit.config.own_layers import POSITIONS, RUN, call_arguments
from dlkit.eject.code import Expression, call, comment, flat, lay_out, listed, literal, text
from dlkit.eject.model import Graph, Start, called_again, is_auto, write_graph
from dlkit.eject.objects import construct
from dlkit.model.freezing import inner_layers, is_kept
from dlkit.model.pixels import COLORS, pixels_of

TRAINABLE = "trainable"


def write_whole(graph: Graph, entry: LayerEntry, layer: Any) -> str:
    """Write a layer that holds layers; return its variable.

    Args:
        graph: What has been written; it grows.
        entry: The layer as written.
        layer: As dlkit has built it.
    """
    notation = entry.layer
    variable = graph.name(entry.name)
    graph.layers[entry.name] = variable
    if notation.kind == "applications":
        code = _application(graph, entry, layer, variable)
    elif notation.name == RUN:
        code = _run(graph, entry, variable)
    elif notation.name == POSITIONS:
        code = _positions(graph, layer, variable)
    else:
        code = _inner(graph, entry, layer, variable)
    graph.lines += lay_out(code, f"{variable} = ")
    trainable = notation.arguments.get(TRAINABLE, True)
    said = notation.name == RUN  # the run may have frozen layers of it
    graph.lines += trained_lines(variable, trainable, layer, said=said)
    return variable


def trained_lines(
    variable: str, trainable: Any, layer: Any, *, said: bool = False
) -> list[str]:
    """Write which weights of a layer are trained; nothing where all are.

    Args:
        variable: The layer in the script.
        trainable: As the config says it.
        layer: As dlkit has built it: what it has learned of batches may be kept.
        said: Whether to write that all are trained, too.
    """
    lines: list[str] = []
    all_of_it = [f"{variable}.trainable = True"]
    if list(inner_layers(layer)):
        passed_on = "  # so that what follows changes all of it"
        all_of_it.insert(0, f"{variable}.trainable = False{passed_on}")
    if isinstance(trainable, dict):
        lines = [
            *all_of_it,
            f"names = [inner.name for inner in {variable}.layers]",
            *lay_out(
                f"{variable}.layers[: names.index({text(trainable['from'])})]",
                "for inner in ",
                ":",
            ),
            "    inner.trainable = False",
        ]
    elif trainable is False:
        lines = [f"{variable}.trainable = False"]
    elif said:
        lines = all_of_it
    if trainable is False or not (lines or is_kept(layer)):
        return lines  # what is kept inside has been told where it was written
    for part in _kept_parts(layer, variable):
        lines += [
            f"for inner in {part}.layers:  # few examples would spoil its statistics",
            "    if isinstance(inner, layers.BatchNormalization):",
            "        inner.trainable = False",
        ]
    return lines


def _kept_parts(layer: Any, place: str, *, kept: bool = False) -> Iterator[str]:
    """Yield the models in a layer whose statistics stay, as the script can call them.

    Args:
        layer: As dlkit has built it.
        place: The layer in the script.
        kept: Whether it is inside a part that is trained already.
    """
    kept = kept or is_kept(layer)
    if isinstance(layer, keras.layers.Wrapper):
        yield from _kept_parts(layer.layer, f"{place}.layer", kept=kept)
    inner = list(inner_layers(layer))
    if kept and any(isinstance(one, keras.layers.BatchNormalization) for one in inner):
        yield place
    # A part has the names of its file. What the script itself makes is found by its place,
    # since not all of that has a name; and it makes no Sequential, which hides its input.
    hidden = int(isinstance(layer, keras.Sequential))
    for one in inner:
        index = layer.layers.index(one) + hidden
        found = f"get_layer({text(one.name)})" if kept else f"layers[{index}]"
        yield from _kept_parts(one, f"{place}.{found}", kept=kept)


def _application(graph: Graph, entry: LayerEntry, layer: Any, variable: str) -> Expression:
    """Write what an application does with raw pixels; return the call that makes it."""
    notation = entry.layer
    shape = tuple(layer.inputs[0].shape[1:])
    pixels = graph.name(f"{variable}_pixels")
    graph.lines += ["", *comment(f"{notation.name} wants its pixels, from 0 to 255, like this")]
    graph.lines += lay_out(Start(pixels, shape).code(named=False), f"{pixels} = ")
    depth = shape[-1] if len(shape) == 3 else 1
    steps: list[str] = []
    if len(shape) == 2:
        steps.append(f"layers.Reshape(({shape[0]}, {shape[1]}, 1))({{}})")
    if depth == 1:
        depth = COLORS
        steps.append(f"layers.Concatenate()([{{}}] * {COLORS})")
    told = pixels_of(notation.name)
    if not told.is_nothing:
        if told.flipped and not told.is_alike:
            steps.append("keras.ops.flip({}, axis=-1)")
        scale, offset = list(told.scale), list(told.offset)
        given = (scale[0], offset[0]) if told.is_alike else (scale, offset)
        steps.append(
            f"layers.Rescaling({', '.join(flat(literal(one)) for one in given)})({{}})"
        )
    for step in steps:
        graph.lines += lay_out(step.format(pixels), f"{pixels} = ")
    size = (*(shape[:2]), depth)
    skipped = {TRAINABLE, *call_arguments("applications", notation.name), "weights"}
    arguments = {k: v for k, v in notation.arguments.items() if k not in skipped}
    plain = replace(notation, arguments=arguments)
    extra: dict[str, Expression] = {}
    weights = weights_of(notation)
    if weights != IMAGENET:
        extra["weights"] = literal(weights)
    extra["input_shape"] = f"({', '.join(map(str, size))})"
    if steps:
        extra["input_tensor"] = pixels
    if not is_auto(entry):
        extra["name"] = text(entry.name)
    return construct(plain, graph.catalogue, extra)


def _run(graph: Graph, entry: LayerEntry, variable: str) -> Expression:
    """Write that a finished run's model is loaded; return its part that is taken."""
    arguments = entry.layer.arguments
    path = text(str(graph.runs[arguments["path"]]))
    whole = graph.name(f"{variable}_run")
    graph.lines += lay_out(
        call("keras.saving.load_model", path, named={"compile": "False"}), f"{whole} = "
    )
    until = arguments.get("until")
    output = f"{whole}.get_layer({text(until)}).output" if until else f"{whole}.outputs[0]"
    name: dict[str, Expression] = {"name": text(entry.name)}
    return call("keras.Model", f"{whole}.inputs[0]", output, named=name)


def _positions(graph: Graph, layer: Any, variable: str) -> Expression:
    """Write what counts the steps of a sequence."""
    shape = tuple(layer.inputs[0].shape[1:])
    steps = graph.name(f"{variable}_steps")
    start = Start(steps, shape, layer.inputs[0].dtype)
    graph.lines += lay_out(start.code(named=False), f"{steps} = ")
    one = steps if len(shape) == 1 else f"{steps}[..., {', '.join(['0'] * (len(shape) - 1))}]"
    ones = graph.name(f"{variable}_ones")
    alike = call("keras.ops.ones_like", one, named={"dtype": text("int32")})
    graph.lines += lay_out(alike, f"{ones} = ")
    return call("keras.Model", steps, f"keras.ops.cumsum({ones}, axis=1) - 1")


def _inner(graph: Graph, entry: LayerEntry, layer: Any, variable: str) -> Expression:
    """Write the layers of a model in the model; return the call that makes it."""
    notation = entry.layer
    entries: tuple[LayerEntry, ...] = notation.arguments["layers"]
    names = notation.arguments.get("inputs") or (INPUT,)
    ends = notation.arguments.get("outputs") or ()
    graph.lines += ["", *comment(f"{entry.name}: a model in the model")]
    starts = {
        name: Start(name, tuple(tensor.shape[1:]), tensor.dtype)
        for name, tensor in zip(names, layer.inputs, strict=True)
    }
    own = {inner.name: inner for inner in layer.layers}
    inner = Graph(
        graph.catalogue, own, graph.runs, graph.notes, called_again(entries), write_whole
    )
    inner.taken, inner.lines = graph.taken, graph.lines
    inner.flow = graph.name(f"{variable}_x")
    for name, start in starts.items():
        inner.tensors[name] = inner.inputs[name] = graph.name(f"{variable}_{name}")
        graph.lines += lay_out(start.code(named=False), f"{inner.tensors[name]} = ")
    last = write_graph(inner, entries, starts, ends)
    inputs = [inner.tensors[name] for name in names]
    outputs = [inner.tensors[name] for name in ends] or [last]
    named: dict[str, Expression] = {"name": text(entry.name)}
    return call("keras.Model", _one_or_list(inputs), _one_or_list(outputs), named=named)


def _one_or_list(variables: list[str]) -> Expression:
    return variables[0] if len(variables) == 1 else listed(variables)
