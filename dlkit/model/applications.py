"""The models of ``keras.applications`` as layers that read raw pixels."""

from __future__ import annotations

import contextlib
import re
import warnings
from collections.abc import Mapping
from typing import Any

import keras

from dlkit.config.bases import IMAGENET, weights_of
from dlkit.config.objects import KerasObject
from dlkit.config.own_layers import TRAINABLE, call_arguments
from dlkit.errors import DlkitError, ModelError, Problem
from dlkit.model.freezing import keep_statistics
from dlkit.model.imagenet import careful_files
from dlkit.model.objects import build_object, one_line
from dlkit.model.pixels import COLORS, pixels_of, preprocessed


def build_application(notation: KerasObject, name: str, inputs: list[Any]) -> keras.Model:
    """Build an application for the pictures that a tensor holds.

    It reads raw pixels from 0 to 255: what it wants done with them it does itself. Gray
    pictures become three colors that are alike.

    Args:
        notation: The application as written; a path of weights is that of the file.
        name: The layer's name.
        inputs: The tensor that it reads.

    Raises:
        ModelError: If the pictures do not fit, or Keras refuses its arguments.
        DlkitError: If its weights are not to be had.
    """
    pixels = keras.Input(_picture_shape(notation, inputs), name="pixels")
    tensor = preprocessed(_in_color(pixels), pixels_of(notation.name))
    weights = weights_of(notation)
    ours = {TRAINABLE.name, *call_arguments(notation.kind, notation.name)}
    given = {key: value for key, value in notation.arguments.items() if key not in ours}
    arguments = {
        **{key: _plain(value) for key, value in given.items()},
        "weights": weights,
        "input_shape": tuple(tensor.shape[1:]),
    }
    if tensor is not pixels:
        arguments["input_tensor"] = tensor
    place = notation.places.get("weights", (*notation.path, "weights"))
    files = careful_files(notation.name, place) if weights == IMAGENET else None
    try:
        with files or contextlib.nullcontext(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes for which there are no weights
            made = getattr(keras.applications, notation.name)(**arguments)
    except DlkitError:
        raise
    except Exception as error:  # Keras raises bare ones, and those of h5py
        raise ModelError(_refusal(notation, weights, tensor, error)) from error
    # ConvNeXt finds its weights by a name of its own, so the layer's comes afterwards.
    model = keras.Model(made.inputs[0], made.outputs[0], name=name)
    if weights is not None:
        keep_statistics(model)
    return model


def _plain(value: Any) -> Any:
    return build_object(value) if isinstance(value, KerasObject) else value


def _picture_shape(notation: KerasObject, inputs: list[Any]) -> tuple[int | None, ...]:
    """Return the shape of the pictures that an application is to read.

    Raises:
        ModelError: If it reads no pictures, or such with other colors than it knows.
    """
    name = notation.name
    if len(inputs) != 1:
        message = f"{name} reads one layer, and `from` names {len(inputs)}."
        raise ModelError(Problem(message, notation.path, "Concatenate them before."))
    shape = tuple(inputs[0].shape[1:])
    if len(shape) not in (2, 3) or inputs[0].dtype == "string":
        message = f"{name} reads pictures (height, width, colors), and gets {shape}."
        hint = "Put `Reshape: [height, width, 3]` in front of it."
        raise ModelError(Problem(message, notation.path, hint))
    colors = 1 if len(shape) == 2 else shape[2]
    fits = pixels_of(name).is_alike and weights_of(notation) != IMAGENET
    if colors not in (1, COLORS) and not fits:
        message = f"{name} reads pictures of 3 colors, and gets {shape}."
        hint = "Put `Conv2D: {filters: 3, kernel_size: 1}` in front of it."
        raise ModelError(Problem(message, notation.path, hint))
    return shape


def is_gray(model: keras.Model) -> bool:
    """Tell whether an application that was built here reads pictures without colors."""
    shape = model.inputs[0].shape
    return len(shape) == 3 or shape[-1] == 1


def _in_color(pixels: Any) -> Any:
    """Return pictures with three colors, if they are gray; others as they are."""
    if len(pixels.shape) == 3:
        pixels = keras.layers.Reshape((*pixels.shape[1:], 1))(pixels)
    if pixels.shape[-1] != 1:
        return pixels
    return keras.layers.Concatenate(axis=-1)([pixels] * COLORS)


def _refusal(
    notation: KerasObject, weights: str | None, tensor: Any, error: Exception
) -> Problem:
    """Say why Keras refused an application, and what to do."""
    shape = tuple(tensor.shape[1:])
    reason = one_line(error)
    size = re.search(r"at least (\d+)x(\d+)|should be \((\d+), (\d+), \d", reason)
    if size:
        height, width = (n for n in size.groups() if n)
        wanted = f"at least {height}x{width}" if size[1] else f"{height}x{width} here"
        message = f"{notation.name} reads pictures of {wanted}, and gets {shape}."
        hint = f"Put `Resizing: [{height}, {width}]` in front of it."
        if not size[1]:
            hint += " Or write `include_top: false`, for pictures of any size."
        return Problem(message, notation.path, hint)
    if weights not in (None, IMAGENET):
        message = f"Keras cannot use {weights} for {notation.name}: {reason}"
        return Problem(message, notation.places.get("weights", notation.path))
    message = f"Keras refuses {notation.name} for pictures of shape {shape}: {reason}"
    hint = _advice(reason, notation.arguments)
    return Problem(message, notation.path, hint)


def _advice(reason: str, arguments: Mapping[str, Any]) -> str:
    """Say what to do about a reason of Keras's."""
    if "classes" in reason and arguments.get("include_top", True):
        return "Write `include_top: false`, and a Dense layer of your own behind it."
    if "negative" in reason.lower() or "dimension" in reason:
        return "Put `Resizing: [96, 96]` in front of it, or larger."
    return ""
