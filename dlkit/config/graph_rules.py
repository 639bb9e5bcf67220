"""Whether the layers form one graph that begins at the data; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.expansion import INPUT
from dlkit.config.inputs import input_names, may_have_more
from dlkit.config.names import did_you_mean
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
                yield Problem(
                    f"no layer before this one is named {name!r}.",
                    (*path, "from"),
                    did_you_mean(name, known),
                )
        known.append(entry.name)


def _check_beginning(data: tuple[str, ...], path: Path) -> Iterator[Problem]:
    """Data of several inputs is read by their names."""
    if INPUT not in data:
        message = f"the data has {len(data)} inputs, and the layer does not say which it reads."
        yield Problem(message, path, f"Give it `from:` one of: {', '.join(data)}.")


def check_layer_graph(config: Config) -> Iterator[Problem]:
    """Names of layers differ, and every layer but the last is read."""
    known = {INPUT}
    for entry in config.architecture.layers:
        if entry.name in known:
            path = (*entry.layer.path, "name")
            yield Problem(f"there is a layer {entry.name!r} already.", path)
        known.add(entry.name)
    yield from _unread_layers(config)


def _unread_layers(config: Config) -> Iterator[Problem]:
    """Every layer but the last is read by another; else it is no part of the model."""
    entries = config.architecture.layers
    previous = [INPUT, *(entry.name for entry in entries)]
    read = {
        name
        for entry, before in zip(entries, previous, strict=False)
        for name in entry.inputs or (before,)
    }
    for entry in entries[:-1]:
        if entry.name not in read:
            yield Problem(
                f"nothing reads {entry.name!r}, so it is no part of the model.",
                entry.layer.path,
                "Name it in a `from:` below, or remove it.",
            )
