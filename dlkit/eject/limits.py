"""What keeps the figures of a script from being those of a run to the last digit.

Two layers with a history: recurrent ones that drop out draw at every call, and biases in
front of a batch normalization are moved by nothing but rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import keras

from dlkit.config.objects import KerasObject, LayerEntry

PLAIN_STEPS = ("SGD",)
"""Optimizers whose steps are as small as the gradients; others make all alike."""

ADRIFT = (
    "The biases in front of a batch normalization have no effect in training: it takes the"
    " mean away. So their gradients are what rounding leaves, and {optimizer} makes whole"
    " steps of that. The figures of validation and test differ a little wherever numbers are"
    " rounded otherwise, also from one computer to another; `use_bias=False` ends it."
)
"""What stands above a training whose biases wander."""


def draws_when_asked(entries: Iterable[LayerEntry]) -> bool:
    """Tell whether a layer draws whenever it is called, as recurrent ones do that drop out.

    What it draws in training then depends on how many batches validation took before.
    """
    return any(_draws_always(entry.layer) for entry in entries)


def _draws_always(notation: KerasObject) -> bool:
    recurrent = notation.name.startswith(("LSTM", "GRU", "SimpleRNN", "ConvLSTM"))
    arguments = notation.arguments
    if recurrent and (arguments.get("dropout") or arguments.get("recurrent_dropout")):
        return True
    for value in arguments.values():
        for one in value if isinstance(value, (list, tuple)) else (value,):
            inner = one.layer if isinstance(one, LayerEntry) else one
            if isinstance(inner, KerasObject) and _draws_always(inner):
                return True
    return False


def remarks(model: keras.Model, optimizer: KerasObject) -> str:
    """Return what is to be known of the figures of a training; nothing as a rule.

    Args:
        model: As dlkit has built it.
        optimizer: What trains it.
    """
    drifts = optimizer.name not in PLAIN_STEPS and any(_adrift(model))
    return ADRIFT.format(optimizer=optimizer.name) if drifts else ""


def _adrift(model: Any) -> Iterator[bool]:
    """Tell of every layer of a model whether a trained bias ends in batch statistics there."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _adrift(layer)
        elif isinstance(layer, keras.layers.BatchNormalization) and layer.trainable:
            before = getattr(layer.input, "_keras_history", None)
            read: Any = before.operation if before else None
            linear = getattr(read, "activation", None) in (None, keras.activations.linear)
            biased = getattr(read, "bias", None) is not None
            yield linear and biased and bool(read.trainable)
