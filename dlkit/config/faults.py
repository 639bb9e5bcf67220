"""pydantic's errors, said in the words of a config.

Errors of our own types carry what was expected and nothing else (``share``); those of the
type ``told`` carry the whole sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dlkit.config.names import nearest
from dlkit.config.values import TYPE_NAMES, expected, show
from dlkit.errors import Path, Problem

TYPES = {
    "int_type": "integer",
    "float_type": "number",
    "string_type": "string",
    "bool_type": "boolean",
    "tuple_type": "list",
    "dict_type": "mapping",
}
"""pydantic's type errors in the words of ``values``."""

BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}

EXPECTED = {
    "model_type": "a mapping of keys",
    "finite_number": "a finite number",
    "invalid_key": "keys that are text",
    "string_pattern_mismatch": "letters, digits, dots, dashes or underscores (at most 100)",
}
"""What pydantic's other errors mean in a config."""


def by_place(errors: Iterable[Any], data: Any) -> dict[Path, list[Any]]:
    """Sort errors by the place of what is at fault.

    pydantic's own places name the branches of a union too; and where one branch got
    further than another, only its errors count.

    Args:
        errors: As pydantic gives them.
        data: What was validated.
    """
    places: dict[Path, list[Any]] = {}
    for error in errors:
        places.setdefault(_place(error, data), []).append(error)
    return {
        path: found
        for path, found in places.items()
        if not any(path == other[: len(path)] for other in places if len(other) > len(path))
    }


def _place(error: Any, data: Any) -> Path:
    """Return the part of an error's place that stands in the data."""
    path: Path = ()
    for part in error["loc"]:
        is_missing = error["type"] == "missing" and part == error["loc"][-1]
        is_index = isinstance(part, int) and isinstance(data, (list, tuple))
        if isinstance(data, dict) and (part in data or is_missing):
            path, data = (*path, part), data.get(part)
        elif is_index and part < len(data):
            path, data = (*path, part), data[part]
    return path


def describe_fault(items: Sequence[Any], path: Path, example: str = "") -> Problem:
    """Say what is wrong with a value.

    Args:
        items: Its errors as pydantic gives them: one, or one for each branch of a union.
        path: Where the value stands.
        example: How it may look.
    """
    first = next((item for item in items if not BOUNDS.keys().isdisjoint(_context(item))), None)
    items = [first] if first else items  # the type is right, so that branch was meant
    kinds = [item["type"] for item in items]
    if "missing" in kinds:
        return Problem(f"missing.{f' Expected {example}.' if example else ''}", path)
    if "told" in kinds:
        return Problem(items[0]["msg"], path)
    value = items[0]["input"]
    if all(kind in TYPES for kind in kinds) and not example:
        return Problem(expected(value, tuple(TYPES[kind] for kind in kinds)), path)
    words = [word for item in items for word in _expectations(item)]
    message = f"expected {listed(words)}, received {show(value)}."
    legal = [word.strip("'") for word in words if word.startswith("'")]
    near = _meant(value, legal) if isinstance(value, str) else ""
    hint = f"Did you mean {near!r}?" if near else ""
    if example and {"model_type", "dict_type"} & {*kinds} and not near:
        hint = f"Example: {example}."
    return Problem(message, path, hint)


def _meant(value: str, legal: Sequence[str]) -> str:
    """Return the word that was meant: one that a text is a whole part of, else the nearest."""
    whole = [word for word in legal if value in word.split("_")]
    return whole[0] if whole else nearest(value, legal)


def listed(words: Sequence[str]) -> str:
    """Write alternatives: ``a, b or c``."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} or {last}" if others else last


def _context(item: Any) -> dict[str, Any]:
    return dict(item.get("ctx", {}))


def _expectations(item: Any) -> list[str]:
    """Return what one error expected, in words."""
    kind, context = item["type"], _context(item)
    if kind == "literal_error":
        return list(context["expected"].replace(" or ", ", ").split(", "))
    if kind == "bool_type":
        return ["true", "false"]
    if kind in TYPES:
        return [TYPE_NAMES[TYPES[kind]]]
    for bound, words in BOUNDS.items():
        if bound in context:
            return [f"{words} {context[bound]:.10g}"]
    if kind == "too_short":
        return [f"at least {_count(context['min_length'], 'entry', 'entries')}"]
    if kind == "string_too_short":
        return [f"at least {_count(context['min_length'], 'character', 'characters')}"]
    if kind == "string_too_long":
        return [f"at most {_count(context['max_length'], 'character', 'characters')}"]
    return [EXPECTED.get(kind, item["msg"])]


def _count(number: int, noun: str, nouns: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {nouns}"
