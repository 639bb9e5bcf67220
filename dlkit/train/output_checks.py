"""Prove that every output of a model fits its labels, its loss and its metrics."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from dlkit.config.datasets import Task
from dlkit.config.objects import KerasObject
from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.config.semantics import BINARY
from dlkit.data.dataset import Dataset, Target, learned, of_output
from dlkit.errors import ModelError, Problem
from dlkit.model.objects import REFUSALS, build_metric, build_object, one_line, refusals_of
from dlkit.model.remedies import output_remedy
from dlkit.train.labels import Shape, output_shape


def check_outputs(
    model: keras.Model, config: Config, dataset: Dataset, few: tuple[Any, Any, Any]
) -> None:
    """Prove that a compiled model's outputs fit what they are compared with.

    Args:
        model: The compiled model.
        config: Names losses and metrics.
        dataset: Says what each output learns.
        few: Inputs, labels and weights of the first examples.

    Raises:
        ModelError: If one does not fit, at its place in the config.
    """
    answers = _answers(model, few[0])
    for name, one in views(config).items():
        labels, outputs = of_output(few[1], name), of_output(answers, name)
        target, shape = learned(dataset, name), output_shape(model, name)
        if target.copies:
            check_copy(one.loss, shape, labels)
        check_labels(one.loss, target, shape, labels, outputs)
        check_metrics(one.metrics, target.task, shape, labels, outputs)
    _check_together(model, few, answers, config)


def _answers(model: keras.Model, inputs: Any) -> Any:
    """Return what a model gives for the first examples; what it will draw stays the same.

    Raises:
        ModelError: If it fails.
    """
    # Recurrent layers that drop out draw also where they are not trained.
    states = [state for state in model.variables if "seed_generator" in state.path]
    before = [state.numpy() for state in states]
    try:
        return model(inputs, training=False)
    except REFUSALS as error:
        message = f"the model fails on the first examples: {one_line(error)}"
        raise ModelError(Problem(message, ("architecture",))) from error
    finally:
        for state, value in zip(states, before, strict=True):
            state.assign(value)


def check_labels(
    loss: KerasObject, target: Target, shape: Shape | None, labels: Any, outputs: Any
) -> None:
    """Prove that an output fits its labels and its loss.

    Args:
        loss: Compares the two.
        target: What the output learns.
        shape: Of the output, None for the batch.
        labels: Of the first examples.
        outputs: For them.

    Raises:
        ModelError: If they do not fit; training would fail or learn something else.
    """
    units = shape[-1] if shape else None
    classes = len(target.class_names)
    sparse = loss.name == "SparseCategoricalCrossentropy"
    if sparse and classes and units is not None and units < classes:
        received = f"{units} unit{'' if units == 1 else 's'}"
        message = f"the labels have {classes} classes, and the last layer has {received}."
        raise ModelError(Problem(message, loss.path, f"Give it {classes}."))
    try:
        build_object(loss)(labels, outputs)
    except refusals_of(loss) as error:
        shapes = f"outputs {shape} and labels {(None, *labels.shape[1:])}"
        hint = output_remedy(shape, (None, *labels.shape[1:]))
        raise ModelError(
            Problem(f"{loss.name} refuses {shapes}: {one_line(error)}", loss.path, hint)
        ) from error


def check_copy(loss: KerasObject, shape: Shape | None, labels: Any) -> None:
    """Prove that an output can give the input back.

    Args:
        loss: Compares the two.
        shape: Of the output, None for the batch.
        labels: The input of the first examples, in the output's shape where it fits.

    Raises:
        ModelError: If it is of another shape, or the loss takes no such numbers.
    """
    given, made = tuple(labels.shape[1:]), tuple((shape or ())[1:])
    fits = len(given) == len(made) and all(
        n in {None, m} for n, m in zip(made, given, strict=True)
    )
    if not fits:
        message = f"the output is {made}, and the input that it gives back is {given}."
        hint = f"End it with `Reshape: {list(given)}`, behind as many units in all."
        if len(given) == 1:
            hint = f"Give its last layer {given[0]} units."
        raise ModelError(Problem(message, loss.path, hint))
    low, high = float(np.min(labels)), float(np.max(labels))
    if loss.name in BINARY and (low < 0 or high > 1):
        message = f"{loss.name} compares numbers from 0 to 1, and the input has {low:g} to"
        hint = "Put a `Rescaling` in front of all other layers, or use mse."
        raise ModelError(Problem(f"{message} {high:g}.", loss.path, hint))


def check_metrics(
    metrics: tuple[KerasObject, ...],
    task: Task,
    shape: Shape | None,
    labels: Any,
    outputs: Any,
) -> None:
    """Prove that every metric of an output takes the labels and gives one number.

    Args:
        metrics: The metrics.
        task: What the output learns.
        shape: Of the output, None for the batch.
        labels: Of the first examples.
        outputs: For them.

    Raises:
        ModelError: If one does not.
    """
    for notation in metrics:
        metric = build_metric(notation, task)
        if isinstance(metric, str):
            continue
        try:
            metric.update_state(labels, outputs)
            result = np.asarray(metric.result())
        except refusals_of(notation) as error:
            shapes = f"labels {(None, *labels.shape[1:])} and outputs {shape}"
            message = f"{notation.name} refuses {shapes}: {one_line(error)}"
            raise ModelError(Problem(message, notation.path)) from error
        if result.ndim:
            message = f"{notation.name} gives {result.size} numbers, and a metric is one."
            hint = "Give it `average: macro`."
            raise ModelError(Problem(message, notation.path, hint))


def _check_together(
    model: keras.Model, few: tuple[Any, Any, Any], answers: Any, config: Config
) -> None:
    """Prove that a model compares all its outputs, as it was compiled.

    Raises:
        ModelError: If its losses or metrics fail.
    """
    inputs, labels, _ = few
    named = "outputs" if config.outputs else ""
    try:
        model.compute_loss(x=inputs, y=labels, y_pred=answers, training=False)
    except REFUSALS as error:
        message = f"the loss refuses the labels: {one_line(error)}"
        raise ModelError(Problem(message, (named or "loss",))) from error
    try:
        model.compute_metrics(inputs, labels, answers)
    except REFUSALS as error:
        message = f"a metric refuses the labels: {one_line(error)}"
        raise ModelError(Problem(message, (named or "metrics",))) from error
