"""Write a config back: every default of dlkit's and of Keras's filled in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import yaml
from pydantic import BaseModel
from yamlcore import CoreDumper

from dlkit.config.catalogue import Catalogue, Parameter
from dlkit.config.choices import Choice
from dlkit.config.columns import metric_name
from dlkit.config.load import LoadedConfig
from dlkit.config.named_places import with_name
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_keys import written_from
from dlkit.config.own_layers import find_object
from dlkit.config.schedules import said_rate
from dlkit.config.schema import Config
from dlkit.config.sweep.plain import plain_sweep
from dlkit.config.training_section import StageConfig
from dlkit.config.values import Duration
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import Path


def dump_resolved(config: Config, catalogue: Catalogue) -> str:
    """Return a config as YAML 1.2 that says all it means.

    Arguments that are nothing by default and in the config are left out. Reading the text
    gives the same config again, and writing that the same text.
    """
    return dump_plain(plain_config(config, catalogue))


def dump_plain(data: Mapping[str, Any]) -> str:
    """Return plain values as YAML 1.2."""
    text = yaml.dump(
        dict(data), Dumper=CoreDumper, sort_keys=False, allow_unicode=True, width=96
    )
    return str(text)


def plain_config(config: Config, catalogue: Catalogue) -> dict[str, Any]:
    """Return the same as nested dicts, lists and scalars."""
    plain: dict[str, Any] = plain_value(config, catalogue)
    if config.outputs:
        plain = {key: item for key, item in plain.items() if key not in ("loss", "metrics")}
    else:
        del plain["outputs"]
    for empty in ("stages",):
        if not plain["training"][empty]:
            del plain["training"][empty]
    if config.sweep:
        plain["sweep"] = plain_sweep(config, config.sweep)
    says_all = config.lr_schedule and said_rate(config.lr_schedule)
    written = plain["optimizer"]
    if (
        says_all
        and isinstance(written, dict)
        and "learning_rate" not in config.optimizer.arguments
    ):
        written[config.optimizer.name].pop("learning_rate", None)  # a default, never used
    return plain


def dump_with_origins(loaded: LoadedConfig, catalogue: Catalogue) -> str:
    """Return the same, with the place that each line comes from behind it."""
    text = dump_resolved(loaded.config, catalogue)
    source, _ = read_yaml(text, "resolved")
    origins: dict[int, str] = {}
    for path, mark in source.marks.items():
        written = loaded.source.marks.get(written_path(path, loaded))
        origins[mark.line] = str(written) if written else "default"
    lines = text.splitlines()
    width = min(60, max(map(len, lines)))
    return "".join(
        f"{line:<{width}}  # {origins[number]}\n" if number in origins else f"{line}\n"
        for number, line in enumerate(lines, start=1)
    )


def written_path(path: Path, loaded: LoadedConfig) -> Path:
    """Return where a value of the resolved config stands in what was written.

    Args:
        path: Where it stands in the resolved config.
        loaded: Provides what was written, and what it was read as.
    """
    found: Any = loaded.config
    for depth, part in enumerate(path):
        if isinstance(found, BaseModel):
            found = getattr(found, str(part), None)
        elif isinstance(found, tuple) and isinstance(part, int):
            found = found[part]
        elif isinstance(found, dict):
            found = found.get(part)
        if isinstance(found, LayerEntry):
            found = found.layer
        if isinstance(found, KerasObject):
            below = path[depth + 2 :]  # behind its name
            if below and below[0] in found.places:
                return (*found.places[str(below[0])], *below[1:])
            return (*found.path, *below)
    return _written_as(path, loaded.source.data)


def _written_as(path: Path, data: Any) -> Path:
    """Return where a value stands that may be written as a lone one.

    ``source: {csv: {path: [a.csv]}}`` may be ``source: {csv: a.csv}``.

    Args:
        path: Where it stands in full.
        data: What was written.
    """
    written: Path = ()
    for depth, part in enumerate(path):
        opened = with_name(data, path[:depth]) if isinstance(part, str) else data
        if isinstance(opened, dict) and part in opened:
            written = (*written, part) if opened is data else written
            data = opened[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            written, data = (*written, part), data[part]
        elif part == data:
            data = {}  # a name without settings
        elif part != 0 or isinstance(data, (dict, list)):
            return path
    return written


def plain_value(value: Any, catalogue: Catalogue) -> Any:
    """Return a value of a config as YAML can hold it."""
    if isinstance(value, StageConfig):
        value = _with_rate_inside(value)
    if isinstance(value, BaseModel):
        fields = ((name, getattr(value, name)) for name in type(value).model_fields)
        return {name: plain_value(item, catalogue) for name, item in fields if item is not None}
    if isinstance(value, (tuple, list)):
        return [plain_value(item, catalogue) for item in value]
    if isinstance(value, LayerEntry):
        ours: dict[str, Any] = {"name": [value.name, *value.also] if value.also else value.name}
        if value.inputs:
            ours["from"] = written_from(value.inputs, value.roles)
        return _notation(value.layer, catalogue, ours)
    if isinstance(value, KerasObject):
        return _notation(value, catalogue, {})
    if isinstance(value, Duration):
        return str(value)
    if isinstance(value, Choice):
        settings = plain_value(value.settings, catalogue)
        return {value.name: settings} if settings else value.name
    if isinstance(value, dict):
        return {key: plain_value(item, catalogue) for key, item in value.items()}
    return value


def _with_rate_inside(stage: StageConfig) -> StageConfig:
    """Return a stage whose optimizer says its rate: written in full, it has one in any case."""
    if stage.optimizer is None or stage.learning_rate is None:
        return stage
    rate = {"learning_rate": stage.learning_rate}
    optimizer = replace(stage.optimizer, arguments={**stage.optimizer.arguments, **rate})
    return stage.model_copy(update={"optimizer": optimizer, "learning_rate": None})


def _notation(notation: KerasObject, catalogue: Catalogue, ours: dict[str, Any]) -> Any:
    """Write a Keras object with its arguments, given ones and defaults alike.

    A metric is known by what was written: its own name says so, or where it takes none
    the word before its arguments.
    """
    entry = find_object(catalogue, notation.kind, notation.name)
    parameters = entry.parameters if entry and notation.kind != "activations" else {}
    head = notation.name
    if notation.kind == "metrics":
        if "name" in parameters:
            ours = {"name": metric_name(notation)}
        else:
            head = notation.written
    arguments = dict(ours)
    for name, parameter in parameters.items():
        if name in ours:
            continue
        if name in notation.arguments:
            value = notation.arguments[name]
            if value is not None or parameter.default is not None:
                arguments[name] = plain_value(value, catalogue)
        elif parameter.default is not None:
            arguments[name] = plain_value(default_of(parameter, catalogue), catalogue)
    return {head: arguments} if arguments else notation.written


def default_of(parameter: Parameter, catalogue: Catalogue) -> Any:
    """Return a default as the reader would: an object where Keras has its name.

    Args:
        parameter: One that has a default.
        catalogue: Knows the names.
    """
    value = parameter.default
    if not parameter.object_kind or not isinstance(value, str):
        return value
    entry = catalogue.find(parameter.object_kind, value)
    return KerasObject(entry.kind, entry.name, value, {}, ()) if entry else value
