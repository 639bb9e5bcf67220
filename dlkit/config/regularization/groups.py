"""Layers behind hidden layers: normalization, the activation, dropout, in this order.

``dense_1`` becomes ``dense_1``, ``dense_1_batch_normalization``, ``dense_1_activation`` and
``dense_1_dropout``, and whatever read the first reads the last. A layer that is called again
takes its companions along: they are called again too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, SHARED
from dlkit.config.regularization.calls import HiddenCall, hidden_calls, inner_graph
from dlkit.config.regularization.kinds import (
    CONVOLUTIONS,
    inner_layers,
    is_model,
    keras_object,
    unwrapped,
    without_argument,
)
from dlkit.config.regularization.landing import Place
from dlkit.config.regularization.reading import Graph, insert_after
from dlkit.config.training_section import RegularizationConfig

RATES = ("dropout", "recurrent_dropout")
"""Arguments by which a recurrent layer drops out by itself."""


@dataclass
class _Group:
    """Collects what one list of layers gets."""

    taken: set[str]
    additions: dict[str, list[LayerEntry]] = field(default_factory=dict)
    changed: dict[str, KerasObject] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    made: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, call: HiddenCall, after: str, suffix: str, layer: KerasObject) -> None:
        """Put a layer behind another; at the second use of a shared layer, the same again."""
        name = f"{call.name}_{suffix}"
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        first = self.made.setdefault((call.layer.name, suffix), name)
        if first != name:
            again = {"layer": first}
            layer = KerasObject(KIND, SHARED, SHARED, again, layer.path)
        self.additions.setdefault(after, []).append(LayerEntry(layer, name, None))


def with_companions(
    graph: Graph, regularization: RegularizationConfig
) -> tuple[tuple[LayerEntry, ...], dict[str, str], list[Place]]:
    """Give hidden layers their normalization, dropout and activity penalty.

    Args:
        graph: The layers.
        regularization: What is asked for.

    Returns:
        The layers; what is read instead of a name; and where the settings landed.
    """
    group = _Group({entry.name for entry in graph.entries})
    calls = {call.name: call for call in hidden_calls(graph)}
    whole = {call.layer.name for call in calls.values() if call.normalized}
    for entry in graph.entries:
        _open_model(graph, entry, regularization, group)
        call = calls.get(entry.name)
        if call is None:
            continue
        _normalize(call, call.layer.name in whole, regularization, group)
        _penalize_activity(graph, call, regularization, group)
        _drop(call, regularization, group)
    entries, instead = insert_after(graph.entries, group.additions, group.changed)
    return entries, instead, group.places


def _open_model(
    graph: Graph, entry: LayerEntry, regularization: RegularizationConfig, group: _Group
) -> None:
    """Give the hidden layers of a model in the model the same."""
    model = unwrapped(entry.layer)
    if not is_model(model):
        return
    inner = inner_graph(graph, entry.name, model)
    layers, instead, places = with_companions(inner, regularization)
    group.places += [place.inside(entry.name) for place in places]
    arguments = {**model.arguments, "layers": layers}
    if arguments.get("outputs"):
        arguments["outputs"] = tuple(instead.get(n, n) for n in arguments["outputs"])
    rebuilt = replace(model, arguments=arguments)
    group.changed[entry.name] = _rewrapped(entry.layer, rebuilt)


def _rewrapped(layer: KerasObject, inner: KerasObject) -> KerasObject:
    """Return a layer with another one inside its wrappers."""
    if unwrapped(layer) is layer:
        return inner
    rest = _rewrapped(layer.arguments["layer"], inner)
    return replace(layer, arguments={**layer.arguments, "layer": rest})


def _normalize(
    call: HiddenCall, normalized: bool, regularization: RegularizationConfig, group: _Group
) -> None:
    """Put BatchNormalization before or after the activation of a dense layer or convolution.

    Ioffe and Szegedy (2015) put it before.
    """
    where = regularization.batch_normalization
    if where is None or call.role == "recurrent":
        return
    setting = "batch_normalization"
    if normalized:
        group.places.append(Place(setting, call.name, "normalized already"))
        return
    group.places.append(Place(setting, call.name))
    arguments = {"axis": 1} if _channels_first(call.layer.layer) else {}
    layer = keras_object("layers", "BatchNormalization", arguments, setting)
    if where == "before" and call.activation:
        group.changed[call.layer.name] = without_argument(call.layer.layer, "activation")
        group.add(call, call.name, setting, layer)
        own = _as_layer(call.activation)
        # A parametrised one has weights of the shape that it reads: an example's.
        own = _around(call.layer.layer, own) if call.activation.kind == "layers" else own
        group.add(call, call.name, "activation", own)
        return
    behind = call.activation_layer if where == "after" else None
    group.add(call, behind or call.name, setting, layer)


def _as_layer(activation: KerasObject) -> KerasObject:
    """Return an activation as a layer of its own."""
    if activation.kind == "layers":
        return activation
    arguments = {"activation": activation}
    return KerasObject("layers", "Activation", "Activation", arguments, activation.path)


def _around(layer: KerasObject, inner: KerasObject) -> KerasObject:
    """Return a layer applied at every time, where the other one is."""
    if layer.name == "TimeDistributed" and isinstance(layer.arguments["layer"], KerasObject):
        inner = _around(layer.arguments["layer"], inner)
        return replace(layer, arguments={"layer": inner}, path=inner.path)
    return inner


def _channels_first(layer: KerasObject) -> bool:
    one = unwrapped(layer)
    first = one.arguments.get("data_format") == "channels_first"
    return first and layer is one


def _penalize_activity(
    graph: Graph, call: HiddenCall, regularization: RegularizationConfig, group: _Group
) -> None:
    """Penalize what a hidden layer gives, behind its activation."""
    setting, penalty = "activity_regularizer", regularization.activity_regularizer
    if penalty is None:
        return
    layer = call.layer.layer
    behind = graph.called(call.activation_layer) if call.activation_layer else None
    own = [layer, *inner_layers(layer), *([behind.layer] if behind else [])]
    if any(setting in each.arguments for each in own):
        group.places.append(Place(setting, call.name, f"its own {setting}"))
        return
    group.places.append(Place(setting, call.name))
    split = group.made.get((call.layer.name, "activation"))
    if split:
        _on_split(group, call, split, penalty)
        return
    target = behind or call.layer
    changed = group.changed.get(target.name, target.layer)
    arguments = {**changed.arguments, setting: penalty}
    group.changed[target.name] = replace(changed, arguments=arguments)


def _on_split(group: _Group, call: HiddenCall, name: str, penalty: KerasObject) -> None:
    """Penalize what an activation gives that has become a layer of its own."""
    added = group.additions.get(call.name, [])
    for index, entry in enumerate(added):
        if entry.name == name:
            arguments = {**entry.layer.arguments, "activity_regularizer": penalty}
            added[index] = replace(entry, layer=replace(entry.layer, arguments=arguments))


def _drop(call: HiddenCall, regularization: RegularizationConfig, group: _Group) -> None:
    """Put dropout behind a hidden layer.

    Behind a convolution it is SpatialDropout where that is asked for (Tompson et al. 2015:
    neighbours in a map are alike, so single ones left out are not missed).
    """
    spatial = call.role == "convolution" and regularization.spatial_dropout
    setting = "spatial_dropout" if spatial else "dropout"
    rate: float = regularization.spatial_dropout if spatial else regularization.dropout
    if not rate:
        return
    if call.dropped:
        group.places.append(Place(setting, call.name, "followed by dropout already"))
        return
    own = [key for key in RATES if key in _all_arguments(call.layer.layer)]
    if own:
        group.places.append(Place(setting, call.name, f"its own {own[0]}"))
        return
    group.places.append(Place(setting, call.name))
    layer = keras_object("layers", "Dropout", {"rate": rate}, setting)
    if spatial:
        layer = _around(call.layer.layer, _spatial(unwrapped(call.layer.layer), rate))
    group.add(call, call.end, "dropout", layer)


def _spatial(convolution: KerasObject, rate: float) -> KerasObject:
    """Return the dropout that leaves out whole maps of a convolution."""
    axes = CONVOLUTIONS[convolution.name]
    arguments = {"rate": rate}
    shape = convolution.arguments.get("data_format")
    if shape is not None and axes > 1:
        arguments["data_format"] = shape
    return keras_object("layers", f"SpatialDropout{axes}D", arguments, "spatial_dropout")


def _all_arguments(layer: KerasObject) -> set[str]:
    """Return the names of the arguments of a layer and of those inside it."""
    inner: Iterable[set[str]] = (_all_arguments(each) for each in inner_layers(layer))
    return set(layer.arguments).union(*inner)
