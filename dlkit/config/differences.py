"""Which lines of a resolved config say something else than the defaults.

A value that was written is no difference where it is what it would have been anyway; nor is
one that nobody wrote, as a name made from a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from dlkit.config.catalogue import Catalogue
from dlkit.config.choices import Choice
from dlkit.config.dump import default_of, plain_value, written_path
from dlkit.config.load import LoadedConfig
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import find_object
from dlkit.config.schema import DEFAULT_OPTIMIZER, default_values
from dlkit.config.source import lookup
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import Path


def changed_lines(loaded: LoadedConfig, text: str) -> frozenset[int]:
    """Return the numbers (from 1) of the lines that differ from the defaults.

    Headings of sections are none: what stands below them is.

    Args:
        loaded: The config.
        text: The same as ``dump_resolved`` writes it.

    Raises:
        ConfigError: If the text is no YAML.
    """
    source, _ = read_yaml(text, "resolved")
    usual = set(_defaults(loaded.config, (), loaded.catalogue)) | _usual_values(loaded)
    heads = set(_heads(loaded.config, ()))
    return frozenset(
        mark.line
        for path, mark in source.marks.items()
        if _is_written(path, loaded)
        and not any(path[:length] in usual for length in range(1, len(path) + 1))
        and (path in heads or _is_value(lookup(source.data, path)))
    )


def _is_written(path: Path, loaded: LoadedConfig) -> bool:
    """Tell whether somebody wrote a value: itself, or the reference that gave the list."""
    place = written_path(path, loaded)
    lists = [place, place[:-1]] if place and isinstance(place[-1], int) else [place]
    return any(each in loaded.source.marks for each in lists)


def _is_value(found: Any) -> bool:
    """Tell a value from the heading of several."""
    return not isinstance(found, (dict, list)) or not found


def _usual_values(loaded: LoadedConfig) -> set[Path]:
    """Return the plain settings that are as they would have been, by their dotted names."""
    usual: set[Path] = set()
    for name, default in default_values().items():
        found: Any = loaded.config
        path = tuple(name.split("."))
        for part in path:
            found = getattr(found, part)
        if plain_value(found, loaded.catalogue) == default:
            usual.add(path)
    return usual


def _defaults(value: Any, path: Path, catalogue: Catalogue) -> Iterator[Path]:
    """Yield the places of what is as by default, the outermost of each."""
    if isinstance(value, BaseModel):
        for name, field in type(value).model_fields.items():
            item = getattr(value, name)
            below = (*path, name)
            if not field.is_required() and item == field.get_default(call_default_factory=True):
                yield below
            else:
                yield from _defaults(item, below, catalogue)
    elif isinstance(value, KerasObject):
        yield from _default_arguments(value, path, catalogue)
    else:
        for place, item in _below(value, path):
            yield from _defaults(item, place, catalogue)


def _default_arguments(value: KerasObject, path: Path, catalogue: Catalogue) -> Iterator[Path]:
    """Yield the places of an object's arguments that are as by default."""
    entry = find_object(catalogue, value.kind, value.name)
    parameters = entry.parameters if entry else {}
    for name, given in value.arguments.items():
        below = (*path, value.name, name)
        parameter = parameters.get(name)
        if parameter is not None and not parameter.required:
            usual = plain_value(default_of(parameter, catalogue), catalogue)
            if plain_value(given, catalogue) == usual:
                yield below
                continue
        yield from _defaults(given, below, catalogue)


def _heads(value: Any, path: Path) -> Iterator[Path]:
    """Yield the places of names that settings stand below: of layers, losses, sources.

    The optimizer that a config has anyway is no choice.
    """
    if isinstance(value, LayerEntry):
        yield from _heads(value.layer, path)
    elif isinstance(value, KerasObject):
        if (path, value.name) != (("optimizer",), DEFAULT_OPTIMIZER):
            yield from ((*path, name) for name in {value.name, value.written})
        for name, given in value.arguments.items():
            yield from _heads(given, (*path, value.name, name))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _heads(getattr(value, name), (*path, name))
    else:
        if isinstance(value, Choice):
            yield (*path, value.name)
        for place, item in _below(value, path):
            yield from _heads(item, place)


def _below(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield what stands directly below a value, and where."""
    if isinstance(value, LayerEntry):
        yield path, value.layer
    elif isinstance(value, Choice):
        yield (*path, value.name), value.settings
    elif isinstance(value, dict):
        yield from (((*path, key), item) for key, item in value.items())
    elif isinstance(value, (tuple, list)):
        yield from (((*path, index), item) for index, item in enumerate(value))
