"""Facts that a config may refer to, from the data once it is loaded, else expected."""

from __future__ import annotations

import math
from typing import Any

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.schema import DEFAULT_EPOCHS
from dlkit.config.source import lookup
from dlkit.config.values import parse_number

DEFAULT_TEST_SHARE = 0.2
"""What is set aside for the test where the source has no test split of its own."""


def data_facts(
    input_shape: tuple[int, ...], num_classes: int, train_size: int, data: dict[str, Any]
) -> dict[str, Any]:
    """Return facts under the names a config refers to them by.

    Args:
        input_shape: Shape of one example.
        num_classes: 0 for regression.
        train_size: Examples in the training split.
        data: The config's plain values; batch size and epochs are read from it.
    """
    steps = math.ceil(train_size / _positive(data, "batch_size", 32))
    return {
        "dataset.num_classes": num_classes,
        "dataset.input_shape": list(input_shape),
        "dataset.train_size": train_size,
        "training.steps_per_epoch": steps,
        "training.total_steps": _positive(data, "steps", 0)
        or steps * _positive(data, "epochs", DEFAULT_EPOCHS),
    }


def expected_facts(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the facts will be if the named dataset is the one that is found.

    For a source that is not known yet every value is None: the names are right, their
    values come with the data.
    """
    dataset = data.get("dataset")
    dataset = dataset if isinstance(dataset, dict) else {}
    source = dataset.get("source")
    facts = NAMED_SETS.get(source) if isinstance(source, str) else None
    if facts is None:
        return dict.fromkeys(data_facts((1,), 0, 1, {}), None)
    total, test = facts.train, facts.test
    share = _share(dataset.get("test"))
    if share or not test:
        total += test
        total -= _count(total, share or DEFAULT_TEST_SHARE)
    total -= _count(total, _share(dataset.get("validation", 0.1)))
    return data_facts(facts.shape, len(facts.classes), max(total, 1), data)


def _share(value: Any) -> float:
    """Return what may be a share or a count, and 0 for everything else."""
    number = parse_number(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        return 0
    return float(number) if 0 < number < 1e12 else 0


def _count(total: int, share: float) -> int:
    return round(total * share) if share < 1 else int(share)


def _positive(data: dict[str, Any], key: str, default: int) -> int:
    """Return a count from the training section where it is one."""
    try:
        value = lookup(data, ("training", key))
    except KeyError:
        return default
    return value if isinstance(value, int) and value > 0 else default
