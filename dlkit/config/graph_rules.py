"""Whether the layers form one graph that begins at the data; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlkit.config.expansion import INPUT
from dlkit.config.inputs import input_names, may_have_more
from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, MODEL, SHARED
from dlkit.config.schema import Config
from dlkit.errors import Path, Problem


def check_layer_inputs(config: Config) -> Iterator[Problem]:
    """``from`` means the data, or layers written before; a layer is not called as the data."""
    data = input_names(config)
    known = [*data]
    for entry in config.architecture.layers:
        path = entry.layer.path
        if entry.inputs is None and entry is config.architecture.layers[0]:
            yield from _check_beginning(data, path)
        if entry.name in data and entry.name != INPUT:
            message = f"the data has an input {entry.name!r} already."
            yield Problem(message, (*path, "name"), "Choose another name.")
        for name in entry.inputs or ():
            if name in known:
                continue
            if name == INPUT:
                yield from _check_beginning(data, (*path, "from"))
            elif name in config.dataset.features:
                message = f"column {name!r} is no input of its own, but a part of the others."
                yield Problem(message, (*path, "from"), f"Write `from: {INPUT}`.")
            elif not may_have_more(config):
                yield _unknown_layer(entry, name, known)
        known.append(entry.name)
    for _, model in _models(config.architecture.layers):
        yield from _check_inner_inputs(model)


def _check_beginning(data: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """Data of several inputs is read by their names."""
    if INPUT not in data:
        message = f"the data has {len(data)} inputs, and the layer does not say which it reads."
        yield Problem(message, path, f"Give it `from:` one of: {', '.join(data)}.")


def _unknown_layer(entry: LayerEntry, name: str, known: list[str]) -> Problem:
    message = f"no layer before this one is named {name!r}."
    return Problem(message, (*entry.layer.path, "from"), did_you_mean(name, known))


def _models(entries: tuple[LayerEntry, ...]) -> Iterator[tuple[LayerEntry, KerasObject]]:
    """Yield the models among layers and inside them, each with the layer that holds it."""
    for entry in entries:
        waiting = [entry.layer]
        while waiting:
            layer = waiting.pop()
            if layer.name == MODEL and layer.kind == KIND:
                yield entry, layer
                yield from _models(layer.arguments.get("layers", ()))
            else:
                values = [v if isinstance(v, list) else [v] for v in layer.arguments.values()]
                waiting += [v for one in values for v in one if isinstance(v, KerasObject)]


def _check_inner_inputs(model: KerasObject) -> Iterator[Problem]:
    """``from`` in a model means its inputs, or layers of its own written before."""
    names = list(model.arguments.get("inputs") or (INPUT,))
    known = list(names)
    entries: tuple[LayerEntry, ...] = model.arguments.get("layers", ())
    for entry in entries:
        if entry is entries[0] and entry.inputs is None and len(names) > 1:
            yield from _check_beginning(tuple(names), entry.layer.path)
        for name in entry.inputs or ():
            if name not in known:
                yield _unknown_layer(entry, name, known)
        known.append(entry.name)


def check_called_again(config: Config) -> Iterator[Problem]:
    """``Shared`` calls a layer that is there already, and has weights or not: no matter."""
    layers = config.architecture.layers
    yield from _check_shared(layers)
    for _, model in _models(layers):
        yield from _check_shared(model.arguments.get("layers", ()))


def _check_shared(entries: tuple[LayerEntry, ...]) -> Iterator[Problem]:
    known: list[str] = []
    for entry in entries:
        if entry.layer.name != SHARED or entry.layer.kind != KIND:
            known.append(entry.name)
            continue
        name = entry.layer.arguments.get("layer")
        if isinstance(name, str) and name not in known:
            path = entry.layer.places.get("layer", entry.layer.path)
            message = f"no layer before this one is named {name!r}."
            yield Problem(message, path, did_you_mean(name, known))


def check_outputs(config: Config) -> Iterator[Problem]:
    """Every output is a layer."""
    names = [entry.name for entry in config.architecture.layers]
    for output in config.outputs:
        if output not in names:
            message = f"no layer is named {output!r}."
            hint = did_you_mean(output, names) or "Give the layer that makes it this `name:`."
            yield Problem(message, ("outputs", output), hint)


def check_layer_graph(config: Config) -> Iterator[Problem]:
    """Names of layers differ, and all are read but those that make the outputs."""
    layers = config.architecture.layers
    ends = set(config.outputs) or {layers[-1].name}
    yield from _check_names(layers, (INPUT,))
    if ends <= {entry.name for entry in layers}:
        yield from _unread_layers(layers, ends)
    for _, model in _models(layers):
        inner: tuple[LayerEntry, ...] = model.arguments.get("layers", ())
        yield from _check_names(inner, model.arguments.get("inputs") or (INPUT,))
        if inner:
            yield from _unread_layers(inner, {inner[-1].name})


def _check_names(entries: tuple[LayerEntry, ...], taken: Iterable[str]) -> Iterator[Problem]:
    known = set(taken)
    for entry in entries:
        if entry.name in known:
            path = (*entry.layer.path, "name")
            yield Problem(f"there is a layer {entry.name!r} already.", path)
        known.add(entry.name)


def _unread_layers(entries: tuple[LayerEntry, ...], ends: set[str]) -> Iterator[Problem]:
    """Every layer but the ends is read by another; else it is no part of the model."""
    previous = [INPUT, *(entry.name for entry in entries)]
    read = {
        name
        for entry, before in zip(entries, previous, strict=False)
        for name in entry.inputs or (before,)
    }
    for entry in entries:
        if entry.name not in read | ends:
            yield Problem(
                f"nothing reads {entry.name!r}, so it is no part of the model.",
                entry.layer.path,
                "Name it in a `from:` below, or remove it.",
            )
