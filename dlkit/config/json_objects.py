"""The notation of Keras objects as JSON Schema: the definitions of ``json_schema``.

A kind is a definition (``optimizers``), and so is each of its objects (``optimizers.SGD``:
what may stand behind ``SGD:``) and, where others than the object need them, its arguments
(``layers.Dense.arguments``). What the reader of objects decides by looking (is it a text,
a list, a mapping?) the schema decides by ``if``.
"""

from __future__ import annotations

import json

from dlkit.config.catalogue import KINDS, Catalogue, Entry, Parameter
from dlkit.config.json_layers import (
    INNER,
    LAYER_KINDS,
    OWN_KEYS,
    layer_definitions,
    named_objects,
)
from dlkit.config.json_values import (
    FRACTION_PATTERN,
    Schema,
    mapping_schema,
    name_or_text,
    notation_schema,
    one_name_schema,
    refer,
    suggest,
    value_name,
    value_schema,
)
from dlkit.config.notation import ACTIVATION_LAYERS
from dlkit.config.own_layers import OWN_LAYERS, WHOLE, find_object
from dlkit.config.own_schedules import SUPPLIED


def object_definitions(catalogue: Catalogue) -> dict[str, Schema]:
    """Return the definitions that Keras objects in a config need.

    ``losses``, ``optimizers``, ...: an object of the kind, or nothing. ``lr_schedule``: one
    without its first rate. ``entries``: a member of a list of layers. Those that end in
    ``.partial`` require no arguments, because something else may have given them.
    """
    definitions = {f"own.{key}": schema for key, schema in OWN_KEYS.items()}
    for kind in KINDS:
        for name in catalogue.names(kind):
            entry = find_object(catalogue, kind, name)
            if entry and kind != "activations":
                definitions |= _value_definitions(entry) | _entry_definitions(entry)
        definitions[f"{kind}.names"] = {"enum": catalogue.all_names(kind)}
        definitions[kind] = notation_schema(
            mapping_schema(named_objects(catalogue, kind)), refer(f"{kind}.names")
        )
    for entry in OWN_LAYERS.values():
        definitions |= _value_definitions(entry) | _entry_definitions(entry)
    del definitions["applications"], definitions["applications.names"]  # see the layers
    definitions |= layer_definitions(catalogue) | _special_definitions(catalogue)
    return definitions | _share_arguments(definitions)


def _share_arguments(definitions: dict[str, Schema]) -> dict[str, Schema]:
    """Define arguments that several objects have in common, such as ``trainable``, once.

    The definitions of the arguments are changed to refer to these.
    """
    users: dict[str, list[tuple[str, Schema]]] = {}
    for definition, schema in definitions.items():
        if definition.endswith(".arguments"):
            for key, argument in schema["properties"].items():
                users.setdefault(json.dumps([key, argument]), []).append((key, schema))
    shared: dict[str, Schema] = {}
    for alike in users.values():
        key, first = alike[0]
        if len(alike) > 1 and len(first["properties"][key]) > 1:
            name = f"shared.{key}.{len(shared)}"
            shared[name] = first["properties"][key]
            for _, schema in alike:
                schema["properties"][key] = refer(name)
    return shared


def _value_definitions(entry: Entry) -> dict[str, Schema]:
    """Return the types that an object's arguments have."""
    plain = [p for p in entry.parameters.values() if not p.object_kind]
    plain = [p for p in plain if entry.kind not in WHOLE or p.name not in INNER]
    values = [_value(entry.kind, parameter) for parameter in plain]
    return {value_name(*value): value_schema(*value) for value in values}


def _entry_definitions(entry: Entry) -> dict[str, Schema]:
    """Return what may stand behind the name of one object, and its arguments."""
    name, required = f"{entry.kind}.{entry.name}", entry.required
    arguments = {
        "type": "object",
        "properties": _properties(entry),
        "additionalProperties": False,
    }
    definitions = {name: _behind(entry, required), f"{name}.arguments": arguments}
    if entry.kind in LAYER_KINDS and required:
        definitions[f"{name}.partial"] = _behind(entry, [])
    if entry.kind == "schedules":
        others = [key for key in required if key not in SUPPLIED]
        definitions[f"{name}.supplied"] = _behind(entry, others, SUPPLIED)
    if entry.kind == "schedules" and required:
        definitions[f"{name}.partial"] = _behind(entry, [], SUPPLIED)
    return definitions


def _behind(entry: Entry, required: list[str], supplied: tuple[str, ...] = ()) -> Schema:
    """Return what may stand behind a name: arguments by name, or a lone value."""
    arguments = refer(f"{entry.kind}.{entry.name}.arguments")
    if required:
        arguments = {"allOf": [arguments], "type": "object", "required": required}
    order = [p for key, p in entry.parameters.items() if key not in supplied]
    lone = _lone_value(entry.kind, order)
    if not required and entry.required:
        lone = {"if": {"not": {"type": "null"}}, "then": lone}
    names = suggest(lone) if order and order[0].object_kind else {}
    return {
        "description": entry.summary,
        **names,
        "if": {"type": "object"},
        "then": arguments,
        "else": lone,
    }


def _lone_value(kind: str, parameters: list[Parameter]) -> Schema:
    """Return the schema of a value without a name, or of a list of required ones."""
    if not parameters:
        return {"type": "null"}
    first = _argument(kind, parameters[0])
    required = [parameter for parameter in parameters if parameter.required]
    count = len(required)
    if count < 2:
        return first
    return {
        "if": {"type": "array", "minItems": count, "maxItems": count},
        "then": {"items": [_argument(kind, parameter) for parameter in required]},
        "else": first,
    }


def _properties(entry: Entry) -> Schema:
    """Return the arguments of an object with their meaning and their defaults."""
    properties = {}
    for key, parameter in entry.parameters.items():
        schema = _argument(entry.kind, parameter)
        if parameter.summary:
            schema["description"] = parameter.summary
        if parameter.default is not None:
            schema["default"] = parameter.default
        properties[key] = schema
    if entry.kind in LAYER_KINDS:
        properties |= {key: refer(f"own.{key}") for key in OWN_KEYS}
    return properties


def _argument(kind: str, parameter: Parameter) -> Schema:
    """Return the schema of one argument's value."""
    if kind in WHOLE and parameter.name in INNER:
        return dict(INNER[parameter.name])
    if not parameter.object_kind:
        return refer(value_name(*_value(kind, parameter)))
    notation = {"layers": "layers-or-list"}.get(parameter.object_kind, parameter.object_kind)
    if kind == notation == "schedules":  # where it stands says where the rate comes from
        notation = "lr_schedule"
    if parameter.accepts:
        notation += "-or-number"
    schema = refer(notation)
    if parameter.required:
        schema = {"allOf": [schema], "not": {"type": "null"}}
    return schema


def _value(kind: str, parameter: Parameter) -> tuple[tuple[str, ...], bool, bool]:
    """Return the types that an argument accepts, as ``value_schema`` takes them."""
    lasting = kind == "schedules" and parameter.name.endswith(("steps", "boundaries"))
    return parameter.accepts, not parameter.required, lasting and bool(parameter.accepts)


def _special_definitions(catalogue: Catalogue) -> dict[str, Schema]:
    """Return the notations that differ from those of the other kinds."""
    functions = catalogue.all_names("activations")
    activations = {name: refer("activations.function") for name in functions}
    activations |= {name: refer(f"layers.{name}") for name in ACTIVATION_LAYERS}
    names = refer("schedules.names")
    rate = {
        "if": {"type": "string"},
        "then": name_or_text(names, FRACTION_PATTERN),
        "else": {"type": ["number", "null"]},
    }
    schedules = {
        suffix: mapping_schema(named_objects(catalogue, "schedules", suffix))
        for suffix in ("", ".supplied", ".partial")
    }
    return {
        "activations": notation_schema(
            mapping_schema(activations.items()), refer("activations.names")
        ),
        "activations.names": {"enum": list(activations)},
        "activations.function": {"type": "null", "doNotSuggest": True},
        "schedules-or-number": one_name_schema(schedules[""], names, rate),
        "lr_schedule-or-number": one_name_schema(schedules[".supplied"], names, rate),
        "lr_schedule": notation_schema(schedules[".supplied"], names),
        "lr_schedule.partial": notation_schema(schedules[".partial"], names),
    }
