"""Single values of a config as JSON Schema: what ``values`` accepts, and references.

Every value may also be a reference: ``${dataset.num_classes}``. Alternatives are told
apart by ``if`` and ``else``, not listed under ``anyOf``: a fault is then one fault, at its
own place, and not "not valid under any of the given schemas" at the place above.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dlkit.config.interpolation import REFERENCE
from dlkit.config.values import TYPE_NAMES

Schema = dict[str, Any]

JSON_TYPES = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "string": "string",
    "list": "array",
    "mapping": "object",
}
"""The types of ``values`` in the words of JSON Schema."""

ANYTHING = ("string", "number", "boolean", "list", "mapping")
"""Types of an argument of which Keras says none: an editor begins with the first."""

REFERENCE_PATTERN = REFERENCE.pattern

FRACTION_PATTERN = r"^\s*-?\d+(\.\d+)?\s*/\s*(?!0+(\.0+)?\s*$)\d+(\.\d+)?\s*$"
"""What ``values.parse_number`` reads, in the dialect that JavaScript shares."""

DURATION_PATTERN = r"^\s*\d+(\.\d+)?\s+(step|epoch)s?\s*$"
"""What ``values.parse_duration`` reads."""


def refer(definition: str) -> Schema:
    """Return a schema that is a definition of the document."""
    return {"$ref": f"#/$defs/{definition}"}


def suggest(values: Schema) -> Schema:
    """Return what makes an editor complete values, and refuses nothing.

    Editors look for values under ``anyOf``, not under ``else``.
    """
    return {"anyOf": [values, {}]}


def name_or_text(names: Schema, *patterns: str, optional: bool = False) -> Schema:
    """Return a schema of names, and of references and other texts beside them.

    Args:
        names: The schema of the names.
        patterns: Of the texts that are right without being a name.
        optional: Whether it may be nothing.
    """
    types = ["string", "null"] if optional else ["string"]
    text = {"type": types, "pattern": "|".join((*patterns, REFERENCE_PATTERN))}
    return {"if": text, "else": names}


def value_name(accepts: tuple[str, ...], optional: bool, lasting: bool) -> str:
    """Return the name of the definition that ``value_schema`` makes."""
    words = [*(accepts or ["anything"]), *["duration"] * lasting, *["nothing"] * optional]
    return "-or-".join(words)


def value_schema(accepts: tuple[str, ...], optional: bool, lasting: bool) -> Schema:
    """Return the schema of one value.

    Args:
        accepts: Names from ``TYPE_NAMES``; empty accepts everything.
        optional: Whether it may be nothing.
        lasting: Whether it may be a duration: ``5 epochs``.
    """
    types = [JSON_TYPES[name] for name in accepts or ANYTHING] + ["null"] * optional
    if not accepts or "string" in accepts:
        return {"type": types}
    patterns = [FRACTION_PATTERN] * ("number" in accepts) + [DURATION_PATTERN] * lasting
    expected = " or ".join(TYPE_NAMES[name] for name in accepts)
    return text_beside({"type": types}, expected, *patterns)


def text_beside(schema: Schema, expected: str, *patterns: str) -> Schema:
    """Return a schema that also accepts references, and texts of the patterns given.

    Args:
        schema: Accepts no text; has a ``type``.
        expected: What it accepts, in words, for whoever writes another text.
        patterns: Of texts that are right as well.
    """
    written = schema["type"]
    types = written if isinstance(written, list) else [written]
    return schema | {
        "type": [*types, "string"],
        "pattern": "|".join((*patterns, REFERENCE_PATTERN)),
        "patternErrorMessage": f"Expected {expected}.",
    }


def mapping_schema(named: Iterable[tuple[str, Schema]], **more: Schema) -> Schema:
    """Return a mapping from names to what may stand behind them."""
    properties = {"type": "object", "properties": dict(named)}
    return properties | more | {"additionalProperties": False}


def notation_schema(mapping: Schema, names: Schema) -> Schema:
    """Return the notation of an object: a name, or a mapping from a single name."""
    return one_name_schema(mapping, names, name_or_text(names, optional=True))


def one_name_schema(mapping: Schema, names: Schema, other: Schema) -> Schema:
    """Return a mapping from a single name, or something else."""
    single = {"minProperties": 1, "maxProperties": 1}
    return {
        **suggest(names),
        "if": {"type": "object"},
        "then": {"allOf": [mapping], **single},  # beside it, editors would offer no names
        "else": other,
    }
