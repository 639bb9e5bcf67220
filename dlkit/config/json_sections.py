"""dlkit's own sections as JSON Schema: what pydantic says of them, in a config's notation.

Every value may be a reference, numbers may be fractions, and what a key means comes from
the section's docstring.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dlkit.config.documents import meanings_of, summary_of
from dlkit.config.json_values import (
    FRACTION_PATTERN,
    REFERENCE_PATTERN,
    Schema,
    name_or_text,
    suggest,
    text_beside,
)
from dlkit.config.section import Section
from dlkit.config.validation import section_of
from dlkit.errors import Path

BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
"""pydantic's names of bounds, where they stand behind a validator, and JSON Schema's."""

ABOUT = ("title", "description", "default")
"""What pydantic says of a field beside its type."""

EXPECTED = {
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping of keys",
    "array": "a list",
}
"""What is said to a text in the place of something else."""

Places = Mapping[Path, Schema]
"""What stands where the type of a field does not say it."""


def section_schema(
    section: type[Section],
    path: Path = (),
    places: Places | None = None,
    added: Mapping[Path, Mapping[str, Schema]] | None = None,
) -> Schema:
    """Return a section with its keys in the notation of a config; it requires none of them.

    Args:
        section: The section.
        path: Where it stands.
        places: What stands where the type of a field does not say it.
        added: Keys that are gone from the section when it is read.
    """
    places, added = places or {}, added or {}
    fields = _described(section)
    meanings = meanings_of(section)
    properties = {}
    for key, field in fields.items():
        here = (*path, key)
        schema = places.get(here)
        if schema is None:
            inside = section_of(section.model_fields[key].annotation)
            nested = section_schema(inside, here, places, added) if inside else {}
            schema = _value(field, nested)
        properties[key] = _about(field, meanings.get(key, "")) | schema
    return {
        "type": "object",
        "description": summary_of(section),
        "properties": properties | dict(added.get(path, {})),
        "additionalProperties": False,
    }


def field_schema(section: type[Section], key: str) -> Schema:
    """Return the schema of one key's value."""
    return _value(_described(section)[key], {})


def choice_schema(names: Iterable[str], optional: bool = False) -> Schema:
    """Return a name out of a few, or a reference."""
    values = {"enum": list(names)}
    return suggest(values) | name_or_text(values, optional=optional)


def _described(section: type[Section]) -> dict[str, Schema]:
    return dict(section.model_json_schema().get("properties", {}))


def _about(field: Schema, meaning: str) -> Schema:
    """Return the meaning and the default of a key."""
    about: Schema = {"description": meaning} if meaning else {}
    default = field.get("default")
    if default is not None and not isinstance(default, (dict, list)):
        about["default"] = default  # of others an editor would write it into the file
    return about


def _value(value: Schema, nested: Schema) -> Schema:
    """Return a value of a section as a config writes it.

    Args:
        value: As pydantic describes it.
        nested: The section that stands in its place, if one does.
    """
    if "anyOf" in value:
        return _alternatives(value["anyOf"], nested)
    if "$ref" in value:
        return _or_text(nested)
    if "enum" in value or "const" in value:
        return choice_schema(_names(value))
    schema = {BOUNDS.get(key, key): one for key, one in value.items() if key not in ABOUT}
    for members in ("items", "additionalProperties"):
        if isinstance(schema.get(members), dict):
            schema[members] = _value(schema[members], {})
    if "pattern" in schema:
        schema["pattern"] += f"|{REFERENCE_PATTERN}"
    return _or_text(schema)


def _names(value: Schema) -> list[Any]:
    return list(value.get("enum", [value.get("const")]))


def _alternatives(values: list[Schema], nested: Schema) -> Schema:
    """Return one schema of several: names, or something else, or nothing."""
    named = [value for value in values if "enum" in value or "const" in value]
    others = [value for value in values if value not in named and value != {"type": "null"}]
    optional = ["null"] * ({"type": "null"} in values)
    names = [name for value in named for name in _names(value)]
    if not others:
        return choice_schema(names, optional=bool(optional))
    (other,) = others
    schema = _value(other, nested)
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if not names:
        return schema | {"type": [*types, *optional]}
    legal = {"enum": names}
    patterns = [FRACTION_PATTERN] * ("number" in types)
    return {
        **suggest(legal),
        "if": {"type": "string"},
        "then": name_or_text(legal, *patterns),
        "else": schema | {"type": [*(one for one in types if one != "string"), *optional]},
    }


def _or_text(schema: Schema) -> Schema:
    """Return a schema that accepts references, and fractions for numbers."""
    if "type" not in schema:
        return schema
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if "string" in types:
        return schema
    fraction = FRACTION_PATTERN
    if schema.get("minimum", -1) >= 0:
        fraction = fraction.replace("-?", "")
    expected = " or ".join(EXPECTED[one] for one in types)
    return text_beside(schema, expected, *[fraction] * ("number" in types))
