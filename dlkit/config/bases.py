"""What a config builds on: finished runs, and files of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from dlkit.config.interpolation import has_reference
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, RUN
from dlkit.config.schema import Config
from dlkit.errors import Path

IMAGENET = "imagenet"
"""What applications call the weights that Keras offers."""

INITIAL: Path = ("initial_weights",)


@dataclass(frozen=True)
class Base:
    """A finished run or a file of weights, as a config names it.

    Attributes:
        kind: Which of the two.
        written: Its path or name.
        path: Where it is named.
    """

    kind: Literal["run", "weights"]
    written: str
    path: Path


def weights_of(notation: KerasObject) -> str | None:
    """Return an application's weights: ``imagenet``, a file, or None for random ones."""
    weights = notation.arguments.get("weights", IMAGENET)
    return None if weights in (None, "none") else str(weights)


def bases_of(config: Config) -> list[Base]:
    """Return every run and every file of weights that a config names."""
    found = [
        base
        for layer in objects_in(config.architecture.layers)
        if (base := _base(layer)) and not has_reference(base.written)
    ]
    initial = config.initial_weights
    return [*found, *([Base("run", initial, INITIAL)] if initial is not None else [])]


def built_from(config: Config) -> dict[str, list[str]]:
    """Return what a run records of its bases: nothing where there are none.

    Args:
        config: With the absolute paths of its bases.
    """
    found = dict.fromkeys(base.written for base in bases_of(config))
    return {"built_from": [*found]} if found else {}


def objects_in(value: Any) -> Iterator[KerasObject]:
    """Yield every Keras object in layers, and in their arguments."""
    if isinstance(value, LayerEntry):
        yield from objects_in(value.layer)
    elif isinstance(value, KerasObject):
        yield value
        for argument in value.arguments.values():
            yield from objects_in(argument)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from objects_in(item)


def with_places(config: Config, places: Mapping[Base, str]) -> Config:
    """Return a config that names its bases by where they were found."""

    def found(layer: KerasObject) -> KerasObject:
        base = _base(layer)
        if base is None or base not in places:
            return layer
        key = "path" if base.kind == "run" else "weights"
        return replace(layer, arguments={**layer.arguments, key: places[base]})

    layers = _changed(config.architecture.layers, found)
    changes: dict[str, Any] = {
        "architecture": config.architecture.model_copy(update={"layers": layers})
    }
    initial = config.initial_weights
    if initial is not None:
        changes["initial_weights"] = places.get(Base("run", initial, INITIAL), initial)
    return config.model_copy(update=changes)


def _base(layer: KerasObject) -> Base | None:
    """Return what a layer builds on, if it does."""
    if layer.kind == KIND and layer.name == RUN:
        path = layer.arguments.get("path")
        place = layer.places.get("path", layer.path)
        return Base("run", path, place) if isinstance(path, str) else None
    weights = weights_of(layer) if layer.kind == "applications" else None
    if weights in (None, IMAGENET):
        return None
    return Base("weights", str(weights), layer.places.get("weights", layer.path))


def _changed(value: Any, change: Callable[[KerasObject], KerasObject]) -> Any:
    """Return a value with every Keras object in it changed."""
    if isinstance(value, LayerEntry):
        return replace(value, layer=_changed(value.layer, change))
    if isinstance(value, KerasObject):
        arguments = {key: _changed(item, change) for key, item in value.arguments.items()}
        return change(replace(value, arguments=arguments))
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(item, change) for item in value)
    return value
