"""Facts that a config may refer to, from the data once it is loaded, else expected."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlkit.config.choices import read_choice
from dlkit.config.data_sources import SOURCES
from dlkit.config.datasets import Task
from dlkit.config.known import known_facts, most_per_class
from dlkit.config.source import lookup
from dlkit.config.training_section import DEFAULT_EPOCHS
from dlkit.config.values import parse_number

DEFAULT_TEST_SHARE = 0.2
"""What is set aside for the test where the source has no test split of its own."""


@dataclass(frozen=True)
class DataFacts:
    """What the rules and the references of a config know of its data.

    Attributes:
        name: The dataset, as people call it.
        task: What is learned from it.
        num_classes: How many classes or labels there are; 0 for regression.
        values: How many values are predicted; 0 for classification.
        input_shape: Shape of one example; None where it has several inputs.
        train_size: Examples in the training split, those of ``training.overfit`` alone.
        outputs: The same for outputs with a target of their own, by their names.
    """

    name: str
    task: Task
    num_classes: int
    values: int
    input_shape: tuple[int, ...] | None
    train_size: int
    outputs: Mapping[str, DataFacts] = field(default_factory=dict)


def reference_values(facts: DataFacts | None, data: dict[str, Any]) -> dict[str, Any]:
    """Return facts under the names a config refers to them by.

    Args:
        facts: What is known of the data; where that is nothing every value is None: the
            names are right, their values come with the data.
        data: The config's plain values; what says how long training is is read from it.
    """
    names = ("num_classes", "input_shape", "train_size")
    if facts is None:
        unknown = [f"dataset.{name}" for name in names]
        return dict.fromkeys([*unknown, "training.steps_per_epoch", "training.total_steps"])
    steps = _steps_of_epoch(facts.train_size, data)
    return {
        "dataset.num_classes": facts.num_classes,
        "dataset.input_shape": None if facts.input_shape is None else list(facts.input_shape),
        "dataset.train_size": facts.train_size,
        "training.steps_per_epoch": steps,
        "training.total_steps": _positive(data, "steps", 0)
        or steps * (_stage_epochs(data) or _positive(data, "epochs", DEFAULT_EPOCHS)),
    }


def expected_data(data: dict[str, Any]) -> DataFacts | None:
    """Return what the data will be if the named dataset is the one that is found.

    Args:
        data: The config's plain values, right or wrong.

    Returns:
        The facts, or None for a source that must be read first.
    """
    dataset = data.get("dataset")
    dataset = dataset if isinstance(dataset, dict) else {}
    source, _ = read_choice(dataset.get("source"), SOURCES, "source", ())
    known = known_facts(source.name, source.settings) if source else None
    if source is None or known is None:
        return None
    total, test, members = known.train, known.test, known.members
    folds, share = dataset.get("folds"), _share(dataset.get("test"))
    if isinstance(folds, int) and folds > 1:
        members = _sums(members, known.test_members)
        total = (total + test) - (total + test) // folds
    elif share or not test:
        members = _sums(members, known.test_members)
        total += test
        total -= _count(total, share or DEFAULT_TEST_SHARE)
    most = most_per_class(source.settings)
    if most is not None and members:
        left = total / sum(members)  # the test takes as much of each class
        total = sum(min(most, round(count * left)) for count in members)
    total -= _count(total, _share(dataset.get("validation", 0.1)))
    total = min(total, _positive(data, "overfit", total))
    return DataFacts(
        name=source.name,
        task=known.task,
        num_classes=len(known.classes),
        values=0 if known.classes else 1,
        input_shape=known.shape,
        train_size=max(total, 1),
    )


def _sums(train: tuple[int, ...], test: tuple[int, ...]) -> tuple[int, ...]:
    """Return the members of each class in both parts."""
    return tuple(a + b for a, b in zip(train, test, strict=True)) if test else train


def _share(value: Any) -> float:
    """Return what may be a share or a count, and 0 for everything else."""
    number = parse_number(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return 0
    return float(number) if 0 < number < 1e12 else 0


def _count(total: int, share: float) -> int:
    return round(total * share) if share < 1 else int(share)


def _steps_of_epoch(examples: int, data: dict[str, Any]) -> int:
    """Return the steps of an epoch, as ``TrainingConfig.steps_of_epoch`` of a whole config."""
    size = _positive(data, "batch_size", 32)
    steps = _positive(data, "steps_per_epoch", math.ceil(examples / size))
    return min(steps, _positive(data, "limit.train_batches", steps))


def _positive(data: dict[str, Any], key: str, default: int) -> int:
    """Return a count from the training section where it is one; dots lead inside."""
    try:
        value = lookup(data, ("training", *key.split(".")))
    except KeyError:
        return default
    is_count = isinstance(value, int) and not isinstance(value, bool)
    return value if is_count and value > 0 else default


def _stage_epochs(data: dict[str, Any]) -> int:
    """Return the epochs of all stages of training, as far as they are counts."""
    training = data.get("training")
    stages = training.get("stages") if isinstance(training, dict) else None
    if not isinstance(stages, (list, tuple)):
        return 0
    counts = [stage.get("epochs") for stage in stages if isinstance(stage, dict)]
    return sum(count for count in counts if isinstance(count, int) and count > 0)
