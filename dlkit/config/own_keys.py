"""What an entry of a list of layers says of its place: ``from``, ``name`` and ``repeat``.

Each is read by a function of its own, which returns what was said and what is wrong with
it, in words.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dlkit.config.interpolation import REFERENCE
from dlkit.config.values import show
from dlkit.errors import Path

MAX_LAYERS = 10_000

LAYER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")
"""Names that TensorFlow accepts for an operation."""

OWN_KEYS = ("from", "name", "repeat")
"""Keys among a layer's arguments that say where it stands, not what it does."""

ARITHMETIC = re.compile(r"(-?\d+(?:\.\d+)?) ([-+*/]) (-?\d+(?:\.\d+)?)")
"""One operation on two numbers: ``64 * 4``."""

OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@dataclass(frozen=True)
class Reads:
    """What a layer reads.

    Attributes:
        names: Of tensors, in order.
        roles: The argument of the layer's call that takes each; empty where none is named.
    """

    names: tuple[str, ...]
    roles: tuple[str, ...] = ()

    def next_turn(self, last: str) -> Reads | None:
        """Return what a repeated layer reads the next time: what it gave in place of its first.

        None where that is all it reads.
        """
        if len(self.names) == 1 and not self.roles:
            return None
        first = self.names[0]
        return Reads(tuple(last if name == first else name for name in self.names), self.roles)


def read_from(value: Any) -> tuple[Reads | None, str]:
    """Read ``from``: a name, a list of them, or names by the arguments that take them."""
    if not isinstance(value, dict):
        names = _names(value)
        wanted = "the name of a layer or a list"
        return (Reads(names), "") if names else (None, _expected(wanted, value))
    roles = [(role, name) for role, given in value.items() for name in _names(given)]
    if not roles or not all(map(_names, value.values())):
        return None, _expected("names of layers by the arguments of the call", value)
    return Reads(tuple(name for _, name in roles), tuple(role for role, _ in roles)), ""


def written_from(names: tuple[str, ...], roles: tuple[str, ...] = ()) -> Any:
    """Write ``from`` as ``read_from`` reads it."""
    if not roles:
        return list(names) if len(names) > 1 else names[0]
    by_role = {
        role: tuple(name for name, same in zip(names, roles, strict=True) if same == role)
        for role in roles
    }
    return {role: written_from(given) for role, given in by_role.items()}


def _names(value: Any) -> tuple[str, ...]:
    """Return names, or none where there is anything else among them."""
    written = value if isinstance(value, list) else [value]
    return tuple(written) if all(isinstance(name, str) for name in written) else ()


def read_name(value: Any) -> tuple[tuple[str, ...], str]:
    """Read ``name``: one, or one for each tensor that the layer gives; empty for none."""
    names = value if isinstance(value, list) else [value]
    if value is None:
        return (), ""
    for name in names:
        if not isinstance(name, str) or not LAYER_NAME.fullmatch(name):
            return (), _expected("letters, digits, dots, dashes or underscores", name)
    if not names or len({*names}) < len(names):
        return (), _expected("different names", value)
    return tuple(names), ""


def read_repeat(value: Any) -> tuple[int, str]:
    """Read ``repeat``: how often an entry stands at its place."""
    count = isinstance(value, int) and not isinstance(value, bool)
    if count and 1 <= value <= MAX_LAYERS:
        return value, ""
    return 1, _expected(f"a count from 1 to {MAX_LAYERS:,}", value)


def _expected(wanted: str, value: Any) -> str:
    return f"expected {wanted}, received {show(value)}."


def split_entry(entry: Any, path: Path) -> tuple[str | None, Any, Path]:
    """Take an entry apart into name, value and the path of the name."""
    if isinstance(entry, str):
        return entry, None, path
    if isinstance(entry, dict) and len(entry) == 1:
        ((head, value),) = entry.items()
        if isinstance(head, str):
            return head, value, (*path, head)
    return None, None, path


def without_own_keys(head: str, value: Any) -> Any:
    """Return the notation of a Keras object, free of dlkit's keys."""
    if not isinstance(value, dict):
        return head if value is None else {head: value}
    return {head: {key: item for key, item in value.items() if key not in OWN_KEYS}}


def substitute(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Return nested data with ``${parameter}`` replaced by what was given for it.

    ``${parameter} * 4`` becomes the number that it says; so do ``+``, ``-`` and ``/`` of two
    numbers, with a space on either side.
    """
    if isinstance(value, dict):
        return {key: substitute(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, parameters) for item in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole and whole[1] in parameters:
        return parameters[whole[1]]
    text = REFERENCE.sub(lambda match: str(parameters.get(match[1], match[0])), value)
    return _calculated(text) if text != value else text


def _calculated(text: str) -> Any:
    """Return the result of an operation, whole where it is; any other text as it is."""
    match = ARITHMETIC.fullmatch(text)
    if not match:
        return text
    left, right = (float(part) if "." in part else int(part) for part in match.group(1, 3))
    if match[2] == "/" and right == 0:
        return text
    result = OPERATIONS[match[2]](left, right)
    whole = isinstance(left, int) and isinstance(right, int) and result == int(result)
    return int(result) if whole else result
