"""Read all examples once: exact figures of everything, and a sample to look at closely.

Memory does not grow with the data. What fits into memory anyway is its own sample up to
100,000 examples, so that of most data everything is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.expansion import INPUT
from dlkit.data.dataset import (
    PARTS,
    Dataset,
    Examples,
    Split,
    Stream,
    Value,
    first_examples,
    join,
    output_view,
)
from dlkit.data.profile.findings import Kind
from dlkit.data.tables.moments import Moments

MOST_EXAMPLES = 100_000
"""Examples that are looked at closely."""

MOST_BYTES = 256_000_000
"""Memory that they may take."""

MOST_COLUMNS = 64
"""Numbers an example that are taken for columns where they have no names."""

LEAST_SIDE = 8
"""Fewer pixels than this on a side are no picture, but a small matrix."""

CHUNK_VALUES = 4_000_000

CHANNELS = (1, 3, 4)


class Tally:
    """Exact figures of one column, taken block by block."""

    def __init__(self) -> None:
        self.count = 0
        self.missing = 0
        self.moments = Moments()
        self.first = ""
        self.last = ""

    def add(self, values: np.ndarray, kind: Kind) -> None:
        """Take in a block of a column."""
        self.count += len(values)
        if values.dtype.kind == "O":
            there = values[values != ""]
            self.missing += len(values) - len(there)
            if kind == "date" and len(there):
                self.first = min(filter(None, (self.first, min(there))))
                self.last = max(self.last, max(there))
            return
        rows = max(1, CHUNK_VALUES // max(1, values[:1].size))
        for start in range(0, len(values), rows):
            numbers = values[start : start + rows].reshape(-1).astype(np.float64)
            there = numbers[~np.isnan(numbers)]
            self.missing += len(numbers) - len(there)
            self.moments.add(there)


@dataclass(frozen=True)
class Field:
    """One thing that examples have.

    Attributes:
        name: Of the column or the array.
        kind: What it is.
        values: Of the sample: float64 with NaN for missing numbers; objects that are
            texts, "" where missing; arrays of any dtype.
        tally: Figures of all examples.
    """

    name: str
    kind: Kind
    values: np.ndarray
    tally: Tally


@dataclass(frozen=True)
class Survey:
    """What one pass over the data gave.

    Attributes:
        fields: What examples have.
        x: The sample's inputs as they come.
        y: The sample's labels: int32 classes ``(examples,)``, or float32 ``(examples, n)``.
        parts: uint8, the place in ``PARTS`` of each example of the sample.
        rows: The number of each in the source, ascending.
        counts: How many examples each class has in all the data; empty for values.
        targets: Figures of the values to predict; empty for classes.
        total: Examples of all the data.
        exact: Whether the figures are of all of them, and not of the sample alone.
        outputs: The sample's labels of outputs with a target of their own, by output.
    """

    fields: tuple[Field, ...]
    x: Value
    y: np.ndarray
    parts: np.ndarray
    rows: np.ndarray
    counts: np.ndarray
    targets: tuple[Tally, ...]
    total: int
    exact: bool
    outputs: Mapping[str, np.ndarray] = field(default_factory=dict)


def seen_by(found: Survey, dataset: Dataset, output: str) -> tuple[Survey, Dataset]:
    """Return a survey and its dataset as one output sees them; its figures are the sample's.

    Args:
        found: The survey of the whole.
        dataset: What was surveyed.
        output: One with a target of its own.
    """
    view, y = output_view(dataset, output), found.outputs[output]
    counts = (
        np.zeros(0, np.int64) if view.task == "regression" else _count(y, len(view.class_names))
    )
    tallies = tuple(Tally() for _ in view.target_names)
    for tally, values in zip(tallies, y.reshape(len(y), -1).T, strict=False):
        tally.add(values, "numeric")
    return replace(found, y=y, counts=counts, targets=tallies, outputs={}), view


def survey(dataset: Dataset, seed: int = 0) -> Survey:
    """Read a dataset once.

    Args:
        dataset: Raw, as it was loaded.
        seed: Chooses the sample where the data is larger.

    Raises:
        DataError: If streamed data turns out to be damaged.
    """
    present = {n: part for n in PARTS if (part := getattr(dataset, n)) is not None}
    total = sum(map(len, present.values()))
    head = _head(dataset.train).x
    limit = min(MOST_EXAMPLES, max(1000, MOST_BYTES // _bytes(head)))
    kinds = kinds_of(head, dataset)
    tallies = {name: Tally() for name in kinds}
    classes = dataset.task != "regression"
    counts = np.zeros(len(dataset.class_names), np.int64)
    targets = tuple(Tally() for _ in dataset.target_names) if not classes else ()
    generator = np.random.default_rng([seed, 0xDA7A])
    pieces, numbers, codes = [], [], []
    for name, part in present.items():
        wanted = len(part) if total <= limit else max(1, limit * len(part) // total)
        chosen = np.arange(len(part))
        if wanted < len(part):
            chosen = np.sort(generator.choice(len(part), wanted, replace=False))
        for split, taken in _pass(part, chosen):
            for column, values in fields_of(split.x, dataset).items():
                tallies[column].add(values, kinds[column])
            counts += _count(split.y, len(counts)) if classes else 0
            for tally, values in zip(targets, split.y.reshape(len(split), -1).T, strict=False):
                tally.add(values, "numeric")
            pieces.append(split.take(taken))
        numbers.append(np.asarray(dataset.rows.get(name, np.arange(len(part))))[chosen])
        codes.append(np.full(len(chosen), PARTS.index(name), np.uint8))
    rows = np.concatenate(numbers)
    order = np.argsort(rows, kind="stable")
    sample = join(pieces).take(order)
    fields = tuple(
        Field(name, kinds[name], values, tallies[name])
        for name, values in fields_of(sample.x, dataset).items()
    )
    part_codes = np.concatenate(codes)[order]
    y = sample.y.reshape(-1) if dataset.task == "classification" else sample.y
    seen = next(iter(tallies.values())).count
    rows = rows[order]
    exact = seen == total
    return Survey(
        fields, sample.x, y, part_codes, rows, counts, targets, total, exact, sample.targets
    )


def _pass(part: Examples, chosen: np.ndarray) -> Iterator[tuple[Split, np.ndarray]]:
    """Yield a part's blocks, and which of their examples are chosen.

    Pictures on the disk are decoded only where they are chosen.
    """
    if isinstance(part, Stream) and part.read is not None:
        for start in range(0, len(chosen), part.block):
            split = part.read(chosen[start : start + part.block])
            yield split, np.arange(len(split))
        return
    first = 0
    for split in part.blocks():
        here = chosen[(chosen >= first) & (chosen < first + len(split))]
        yield split, here - first
        first += len(split)


def _head(examples: Examples) -> Split:
    """Return the first example, without reading a whole block where that can be."""
    if isinstance(examples, Stream) and examples.read is not None:
        return examples.read(np.arange(1))
    return first_examples(examples, 1)


def _bytes(x: Value) -> int:
    """Return about how much memory an example takes."""
    arrays = x.values() if isinstance(x, dict) else [x]
    return max(1, sum(100 if a.dtype.kind == "O" else a.nbytes for a in arrays))


def _count(y: np.ndarray, classes: int) -> np.ndarray:
    """Count the examples of each class, or those that have each of several labels."""
    if y.ndim == 2 and y.shape[1] == classes:
        return np.asarray((y > 0).sum(axis=0))
    labels = y.reshape(-1)
    return np.asarray(np.bincount(labels[labels >= 0], minlength=classes))


def fields_of(x: Value, dataset: Dataset) -> dict[str, np.ndarray]:
    """Return inputs as columns: numbers float64, texts as objects, arrays as they are."""
    if isinstance(x, dict):
        return {name: _flat(array) for name, array in x.items()}
    if x.dtype.kind == "O":
        return {"text": x.reshape(-1)}
    if x.ndim == 2 and (dataset.feature_names or x.shape[1] <= MOST_COLUMNS):
        names = dataset.feature_names or tuple(f"{INPUT}[{i}]" for i in range(x.shape[1]))
        return {name: x[:, i].astype(np.float64) for i, name in enumerate(names)}
    return {INPUT: x}


def _flat(array: np.ndarray) -> np.ndarray:
    """Return an input with one value an example as a column of them."""
    if array.dtype.kind == "O":
        return array.reshape(-1)
    return array.reshape(-1).astype(np.float64) if array.size == len(array) else array


def kinds_of(x: Value, dataset: Dataset) -> dict[str, Kind]:
    """Return what each of the inputs is."""
    known: dict[str, Kind] = {c.name: c.feature.name for c in dataset.columns}  # type: ignore[misc]
    first = fields_of(x, dataset)
    pictures = dataset.name in NAMED_SETS and NAMED_SETS[dataset.name].is_image
    return {name: known.get(name) or _kind(array, pictures) for name, array in first.items()}


def _kind(array: np.ndarray, pictures: bool) -> Kind:
    """Tell what an array holds by its shape and dtype."""
    if array.dtype.kind == "O":
        return "text"
    if array.ndim == 1:
        return "numeric"
    shape = array.shape[1:]
    sides = len(shape) in {2, 3} and min(shape[:2]) >= LEAST_SIDE
    gray = len(shape) == 2 and array.dtype == np.uint8
    colored = len(shape) == 3 and shape[2] in CHANNELS
    return "pictures" if pictures or (sides and (gray or colored)) else "array"
