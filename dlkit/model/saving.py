"""Prove that a model with layers of one's own can be saved and loaded, before it is trained."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from pathlib import Path

import keras
import numpy as np

from dlkit.config.objects import LayerEntry
from dlkit.errors import ModelError, Problem
from dlkit.model.draws import drawing_nothing
from dlkit.model.objects import one_line


def prove_saving(model: keras.Model, entries: Iterable[LayerEntry]) -> None:
    """Save a model that is not trained yet, load it, and compare the weights.

    Args:
        model: The model, with its weights.
        entries: Its layers; the first one of one's own is named where something fails.

    Raises:
        ModelError: If it cannot be saved or loaded, or comes back with other weights.
    """
    own = next((entry.layer for entry in entries if entry.layer.own_code), None)
    path = own.path if own else ("architecture", "layers")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        try:
            model.save(file)
            with drawing_nothing():
                loaded = keras.saving.load_model(file, compile=False, safe_mode=True)
        except Exception as error:  # one's own code raises anything
            reason = one_line(ValueError(str(error).rpartition("Exception encountered: ")[2]))
            message = f"the model could not be saved and loaded again: {reason}"
            hint = "Make weights and layers in __init__ or build(), never in call()."
            raise ModelError(Problem(message, path, hint)) from error
    before, after = model.get_weights(), loaded.get_weights()
    same = len(before) == len(after) and all(map(np.array_equal, before, after))
    if not same:
        message = "the model comes back with other weights when it is saved and loaded again."
        hint = "Keep every layer and weight as an attribute, or in a list of self's."
        raise ModelError(Problem(message, path, hint))
