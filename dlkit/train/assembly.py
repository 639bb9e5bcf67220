"""Give a model its loss, metrics and optimizer, and prove that they fit the labels."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from dlkit.config.catalogue import Catalogue
from dlkit.config.datasets import Task
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, first_examples
from dlkit.errors import ModelError, Path, Problem
from dlkit.model.objects import REFUSALS, build_metric, build_object, one_line
from dlkit.model.remedies import output_remedy
from dlkit.train.augmentation import Augmentation
from dlkit.train.feed import tensors
from dlkit.train.optimizer import build_optimizer
from dlkit.train.step import training_step

SAMPLE = 7
"""Examples that a model is proved on: a count that equals no usual width by chance."""


def assemble(
    model: keras.Model,
    config: Config,
    dataset: Dataset,
    steps_per_epoch: int,
    catalogue: Catalogue,
    augmentation: Augmentation | None = None,
) -> None:
    """Compile a model in place and check it on a few training examples.

    Args:
        model: The built model.
        config: Names loss, metrics, optimizer and schedule.
        dataset: Provides the examples, as the model takes them, and the number of classes.
        steps_per_epoch: Turns durations in epochs into steps.
        catalogue: Knows each optimizer's default learning rate.
        augmentation: Changes each training batch, or None.

    Raises:
        ModelError: If Keras refuses one of them, or they do not fit the labels.
    """
    optimizer = build_optimizer(config, model, steps_per_epoch, catalogue)
    _compile(model, optimizer, config, dataset.task)
    few = tensors(first_examples(dataset.train, SAMPLE))
    check_labels(model, config.loss, dataset, few)
    check_metrics(model, config.metrics, few, dataset.task)
    model.optimizer.build(model.trainable_variables)
    prove_training_step(model, few, augmentation)


def compile_for_users(
    model: keras.Model, core: keras.Model, config: Config, task: Task
) -> None:
    """Compile the exported form of a trained model like the trained one, in place."""
    _compile(model, core.optimizer, config, task)


def _compile(model: keras.Model, optimizer: Any, config: Config, task: Task) -> None:
    model.compile(
        optimizer=optimizer,
        loss=build_object(config.loss),
        metrics=[build_metric(metric, task) for metric in config.metrics],
        jit_compile=False,
    )


def check_labels(
    model: keras.Model, loss: KerasObject, dataset: Dataset, few: tuple[Any, Any, Any]
) -> None:
    """Prove that the model's output fits the labels and the loss.

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
    inputs, labels, _ = few
    try:
        outputs = model(inputs, training=False)
    except REFUSALS as error:
        message = f"the model fails on the first examples: {one_line(error)}"
        raise ModelError(Problem(message, ("architecture",))) from error
    try:
        model.compute_loss(x=inputs, y=labels, y_pred=outputs, training=False)
    except REFUSALS as error:
        shapes = f"outputs {model.output_shape} and labels {(None, *labels.shape[1:])}"
        output_shape = model.output_shape if isinstance(model.output_shape, tuple) else None
        hint = output_remedy(output_shape, (None, *labels.shape[1:]))
        raise ModelError(
            Problem(f"{loss.name} refuses {shapes}: {one_line(error)}", loss.path, hint)
        ) from error


def check_metrics(
    model: keras.Model,
    metrics: tuple[KerasObject, ...],
    few: tuple[Any, Any, Any],
    task: Task,
) -> None:
    """Prove that every metric takes the labels and gives one number.

    Raises:
        ModelError: If one does not.
    """
    inputs, labels, _ = few
    outputs = model(inputs, training=False)
    for notation in metrics:
        metric = build_metric(notation, task)
        if isinstance(metric, str):
            continue
        try:
            metric.update_state(labels, outputs)
            result = np.asarray(metric.result())
        except REFUSALS as error:
            shapes = f"labels {(None, *labels.shape[1:])} and outputs {model.output_shape}"
            message = f"{notation.name} refuses {shapes}: {one_line(error)}"
            raise ModelError(Problem(message, notation.path)) from error
        if result.ndim:
            message = f"{notation.name} gives {result.size} numbers, and a metric is one."
            hint = "Give it `average: macro`."
            raise ModelError(Problem(message, notation.path, hint))
    try:
        model.compute_metrics(inputs, labels, outputs)
    except REFUSALS as error:
        message = f"a metric refuses the labels: {one_line(error)}"
        raise ModelError(Problem(message, ("metrics",))) from error


def prove_training_step(
    model: keras.Model, few: tuple[Any, Any, Any], augmentation: Augmentation | None = None
) -> None:
    """Make one training step on a few examples, and take it back.

    Every variable gets its value back, the states of random generators included.

    Raises:
        ModelError: If the step fails; training would.
    """
    path: Path = ("architecture", "layers")
    if not model.trainable_variables:
        raise ModelError(Problem("no layer has weights to train.", path))
    variables = [*model.variables, *model.optimizer.variables]
    before = [keras.ops.convert_to_numpy(variable) for variable in variables]
    inputs, labels, _ = few
    try:
        if augmentation:
            inputs, labels = augmentation(inputs, labels)
        training_step(model, keras.metrics.Mean(), inputs, labels, few[2])
    except REFUSALS as error:
        message = f"a training step fails: {one_line(error)}"
        raise ModelError(Problem(message, path)) from error
    finally:
        if augmentation:
            augmentation.start_epoch(0)
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        model.reset_metrics()
