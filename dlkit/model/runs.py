"""What finished runs have learned, as layers of another model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject
from dlkit.errors import ModelError, Problem


def build_run(
    notation: KerasObject, name: str, inputs: list[Any], runs: Mapping[str, Path]
) -> keras.Model:
    """Load a run's model, up to a layer of it.

    Args:
        notation: The layer as written: ``path``, ``until``.
        name: The layer's name.
        inputs: The tensors that it reads.
        runs: The model files by the paths that the config names.

    Raises:
        ModelError: If it has no layer of that name.
    """
    whole = keras.saving.load_model(runs[notation.arguments["path"]], compile=False)
    until = notation.arguments.get("until")
    names = [layer.name for layer in whole.layers]
    if until is not None and until not in names:
        message = f"the run's model has no layer {until!r}."
        path = notation.places.get("until", notation.path)
        raise ModelError(Problem(message, path, did_you_mean(until, names)))
    output = whole.get_layer(until).output if until else whole.output
    return keras.Model(whole.input, output, name=name)
