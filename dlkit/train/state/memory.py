"""What callbacks remember from epoch to epoch, as plain values and arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

PASSED = frozenset({"_model", "params"})
"""Attributes that a callback is given anew whenever training begins."""


def remember(
    callbacks: Sequence[keras.callbacks.Callback],
) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """Return what callbacks remember: attributes that are numbers, texts, arrays, or of such.

    What else there is (functions, files, models) belongs to the process.

    Returns:
        The attributes of each callback, and the arrays that they refer to by name.
    """
    arrays: dict[str, np.ndarray] = {}
    told = []
    for index, callback in enumerate(callbacks):
        found = {}
        for name, value in vars(callback).items():
            if name in PASSED:
                continue
            packed = _pack(value, f"callbacks/{index}/{name}", arrays)
            if packed is not None:
                found[name] = packed
        told.append(found)
    return told, arrays


def recall(
    callbacks: Sequence[keras.callbacks.Callback],
    told: Sequence[Mapping[str, Any]],
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Give callbacks back what they remembered."""
    for callback, found in zip(callbacks, told, strict=True):
        for name, packed in found.items():
            setattr(callback, name, _unpack(packed, arrays))


def _pack(value: Any, name: str, arrays: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """Return a value with its kind, its arrays put aside; None if it cannot be kept."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return {"value": value}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != object:
        arrays[name] = np.asarray(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": name}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        parts = {key: _pack(each, f"{name}/{key}", arrays) for key, each in value.items()}
        return None if None in parts.values() else {"dict": parts}
    if isinstance(value, (list, tuple)):
        items = [_pack(each, f"{name}/{place}", arrays) for place, each in enumerate(value)]
        kind = "tuple" if isinstance(value, tuple) else "list"
        return None if None in items else {kind: items}
    return None


def _unpack(packed: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    """Return a value from what was kept of it."""
    ((kind, value),) = packed.items()
    match kind:
        case "array":
            return arrays[value].copy()
        case "scalar":
            return arrays[value][()]
        case "dict":
            return {key: _unpack(each, arrays) for key, each in value.items()}
        case "list":
            return [_unpack(each, arrays) for each in value]
        case "tuple":
            return tuple(_unpack(each, arrays) for each in value)
        case _:
            return value
