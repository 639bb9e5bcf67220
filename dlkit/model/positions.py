"""The places of the steps of a sequence, for which Keras has no layer.

They are made of Keras's own operations, so that a saved model needs nothing of dlkit's.
"""

from __future__ import annotations

from typing import Any

import keras

from dlkit.config.objects import KerasObject
from dlkit.errors import ModelError, Problem


def build_positions(notation: KerasObject, name: str, inputs: list[Any]) -> keras.Model:
    """Build the model that gives 0, 1, 2, ... for the steps of each example.

    Args:
        notation: The layer as written.
        name: The layer's name.
        inputs: One tensor, of shape ``(batch, steps)`` or with further axes behind.

    Returns:
        A model without weights; it gives int32 of shape ``(batch, steps)``.

    Raises:
        ModelError: If what it reads has no steps.
    """
    shape = tuple(inputs[0].shape)
    if len(inputs) != 1 or len(shape) < 2 or inputs[0].dtype == "string":
        shapes = " and ".join(str(tuple(tensor.shape)) for tensor in inputs)
        message = f"{notation.name} counts the steps of one sequence, and gets {shapes}."
        raise ModelError(Problem(message, notation.path, "Let it read the numbers of words."))
    steps = keras.Input(shape[1:], dtype=inputs[0].dtype, name="steps")
    one_each = steps if len(shape) == 2 else steps[(..., *[0] * (len(shape) - 2))]
    ones = keras.ops.ones_like(one_each, dtype="int32")
    return keras.Model(steps, keras.ops.cumsum(ones, axis=1) - 1, name=name)
