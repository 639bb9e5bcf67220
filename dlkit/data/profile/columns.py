"""What stands in each column, in a few figures."""

from __future__ import annotations

import string
from collections.abc import Iterator

import numpy as np

from dlkit.data.dataset import Dataset
from dlkit.data.profile.findings import (
    Column,
    Dates,
    Facts,
    Names,
    Numbers,
    Values,
    Words,
)
from dlkit.data.profile.survey import Field, Survey, Tally, seen_by
from dlkit.data.tables.moments import Moments

MOST_NAMES = 5
"""Names of a column that are listed."""

MOST_TEXTS = 20_000
"""Texts whose words are counted."""

_NO_PUNCTUATION = str.maketrans(string.punctuation, " " * len(string.punctuation))


def describe_columns(found: Survey, dataset: Dataset) -> tuple[Column, ...]:
    """Return what stands in each column, the inputs first, then what is learned."""
    return (*map(describe, found.fields), *_targets(found, dataset))


def describe(field: Field) -> Column:
    """Return what stands in one of the inputs."""
    tally = field.tally
    facts: Facts | None = None
    if field.kind in {"pictures", "array"}:
        shape, dtype = field.values.shape[1:], str(field.values.dtype)
        facts = Values(shape, dtype, numbers_of(tally.moments))
        return Column(field.name, field.kind, tally.missing, tally.count, None, facts)
    there = present(field.values)
    if tally.missing < tally.count:
        facts = _facts(field, there)
    distinct = len(unique(there))
    return Column(field.name, field.kind, tally.missing, tally.count, distinct, facts)


def _facts(field: Field, there: np.ndarray) -> Facts:
    """Return what there is to say of values that are not missing."""
    if field.kind == "numeric":
        return numbers_of(field.tally.moments)
    if field.kind == "date":
        return Dates(field.tally.first, field.tally.last)
    return words_of(there) if field.kind == "text" else names_of(there)


def learned_of(found: Survey, dataset: Dataset) -> Iterator[tuple[str, Survey, Dataset]]:
    """Yield what is learned, by the dataset's own target and by single outputs, each once.

    Returns:
        What it is called, the survey and the data as it is seen there; the first is the
        dataset's own target, where it has one.
    """
    own = {
        name: labels.reshape(found.y.shape) if labels.size == found.y.size else labels
        for name, labels in found.outputs.items()
    }
    same = [name for name, labels in own.items() if np.array_equal(labels, found.y)]
    names = {name: ", ".join(dataset.outputs[name].columns) or name for name in found.outputs}
    target = dataset.resolved.target
    if dataset.is_labelled:
        title = names[same[0]] if same else "class"
        yield ", ".join(target.columns) if target else title, found, dataset
    for name in found.outputs:
        if name not in same:
            yield names[name], *seen_by(found, dataset, name)


def _targets(found: Survey, dataset: Dataset) -> Iterator[Column]:
    """Yield what is learned: a class, labels, or values, and what single outputs learn."""
    for title, seen, view in learned_of(found, dataset):
        yield from _learned(seen, view, title, listed=view is dataset)


def _learned(
    found: Survey, dataset: Dataset, title: str, *, listed: bool = True
) -> Iterator[Column]:
    """Yield what one output learns.

    Args:
        found: The survey as the output sees it.
        dataset: The data as the output sees it.
        title: What classes are called.
        listed: Whether the classes are listed elsewhere.
    """
    for place, (name, tally) in enumerate(
        zip(dataset.target_names, found.targets, strict=False)
    ):
        values = found.y.reshape(len(found.y), -1)[:, place]
        distinct = len(unique(values.astype(np.float64)))
        yield Column(name, "target", 0, tally.count, distinct, numbers_of(tally.moments))
    if found.targets:
        return
    distinct = int(np.count_nonzero(found.counts))
    what = "classes" if dataset.task == "classification" else "labels"
    note = f"{distinct} {what}, listed below"
    if not listed:
        counts = zip(dataset.class_names, found.counts.tolist(), strict=True)
        some = [f"{name} {count:,}" for name, count in counts][:MOST_NAMES]
        note = f"{distinct} {what}: {', '.join(some)}{', ...' * (distinct > MOST_NAMES)}"
    yield Column(title, "target", 0, found.total, distinct, None, note)


def numbers_of(moments: Moments) -> Numbers:
    """Return figures as they are shown."""
    deviation = float(np.sqrt(moments.variance))
    return Numbers(moments.low, moments.high, moments.mean, deviation)


def names_of(values: np.ndarray) -> Names:
    """Count names; equals come in the order of the alphabet.

    Args:
        values: Objects that are texts, none of them missing.
    """
    names, counts = count_names(values)
    top = sorted(zip(names, counts.tolist(), strict=True), key=lambda one: (-one[1], one[0]))
    return Names(tuple((name, count / len(values)) for name, count in top[:MOST_NAMES]))


def words_of(texts: np.ndarray) -> Words:
    """Count words of texts: of the first 20,000 where there are more.

    Args:
        texts: Objects, str; none of them empty.
    """
    vocabulary: set[str] = set()
    lengths = []
    for text in texts[:MOST_TEXTS]:
        words = text.lower().translate(_NO_PUNCTUATION).split()
        lengths.append(len(words))
        vocabulary.update(words)
    return Words(min(lengths), float(np.median(lengths)), max(lengths), len(vocabulary))


def present(values: np.ndarray) -> np.ndarray:
    """Return the values of a column that are not missing."""
    there = values != "" if values.dtype.kind == "O" else ~np.isnan(values)
    return np.asarray(values[there])


def unique(values: np.ndarray) -> np.ndarray:
    """Return each value once, in any order."""
    import pandas as pd

    return np.asarray(pd.unique(values))


def count_names(values: np.ndarray) -> tuple[list[str], np.ndarray]:
    """Return each text once, and how often it stands."""
    import pandas as pd

    codes, names = pd.factorize(values)
    return [str(name) for name in names], np.bincount(codes, minlength=len(names))


def left_out(name: str, values: Iterator[np.ndarray], reason: str) -> Column:
    """Describe a column that the model does not see.

    Args:
        name: Of the column.
        values: Its cells as texts, block by block.
        reason: Why it is left out.
    """
    tally, seen = Tally(), set[str]()
    for block in values:
        tally.add(block, "categorical")
        if len(seen) <= MOST_TEXTS:
            seen.update(unique(block[block != ""]).tolist())
    distinct = len(seen) if len(seen) <= MOST_TEXTS else None
    return Column(name, "left out", tally.missing, tally.count, distinct, None, reason)
