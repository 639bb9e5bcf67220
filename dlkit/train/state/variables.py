"""Variables of a training by names that are the same in every process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

COUNT = re.compile(r"_\d+(?=/|$)")
"""What Keras adds to a name that was used before in the process: ``adam_2``."""


def named(groups: Mapping[str, Iterable[Any]]) -> dict[str, Any]:
    """Return variables by the name of their group, their place in it, and their path.

    The place tells apart what has one name; the path tells when something stands in
    another's place. Texts, as in tables of words, never change and are left out.

    Args:
        groups: Variables of Keras's or TensorFlow's, e.g. those of ``model``.
    """
    found: dict[str, Any] = {}
    seen: set[int] = set()
    for group, variables in groups.items():
        for place, variable in enumerate(variables):
            if id(variable) in seen or "string" in str(variable.dtype):
                continue
            seen.add(id(variable))
            path = getattr(variable, "path", None) or variable.name
            found[f"{group}/{place:04}/{COUNT.sub('', path)}"] = variable
    return found


def read(variables: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Return the values that variables have now."""
    return {name: np.array(value_of(variable)) for name, variable in variables.items()}


def value_of(variable: Any) -> np.ndarray:
    """Return what a variable of Keras's or TensorFlow's holds now; it may change with it.

    All weights are read in every epoch, and asking the variable itself takes three times as
    long. What is spread over devices has no one place to read from, and has to be asked.
    """
    inner = variable.value if isinstance(variable, keras.Variable) else variable
    if isinstance(inner, tf.distribute.DistributedValues):
        return variable.numpy()  # type: ignore[no-any-return]
    tensor = tf.raw_ops.ReadVariableOp(resource=inner.handle, dtype=inner.dtype)
    return tensor.numpy()  # type: ignore[no-any-return]


def write(variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Give variables their values back.

    Raises:
        ValueError: If the two do not have the same names, shapes and dtypes; no variable
            is changed then.
    """
    here, there = set(variables), set(arrays)
    if here != there:
        name = min(here ^ there)
        where = "only here" if name in here else "only in the state"
        raise ValueError(f"{name} is {where}")
    for name, variable in variables.items():
        array = arrays[name]
        if tuple(variable.shape) != array.shape or str(variable.dtype) not in {
            array.dtype.name,
            repr(array.dtype),
            f"<dtype: '{array.dtype.name}'>",
        }:
            is_one = f"{array.dtype.name}{array.shape}"
            raise ValueError(f"{name} is {variable.dtype}{tuple(variable.shape)}, not {is_one}")
    for name, variable in variables.items():
        variable.assign(arrays[name])
