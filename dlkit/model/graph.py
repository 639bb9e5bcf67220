"""Connect layers into a Keras Sequential or Functional model.

Every layer is built and called in the order it is written, so that a shape that does not
fit is reported at the layer that cannot take it, and seeded weights are drawn in a
stable order.
"""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.errors import ModelError, Problem
from dlkit.model.objects import REFUSALS, build_object, refusal
from dlkit.model.remedies import layer_remedy

STATED_STATE = {"mean", "variance", "vocabulary", "bin_boundaries"}
"""Arguments that give a preprocessing layer what it would otherwise learn from data."""


def build_model(
    entries: tuple[LayerEntry, ...], training_inputs: np.ndarray, name: str
) -> keras.Model:
    """Build the model of an architecture.

    Preprocessing layers that learn from data (``Normalization``, ...) are adapted here,
    to the training inputs alone.

    Args:
        entries: Layers in the order they are written.
        training_inputs: Raw inputs of the training split, shape
            ``(examples, *input_shape)``.
        name: The model's name.

    Returns:
        A Sequential model where each layer follows the one before it, else a Functional
        one. It takes raw inputs.

    Raises:
        ModelError: If Keras refuses a layer or a layer cannot take its input.
    """
    source = keras.Input(training_inputs.shape[1:], dtype="float32", name=INPUT)
    tensors: dict[str, Any] = {INPUT: source}
    layers = []
    previous = INPUT
    for entry in entries:
        names = entry.inputs or (previous,)
        inputs = [tensors[name] for name in names]
        layer = _build_layer(entry, inputs[0])
        given = {key for key, value in entry.layer.arguments.items() if value is not None}
        if hasattr(layer, "adapt") and not STATED_STATE & given:
            _adapt(layer, source, inputs[0], training_inputs, entry.layer)
        tensors[entry.name] = _call(layer, inputs, entry.layer)
        layers.append(layer)
        previous = entry.name
    if all(entry.inputs is None and entry.layer.kind == "layers" for entry in entries) and all(
        _call_inputs(layer) == 1 for layer in layers
    ):
        return keras.Sequential([source, *layers], name=name)
    return keras.Model(source, tensors[previous], name=name)


def _build_layer(entry: LayerEntry, tensor: Any) -> Any:
    """Build a layer, or an application for inputs of a tensor's shape."""
    extra: dict[str, Any] = {"name": entry.name}
    if entry.layer.kind == "applications" and not entry.layer.arguments.get(
        "include_top", True
    ):
        extra["input_shape"] = tuple(tensor.shape[1:])
    return build_object(entry.layer, extra=extra)


def _adapt(
    layer: Any, source: Any, tensor: Any, training_inputs: np.ndarray, notation: KerasObject
) -> None:
    """Let a preprocessing layer learn from what it will see of the training inputs.

    Raises:
        ModelError: If it cannot learn from them.
    """
    data = training_inputs.astype("float32")
    try:
        if tensor is not source:
            data = keras.Model(source, tensor).predict(data, batch_size=1024, verbose=0)
        layer.adapt(data)
    except REFUSALS as error:
        received = f"inputs of shape {(None, *data.shape[1:])}"
        raise ModelError(refusal(notation, error, received)) from error


def _call(layer: Any, inputs: list[Any], notation: KerasObject) -> Any:
    """Call a layer on the tensors it reads.

    A layer whose ``call`` takes several tensors (attention: query and value) gets them
    one by one, and the same one again where fewer are written.

    Raises:
        ModelError: If the layer cannot take them.
    """
    wanted = _call_inputs(layer)
    try:
        if wanted > 1:
            output = layer(*inputs, *[inputs[-1]] * (wanted - len(inputs)))
        else:
            output = layer(inputs[0] if len(inputs) == 1 else inputs)
    except REFUSALS as error:
        shapes = [tuple(tensor.shape) for tensor in inputs]
        received = f"an input of shape {' and '.join(map(str, shapes))}"
        problem = refusal(notation, error, received)
        hint = layer_remedy(notation.name, problem.message, shapes)
        raise ModelError(replace(problem, hint=hint)) from error
    if not isinstance(output, keras.KerasTensor):
        message = f"{notation.name} gives {len(output)} tensors, and a layer gives one."
        hint = "Leave out return_state, or merge_mode: null."
        raise ModelError(Problem(message, notation.path, hint))
    return output


def _call_inputs(layer: Any) -> int:
    """Count the tensors that a layer's ``call`` cannot do without."""
    parameters = inspect.signature(layer.call).parameters.values()
    required = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return max(1, len(required))
