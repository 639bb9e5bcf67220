"""Python expressions as values, and how they are laid out in lines of 88 characters.

Only what the scripts need: calls, lists, tuples and dicts of texts that are Python already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

WIDTH = 88

LONG = 8
"""Digits from which a number is rather written as 1 over another."""


@dataclass(frozen=True)
class Group:
    """Something in brackets.

    Attributes:
        head: Up to the opening bracket: ``layers.Dense(``.
        items: What stands between the commas, each behind what names it: ``units=``.
        tail: From the closing bracket on.
    """

    head: str
    items: tuple[tuple[str, Expression], ...]
    tail: str


Expression = str | Group


def call(
    function: str, *positional: Expression, named: Mapping[str, Expression] | None = None
) -> Group:
    """Return a call of a function."""
    items = [("", one) for one in positional]
    items += [(f"{name}=", one) for name, one in (named or {}).items()]
    return Group(f"{function}(", tuple(items), ")")


def listed(items: Iterable[Expression]) -> Group:
    """Return a list."""
    return Group("[", tuple(("", item) for item in items), "]")


def mapping(items: Mapping[str, Expression]) -> Group:
    """Return a dict whose keys are texts."""
    return Group("{", tuple((f"{text(key)}: ", item) for key, item in items.items()), "}")


def text(value: str) -> str:
    """Return a text in double quotes."""
    return json.dumps(value, ensure_ascii=False)


def literal(value: Any, *, tuples: bool = False) -> Expression:
    """Return a plain value as Python.

    Args:
        value: None, a number, a text, or lists and dicts of these.
        tuples: Whether lists of numbers become tuples, as Keras writes shapes.
    """
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, Mapping):
        return mapping({str(key): literal(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        items = [("", literal(item, tuples=tuples)) for item in value]
        plain = tuples and all(type(item) in (int, float) for item in value)
        if plain and len(items) == 1:
            return f"({flat(items[0][1])},)"
        return Group("(" if plain else "[", tuple(items), ")" if plain else "]")
    return repr(value)


def number(value: float) -> str:
    """Return a number; 0.00392156862745098 as ``1 / 255``."""
    written = repr(float(value))
    if len(written) > LONG and 1e-9 < abs(value) < 1:
        below = round(1 / value)
        if 1 / below == value:
            return f"1 / {below}"
    return written


def flat(expression: Expression) -> str:
    """Return an expression on one line."""
    if isinstance(expression, str):
        return expression
    inside = ", ".join(f"{name}{flat(item)}" for name, item in expression.items)
    return f"{expression.head}{inside}{expression.tail}"


def lay_out(
    expression: Expression, lead: str = "", trail: str = "", indent: int = 0
) -> list[str]:
    """Return an expression in lines: one where it fits, else an item a line.

    Args:
        expression: What to write.
        lead: What stands before it on its first line: ``model = ``.
        trail: What stands behind it: a comma.
        indent: Spaces before each line.
    """
    space = " " * indent
    whole = f"{space}{lead}{flat(expression)}{trail}"
    if len(whole) <= WIDTH or isinstance(expression, str) or not expression.items:
        return [whole]
    lines = [f"{space}{lead}{expression.head}"]
    for name, item in expression.items:
        lines += lay_out(item, name, ",", indent + 4)
    return [*lines, f"{space}{expression.tail}{trail}"]


def unpacked(lead: str, inside: str) -> list[str]:
    """Return a generator in brackets behind a text, in one line or in three."""
    whole = f"{lead}({inside})"
    return [whole] if len(whole) <= WIDTH else [f"{lead}(", f"    {inside}", ")"]


def followed(group: Group, tail: str) -> Group:
    """Return a call with something behind it: ``layers.Dense(2)`` is called on ``(x)``."""
    return Group(group.head, group.items, group.tail + tail)


def comment(words: str, indent: int = 0) -> list[str]:
    """Return words as lines of comment."""
    space = " " * indent
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(f"{space}# {word}")
    return lines


def identifier(name: str, taken: Sequence[str] | set[str] = ()) -> str:
    """Return a variable's name for a name of the config, another than those taken."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    plain = plain if plain.isidentifier() else f"layer_{plain}"
    plain = f"{plain}_" if iskeyword(plain) else plain
    unique, count = plain, 1
    while unique in taken:
        count += 1
        unique = f"{plain}_{count}"
    return unique
