"""The whole config file as a JSON Schema, for editors.

Draft-07, because yaml-language-server reads it in every version and SchemaStore asks for
it; draft 2020-12 has nothing more that is needed here. An editor completes from it, shows
what a key means, and underlines a misspelt one. It judges by form alone: what must hold
between fields is left to ``dlkit check``.

dlkit's own sections are those of ``schema``, as pydantic describes them; Keras's objects
come from the catalogue (``json_objects``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from dlkit.config.catalogue import KINDS, Catalogue
from dlkit.config.datasets import NAMED_SETS
from dlkit.config.json_objects import BLOCK_PATTERN, object_definitions
from dlkit.config.json_values import (
    FRACTION_PATTERN,
    REFERENCE_PATTERN,
    Schema,
    name_or_text,
    refer,
    suggest,
    text_beside,
)
from dlkit.config.schema import Config
from dlkit.errors import Path

FILLED_IN: tuple[Path, ...] = (("name",), ("optimizer",))
"""Required parts of a config that a file may leave out: the loader knows them."""

LAYERS = text_beside(
    {
        "type": "array",
        "minItems": 1,
        "description": "Layers, each reading the one above it unless it says `from`.",
    },
    "a list of layers",
)

BLOCK: Schema = {
    "type": "object",
    "properties": {
        "parameters": {
            "type": ["object", "null"],
            "description": "What `${name}` means in the block, with its default.",
        },
        "layers": LAYERS,
    },
    "required": ["layers"],
    "additionalProperties": False,
}

ADDED_KEYS: dict[Path, dict[str, Schema]] = {
    (): {
        "base": {
            "type": ["string", "array", "null"],
            "items": {"type": "string"},
            "description": "A file that this one is merged over, or several.",
        },
        "remove": {
            "type": ["array", "null"],
            "items": {"type": "string"},
            "description": "Paths to take away from the base: `regularization.l2`.",
        },
    },
    ("architecture",): {
        "defaults": refer("defaults"),
        "blocks": {
            "type": ["object", "null"],
            "description": "Groups of layers, used by their names like layers.",
            "propertyNames": {"pattern": BLOCK_PATTERN},
            "additionalProperties": BLOCK,
        },
    },
}
"""Keys that only shape a config: they are gone from the ``Config`` that is read."""

NOTATION = "`Name`, `Name: value` or `Name: {argument: value}`"


def _choice(names: Iterable[str], optional: bool = False) -> Schema:
    """Return a name out of a few, or a reference."""
    values = {"enum": list(names)}
    return suggest(values) | name_or_text(values, optional=optional)


def _objects(kind: str) -> Schema:
    """Return a list of objects of a kind, or the name of a lone one."""
    return {
        "type": ["array", "string"],
        "description": f"A list of {kind}, each {NOTATION}.",
        "if": {"type": "array"},
        "then": {"items": _object(kind)},
        "else": refer(kind),
        **suggest(refer(f"{kind}.names")),
    }


def _object(kind: str) -> Schema:
    """Return one object of a kind, which is something."""
    return {
        "description": f"One {KINDS[kind]}: {NOTATION}.",
        "type": ["string", "object"],
        "allOf": [refer(kind)],
    }


ABOUT = ("title", "description", "default")
"""What pydantic says of a field beside its type."""

PLACES: dict[Path, Schema] = {
    ("dataset", "source"): _choice(NAMED_SETS),
    ("dataset", "offline"): _choice(NAMED_SETS, optional=True),
    ("architecture", "layers"): LAYERS,
    ("loss",): _object("losses"),
    ("optimizer",): _object("optimizers"),
    # What else is to be said of it depends on ``base``: see ``json_schema``.
    ("lr_schedule",): {"description": f"How the learning rate changes: {NOTATION}."},
    ("metrics",): _objects("metrics"),
    ("training", "callbacks"): _objects("callbacks"),
}
"""What stands where the type of a field does not say it."""

BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""pydantic's names of bounds, where they stand behind a validator, and JSON Schema's."""

EXPECTED = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping of keys",
    "array": "a list",
}
"""What is said to a text in the place of something else."""


class _SectionSchema(GenerateJsonSchema):
    """pydantic's own description of the sections, with the one type that it cannot read."""

    def function_plain_schema(
        self, schema: core_schema.PlainValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Describe a ``Share``: a fraction of the examples, or a count of them."""
        whole = {"if": {"minimum": 1}, "then": {"multipleOf": 1}}
        return {"type": "number", "minimum": 0, **whole}


def json_schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the JSON Schema of a config file."""
    described = Config.model_json_schema(schema_generator=_SectionSchema)
    models = described["$defs"]
    alone = _required(described, models)
    alone["properties"]["lr_schedule"] = refer("lr_schedule")
    based = {"properties": {"lr_schedule": refer("lr_schedule.partial")}}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "dlkit experiment",
        **_section(described, (), models),
        "allOf": [
            {"if": {"required": ["base"]}, "then": based, "else": alone},
            *_entries(),
        ],
        "$defs": object_definitions(catalogue),
    }


def _section(described: Schema, path: Path, models: Schema) -> Schema:
    """Return a section with its keys in the notation of a config.

    Args:
        described: The section as pydantic describes it.
        path: Where it stands.
        models: pydantic's descriptions of the sections inside it.
    """
    properties = {
        key: _field(field, (*path, key), models)
        for key, field in described["properties"].items()
    }
    return {
        "type": "object",
        "description": described["description"],
        "properties": properties | ADDED_KEYS.get(path, {}),
        "additionalProperties": False,
    }


def _field(field: Schema, path: Path, models: Schema) -> Schema:
    """Return one key of a section, with its meaning and its default."""
    about = {key: field[key] for key in ("description", "default") if key in field}
    if about.get("default") is None or isinstance(about["default"], (dict, list)):
        about.pop("default", None)  # an editor would write it into the file
    schema = PLACES[path] if path in PLACES else _value(field, path, models)
    return schema | about


def _value(value: Schema, path: Path, models: Schema) -> Schema:
    """Return a value of a section as a config writes it: fractions and references too."""
    if "anyOf" in value:
        return _alternatives([_value(one, path, models) for one in value["anyOf"]])
    if "$ref" in value:
        return _or_text(_section(models[_model(value)], path, models))
    if "enum" in value or "const" in value:
        return _choice(value.get("enum", [value.get("const")]))
    schema = {BOUNDS.get(key, key): one for key, one in value.items() if key not in ABOUT}
    for members in ("items", "additionalProperties"):
        if isinstance(schema.get(members), dict):
            schema[members] = _value(schema[members], path, models)
    if "pattern" in schema:
        schema["pattern"] += f"|{REFERENCE_PATTERN}"
    return schema if schema.get("type") in {"string", "null"} else _or_text(schema)


def _alternatives(schemas: list[Schema]) -> Schema:
    """Return one schema of several: of a value that may be nothing, a plain one."""
    some = [schema for schema in schemas if schema != {"type": "null"}]
    if len(some) > 1:
        return {"anyOf": schemas}
    (schema,) = some
    if "enum" in schema.get("else", {}):
        return _choice(schema["else"]["enum"], optional=True)
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return schema | {"type": [*types, "null"]}


def _or_text(schema: Schema) -> Schema:
    """Return a schema that accepts references, and fractions for numbers."""
    if "type" not in schema:
        return schema
    fraction = FRACTION_PATTERN
    if schema.get("minimum", -1) >= 0:
        fraction = fraction.replace("-?", "")
    fractions = [fraction] if schema["type"] == "number" else []
    return text_beside(schema, EXPECTED[schema["type"]], *fractions)


def _model(field: Schema) -> str:
    """Return the name of the section that a field is, or an empty text."""
    reference = next(
        (one["$ref"] for one in (field, *field.get("anyOf", ())) if "$ref" in one), ""
    )
    return str(reference).rpartition("/")[2]


def _required(described: Schema, models: Schema, path: Path = ()) -> Schema:
    """Return which keys a section and those inside it cannot do without."""
    inside = {
        key: _required(models[_model(field)], models, (*path, key))
        for key, field in described["properties"].items()
        if _model(field) and (*path, key) not in PLACES
    }
    required = [key for key in described.get("required", ()) if (*path, key) not in FILLED_IN]
    about = {"description": described["description"]}  # else editors show none
    return {**about, "required": required, "properties": inside}


def _entries() -> list[Schema]:
    """Return what the members of lists of layers are.

    Where layers have defaults, or may have some from a base, their arguments are not all
    in sight: none is required. Where there are no blocks, no layer is in lower case.
    """
    known = {
        "pattern": "^[^a-z]",
        "patternErrorMessage": "Keras has no such layer, and there are no blocks.",
    }
    keras_only = {**known, "propertyNames": known}
    return [
        {
            "if": _may_have("defaults"),
            "then": _each_layer(refer("entries.partial")),
            "else": _each_layer(refer("entries")),
        },
        {"if": _may_have("blocks"), "else": _each_layer(keras_only)},
    ]


def _may_have(key: str) -> Schema:
    """Return a condition: the architecture has a key, or a base that may have it."""
    architecture = {"type": "object", "required": [key]}
    own = {"required": ["architecture"], "properties": {"architecture": architecture}}
    return {"anyOf": [{"required": ["base"]}, own]}


def _each_layer(schema: Schema) -> Schema:
    """Return that a schema holds for each layer of the architecture and its blocks."""
    layers = {"properties": {"layers": {"items": schema}}}
    blocks = {"type": ["object", "null"], "additionalProperties": layers}
    inside = {"allOf": [layers, {"properties": {"blocks": blocks}}]}
    return {"properties": {"architecture": inside}}
