"""What must hold where a model is built on another: rules as in ``rules``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from dlkit.config.bases import IMAGENET, weights_of
from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, MODEL
from dlkit.config.schema import Config
from dlkit.config.values import parse_number
from dlkit.errors import Problem

PASSING = frozenset(
    {
        *("Resizing", "Reshape", "Permute", "CenterCrop", "Cropping2D", "ZeroPadding2D"),
        *("Concatenate", "Dropout", "GaussianNoise", "Identity", "Activation"),
    }
)
"""Layers that leave pixels what they are; and those that change pictures at random."""

WHITE = 255
"""What applications take for white."""

OWN_PIXELS = "its own preprocessing takes pixels from 0 to 255"


def check_pixels_in_front(config: Config) -> Iterator[Problem]:
    """An application reads raw pixels: what it wants done with them it does itself."""
    yield from _check_in_front(config.architecture.layers)


def _check_in_front(entries: tuple[LayerEntry, ...]) -> Iterator[Problem]:
    for entry in entries:
        if entry.layer.kind == KIND and entry.layer.name == MODEL:
            yield from _check_in_front(entry.layer.arguments.get("layers", ()))
        if entry.layer.kind != "applications":
            continue
        for layer in _in_front(entry, entries):
            if _makes_small(layer) and entry.layer.arguments.get("include_preprocessing", True):
                yield Problem(
                    f"{layer.name} stands in front of {entry.layer.name}, and {OWN_PIXELS}.",
                    layer.path,
                    "Remove it.",
                    warning=True,
                )


def _in_front(entry: LayerEntry, entries: tuple[LayerEntry, ...]) -> Iterator[KerasObject]:
    """Yield what pictures pass through before they come to a layer."""
    before = {
        later.name: later.inputs or (earlier.name,)
        for earlier, later in itertools.pairwise(entries)
    }
    before[entries[0].name] = entries[0].inputs or (INPUT,)
    layers = {one.name: one.layer for one in entries}
    waiting, seen = [*before[entry.name]], {INPUT}
    while waiting:
        name = waiting.pop()
        if name in seen or name not in layers:
            continue
        seen.add(name)
        yield layers[name]
        if layers[name].name in PASSING or layers[name].name.startswith("Random"):
            waiting += before[name]


def _makes_small(layer: KerasObject) -> bool:
    """Tell whether a layer makes numbers from about 0 to 1 of pixels."""
    if layer.kind != "layers" or layer.name not in {"Rescaling", "Normalization"}:
        return False
    scale = parse_number(layer.arguments.get("scale"))
    return not (isinstance(scale, (int, float)) and scale >= 1)


def check_classes_of_top(config: Config) -> Iterator[Problem]:
    """``classes`` counts the units of an application's own last layer."""
    for entry in config.architecture.layers:
        layer = entry.layer
        arguments = layer.arguments
        if layer.kind != "applications" or "classes" not in layer.places:
            continue
        if arguments.get("include_top", True) is False:
            yield Problem(
                f"{layer.name} without its top has no classes.",
                layer.places["classes"],
                "Remove it, or write `include_top: true`.",
                warning=True,
            )
        elif weights_of(layer) == IMAGENET and arguments["classes"] != 1000:
            yield Problem(
                f"the ImageNet weights of {layer.name} are for 1000 classes.",
                layer.places["classes"],
                "Write `include_top: false`, and a Dense layer of your own behind it.",
            )


def check_white(config: Config, white: float) -> Iterator[Problem]:
    """An application that reads the data itself finds pixels from 0 to 255 there.

    Args:
        config: The config.
        white: The value that white has in the data.
    """
    if white >= WHITE:
        return
    entries = config.architecture.layers
    for entry in entries:
        if entry.layer.kind != "applications":
            continue
        layers = list(_in_front(entry, entries))
        if all(one.name in PASSING or one.name.startswith("Random") for one in layers):
            yield Problem(
                f"the pixels of the data go from 0 to {white:g}, and {OWN_PIXELS}.",
                entry.layer.path,
                f"Put `Rescaling: {WHITE}{f'/{white:g}' if white > 1 else ''}` in front of it.",
                warning=True,
            )
