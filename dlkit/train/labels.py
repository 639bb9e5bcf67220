"""Labels in the form that loss and model compare, and how much each example counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import keras
import numpy as np

from dlkit.config.names import did_you_mean
from dlkit.config.schema import Config
from dlkit.config.semantics import is_one_hot
from dlkit.data.dataset import Dataset, Examples, Split, all_labels, changed
from dlkit.errors import ConfigError, Path, Problem

ClassWeight = Literal["balanced"] | Mapping[str, float] | None


def shape_labels(dataset: Dataset, model: keras.Model, config: Config) -> Dataset:
    """Return a dataset whose labels have the form that loss and model need.

    Classes become one-hot, float32 ``(examples, classes)``, for a loss that compares a
    column a class; and ``(examples, 1)`` for a model of one unit, since binary metrics
    compare them with outputs of that shape.
    """
    classes = len(dataset.class_names)
    if dataset.task == "classification" and is_one_hot(config.loss):
        identity = np.eye(classes, dtype=np.float32)
        return dataset.with_splits(
            lambda part: changed(part, lambda s: replace(s, y=identity[s.y.reshape(-1)]))
        )
    shape = model.output_shape
    if isinstance(shape, tuple) and shape[-1] == 1:
        return dataset.with_splits(
            lambda part: changed(part, lambda s: replace(s, y=s.y.reshape(len(s), -1)))
        )
    return dataset


def weigh_classes(dataset: Dataset, class_weight: ClassWeight) -> Dataset:
    """Return a dataset whose training examples count as their classes are told to.

    ``balanced`` gives every class the same total: examples / (classes * members), as in
    scikit-learn (King and Zeng 2001). What else weighs an example is multiplied.

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
