"""What is wrong with a record that TensorFlow refuses to parse, in the words of the config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from dlkit.config.names import did_you_mean
from dlkit.config.record_features import Spec

_KINDS = {"float32": "float_list", "int64": "int64_list"}
"""In which list of an example a dtype stands; everything else is bytes."""

_KIND_NAMES = {"float_list": "float32", "int64_list": "int64", "bytes_list": "string"}


def first_fault(records: np.ndarray, specs: Mapping[str, Spec], first: int) -> str:
    """Find the first record that is not as described, and say how.

    Args:
        records: As they are stored: an array of bytes.
        specs: What each feature should hold.
        first: Number of the first record.
    """
    import tensorflow as tf
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # ships no types

    for number, serialized in enumerate(records, start=first):
        try:
            features = tf.train.Example.FromString(serialized).features.feature
        except DecodeError:
            return f"{number}: expected a tf.train.Example, received other bytes."
        for name, spec in specs.items():
            fault = _feature_fault(features, name, spec)
            if fault:
                return f"{number}: {fault}"
    return f"{first} or one of the next {len(records) - 1}: TensorFlow cannot parse it."


def _feature_fault(features: Any, name: str, spec: Spec) -> str:
    """Say what is wrong with one feature of a record; nothing where it is right."""
    kind = features[name].WhichOneof("kind") if name in features else None
    if kind is None:
        hint = did_you_mean(name, features)
        return f"there is no feature {name!r}. {hint}"
    wanted = _KINDS.get(spec.dtype, "bytes_list")
    if kind != wanted:
        return (
            f"feature {name!r}: expected {_KIND_NAMES[wanted]}, received {_KIND_NAMES[kind]}."
        )
    received = len(getattr(features[name], kind).value)
    if received != spec.values:
        return (
            f"feature {name!r}: expected {spec.values} values, shape"
            f" {list(spec.shape)}, received {received}."
        )
    return ""
