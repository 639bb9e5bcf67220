"""The names under which a run's figures appear, known before it starts."""

from __future__ import annotations

from dlkit.config.names import snake_case
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config


def metric_name(metric: KerasObject) -> str:
    """Return a metric's column: its own ``name``, else what was written, in snake case."""
    return str(metric.arguments.get("name") or snake_case(metric.written))


def monitored_names(config: Config) -> list[str]:
    """Return what an early-stopping rule may watch, in the order of the history."""
    names = ["loss", *(metric_name(metric) for metric in config.metrics)]
    if config.dataset.validation:
        names += [f"val_{name}" for name in names]
    return names
