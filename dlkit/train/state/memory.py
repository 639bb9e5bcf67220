"""What callbacks remember from epoch to epoch, as plain values and arrays."""

from __future__ import annotations

import inspect
import random
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import keras
import numpy as np

PASSED = frozenset({"_model", "params"})
"""Attributes that a callback is given anew whenever training begins."""

PLAIN = "biufcSU"
"""Kinds of arrays that are kept: numbers and texts."""

CONTAINERS = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}

DEEPEST = 20
"""Values inside values that are looked at; one that holds itself has no end."""


@dataclass(frozen=True)
class Memory:
    """What callbacks remember at one moment.

    Attributes:
        told: The attributes of each callback by their names, as JSON can hold them.
        arrays: Arrays that they refer to, by names that begin with ``callbacks/``.
    """

    told: list[dict[str, Any]] = field(default_factory=list)
    arrays: dict[str, np.ndarray] = field(default_factory=dict)

    def since(self, begun: Memory) -> Memory:
        """Return what is another value than it was: the rest is as training begins."""
        found = Memory()
        for index, (now, then) in enumerate(zip(self.told, begun.told, strict=True)):
            changed = {}
            for name, packed in now.items():
                mine, before = (each._of(index, name) for each in (self, begun))
                if then.get(name) == packed and _are_equal(mine, before):
                    continue
                changed[name] = packed
                found.arrays.update(mine)
            found.told.append(changed)
        return found

    def _of(self, index: int, name: str) -> dict[str, np.ndarray]:
        """Return the arrays of an attribute."""
        start = f"callbacks/{index}/{name}/"
        return {key: array for key, array in self.arrays.items() if key.startswith(start)}


def _are_equal(some: Mapping[str, np.ndarray], others: Mapping[str, np.ndarray]) -> bool:
    return some.keys() == others.keys() and all(
        array.dtype == others[name].dtype
        and array.shape == others[name].shape
        and array.tobytes() == others[name].tobytes()
        for name, array in some.items()
    )


def remember(callbacks: Sequence[keras.callbacks.Callback]) -> Memory:
    """Return what callbacks remember: attributes that are plain values, or made of such.

    These are numbers, texts, bytes, arrays, variables, generators of random numbers, and
    lists, sets and dicts of them. What else there is (files, locks, functions, models)
    belongs to the process.
    """
    memory = Memory()
    for index, callback in enumerate(callbacks):
        found = {}
        for name, value in vars(callback).items():
            if name in PASSED:
                continue
            arrays: dict[str, np.ndarray] = {}
            packed = _pack(_as_builtin(value), f"callbacks/{index}/{name}/", arrays)
            if packed is not None:
                found[name] = packed
                memory.arrays.update(arrays)
        memory.told.append(found)
    return memory


def recall(
    callbacks: Sequence[keras.callbacks.Callback],
    told: Sequence[Mapping[str, Any]],
    arrays: Mapping[str, np.ndarray],
) -> None:
    """Give callbacks back what they remembered, after training has begun."""
    for callback, found in zip(callbacks, told, strict=True):
        for name, packed in found.items():
            value = _unpack(packed, arrays)
            if not _fill(vars(callback).get(name), value, packed):
                setattr(callback, name, value)


def _as_builtin(value: Any) -> Any:
    """Return a container of a kind of its own, as a ``defaultdict``, as one of Python's."""
    for kind in (dict, list, set):
        if isinstance(value, kind):
            return kind(value)
    return list(value) if isinstance(value, deque) else value


def _fill(here: Any, value: Any, packed: Mapping[str, Any]) -> bool:
    """Let a value take the place of what an object holds, so that it stays that object.

    Returns:
        Whether it has; else the attribute is to be set.
    """
    if "variable" in packed and _is_variable(here):
        here.assign(value)
    elif "numpy" in packed and isinstance(here, np.random.Generator):
        here.bit_generator.state = value
    elif "random" in packed and isinstance(here, random.Random):  # noqa: S311
        here.setstate(value)
    elif isinstance(here, dict) and isinstance(value, dict):
        here.clear()
        here.update(value)
    elif isinstance(here, (list, deque)) and isinstance(value, list):
        here.clear()
        here.extend(value)
    elif isinstance(here, set) and isinstance(value, set):
        here.clear()
        here.update(value)
    else:
        # Of an object that is not there only the state is known: nothing can be made of it.
        return not {"variable", "numpy", "random"}.isdisjoint(packed)
    return True


def _pack(
    value: Any, name: str, arrays: dict[str, np.ndarray], depth: int = 0
) -> dict[str, Any] | None:
    """Return a value with its kind, its arrays put aside; None if it cannot be kept."""
    if isinstance(value, (np.ndarray, np.generic)):  # first: np.float64 is a float too
        if value.dtype.kind not in PLAIN or not value.dtype.itemsize:
            return None
        arrays[name] = np.array(value)
        return {"array" if isinstance(value, np.ndarray) else "scalar": name}
    if value is None or type(value) in {bool, int, float, str}:
        return {"value": value}
    if type(value) is bytes:
        return {"bytes": value.hex()}
    if type(value) is complex:
        return {"complex": [value.real, value.imag]}
    if _is_variable(value) and "string" not in str(value.dtype):
        arrays[name] = np.array(keras.ops.convert_to_numpy(value))
        return {"variable": name}
    if isinstance(value, np.random.Generator):
        state = _pack(value.bit_generator.state, name, arrays, depth + 1)
        return state and {"numpy": state}
    if isinstance(value, random.Random):  # noqa: S311  # nothing is drawn
        state = _pack(value.getstate(), name, arrays, depth + 1)
        return state and {"random": state}
    if inspect.isfunction(value):
        is_op = getattr(keras.ops, value.__name__, None) is value
        return {"op": value.__name__} if is_op else None
    return _pack_container(value, name, arrays, depth)


def _pack_container(
    value: Any, name: str, arrays: dict[str, np.ndarray], depth: int
) -> dict[str, Any] | None:
    """Return a container as ``_pack`` does."""
    kind = type(value).__name__
    if depth == DEEPEST:
        return None
    if type(value) is dict:
        value = [each for pair in value.items() for each in pair]
    elif CONTAINERS.get(kind) is not type(value):
        return None
    items = [
        _pack(each, f"{name}{place}/", arrays, depth + 1) for place, each in enumerate(value)
    ]
    return None if None in items else {kind: items}


def _unpack(packed: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Any:
    """Return a value from what was kept of it."""
    ((kind, value),) = packed.items()
    match kind:
        case "array" | "variable":
            return arrays[value].copy()
        case "scalar":
            return arrays[value][()]
        case "bytes":
            return bytes.fromhex(value)
        case "complex":
            return complex(*value)
        case "op":
            return getattr(keras.ops, value)
        case "numpy" | "random":
            return _unpack(value, arrays)
        case "value":
            return value
    items = [_unpack(each, arrays) for each in value]
    if kind == "dict":
        return dict(zip(items[::2], items[1::2], strict=True))
    return CONTAINERS[kind](items)


def _is_variable(value: Any) -> bool:
    """Tell whether a value is a variable of Keras's or of TensorFlow's."""
    return hasattr(value, "assign") and hasattr(value, "dtype") and hasattr(value, "numpy")
