"""One of pydantic's errors, said in the words of a config."""

from __future__ import annotations

from typing import Any

from dlkit.config.names import nearest
from dlkit.config.values import expected, show
from dlkit.errors import Path, Problem

TYPES = {
    "int_type": "integer",
    "float_type": "number",
    "string_type": "string",
    "bool_type": "boolean",
    "tuple_type": "list",
}
"""pydantic's type errors in the words of ``values``."""

EXPECTED = {
    "model_type": "a mapping of keys",
    "finite_number": "a finite number",
    "too_short": "at least one entry",
    "invalid_key": "keys that are text",
}
"""What pydantic's other errors mean in a config."""

OWN_ERRORS = ("share", "part", "target")
"""Errors of our own types, which say themselves what was expected."""


def describe_fault(item: Any, path: Path, example: str = "") -> Problem:
    """Say what is wrong with a value.

    Args:
        item: The error as pydantic gives it.
        path: Where the value stands.
        example: How it may look.
    """
    kind, context, value = item["type"], item.get("ctx", {}), item["input"]
    if kind == "missing":
        return Problem(f"missing.{f' Expected {example}.' if example else ''}", path)
    if kind == "literal_error":
        legal = [
            word.strip("'") for word in context["expected"].replace(" or ", ", ").split(", ")
        ]
        near = nearest(value, legal) if isinstance(value, str) else ""
        hint = f"Did you mean {near!r}?" if near else ""
        return Problem(f"expected {context['expected']}, received {show(value)}.", path, hint)
    bounds = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for bound, words in bounds.items():
        if bound in context:
            message = f"expected {words} {context[bound]:.10g}, received {show(value)}."
            return Problem(message, path)
    if kind in TYPES:
        return Problem(expected(value, (TYPES[kind],)), path)
    if kind == "string_pattern_mismatch":
        letters = "letters, digits, dots, dashes or underscores (at most 100)"
        return Problem(f"expected {letters}, received {show(value)}.", path)
    if kind in OWN_ERRORS:
        return Problem(f"{item['msg']}, received {show(value)}.", path)
    hint = f"Example: {example}." if example and kind == "model_type" else ""
    message = f"expected {EXPECTED.get(kind, item['msg'])}, received {show(value)}."
    return Problem(message, path, hint)
