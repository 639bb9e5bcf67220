"""What a finished run knows of its data, and new examples read by that knowledge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.datasets import Task
from dlkit.config.schema import Config
from dlkit.config.targets import Aim, own_targets
from dlkit.data.dataset import Split
from dlkit.data.labelling import Labelling
from dlkit.data.labels import LabelCodec, label_texts, split_tags

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
        outputs: The same of outputs with a target of their own, each as if it were alone.
        is_labelled: Whether labels are needed to tell how good the model is: not where
            all it does is to give back what it reads.
    """

    config: DatasetConfig
    task: Task
    class_names: tuple[str, ...]
    target_names: tuple[str, ...]
    vocabularies: Mapping[str, frozenset[str]]
    inputs: Mapping[str, Input]
    outputs: Mapping[str, Known] = field(default_factory=dict)
    is_labelled: bool = True

    @property
    def others(self) -> dict[str, Known]:
        """The outputs that learned something else than the dataset's own labels."""
        return {
            name: known
            for name, known in self.outputs.items()
            if (known.task, known.config.target) != (self.task, self.config.target)
        }


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
        outputs: The same of outputs with a target of their own.
    """

    notes: list[str] = field(default_factory=list)
    categories: dict[str, Strange] = field(default_factory=dict)
    labels: Strange = field(default_factory=Strange)
    outputs: dict[str, Strange] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """Return everything in sentences; it is complete when all examples are read."""
        found = [*self.notes]
        found += [f"{name}: {strange}." for name, strange in self.categories.items()]
        if self.labels.rows:
            found.append(f"labels: {self.labels}. They are left out.")
        found += [
            f"labels of {name}: {strange}. They are left out."
            for name, strange in self.outputs.items()
            if strange.rows
        ]
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


def known_outputs(
    known: Known, config: Config, facts: Mapping[str, Mapping[str, Any]]
) -> dict[str, Known]:
    """Return what a run knows of each output with a target of its own, as if it were alone.

    Args:
        known: What it knows of the dataset's own labels.
        config: The run's.
        facts: For each output its ``task``, ``class_names`` and ``target_names``.
    """
    return {
        name: replace(
            known,
            config=known.config.model_copy(update={"target": target}),
            task=facts[name]["task"],
            class_names=tuple(facts[name]["class_names"]),
            target_names=tuple(facts[name]["target_names"]),
            outputs={},
        )
        for name, target in own_targets(config).items()
    }


def aims_of(known: Known) -> tuple[Aim, ...]:
    """Return all that a run learned of named columns, the dataset's own labels first."""
    each = [known, *known.others.values()]
    return tuple(Aim(one.task, one.config.target) for one in each if one.config.target)


def labelling_of(known: Known) -> Labelling:
    """Return how the labels of named columns are made, with the classes that a run knows."""
    outputs = {name: _codec(one) for name, one in known.outputs.items()}
    return Labelling(_codec(known), {name: codec for name, codec in outputs.items() if codec})


def _codec(known: Known) -> LabelCodec | None:
    target = known.config.target
    if target is None:
        return None
    return LabelCodec(known.task, target.columns, known.class_names, target.separator)


def count_all_labels(
    values: Mapping[str, np.ndarray], known: Known, findings: Findings
) -> None:
    """Count labels of any output that a run never saw.

    Args:
        values: Every target column.
        known: What the run saw.
        findings: Takes note of the others.
    """
    for name, one in {"": known, **known.others}.items():
        target = one.config.target
        if target and (one.task == "classification" or target.separator):
            count_labels(values[target.columns[0]], one, findings, name)


def count_labels(
    values: np.ndarray, known: Known, findings: Findings, output: str = ""
) -> None:
    """Count labels that a run never saw.

    Args:
        values: Numbers or texts of shape ``(rows,)``; cells of several labels where the
            target has a separator.
        known: What the run saw.
        findings: Takes note of the others.
        output: Whose labels they are; empty for the dataset's own.
    """
    target = known.config.target
    classes = set(known.class_names)
    strange = findings.outputs.setdefault(output, Strange()) if output else findings.labels
    if target is None or target.separator is None:
        texts = label_texts(values)
        strange.add(text for text in texts if text and text not in classes)
        return
    for cell in values:
        unknown = [tag for tag in split_tags(cell, target.separator) if tag not in classes]
        strange.rows += bool(unknown)
        strange.names.update(unknown)
