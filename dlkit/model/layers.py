"""Make one layer of a config and call it on what it reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, MODEL, RUN, SHARED
from dlkit.errors import ModelError, Problem
from dlkit.model.applications import build_application
from dlkit.model.freezing import set_trainable
from dlkit.model.objects import REFUSALS, build_object, refusal
from dlkit.model.remedies import layer_remedy
from dlkit.model.runs import build_run

STATED_STATE = {"mean", "variance", "vocabulary", "bin_boundaries"}
"""Arguments that give a preprocessing layer what it would otherwise learn from data."""

RunModels = Mapping[str, Path]
"""The model files of finished runs, by the paths that a config names them by."""

Learner = Callable[[Any, Any], None]
"""Lets a preprocessing layer learn what a tensor holds for the training inputs."""


def add_layer(
    entry: LayerEntry,
    inputs: list[Any],
    made: Mapping[str, Any],
    runs: RunModels,
    learn: Learner | None,
) -> tuple[Any, Any]:
    """Build a layer and call it.

    Args:
        entry: The layer as written.
        inputs: The tensors that it reads.
        made: The layers before it by their names; one of them may be called again.
        runs: The model files of finished runs.
        learn: Adapts preprocessing layers; None inside a model, where there is no data.

    Returns:
        The layer and its output.

    Raises:
        ModelError: If Keras refuses the layer, or it cannot take its inputs.
    """
    notation = entry.layer
    if notation.kind == KIND and notation.name == SHARED:
        layer = made[notation.arguments["layer"]]
        return layer, call_layer(layer, inputs, notation)
    if notation.kind == "applications":
        application = build_application(notation, entry.name, inputs)
        set_trainable(application.layer, notation.arguments.get("trainable", True), notation)
        return application.layer, call_layer(application, inputs, notation)
    if notation.kind == KIND:
        whole = (
            build_run(notation, entry.name, inputs, runs)
            if notation.name == RUN
            else _build_inner(notation, entry.name, inputs, runs)
        )
        set_trainable(whole, notation.arguments.get("trainable", True), notation)
        return whole, call_layer(whole, inputs, notation)
    layer = build_object(notation, extra={"name": entry.name})
    given = {key for key, value in notation.arguments.items() if value is not None}
    if hasattr(layer, "adapt") and not STATED_STATE & given:
        layer = _adapted(layer, inputs[0], notation, learn)
    return layer, call_layer(layer, inputs, notation)


def _build_inner(
    notation: KerasObject, name: str, inputs: list[Any], runs: RunModels
) -> keras.Model:
    """Build a model that is a layer of another.

    Raises:
        ModelError: If it names other inputs than it reads, or cannot be built.
    """
    entries: tuple[LayerEntry, ...] = notation.arguments["layers"]
    names = notation.arguments.get("inputs") or (INPUT,)
    if len(names) != len(inputs):
        message = f"{MODEL} has {len(names)} inputs, and reads {len(inputs)} layers."
        raise ModelError(Problem(message, notation.path, "Name as many under `from`."))
    tensors: dict[str, Any] = {
        key: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=key)
        for key, tensor in zip(names, inputs, strict=True)
    }
    starts = list(tensors.values())
    made: dict[str, Any] = {}
    previous = names[0]
    for entry in entries:
        read = [tensors[key] for key in entry.inputs or (previous,)]
        layer, output = add_layer(entry, read, made, runs, None)
        tensors[entry.name], made[entry.name] = output, layer
        previous = entry.name
    if len(starts) == 1 and is_chain(entries) and all(map(takes_one, made.values())):
        return keras.Sequential([starts[0], *made.values()], name=name)
    return keras.Model(starts if len(starts) > 1 else starts[0], tensors[previous], name=name)


def is_chain(entries: tuple[LayerEntry, ...]) -> bool:
    """Tell whether layers are of Keras's own, each read by the next alone."""
    return all(entry.inputs is None and entry.layer.kind == "layers" for entry in entries)


def _adapted(layer: Any, tensor: Any, notation: KerasObject, learn: Learner | None) -> Any:
    """Let a preprocessing layer learn from what it will see of the training inputs.

    Raises:
        ModelError: If it cannot learn from them.
    """
    if learn is None:
        message = f"{notation.name} learns from the data, and a model in the model sees none."
        hint = "Put it in front of the model, or give it what it needs to know."
        raise ModelError(Problem(message, notation.path, hint))
    try:
        learn(layer, tensor)
    except REFUSALS as error:
        received = f"inputs of shape {tuple(tensor.shape)}"
        raise ModelError(refusal(notation, error, received)) from error
    return _restated(layer)


def _restated(layer: Any) -> Any:
    """Return a layer that was told the words that it learned.

    Learned words are saved as a file of lines, which falls apart where a word has a
    character in it that Python takes for a line's end (Keras 3.15).
    """
    if not hasattr(layer, "get_vocabulary"):
        return layer
    words = layer.get_vocabulary(include_special_tokens=False)
    told: dict[str, Any] = {"vocabulary": words}
    lookup = getattr(layer, "_lookup_layer", layer)
    if lookup.output_mode == "tf_idf":
        first = len(layer.get_vocabulary()) - len(words)  # Keras's own come in front
        weights = np.asarray(lookup.idf_weights_const)
        told["idf_weights"] = weights[first : first + len(words)].tolist()
    return type(layer).from_config({**layer.get_config(), **told})


def call_layer(layer: Any, inputs: list[Any], notation: KerasObject) -> Any:
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
        if any(tensor.dtype == "string" for tensor in inputs):
            hint = "It reads texts: make them numbers first, by `TextVectorization`."
        raise ModelError(replace(problem, hint=hint)) from error
    if not isinstance(output, keras.KerasTensor):
        message = f"{notation.name} gives {len(output)} tensors, and a layer gives one."
        hint = "Leave out return_state, or merge_mode: null."
        raise ModelError(Problem(message, notation.path, hint))
    return output


def takes_one(layer: Any) -> bool:
    """Tell whether a layer's ``call`` takes one tensor, as a Sequential model's must."""
    return _call_inputs(layer) == 1


def _call_inputs(layer: Any) -> int:
    """Count the tensors that a layer's ``call`` cannot do without."""
    parameters = inspect.signature(getattr(layer, "call", layer)).parameters.values()
    required = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return max(1, len(required))
