"""The optimizer of a run, or of a stage of it: its schedule, what it decays, what it clips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue
from dlkit.config.objects import KerasObject
from dlkit.config.regularization.optimizers import decays_by_section, regularize_optimizer
from dlkit.config.schedules import complete, is_plateau, length_of
from dlkit.config.schema import Config
from dlkit.config.training_section import StageConfig
from dlkit.config.values import Duration
from dlkit.errors import ModelError, Problem
from dlkit.model.objects import build_object

NORMALIZATIONS = (
    keras.layers.BatchNormalization,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.RMSNormalization,
)
"""Layers whose weights are scales and offsets: nothing is gained by making them small."""


def build_optimizer(
    config: Config,
    model: keras.Model,
    steps_per_epoch: int,
    catalogue: Catalogue,
    stage: StageConfig | None = None,
) -> Any:
    """Build an optimizer that has taken no step yet.

    Args:
        config: Names the optimizer, its schedule and the regularization.
        model: What it will train.
        steps_per_epoch: Turns durations in epochs into steps.
        catalogue: Knows each optimizer's default learning rate.
        stage: What differs in a part of training, or None.

    Raises:
        ModelError: If Keras refuses it, or it has no learning rate to schedule.
    """
    notation = optimizer_notation(config, steps_per_epoch, catalogue, stage)
    optimizer = build_object(notation, steps_per_epoch)
    if decays_by_section(notation):
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        inner.exclude_from_weight_decay(var_list=undecayed(model))
    return optimizer


def undecayed(model: keras.Model) -> list[keras.Variable]:
    """Return the variables that weight decay leaves alone: biases and normalization.

    Where an optimizer sets ``weight_decay`` itself, it decays all of them, as in Keras.
    """
    found = {}
    for layer in _all_layers(model):
        normalizes = isinstance(layer, NORMALIZATIONS)
        for variable in layer.weights:
            if normalizes or variable.name == "bias" or variable.name.endswith("_bias"):
                found[id(variable)] = variable
    return list(found.values())


def _all_layers(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """Yield a layer and those inside it, however deep."""
    yield from layer._flatten_layers()  # Keras has no public way into wrappers and cells


def optimizer_notation(
    config: Config,
    steps_per_epoch: int,
    catalogue: Catalogue,
    stage: StageConfig | None = None,
) -> KerasObject:
    """Return the optimizer of a training, or of a stage of it, its schedule inside it.

    Args:
        config: Names the optimizer, its schedule and the regularization.
        steps_per_epoch: Turns durations in epochs into steps.
        catalogue: Knows each optimizer's default learning rate.
        stage: What differs in a part of training, or None.

    Raises:
        ModelError: If it has no learning rate to schedule.
    """
    notation, schedule = config.optimizer, config.lr_schedule
    if stage is not None:
        notation = stage.optimizer or notation
        schedule = stage.lr_schedule or schedule
        if stage.learning_rate is not None:
            rate = {"learning_rate": stage.learning_rate}
            notation = replace(notation, arguments={**notation.arguments, **rate})
    notation, _ = regularize_optimizer(notation, config.regularization)
    total = length_of(config.training, stage)
    if schedule is None:
        return _with_inner_complete(notation, total, steps_per_epoch)
    start = _start_of(notation, schedule, catalogue)
    if is_plateau(schedule):
        return notation  # it changes the rate from outside, between epochs
    whole = complete(schedule, start, total, steps_per_epoch)
    return replace(notation, arguments={**notation.arguments, "learning_rate": whole})


def _start_of(optimizer: KerasObject, schedule: KerasObject, catalogue: Catalogue) -> Any:
    """Return the learning rate that a schedule starts from.

    Raises:
        ModelError: If the optimizer has none.
    """
    entry = catalogue.find(optimizer.kind, optimizer.name)
    parameter = entry.parameters.get("learning_rate") if entry else None
    if parameter is None:
        message = f"{optimizer.name} has no learning rate of its own to schedule."
        hint = "Put the schedule into the optimizer inside it."
        raise ModelError(Problem(message, schedule.path, hint))
    return optimizer.arguments.get("learning_rate", parameter.default)


def _with_inner_complete(optimizer: KerasObject, total: Duration, epoch: int) -> KerasObject:
    """Return an optimizer whose schedule, which stands in it, says all that it has to."""
    arguments = dict(optimizer.arguments)
    for name, value in optimizer.arguments.items():
        if isinstance(value, KerasObject) and value.kind == "schedules":
            arguments[name] = complete(value, None, total, epoch)
        elif isinstance(value, KerasObject) and value.kind == "optimizers":
            arguments[name] = _with_inner_complete(value, total, epoch)
    return replace(optimizer, arguments=arguments)
