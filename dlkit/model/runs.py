"""What finished runs have learned, as layers of another model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import keras

from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject
from dlkit.errors import ModelError, Problem, StorageError
from dlkit.errors import Path as Place
from dlkit.model.freezing import inner_layers, keep_statistics
from dlkit.model.objects import REFUSALS, one_line


def load_run(file: Path, place: Place) -> keras.Model:
    """Load the model of a finished run, without anything that could run code of its own.

    Args:
        file: The model's file.
        place: Where the run is named in the config.

    Raises:
        StorageError: If the file is damaged or no such model.
    """
    try:
        return keras.saving.load_model(file, compile=False, safe_mode=True)
    except REFUSALS as error:
        _, _, inmost = str(error).rpartition("Exception encountered: ")  # Keras's cause, last
        reason = one_line(ValueError(inmost)) if is_zipfile(file) else "it is no Keras file."
        message = f"{file}: the model cannot be loaded: {reason}"
        raise StorageError(Problem(message, place)) from error


def build_run(
    notation: KerasObject, name: str, inputs: list[Any], runs: Mapping[str, Path]
) -> keras.Model:
    """Load a run's model, up to a layer of it.

    It reads raw data, as the run did, and its preprocessing is a part of it.

    Args:
        notation: The layer as written: ``path``, ``until``.
        name: The layer's name.
        inputs: The tensor that it reads.
        runs: The model files by the paths that the config names.

    Raises:
        ModelError: If it has no layer of that name, or does not read what it is given.
        StorageError: If its file is damaged.
    """
    place = notation.places.get("path", notation.path)
    whole = load_run(runs[notation.arguments["path"]], place)
    _check_input(whole, inputs, notation)
    until = notation.arguments.get("until")
    if until is None and len(whole.outputs) > 1:
        names = ", ".join(whole.output) if isinstance(whole.output, dict) else "without names"
        message = f"the run's model has several outputs: {names}."
        hint = "Write `until:` and the name of one of its layers."
        raise ModelError(Problem(message, notation.path, hint))
    output = whole.outputs[0] if until is None else _output_of(whole, until, notation)
    model = keras.Model(whole.inputs[0], output, name=name)
    keep_statistics(model)
    return model


def _check_input(whole: keras.Model, inputs: list[Any], notation: KerasObject) -> None:
    """Refuse to feed a run's model what it does not read.

    Raises:
        ModelError: If it has several inputs, or one of another shape or type.
    """
    if len(whole.inputs) != 1 or len(inputs) != 1:
        counts = f"{len(whole.inputs)} inputs, and gets {len(inputs)}"
        message = f"the run's model has {counts}: Run is for models of one input."
        hint = "`initial_weights:` takes weights from any run."
        raise ModelError(Problem(message, notation.path, hint))
    wanted, given = whole.inputs[0], inputs[0]
    shapes = tuple(wanted.shape[1:]), tuple(given.shape[1:])
    same = len(shapes[0]) == len(shapes[1]) and all(
        None in pair or pair[0] == pair[1] for pair in zip(*shapes, strict=True)
    )
    if not same:
        message = f"the run's model reads examples of shape {shapes[0]}, and gets {shapes[1]}."
        pictures = len(shapes[0]) == len(shapes[1]) and len(shapes[0]) in (2, 3)
        hint = "Put `Resizing` or `Reshape` in front of it." if pictures else ""
        raise ModelError(Problem(message, notation.path, hint))
    if (wanted.dtype == "string") != (given.dtype == "string"):
        kinds = ["texts" if each.dtype == "string" else "numbers" for each in (wanted, given)]
        message = f"the run's model reads {kinds[0]}, and gets {kinds[1]}."
        raise ModelError(Problem(message, notation.path))


def _output_of(whole: keras.Model, until: str, notation: KerasObject) -> Any:
    """Return what a layer of a model gives, as a tensor of the model.

    Raises:
        ModelError: If there is no such layer.
    """
    names = [layer.name for layer in inner_layers(whole)]
    if until in names:
        return whole.get_layer(until).output
    inside = [
        layer.name
        for layer in inner_layers(whole)
        if until in [inner.name for inner in inner_layers(layer)]
    ]
    message = f"the run's model has no layer {until!r}."
    hint = did_you_mean(until, names)
    if inside:
        message = f"{until!r} is a layer inside {inside[0]!r}, not of the run's model itself."
        hint = f"Write `until: {inside[0]}`, or train a run that ends there."
    raise ModelError(Problem(message, notation.places.get("until", notation.path), hint))
