"""Give a model its loss, metrics and optimizer, and prove that they fit the labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from dlkit.config.catalogue import Catalogue
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.errors import ModelError, Problem
from dlkit.model.objects import REFUSALS, build_metric, build_object, one_line
from dlkit.model.remedies import output_remedy


def assemble(
    model: keras.Model,
    config: Config,
    dataset: Dataset,
    steps_per_epoch: int,
    catalogue: Catalogue,
) -> None:
    """Compile a model in place and check it on a few training examples.

    Args:
        model: The built model.
        config: Names loss, metrics, optimizer and schedule.
        dataset: Provides the examples and the number of classes.
        steps_per_epoch: Turns durations in epochs into steps.
        catalogue: Knows each optimizer's default learning rate.

    Raises:
        ModelError: If Keras refuses one of them, or they do not fit the labels.
    """
    optimizer = with_schedule(config.optimizer, config.lr_schedule, catalogue)
    model.compile(
        optimizer=build_object(optimizer, steps_per_epoch),
        loss=build_object(config.loss),
        metrics=[build_metric(metric) for metric in config.metrics],
        jit_compile=False,
    )
    check_labels(model, config.loss, dataset)
    model.optimizer.build(model.trainable_variables)


def with_schedule(
    optimizer: KerasObject, schedule: KerasObject | None, catalogue: Catalogue
) -> KerasObject:
    """Return an optimizer whose learning rate is a schedule that starts from it."""
    if schedule is None:
        return optimizer
    entry = catalogue.find(optimizer.kind, optimizer.name)
    default = entry.parameters["learning_rate"].default if entry else None
    start = optimizer.arguments.get("learning_rate", default)
    arguments: dict[str, Any] = dict(schedule.arguments)
    known = catalogue.find(schedule.kind, schedule.name)
    if known and "initial_learning_rate" in known.parameters:
        arguments.setdefault("initial_learning_rate", start)
    schedule = replace(schedule, arguments=arguments)
    return replace(optimizer, arguments={**optimizer.arguments, "learning_rate": schedule})


def check_labels(model: keras.Model, loss: KerasObject, dataset: Dataset) -> None:
    """Prove that the model's output fits the labels, the loss and the metrics.

    Raises:
        ModelError: If it does not; training would fail or learn something else.
    """
    units = model.output_shape[-1] if isinstance(model.output_shape, tuple) else None
    classes = len(dataset.class_names)
    sparse = loss.name == "SparseCategoricalCrossentropy"
    if sparse and classes and units is not None and units < classes:
        received = f"{units} unit{'' if units == 1 else 's'}"
        message = f"the labels have {classes} classes, and the last layer has {received}."
        raise ModelError(Problem(message, loss.path, f"Give it {classes}."))
    few = slice(0, 2)
    inputs, labels = dataset.train.x[few].astype(np.float32), dataset.train.y[few]
    try:
        outputs = model(inputs, training=False)
        model.compute_loss(x=inputs, y=labels, y_pred=outputs, training=False)
    except REFUSALS as error:
        shapes = f"outputs {model.output_shape} and labels {(None, *labels.shape[1:])}"
        output_shape = model.output_shape if isinstance(model.output_shape, tuple) else None
        hint = output_remedy(output_shape, (None, *labels.shape[1:]))
        raise ModelError(
            Problem(f"{loss.name} refuses {shapes}: {one_line(error)}", loss.path, hint)
        ) from error
    try:
        model.compute_metrics(inputs, labels, outputs)
    except REFUSALS as error:
        raise ModelError(
            Problem(f"a metric refuses the labels: {one_line(error)}", ("metrics",))
        ) from error
    model.reset_metrics()
