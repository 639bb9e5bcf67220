"""Make one layer of a config and call it on what it reads."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import keras
import numpy as np

from dlkit.config.expansion import INPUT
from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import (
    KIND,
    MODEL,
    POSITIONS,
    RUN,
    SHARED,
    WHOLE,
    told_when_called,
)
from dlkit.errors import ModelError, Problem
from dlkit.model.applications import build_application
from dlkit.model.calls import call_layer, in_order, rename_hidden, takes_one
from dlkit.model.freezing import set_trainable
from dlkit.model.objects import REFUSALS, build_object, refusal
from dlkit.model.positions import build_positions
from dlkit.model.precision import FULL, computing_in, needs_full
from dlkit.model.runs import build_run

STATED_STATE = {"mean", "variance", "vocabulary", "bin_boundaries"}
"""Arguments that give a preprocessing layer what it would otherwise learn from data."""

EACH_STEP = "TimeDistributed"
"""The layer of Keras's that calls another on every step, and so may hold a whole model."""

SEVERAL = ("return_state", "return_attention_scores", "merge_mode", "outputs")
"""Arguments that make a layer give several tensors."""

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
    *,
    is_end: bool = False,
) -> tuple[Any, dict[str, Any]]:
    """Build a layer and call it.

    Args:
        entry: The layer as written.
        inputs: The tensors that it reads.
        made: The layers before it by their names; one of them may be called again.
        runs: The model files of finished runs.
        learn: Adapts preprocessing layers; None inside a model, where there is no data.
        is_end: Whether it makes an output of the whole model, which has 32 bits.

    Returns:
        The layer, and the tensors that it gives by their names.

    Raises:
        ModelError: If Keras refuses the layer, or it cannot take its inputs.
    """
    notation = entry.layer
    full = needs_full(notation) or (is_end and notation.kind not in WHOLE)
    with computing_in(FULL) if full else contextlib.nullcontext():
        layer = _make(entry, inputs, made, runs)
    given = {key for key, value in notation.arguments.items() if value is not None}
    if hasattr(layer, "adapt") and not STATED_STATE & given and entry.name not in made:
        layer = _adapted(layer, inputs[0], notation, learn)
    return layer, _named(call_layer(layer, inputs, notation, entry.roles), entry)


def _make(
    entry: LayerEntry, inputs: list[Any], made: Mapping[str, Any], runs: RunModels
) -> Any:
    """Build a layer for the tensors that it reads."""
    notation = entry.layer
    if notation.kind in WHOLE:
        return _make_whole(notation, entry, inputs, made, runs)
    told = told_when_called(notation.kind, notation.name, notation.arguments)
    arguments = {k: v for k, v in notation.arguments.items() if k not in told}
    inner = arguments.get("layer")
    if notation.name == EACH_STEP and isinstance(inner, KerasObject) and inner.kind in WHOLE:
        step = _one_step(inputs, notation)
        within = LayerEntry(inner, f"{entry.name}_step", None)
        arguments["layer"] = _make_whole(inner, within, [step], made, runs)
    return build_object(replace(notation, arguments=arguments), extra={"name": entry.name})


def _make_whole(
    notation: KerasObject,
    entry: LayerEntry,
    inputs: list[Any],
    made: Mapping[str, Any],
    runs: RunModels,
) -> Any:
    """Build a layer that holds layers, or find the one that is called again."""
    if notation.kind == KIND and notation.name == SHARED:
        return _again(notation, made)
    if notation.kind == KIND and notation.name == POSITIONS:
        return build_positions(notation, entry.name, inputs)
    if notation.kind == "applications":
        whole = build_application(notation, entry.name, inputs)
    elif notation.name == RUN:
        whole = build_run(notation, entry.name, inputs, runs)
    else:
        whole = _build_inner(notation, entry, inputs, runs)
    trainable = notation.arguments.get("trainable", True)
    if notation.name != MODEL or trainable is not True:  # else its layers say it themselves
        set_trainable(whole, trainable, notation)
    return whole


def _again(notation: KerasObject, made: Mapping[str, Any]) -> Any:
    """Return the layer that is called again.

    Raises:
        ModelError: If there is none of that name.
    """
    name = notation.arguments["layer"]
    if name not in made:
        message = f"no layer before this one is named {name!r}."
        path = notation.places.get("layer", notation.path)
        raise ModelError(Problem(message, path, did_you_mean(name, made)))
    return made[name]


def _one_step(inputs: list[Any], notation: KerasObject) -> Any:
    """Return what a layer sees that is called on each step of a sequence.

    Raises:
        ModelError: If there are no steps.
    """
    shape = tuple(inputs[0].shape)
    if len(shape) < 3:
        message = f"{notation.name} calls a layer on every step, and gets {shape}: no steps."
        raise ModelError(Problem(message, notation.path, "Read (batch, steps, ...) instead."))
    return keras.KerasTensor((shape[0], *shape[2:]), dtype=inputs[0].dtype)


def _named(tensors: list[Any], entry: LayerEntry) -> dict[str, Any]:
    """Give the tensors of a layer their names.

    Raises:
        ModelError: If these are not as many.
    """
    names = (entry.name, *entry.also)
    if len(tensors) == len(names):
        return dict(zip(names, tensors, strict=True))
    gives = f"{len(tensors)} tensors" if len(tensors) > 1 else "one tensor"
    has = f"{len(names)} names" if len(names) > 1 else "one name"
    message = f"{entry.layer.name} gives {gives}, and has {has}."
    hint = "Write one."
    if len(tensors) > 1:
        others = [letter for letter in ascii_lowercase if letter not in names]
        hint = f"Name each: `name: [{', '.join([*names, *others][: len(tensors)])}]`."
        asked = [key for key in SEVERAL if key in entry.layer.arguments]
        hint += f" Or leave out {asked[0]}." if asked else ""
    raise ModelError(Problem(message, entry.layer.path, hint))


def _build_inner(
    notation: KerasObject, entry: LayerEntry, inputs: list[Any], runs: RunModels
) -> keras.Model:
    """Build a model that is a layer of another.

    Raises:
        ModelError: If it names other inputs than it reads, or cannot be built.
    """
    entries: tuple[LayerEntry, ...] = notation.arguments["layers"]
    names = notation.arguments.get("inputs") or (INPUT,)
    if len(names) != len(inputs):
        message = f"{MODEL} reads {' and '.join(names)}, and is given {len(inputs)}."
        raise ModelError(Problem(message, notation.path, "Name as many under `from`."))
    inputs = in_order(names, inputs, entry.roles, notation)
    tensors: dict[str, Any] = {
        key: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=key)
        for key, tensor in zip(names, inputs, strict=True)
    }
    starts = list(tensors.values())
    made: dict[str, Any] = {}
    previous = names[0]
    for inner in entries:
        read = [tensors[key] for key in inner.inputs or (previous,)]
        made[inner.name], given = add_layer(inner, read, made, runs, None)
        tensors |= given
        previous = inner.name
    ends = [tensors[key] for key in notation.arguments.get("outputs") or (previous,)]
    alone = len(starts) == 1 and ends == [tensors[previous]]
    if alone and is_chain(entries) and all(map(takes_one, made.values())):
        return keras.Sequential([starts[0], *made.values()], name=entry.name)
    rename_hidden(ends, tensors)
    start: Any = starts if len(starts) > 1 else starts[0]
    return keras.Model(start, ends if len(ends) > 1 else ends[0], name=entry.name)


def is_chain(entries: tuple[LayerEntry, ...]) -> bool:
    """Tell whether layers are of Keras's own, each called on what the one before it gives."""
    return all(
        entry.inputs is None
        and not entry.also
        and entry.layer.kind == "layers"
        and not told_when_called("layers", entry.layer.name, entry.layer.arguments)
        for entry in entries
    )


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
