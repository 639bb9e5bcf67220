"""Labels in the form that loss and model compare, and how much each example counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Literal

import keras
import numpy as np

from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject
from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.config.semantics import is_one_hot
from dlkit.data.dataset import (
    Dataset,
    Examples,
    Split,
    Target,
    all_labels,
    changed,
    learned,
)
from dlkit.errors import ConfigError, Path, Problem

Shape = tuple[int | None, ...]
"""Of a tensor; None where a length is not fixed, as that of the batch."""

Form = Callable[[np.ndarray], np.ndarray]
"""Brings labels into the form that a loss compares."""

ClassWeight = Literal["balanced"] | Mapping[str, float] | None


def shape_labels(dataset: Dataset, model: keras.Model, config: Config) -> Dataset:
    """Return a dataset whose labels have the form that loss and model need.

    Classes become one-hot, float32 ``(examples, classes)``, for a loss that compares a
    column a class; and ``(examples, 1)`` for a model of one unit, since binary metrics
    compare them with outputs of that shape. The input that an output gives back takes the
    output's shape where that holds the same numbers in the same order.

    Every named output gets labels of its own (``Split.targets``): its own target's, else
    those of the dataset.
    """
    forms = {
        name: _form(learned(dataset, name), one.loss, output_shape(model, name))
        for name, one in views(config).items()
    }
    if not config.outputs:
        form = forms[""]
        if form is None:
            return dataset
        shape = form
        return dataset.with_splits(
            lambda part: changed(part, lambda s: replace(s, y=shape(s.y)))
        )

    def with_targets(split: Split) -> Split:
        given = {name: split.targets.get(name, split.y) for name in forms}
        made = {
            name: form(given[name]) if form else given[name] for name, form in forms.items()
        }
        return replace(split, targets=made)

    return dataset.with_splits(lambda part: changed(part, with_targets))


def _form(target: Target, loss: KerasObject, shape: Shape | None) -> Form | None:
    """Return what brings the labels of an output into form; None where they are in it.

    Args:
        target: What the output learns.
        loss: Compares it.
        shape: Of the output, None for the batch; None where there are several without names.
    """
    if target.task == "classification" and is_one_hot(loss):
        identity = np.eye(len(target.class_names), dtype=np.float32)
        return lambda y: np.asarray(identity[y.reshape(-1)])
    if target.copies and shape is not None:
        return partial(_like_output, shape=shape[1:])
    if shape is not None and shape[-1] == 1:
        return lambda y: y.reshape(len(y), -1)
    return None


def _like_output(given: np.ndarray, shape: Shape) -> np.ndarray:
    """Return examples in an output's shape, if but flattening or an axis of 1 differs."""
    own = given.shape[1:]
    if None in shape or math.prod(own) != math.prod(n or 1 for n in shape):
        return given
    thin = [[n for n in one if n != 1] for one in (own, shape)]
    if thin[0] != thin[1] and min(map(len, thin)) > 1:
        return given  # rows would become columns
    return given.reshape(-1, *(n or 1 for n in shape))


def output_shape(model: keras.Model, name: str) -> Shape | None:
    """Return the shape of an output, None for the batch.

    Args:
        model: The model.
        name: Of the output; empty for the only one of a model that names none.
    """
    shape = tuple(model.output[name].shape) if name else model.output_shape
    return shape if isinstance(shape, tuple) else None


def weigh_classes(dataset: Dataset, class_weight: ClassWeight) -> Dataset:
    """Return a dataset whose training examples count as their classes are told to.

    ``balanced`` gives every class the same total: examples / (classes * members), as in
    scikit-learn (King and Zeng 2001). What else weighs an example is multiplied. The classes
    are those of the dataset's own target; of several outputs an example counts alike in all.

    Raises:
        ConfigError: If there are no classes, or none of a name.
    """
    path: Path = ("training", "class_weight")
    if class_weight is None:
        return dataset
    if dataset.task != "classification":
        message = f"there are no classes to weigh: {dataset.task.replace('_', ' ')}."
        raise ConfigError(Problem(message, path, "Use dataset.sample_weight."))
    names = dataset.class_names
    if class_weight == "balanced":
        counts = np.bincount(all_labels(dataset.train).reshape(-1), minlength=len(names))
        weights = counts.sum() / (np.count_nonzero(counts) * np.maximum(counts, 1))
    else:
        unknown = [name for name in class_weight if name not in names]
        if unknown:
            hint = did_you_mean(unknown[0], names)
            raise ConfigError(Problem(f"no class is named {unknown[0]!r}.", path, hint))
        weights = np.array([class_weight.get(name, 1.0) for name in names])
    table = weights.astype(np.float32)

    def weigh(split: Split) -> Split:
        own = table[split.y.reshape(-1)]
        return replace(split, weight=own if split.weight is None else own * split.weight)

    train: Examples = changed(dataset.train, weigh)
    return replace(dataset, train=train)
