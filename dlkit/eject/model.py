"""Layers as Keras code: a Sequential model where they are a chain, else a graph.

They are made in the order in which dlkit makes them, so that the same seed gives the same
weights.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dlkit.config.catalogue import Catalogue
from dlkit.config.expansion import INPUT
from dlkit.config.names import snake_case
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, SHARED, WHOLE, told_when_called
from dlkit.eject.code import (
    Expression,
    Group,
    call,
    flat,
    followed,
    identifier,
    lay_out,
    listed,
    literal,
    text,
)
from dlkit.eject.objects import Code, construct
from dlkit.model.calls import arrange_inputs
from dlkit.model.layers import EACH_STEP, STATED_STATE

RESERVED = frozenset(
    {
        *("model", "layers", "keras", "np", "pd", "tf", "math", "data", "x", "y", "order"),
        *("x_train", "y_train", "x_val", "y_val", "x_test", "y_test", "batches", "inner"),
        *("history", "metrics", "set_aside", "table", "names", "early_stopping", "name"),
        *("w_train", "w_val", "w_test", "results", "value", "functools", "rng", "digits"),
    }
)
"""Variables of the scripts that no layer may take."""


@dataclass(frozen=True)
class Start:
    """An input of a model.

    Attributes:
        name: What layers read it by.
        shape: Of one example.
        dtype: As Keras names it.
        data: Its training examples in the script: ``x_train``.
    """

    name: str
    shape: tuple[int | None, ...]
    dtype: str = "float32"
    data: str = "x_train"

    def code(self, *, named: bool) -> Group:
        """Return the call that makes it."""
        extra: dict[str, Expression] = {}
        if self.dtype != "float32":
            extra["dtype"] = text(self.dtype)
        if named:
            extra["name"] = text(self.name)
        shape = ", ".join(map(str, self.shape)) + ("," if len(self.shape) == 1 else "")
        return call("keras.Input", f"({shape})", named=extra)


@dataclass
class Graph:
    """What has been written of a graph so far.

    Attributes:
        catalogue: Knows Keras's defaults.
        built: The layers that dlkit has built, by their names.
        runs: The model files of finished runs, by the paths that the config names.
        notes: What the config says of layers, by the path of the layer.
        called: Names of layers that are called again, or changed later.
        write_whole: Writes a layer that holds layers; returns its variable.
        lines: The code.
        inputs: The variable of each input.
        tensors: The variable of each layer's output.
        layers: The variables of layers that have one.
        taken: Every variable.
        flow: The variable of what only the next layer reads.
    """

    catalogue: Catalogue
    built: Mapping[str, Any]
    runs: Mapping[str, Any]
    notes: Mapping[Any, str]
    called: Collection[str]
    write_whole: Callable[[Graph, LayerEntry, Any], str]
    lines: list[str] = field(default_factory=list)
    inputs: dict[str, str] = field(default_factory=dict)
    tensors: dict[str, str] = field(default_factory=dict)
    layers: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: set(RESERVED))
    flow: str = "x"

    def name(self, wanted: str) -> str:
        """Take a variable's name."""
        unique = identifier(wanted, self.taken)
        self.taken.add(unique)
        return unique


def is_auto(entry: LayerEntry) -> bool:
    """Tell whether dlkit has named a layer itself, by its class and its place."""
    kind = re.escape(snake_case(entry.layer.written))
    return re.fullmatch(rf"(.*_)?{kind}_\d+(_\d+)?", entry.name) is not None


def adapts(notation: KerasObject, layer: Any) -> bool:
    """Tell whether a layer learns from the data what nobody has told it."""
    given = {key for key, value in notation.arguments.items() if value is not None}
    return hasattr(layer, "adapt") and not STATED_STATE & given


def layer_code(entry: LayerEntry, catalogue: Catalogue, *, named: bool = False) -> Expression:
    """Return the call that makes a layer, with its name where the config gives one."""
    named = named or not (is_auto(entry) or entry.layer.path[:1] == ("regularization",))
    extra: dict[str, Expression] = {"name": text(entry.name)} if named else {}
    return construct(entry.layer, catalogue, extra)


def called_again(entries: tuple[LayerEntry, ...]) -> set[str]:
    """Return the names of layers that others call once more."""
    return {
        entry.layer.arguments["layer"]
        for entry in entries
        if entry.layer.kind == KIND and entry.layer.name == SHARED
    }


def write_chain(graph: Graph, start: Start, entries: tuple[LayerEntry, ...]) -> None:
    """Write a Sequential model; only its first layer may learn from the data."""
    items = [*lay_out(start.code(named=False), "", ",", 8)]
    for entry in entries:
        code = layer_code(entry, graph.catalogue, named=entry.name in graph.called)
        if adapts(entry.layer, graph.built.get(entry.name)):
            variable = graph.name(snake_case(entry.layer.name))
            graph.lines += lay_out(code, f"{variable} = ")
            graph.lines += [f"{variable}.adapt({start.data})", ""]
            code = variable
        items += noted(lay_out(code, "", ",", 8), graph.notes.get(entry.layer.path, ""))
    graph.lines += ["model = keras.Sequential(", "    [", *items, "    ]", ")"]


def noted(lines: list[str], note: str) -> list[str]:
    """Put what the config says of a layer behind it, else above it."""
    if not note:
        return lines
    if len(lines) == 1 and len(lines[0]) + len(note) + 4 <= 88:
        return [f"{lines[0]}  # {note}"]
    space = " " * (len(lines[0]) - len(lines[0].lstrip()))
    return [f"{space}# {note}"[:88], *lines]


def write_graph(
    graph: Graph,
    entries: tuple[LayerEntry, ...],
    starts: Mapping[str, Start],
    kept: Collection[str],
) -> str:
    """Write layers that read one another; return the variable of the last one's output.

    Args:
        graph: What has been written; it grows.
        entries: The layers.
        starts: The inputs, whose variables the graph has.
        kept: Layers whose output is needed later.
    """
    mentioned = {*kept, *(name for entry in entries for name in entry.inputs or ())}
    previous = INPUT if INPUT in graph.tensors else next(iter(starts), INPUT)
    for entry in entries:
        reads = [graph.tensors[name] for name in entry.inputs or (previous,)]
        _write_layer(graph, entry, reads, starts, keep=entry.name in mentioned)
        previous = entry.name
    return graph.tensors[previous]


def _write_layer(
    graph: Graph,
    entry: LayerEntry,
    reads: list[str],
    starts: Mapping[str, Start],
    *,
    keep: bool,
) -> None:
    """Write the lines that make a layer and call it."""
    before = len(graph.lines)
    made = _layer(graph, entry, reads, starts)
    keep = keep or bool(entry.also)
    named = not is_auto(entry) and entry.layer.path[:1] != ("regularization",)
    variable = graph.flow
    if keep or named:
        taken = graph.layers.get(entry.name) == identifier(entry.name)
        variable = graph.name(f"{entry.name}_output" if taken else entry.name)
    graph.tensors[entry.name] = variable
    for other in entry.also:
        graph.tensors[other] = graph.name(other)
    target = ", ".join([variable, *(graph.tensors[other] for other in entry.also)])
    arguments = flat(_arguments(graph, entry, reads))
    if isinstance(made, Group):
        lines = lay_out(followed(made, arguments), f"{target} = ")
    else:
        lines = [f"{target} = {made}{arguments}"]
    first = len(graph.lines) == before
    note = graph.notes.get(entry.layer.path, "")
    graph.lines += noted(lines, note) if first else lines


def _layer(
    graph: Graph, entry: LayerEntry, reads: list[str], starts: Mapping[str, Start]
) -> Expression:
    """Return what makes a layer, or the variable of a layer that is written before."""
    notation = entry.layer
    if notation.kind == KIND and notation.name == SHARED:
        shared = graph.layers[notation.arguments["layer"]]
        graph.layers[entry.name] = shared
        return shared
    if notation.kind in WHOLE:
        return graph.write_whole(graph, entry, graph.built[entry.name])
    inner = notation.arguments.get("layer")
    if notation.name == EACH_STEP and isinstance(inner, KerasObject) and inner.kind in WHOLE:
        within = LayerEntry(inner, f"{entry.name}_step", None)
        step = graph.write_whole(graph, within, graph.built[entry.name].layer)
        arguments = {**notation.arguments, "layer": Code(step)}
        entry = replace(entry, layer=replace(notation, arguments=arguments))
    code = layer_code(entry, graph.catalogue)
    learns = adapts(notation, graph.built.get(entry.name))
    if not learns and entry.name not in graph.called:
        return code
    variable = graph.name(snake_case(notation.name) if is_auto(entry) else entry.name)
    graph.layers[entry.name] = variable
    graph.lines += noted(lay_out(code, f"{variable} = "), graph.notes.get(notation.path, ""))
    if learns:
        graph.lines.append(f"{variable}.adapt({_seen(graph, reads[0], starts)})")
    return variable


def _arguments(graph: Graph, entry: LayerEntry, reads: list[str]) -> Expression:
    """Return what a layer is called on, in brackets, as dlkit calls it."""
    notation = entry.layer
    told = told_when_called(notation.kind, notation.name, notation.arguments)
    layer = graph.built.get(entry.name)
    positional, by_name = arrange_inputs(layer, list(reads), entry.roles, notation)
    items: list[tuple[str, Expression]] = [("", _tensor(one)) for one in positional]
    items += [(f"{name}=", _tensor(one)) for name, one in by_name.items()]
    items += [(f"{name}=", literal(value)) for name, value in told.items()]
    return Group("(", tuple(items), ")")


def _tensor(one: Any) -> str:
    return one if isinstance(one, str) else flat(listed(one))


def _seen(graph: Graph, variable: str, starts: Mapping[str, Start]) -> str:
    """Return what a layer learns from: the training examples, or what they have become."""
    for name, start in starts.items():
        if graph.inputs[name] == variable:
            return start.data
    inputs = [graph.inputs[name] for name in starts]
    shown = inputs[0] if len(inputs) == 1 else f"[{', '.join(inputs)}]"
    return f"keras.Model({shown}, {variable}).predict(x_train, verbose=0)"
