"""Some classes of a named dataset, and some examples of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlkit.config.known import most_per_class
from dlkit.data.dataset import Dataset, Split, Value
from dlkit.data.raw import RawData
from dlkit.errors import DataError


@dataclass(frozen=True)
class SomeClasses:
    """What is left of a dataset.

    Attributes:
        raw: The examples of the chosen classes, with new labels.
        numbers: The number of each in the source, where the test split follows the others.
    """

    raw: RawData
    numbers: np.ndarray


def choose_classes(raw: RawData, chosen: Sequence[int]) -> SomeClasses:
    """Return the examples of some classes, which are numbered anew in the given order.

    Args:
        raw: Arrays of a named dataset, with class numbers.
        chosen: Numbers of the wanted classes.

    Raises:
        DataError: If a part has none of them.
    """
    x, y, kept = _part(raw.x, raw.y, chosen, raw.origin)
    names = raw.class_names or ()
    some = replace(raw, x=x, y=y, class_names=tuple(names[number] for number in chosen))
    if raw.x_test is None or raw.y_test is None:
        return SomeClasses(some, kept)
    x_test, y_test, kept_test = _part(raw.x_test, raw.y_test, chosen, f"{raw.origin}, test")
    numbers = np.concatenate([kept, kept_test + len(raw.y)])
    return SomeClasses(replace(some, x_test=x_test, y_test=y_test), numbers)


def _part(
    x: Value, y: np.ndarray, chosen: Sequence[int], origin: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the examples of some classes, their new labels, and their numbers.

    Raises:
        DataError: If there are none.
    """
    assert isinstance(x, np.ndarray)  # noqa: S101  # no named dataset has several inputs
    old = np.asarray(chosen)
    kept = np.flatnonzero(np.isin(y, old))
    if not len(kept):
        raise DataError(f"{origin}: there are no examples of the chosen classes.")
    places = np.argsort(old)
    labels = places[np.searchsorted(old[places], y[kept])]
    return x[kept], labels.astype(np.int32), kept


def told_if_few(dataset: Dataset) -> Dataset:
    """Say which classes have fewer training examples than were asked for of each."""
    most = most_per_class(dataset.resolved.source.settings)
    if most is None:
        return dataset
    counts = np.zeros(len(dataset.class_names), int)
    for part in (dataset.train, dataset.validation):
        if isinstance(part, Split):
            counts += np.bincount(part.y.reshape(-1), minlength=len(counts))
    few = [
        f"{name!r} ({count})"
        for name, count in zip(dataset.class_names, counts, strict=True)
        if count < most
    ]
    if not few:
        return dataset
    note = f"examples_per_class: {most} are more than there are of {', '.join(few)}"
    return replace(dataset, notes=(*dataset.notes, note))
