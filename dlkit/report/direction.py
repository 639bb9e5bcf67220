"""Which of two figures is the better one, told by its name.

A run says which metrics it has by the names of Keras's classes; a figure of ``metrics.json``
has the metric's column as its name. A name that says nothing is taken for an error: of that
less is better, and so it is in Keras.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from dlkit.config.names import snake_case
from dlkit.config.rising import RISING

SPLITS = ("ensemble_test_", "naive_test_", "test_", "val_", "train_")
"""What stands before the metric in a figure's name."""

DEVIATION = "_std"
"""What follows a figure's name where its standard deviation stands."""

RISING_NAMES = frozenset({"acc", "auc", "f1", *map(snake_case, RISING)})
"""Metrics of which more is better, as they are called in a history."""


def is_rising(figure: str, declared: Mapping[str, str] | None = None) -> bool:
    """Tell whether more of a figure is better.

    Args:
        figure: ``test_accuracy``, ``val_digit_auc``, ``seconds``.
        declared: The classes of metrics by their names, where people chose these.
    """
    metric = metric_of(figure)
    for name, kind in (declared or {}).items():
        if metric == name or metric.endswith(f"_{name}"):
            return kind in RISING or snake_case(kind) in RISING_NAMES
    if metric.endswith((DEVIATION, "_loss")):
        return False
    return any(metric == name or metric.endswith(f"_{name}") for name in RISING_NAMES)


def metric_of(figure: str) -> str:
    """Return the metric's own name: ``test_accuracy`` is ``accuracy``."""
    for split in SPLITS:
        if figure.startswith(split):
            return figure.removeprefix(split)
    return figure


def best_first(value: float | None, *, rising: bool) -> tuple[bool, float]:
    """Return a key that sorts figures: the best first, what is missing last."""
    if value is None or not math.isfinite(value):
        return True, 0.0
    return False, -value if rising else value


def declared_metrics(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the class of every metric of a resolved config that has a name of its own."""
    outputs = config.get("outputs")
    places: Iterable[Any] = outputs.values() if isinstance(outputs, dict) else ()
    found: dict[str, str] = {}
    for place in (config, *places):
        metrics = place.get("metrics") if isinstance(place, Mapping) else None
        for metric in metrics if isinstance(metrics, list) else ():
            if isinstance(metric, dict) and len(metric) == 1:
                kind, arguments = next(iter(metric.items()))
                if isinstance(arguments, dict) and arguments.get("name"):
                    found[str(arguments["name"])] = str(kind)
    return found
