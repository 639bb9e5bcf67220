"""Write a config back: every default of dlkit's and of Keras's filled in."""

from __future__ import annotations

from typing import Any

import yaml
from pydantic import BaseModel
from yamlcore import CoreDumper

from dlkit.config.catalogue import Catalogue
from dlkit.config.columns import metric_name
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.schema import Config
from dlkit.config.values import Duration


def dump_resolved(config: Config, catalogue: Catalogue) -> str:
    """Return a config as YAML 1.2 that says all it means.

    Arguments whose default is nothing are left out. Reading the text gives the same
    config again.
    """
    plain = _plain(config, catalogue)
    text = yaml.dump(plain, Dumper=CoreDumper, sort_keys=False, allow_unicode=True, width=96)
    return str(text)


def _plain(value: Any, catalogue: Catalogue) -> Any:
    """Return a value of a config as YAML can hold it."""
    if isinstance(value, BaseModel):
        fields = ((name, getattr(value, name)) for name in type(value).model_fields)
        return {name: _plain(item, catalogue) for name, item in fields if item is not None}
    if isinstance(value, (tuple, list)):
        return [_plain(item, catalogue) for item in value]
    if isinstance(value, LayerEntry):
        ours: dict[str, Any] = {"name": value.name}
        if value.inputs:
            names = list(value.inputs)
            ours["from"] = names if len(names) > 1 else names[0]
        return _notation(value.layer, catalogue, ours)
    if isinstance(value, KerasObject):
        ours = {}
        if value.kind == "metrics" and value.name not in {"accuracy", "crossentropy"}:
            ours = {"name": metric_name(value)}
        return _notation(value, catalogue, ours)
    if isinstance(value, Duration):
        return str(value)
    return value


def _notation(notation: KerasObject, catalogue: Catalogue, ours: dict[str, Any]) -> Any:
    """Write a Keras object with its arguments, given ones and defaults alike."""
    entry = catalogue.find(notation.kind, notation.name)
    arguments = dict(ours)
    parameters = entry.parameters if entry and notation.kind != "activations" else {}
    for name, parameter in parameters.items():
        if name in ours:
            continue
        value = notation.arguments.get(name, parameter.default)
        if value is not None:
            arguments[name] = _plain(value, catalogue)
    return {notation.name: arguments} if arguments else notation.written
