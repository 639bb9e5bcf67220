"""A look at a few training examples, without reading the others."""

from __future__ import annotations

import numpy as np

from dlkit.data.dataset import Dataset, Split
from dlkit.data.profile.survey import Field, Survey, Tally, fields_of, kinds_of


def glance(
    dataset: Dataset, most: int, each_class: int, generator: np.random.Generator
) -> Survey | None:
    """Return some training examples as a survey of them alone.

    Args:
        dataset: Raw, as it was loaded.
        most: Examples that are taken in all.
        each_class: Examples that are taken of each class, where the classes are in memory.
        generator: Chooses them.

    Returns:
        A survey whose figures count nothing; None where examples cannot be read one by one.

    Raises:
        DataError: If streamed data turns out to be damaged.
    """
    train = dataset.train
    if isinstance(train, Split):
        rows = _rows(dataset, train, most, each_class, generator)
        split = train.take(rows)
    elif train.read is not None:
        rows = np.sort(generator.choice(len(train), min(most, len(train)), replace=False))
        split = train.read(rows)
    else:
        return None
    kinds = kinds_of(split.x, dataset)
    values = fields_of(split.x, dataset)
    return Survey(
        fields=tuple(Field(name, kinds[name], values[name], Tally()) for name in values),
        x=split.x,
        y=split.y.reshape(-1) if dataset.task == "classification" else split.y,
        parts=np.zeros(len(rows), np.uint8),
        rows=rows,
        counts=np.zeros(len(dataset.class_names), np.int64),
        targets=(),
        total=len(rows),
        exact=False,
        outputs=split.targets,
    )


def _rows(
    dataset: Dataset, train: Split, most: int, each_class: int, generator: np.random.Generator
) -> np.ndarray:
    """Choose examples of every class alike, or of all where there are none; ascending."""
    if dataset.task != "classification":
        return np.sort(generator.choice(len(train), min(most, len(train)), replace=False))
    labels = train.y.reshape(-1)
    chosen = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        chosen.append(generator.choice(members, min(each_class, len(members)), replace=False))
    return np.sort(generator.permutation(np.concatenate(chosen))[:most])
