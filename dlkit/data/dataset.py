"""Loaded data as plain values, the same for every source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.datasets import Task
from dlkit.data.tables.fitted import FittedColumn

PARTS = ("train", "validation", "test")
"""What data is divided into."""

Value = np.ndarray | dict[str, np.ndarray]
"""What a model reads: one array, or one for each of its inputs by name; rows first."""


@dataclass(frozen=True)
class Split:
    """Examples in memory, their labels, and how much each of them counts.

    Attributes:
        x: Inputs of shape ``(examples, *input_shape)``, or a dict of such arrays. Numbers
            of any dtype, or texts in arrays of objects.
        y: int32 labels of shape ``(examples,)`` for classification (``(examples, 1)`` for a
            model of one unit, float32 ``(examples, classes)`` for a loss that compares
            with one-hot labels), float32 ``(examples, values)`` for regression, float32
            0 or 1 of shape ``(examples, classes)`` for several labels an example.
        weight: float32 ``(examples,)``, or None where all count alike.
        targets: What the outputs of a model are compared with, by their names, each in a
            form of ``y``; empty where there is one output without a name. From a source
            come those of outputs with a target of their own.
    """

    x: Value
    y: np.ndarray
    weight: np.ndarray | None = None
    targets: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: np.ndarray | slice) -> Split:
        """Return some examples, in the order of their numbers."""
        x = (
            {k: v[rows] for k, v in self.x.items()}
            if isinstance(self.x, dict)
            else self.x[rows]
        )
        weight = None if self.weight is None else self.weight[rows]
        targets = {name: labels[rows] for name, labels in self.targets.items()}
        return Split(x, self.y[rows], weight, targets)

    def blocks(self) -> Iterator[Split]:
        """Yield everything in one piece."""
        yield self


@dataclass(frozen=True)
class Stream:
    """Examples that are too many for memory, read in blocks.

    Attributes:
        examples: How many.
        blocks: Reads them from first to last, in blocks of bounded size, raw or encoded.
        read: Returns the examples of given numbers, or None where only ``blocks`` works.
        piece: Neighbors that are cheap to read together.
        block: Examples that are held in memory at a time.
    """

    examples: int
    blocks: Callable[[], Iterator[Split]]
    read: Callable[[np.ndarray], Split] | None = None
    piece: int = 1
    block: int = 65_536

    def __len__(self) -> int:
        return self.examples


Examples = Split | Stream


@dataclass(frozen=True)
class Target:
    """What one output learns.

    Attributes:
        task: What is learned.
        class_names: In the order of the labels; empty for regression.
        target_names: One for each value to predict; empty for classification.
        copies: Where the input itself is to be given back: the layer of the model that
            makes what it is compared with; else empty.
        columns: The columns or arrays of its own that it learns; empty where it has none.
    """

    task: Task
    class_names: tuple[str, ...] = ()
    target_names: tuple[str, ...] = ()
    copies: str = ""
    columns: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Dataset:
    """One experiment's data.

    Attributes:
        name: The dataset actually loaded.
        stand_in_for: The dataset that was asked for and not found, or None.
        origin: Where it came from, in words for people.
        task: What is learned; ``regression`` where there are no labels.
        class_names: In the order of the labels; empty for regression.
        feature_names: One for each column of a table of numbers; empty otherwise.
        target_names: One for each value to predict; empty for classification.
        train: What the model learns from.
        validation: What is watched while it learns, or None.
        test: What is looked at once, at the end.
        outputs: What each output with a target of its own learns, also one that gives
            back the input; the others learn what the dataset says.
        columns: How a table's columns become numbers, fitted on the training rows; empty
            where the inputs are arrays.
        rows: For ``train``, ``validation`` and ``test`` the numbers of their examples in
            the source, or in the file or split of their own that they come from, in
            order; of a series the last row of each window.
        notes: What was found and chosen by rule, for people.
        limited: Where it is cut short for a quick try, in words: scores say little then.
        resolved: The section of the config with every choice written out.
        naive: For a series the last seen values, foretold unchanged: float32, as ``y`` of
            the test split; else None.
        together: Where all splits are streamed from one place: reads them in one pass,
            block by block, the examples of each split by its name; else None.
    """

    name: str
    stand_in_for: str | None
    origin: str
    task: Task
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    train: Examples
    validation: Examples | None
    test: Examples
    resolved: DatasetConfig
    target_names: tuple[str, ...] = ()
    outputs: Mapping[str, Target] = field(default_factory=dict)
    columns: tuple[FittedColumn, ...] = ()
    rows: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()
    naive: np.ndarray | None = None
    together: Callable[[], Iterator[Mapping[str, Split]]] | None = None

    @property
    def is_labelled(self) -> bool:
        """Whether there are labels at all; where there are none every ``y`` is 0."""
        return bool(self.class_names or self.target_names)

    def with_splits(self, change: Callable[[Examples], Examples]) -> Dataset:
        """Return the same data with something done to every split."""
        return replace(
            self,
            train=change(self.train),
            validation=change(self.validation) if self.validation is not None else None,
            test=change(self.test),
        )


def learned(dataset: Dataset, name: str) -> Target:
    """Return what an output learns: what is its own, else what the dataset says."""
    return dataset.outputs.get(name) or Target(
        dataset.task, dataset.class_names, dataset.target_names
    )


def of_output(values: Any, name: str) -> Any:
    """Return what belongs to an output of what belongs to all: outputs, labels.

    Args:
        values: An array or a tensor, or a dict of such by output.
        name: Of the output; empty for the only one of a model that names none.
    """
    return values[name] if name else values


def output_view(dataset: Dataset, name: str) -> Dataset:
    """Return a dataset as one output sees it: its labels, its task, its names.

    Args:
        dataset: With the labels of every output (``Split.targets``).
        name: Of the output; empty for the only one of a model that names none.
    """
    if not name:
        return dataset
    target = learned(dataset, name)
    seen = dataset.with_splits(
        lambda part: changed(
            part, lambda split: replace(split, y=split.targets.get(name, split.y), targets={})
        )
    )
    return replace(
        seen,
        task=target.task,
        class_names=target.class_names,
        target_names=target.target_names,
        outputs={},
    )


def changed(examples: Examples, change: Callable[[Split], Split]) -> Examples:
    """Return examples with something done to every block of them when it is read."""
    if isinstance(examples, Split):
        return change(examples)
    stream, read = examples, examples.read

    def blocks() -> Iterator[Split]:
        return (change(block) for block in stream.blocks())

    if read is None:
        return replace(stream, blocks=blocks)
    reader = read
    return replace(stream, blocks=blocks, read=lambda rows: change(reader(rows)))


def join(splits: Sequence[Split]) -> Split:
    """Return examples of several blocks as one."""
    if len(splits) == 1:
        return splits[0]
    first = splits[0]
    if isinstance(first.x, dict):
        x: Value = {k: np.concatenate([s.x[k] for s in splits]) for k in first.x}
    else:
        x = np.concatenate([split.x for split in splits])
    weight = None
    if first.weight is not None:
        weight = np.concatenate([split.weight for split in splits])
    targets = {
        name: np.concatenate([split.targets[name] for split in splits])
        for name in first.targets
    }
    return Split(x, np.concatenate([split.y for split in splits]), weight, targets)


def no_labels(count: int) -> np.ndarray:
    """Return what stands for labels where there are none: float32 zeros, ``(count, 1)``."""
    return np.zeros((count, 1), np.float32)


def first_examples(examples: Examples, count: int) -> Split:
    """Return the first few examples."""
    return next(iter(examples.blocks())).take(slice(0, count))


def all_labels(examples: Examples) -> np.ndarray:
    """Return the labels of all examples, in their order."""
    if isinstance(examples, Split):
        return examples.y
    return np.concatenate([block.y for block in examples.blocks()])
