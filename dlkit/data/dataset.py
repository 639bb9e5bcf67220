"""Loaded data as plain values, the same for every source."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dlkit.config.datasets import Task


@dataclass(frozen=True)
class Split:
    """Examples and their labels.

    Attributes:
        x: Raw inputs, any numeric dtype, shape ``(examples, *input_shape)``.
        y: int32 labels of shape ``(examples,)`` for classification (``(examples, 1)`` for a
            model of one unit), float32 targets of shape ``(examples, 1)`` for regression.
    """

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Dataset:
    """One experiment's data.

    Attributes:
        name: The dataset actually loaded.
        stand_in_for: The dataset that was asked for and not found, or None.
        origin: Where it came from, in words for people.
        task: ``classification`` or ``regression``.
        class_names: In the order of the labels; empty for regression.
        feature_names: One for each column of a table; empty otherwise.
        train: What the model learns from.
        validation: What is watched while it learns, or None.
        test: What is looked at once, at the end.
    """

    name: str
    stand_in_for: str | None
    origin: str
    task: Task
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    train: Split
    validation: Split | None
    test: Split

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return tuple(self.train.x.shape[1:])


def with_label_columns(dataset: Dataset) -> Dataset:
    """Return a dataset whose labels are columns, as a model of one unit answers.

    Labels of shape ``(examples,)`` become ``(examples, 1)``: binary metrics compare them
    with outputs of that shape.
    """
    return replace(
        dataset,
        train=_with_column(dataset.train),
        validation=_with_column(dataset.validation) if dataset.validation else None,
        test=_with_column(dataset.test),
    )


def _with_column(split: Split) -> Split:
    return Split(split.x, split.y.reshape(len(split.y), -1))
