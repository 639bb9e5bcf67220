"""The names under which a run's figures appear, known before it starts."""

from __future__ import annotations

from dlkit.config.names import snake_case
from dlkit.config.objects import KerasObject
from dlkit.config.rising import RISING
from dlkit.config.schema import Config

OWN_COLUMNS = ("epoch", "stage", "learning_rate", "seconds")
"""Columns of the history that are no figure of Keras's; ``stage`` where there are stages."""

DIAGNOSTICS = ("gradient_norm", "update_ratio", "weight_norm", "dead_units")
"""What ``training.diagnostics`` measures; a column for each layer: ``gradient_norm/dense``."""

COMPILED = ("accuracy",)
"""Metrics without a class: ``compile`` picks one when it sees the labels."""


def is_figure(column: str) -> bool:
    """Tell whether a column of the history is the loss or a metric, also of validation."""
    kind, slash, _ = column.partition("/")
    return column not in OWN_COLUMNS and not (slash and kind in DIAGNOSTICS)


def metric_name(metric: KerasObject) -> str:
    """Return a metric's column: its own ``name``, else what was written, in snake case.

    Metrics that ``compile`` chooses go by Keras's name for them: ``acc`` is ``accuracy``.
    """
    written = metric.name if metric.name in COMPILED else metric.written
    return str(metric.arguments.get("name") or snake_case(written))


def figure_names(config: Config) -> dict[str, KerasObject | None]:
    """Return the figures that training makes, in their order, with their metrics.

    Of several outputs the loss of each, without its weight, stands beside the whole, and all
    its figures begin with its name; a lone one's have no name in front. So says Keras.
    """
    if len(config.outputs) < 2:
        return {"loss": None} | {metric_name(metric): metric for metric in config.metrics}
    figures: dict[str, KerasObject | None] = {"loss": None}
    figures |= {f"{name}_loss": None for name in config.outputs}
    for name, output in config.outputs.items():
        figures |= {f"{name}_{metric_name(metric)}": metric for metric in output.metrics}
    return figures


def monitored_names(config: Config) -> list[str]:
    """Return what an early-stopping rule may watch, in the order of the history."""
    names = list(figure_names(config))
    if config.dataset.validation:
        names += [f"val_{name}" for name in names]
    return names


def higher_is_better(config: Config, column: str) -> bool:
    """Tell whether a larger value of a monitored column is the better one."""
    metric = figure_names(config).get(column.removeprefix("val_"))
    return metric is not None and metric.name in RISING
