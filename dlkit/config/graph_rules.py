"""Whether the layers form one graph that begins at the data; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dlkit.config.expansion import INPUT
from dlkit.config.inputs import input_names, may_have_more
from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject, LayerEntry, called_again
from dlkit.config.own_layers import KIND, MODEL
from dlkit.config.schema import Config
from dlkit.config.semantics import CLASS_METRICS, REGRESSION
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
                yield _unknown_layer(entry, name, known, config.architecture.layers)
        known += [entry.name, *entry.also]
    for entry, model in _models(config.architecture.layers):
        if model is entry.layer:
            yield from _check_given(entry)
        yield from _check_inner_inputs(model, {*data, *_given(config.architecture.layers)})


def _check_beginning(data: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """Data of several inputs is read by their names."""
    if INPUT not in data:
        message = f"the data has {len(data)} inputs, and the layer does not say which it reads."
        yield Problem(message, path, f"Give it `from:` one of: {', '.join(data)}.")


def _unknown_layer(
    entry: LayerEntry, name: str, known: list[str], entries: tuple[LayerEntry, ...]
) -> Problem:
    message = f"no layer before this one is named {name!r}."
    hint = did_you_mean(name, known)
    for before in entries:
        gives = before.layer.arguments.get("outputs")
        if before.name in known and isinstance(gives, tuple) and name in gives:
            hint = f"It is an output of {before.name!r}: name that one `name: "
            hint += f"[{', '.join(gives)}]`." if len(gives) > 1 else f"{name}`."
    return Problem(message, (*entry.layer.path, "from"), hint)


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


def _check_given(entry: LayerEntry) -> Iterator[Problem]:
    """A model is given as many tensors as it has inputs, under their names if under any."""
    names = entry.layer.arguments.get("inputs") or (INPUT,)
    count = len(entry.inputs or (INPUT,))
    if count != len(names):
        message = f"the model reads {' and '.join(map(repr, names))}, and is given {count}."
        yield Problem(message, entry.layer.path, "Name as many under `from`.")
    elif entry.roles and {*entry.roles} != {*names}:
        message = f"expected {' and '.join(names)}, received {' and '.join(entry.roles)}."
        yield Problem(message, (*entry.layer.path, "from"))


def _check_inner_inputs(model: KerasObject, outside: set[str]) -> Iterator[Problem]:
    """``from`` in a model means its inputs, or layers of its own written before."""
    inputs = model.arguments.get("inputs") or (INPUT,)
    known = list(inputs)
    entries: tuple[LayerEntry, ...] = model.arguments.get("layers", ())
    for entry in entries:
        if entry is entries[0] and entry.inputs is None and len(inputs) > 1:
            message = f"the model has {len(inputs)} inputs, and the layer does not say which."
            hint = f"Give it `from:` one of: {', '.join(inputs)}."
            yield Problem(message, entry.layer.path, hint)
        for name in entry.inputs or ():
            if name not in known:
                problem = _unknown_layer(entry, name, known, entries)
                given = f"A model reads what it is given: add {name!r} to its own `from`."
                yield replace(problem, hint=given) if name in outside else problem
        known += [entry.name, *entry.also]
    for name in model.arguments.get("outputs") or ():
        if entries and name not in known:
            message = f"no layer of the model is named {name!r}."
            yield Problem(message, (*model.path, "outputs"), did_you_mean(name, known))


def check_called_again(config: Config) -> Iterator[Problem]:
    """``Shared`` calls a layer that is there already, and has weights or not: no matter."""
    layers = config.architecture.layers
    yield from _check_shared(layers)
    for _, model in _models(layers):
        yield from _check_shared(model.arguments.get("layers", ()))


def _check_shared(entries: tuple[LayerEntry, ...]) -> Iterator[Problem]:
    names = [entry.name for entry in entries]
    for index, entry in enumerate(entries):
        called = called_again(entry.layer)
        name = called.arguments.get("layer") if called else None
        if called and isinstance(name, str) and name not in names[:index]:
            path = called.places.get("layer", called.path)
            message = f"no layer before this one is named {name!r}."
            hint = did_you_mean(name, names[:index])
            if name in names[index + 1 :]:
                hint = "It stands below: let that one be `Shared`, and this one the layer."
            yield Problem(message, path, hint)


def check_outputs(config: Config) -> Iterator[Problem]:
    """Every output is what a layer gives."""
    names = list(_given(config.architecture.layers))
    for output in config.outputs:
        if output not in names:
            message = f"no layer is named {output!r}."
            hint = did_you_mean(output, names) or "Give the layer that makes it this `name:`."
            yield Problem(message, ("outputs", output), hint)


def check_metrics_of_copies(config: Config) -> Iterator[Problem]:
    """What is learned as values is no class that a metric could count."""
    for output in config.outputs.values():
        if output.target != INPUT or output.loss.name not in REGRESSION:
            continue
        for metric in output.metrics:
            if metric.name in CLASS_METRICS:
                name = metric.written
                message = f"{name} needs classes, and the output gives back the input's values."
                yield Problem(message, metric.path, "Use mae, mse or R2Score.", warning=True)


def check_layer_graph(config: Config) -> Iterator[Problem]:
    """Names of layers differ, and all are read but those that make the outputs."""
    layers = config.architecture.layers
    ends = set(config.outputs) or {layers[-1].name}
    yield from _check_names(layers, (INPUT,))
    if ends <= {*_given(layers)}:
        yield from _unread_layers(layers, ends)
    for _, model in _models(layers):
        inner: tuple[LayerEntry, ...] = model.arguments.get("layers", ())
        inputs = model.arguments.get("inputs") or (INPUT,)
        yield from _check_names(inner, inputs)
        if inner:
            ends = {*(model.arguments.get("outputs") or (inner[-1].name,))}
            yield from _unread_layers(inner, ends)
            yield from _unread_inputs(model, inputs, inner, ends)


def _given(entries: tuple[LayerEntry, ...]) -> Iterator[str]:
    """Yield the names of all tensors that layers give."""
    for entry in entries:
        yield from (entry.name, *entry.also)


def _check_names(entries: tuple[LayerEntry, ...], taken: Iterable[str]) -> Iterator[Problem]:
    known = set(taken)
    for entry in entries:
        for name in (entry.name, *entry.also):
            if name in known:
                path = (*entry.layer.path, "name")
                yield Problem(f"there is a layer {name!r} already.", path)
            known.add(name)


def _unread_layers(entries: tuple[LayerEntry, ...], ends: set[str]) -> Iterator[Problem]:
    """Every layer but the ends is read by another; else it is no part of the model."""
    read = _read(entries) | ends
    for entry in entries:
        if not read & {entry.name, *entry.also}:
            yield Problem(
                f"nothing reads {entry.name!r}, so it is no part of the model.",
                entry.layer.path,
                "Name it in a `from:` below, or remove it.",
            )


def _unread_inputs(
    model: KerasObject, inputs: Iterable[str], entries: tuple[LayerEntry, ...], ends: set[str]
) -> Iterator[Problem]:
    """Every input of a model in the model is read by a layer of it."""
    read = _read(entries, begin=next(iter(inputs))) | ends
    for name in inputs:
        if name not in read:
            path = model.places.get("inputs", model.path)
            hint = f"Give a layer of the model `from: {name}`, or remove it."
            yield Problem(f"no layer of the model reads its input {name!r}.", path, hint)


def _read(entries: tuple[LayerEntry, ...], begin: str = INPUT) -> set[str]:
    """Return the names of the tensors that layers read."""
    before = [begin, *(entry.name for entry in entries)]
    return {
        name
        for entry, previous in zip(entries, before, strict=False)
        for name in entry.inputs or (previous,)
    }
