"""The numbers that layers compute with: 16 bits inside, 32 where they come in and go out.

Keras calls it a dtype policy: weights are kept in 32 bits all the same, and a layer that
has a ``dtype`` of its own keeps it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import keras

from dlkit.config.objects import KerasObject

FULL = "float32"

PREPROCESSING = frozenset(
    {
        *("Normalization", "Discretization", "CategoryEncoding", "Hashing", "HashedCrossing"),
        *("StringLookup", "IntegerLookup", "TextVectorization", "Rescaling", "Resizing"),
        *("CenterCrop", "MelSpectrogram", "STFTSpectrogram"),
    }
)
"""Layers that make numbers of raw data: 16 bits cannot even count to 3000 one by one."""


def needs_full(notation: KerasObject) -> bool:
    """Tell whether a layer computes in 32 bits in any case.

    So does one that adds a loss for what it puts out: Keras 3.15 cannot add one of 16 bits
    to the model's, and a sum of squares soon is more than float16 can hold.
    """
    adds = notation.name == "ActivityRegularization" or notation.arguments.get(
        "activity_regularizer"
    )
    return notation.name in PREPROCESSING or bool(adds)


@contextlib.contextmanager
def computing_in(policy: str) -> Iterator[None]:
    """Let layers that are made while the context lasts compute in a precision.

    Args:
        policy: ``float32``, ``mixed_float16`` or ``mixed_bfloat16``.
    """
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def in_full(output: Any) -> Any:
    """Return a model's output, or dict of outputs, in 32 bits where it has 16."""
    if isinstance(output, dict):
        return {name: in_full(each) for name, each in output.items()}
    if output.dtype not in {"float16", "bfloat16"}:
        return output
    return keras.layers.Activation("linear", dtype=FULL)(output)
