"""The hidden layers of a model, each with the activation that follows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.regularization.kinds import (
    Role,
    is_activation,
    is_dropout,
    is_model,
    is_normalization,
    role_of,
    unwrapped,
)
from dlkit.config.regularization.reading import Graph


@dataclass(frozen=True)
class HiddenCall:
    """One use of a hidden layer, and what is written behind it.

    Attributes:
        name: The name of this use.
        layer: The layer itself, which other uses may share.
        role: What kind of layer it is.
        activation: What it applies itself, or None.
        activation_layer: The name of the layer behind it that applies one instead.
        end: The last layer that belongs to it: its activation or its normalization.
        normalized: Whether what it gives is normalized before the next layer that learns.
        dropped: Whether a share of it is set to 0 before that layer already.
    """

    name: str
    layer: LayerEntry
    role: Role
    activation: KerasObject | None
    activation_layer: str | None
    end: str
    normalized: bool
    dropped: bool


def hidden_calls(graph: Graph) -> Iterator[HiddenCall]:
    """Yield every use of a hidden layer, in their order."""
    normalized = graph.followed_by(is_normalization)
    dropped = graph.followed_by(is_dropout)
    for entry in graph.entries:
        called = graph.called(entry.name)
        role = role_of(called.layer)
        read = entry.name in graph.gives or entry.name in graph.readers
        if role is None or entry.name in graph.output_layers or not read:
            continue  # of a layer that nobody reads only the state is of use
        activation = own_activation(called.layer) if role != "recurrent" else None
        behind, end = _behind(graph, entry.name, activation is not None)
        yield HiddenCall(
            name=entry.name,
            layer=called,
            role=role,
            activation=activation,
            activation_layer=behind,
            end=end,
            normalized=entry.name in normalized,
            dropped=entry.name in dropped,
        )


def own_activation(layer: KerasObject) -> KerasObject | None:
    """Return the activation that a layer applies itself; None where it is linear."""
    given = unwrapped(layer).arguments.get("activation")
    if not isinstance(given, KerasObject) or given.name == "linear":
        return None
    return given


def _behind(graph: Graph, name: str, active: bool) -> tuple[str | None, str]:
    """Return the activation written behind a layer, and the last layer that belongs to it."""
    activation: str | None = None
    while (reader := graph.only_reader(name)) is not None:
        layer = graph.layer(reader)
        if is_activation(layer):
            if active:
                break
            active, activation = True, reader
        elif not is_normalization(layer):
            break
        name = reader
    return activation, name


def graphs(graph: Graph, prefix: str = "") -> Iterator[tuple[str, Graph]]:
    """Yield a graph and those of the models in it, each with what stands before its names."""
    yield prefix, graph
    for entry in graph.entries:
        layer = unwrapped(entry.layer)
        if is_model(layer):
            yield from graphs(inner_graph(graph, entry.name, layer), f"{prefix}{entry.name}/")


def inner_graph(graph: Graph, name: str, model: KerasObject) -> Graph:
    """Return the graph of a model that is a layer, or inside one."""
    entries: tuple[LayerEntry, ...] = model.arguments.get("layers", ())
    starts = model.arguments.get("inputs") or (INPUT,)
    last = (entries[-1].name,) if entries else ()
    gives = frozenset(model.arguments.get("outputs") or last)
    ends = gives if name in graph.output_layers else frozenset[str]()
    return Graph(entries, starts[0], gives, ends)
