"""What a finished run knows of its data, and new examples read by that knowledge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.datasets import Task
from dlkit.data.dataset import Split
from dlkit.data.labels import label_texts, split_tags

MAX_TOLD = 5
"""Names that a warning lists."""

MAX_COUNTED = 10_000
"""Different names that are remembered of a column."""


@dataclass(frozen=True)
class Input:
    """What a model takes under one name.

    Attributes:
        shape: Of one example; None where any length is taken.
        is_text: Whether it is a text, else numbers.
    """

    shape: tuple[int | None, ...]
    is_text: bool


@dataclass(frozen=True)
class Known:
    """What a run knows of its data.

    Attributes:
        config: The section of the config with every choice written out.
        task: What was learned.
        class_names: In the order of the labels; empty for regression.
        target_names: One for each value to predict; empty for classification.
        vocabularies: For columns of names, those that the model tells apart.
        inputs: What the model takes; a lone input is called ``input``.
    """

    config: DatasetConfig
    task: Task
    class_names: tuple[str, ...]
    target_names: tuple[str, ...]
    vocabularies: Mapping[str, frozenset[str]]
    inputs: Mapping[str, Input]


@dataclass
class Strange:
    """Values of one kind that a run never saw.

    Attributes:
        rows: How many rows have one.
        names: How often each was seen; no new ones once there are very many.
    """

    rows: int = 0
    names: Counter[str] = field(default_factory=Counter)

    def add(self, values: Iterable[str]) -> None:
        """Take note of the values of some rows."""
        for value in values:
            self.rows += 1
            if value in self.names or len(self.names) < MAX_COUNTED:
                self.names[value] += 1

    def __str__(self) -> str:
        count = len(self.names)
        number = f"more than {count:,}" if count == MAX_COUNTED else f"{count:,}"
        shown = ", ".join(repr(name) for name, _ in self.names.most_common(MAX_TOLD))
        return (
            f"{self.rows:,} row{'s' * (self.rows != 1)} with {number}"
            f" name{'s' * (count != 1)} the model has not seen:"
            f" {shown}{', ...' * (count > MAX_TOLD)}"
        )


@dataclass
class Findings:
    """What was found while new examples were read, and a person should know.

    Attributes:
        notes: Whole sentences.
        categories: By column.
        labels: Labels that the run never saw.
    """

    notes: list[str] = field(default_factory=list)
    categories: dict[str, Strange] = field(default_factory=dict)
    labels: Strange = field(default_factory=Strange)

    def warnings(self) -> list[str]:
        """Return everything in sentences; it is complete when all examples are read."""
        found = [*self.notes]
        found += [f"{name}: {strange}." for name, strange in self.categories.items()]
        if self.labels.rows:
            found.append(f"labels: {self.labels}. They are left out.")
        return found


@dataclass(frozen=True)
class Unseen:
    """New examples, read in blocks, once.

    Attributes:
        origin: Where they come from, in words for people.
        blocks: Reads them in their order; labels are 0 where none were wanted, and -1 is
            a class that the run never saw.
        findings: Filled while they are read.
        head: What the examples' names are called.
        names: Of the examples, in order; None: they are numbered from 0.
    """

    origin: str
    blocks: Callable[[], Iterator[Split]]
    findings: Findings
    head: str = "example"
    names: Sequence[str] | np.ndarray | None = None


def count_labels(values: np.ndarray, known: Known, findings: Findings) -> None:
    """Count labels that a run never saw.

    Args:
        values: Numbers or texts of shape ``(rows,)``; cells of several labels where the
            target has a separator.
        known: What the run saw.
        findings: Takes note of the others.
    """
    target = known.config.target
    classes = set(known.class_names)
    if target is None or target.separator is None:
        texts = label_texts(values)
        findings.labels.add(text for text in texts if text and text not in classes)
        return
    for cell in values:
        unknown = [tag for tag in split_tags(cell, target.separator) if tag not in classes]
        findings.labels.rows += bool(unknown)
        findings.labels.names.update(unknown)
