"""Columns of a model's input vector, with a name for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras


@dataclass(frozen=True)
class Part:
    """Some positions of the vector that layers read.

    Attributes:
        tensor: float32 ``(batch, positions)``, symbolic.
        names: One for each position.
    """

    tensor: Any
    names: tuple[str, ...]


def concatenate(tensors: Sequence[Any], name: str | None = None) -> Any:
    """Put float32 tensors of shape ``(batch, n)`` side by side."""
    if len(tensors) == 1:
        return tensors[0]
    return keras.layers.Concatenate(dtype="float32", name=name)(tensors)
