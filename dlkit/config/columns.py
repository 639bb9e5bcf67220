"""The names under which a run's figures appear, known before it starts."""

from __future__ import annotations

from dlkit.config.names import snake_case
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config

RISING = frozenset(
    {
        *("accuracy", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy"),
        *("SparseCategoricalAccuracy", "TopKCategoricalAccuracy"),
        *("SparseTopKCategoricalAccuracy", "AUC", "Precision", "Recall", "PrecisionAtRecall"),
        *("RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"),
        *("F1Score", "FBetaScore", "R2Score", "IoU", "BinaryIoU", "MeanIoU", "OneHotIoU"),
        *("OneHotMeanIoU", "CosineSimilarity", "ConcordanceCorrelation"),
        *("PearsonCorrelation", "TruePositives", "TrueNegatives"),
    }
)
"""Metrics of which more is better; of all others less is."""

OWN_COLUMNS = ("epoch", "learning_rate", "seconds")
"""Columns of the history that are no figure of Keras's."""

COMPILED = ("accuracy",)
"""Metrics without a class: ``compile`` picks one when it sees the labels."""


def metric_name(metric: KerasObject) -> str:
    """Return a metric's column: its own ``name``, else what was written, in snake case.

    Metrics that ``compile`` chooses go by Keras's name for them: ``acc`` is ``accuracy``.
    """
    written = metric.name if metric.name in COMPILED else metric.written
    return str(metric.arguments.get("name") or snake_case(written))


def monitored_names(config: Config) -> list[str]:
    """Return what an early-stopping rule may watch, in the order of the history."""
    names = ["loss", *(metric_name(metric) for metric in config.metrics)]
    if config.dataset.validation:
        names += [f"val_{name}" for name in names]
    return names


def higher_is_better(config: Config, column: str) -> bool:
    """Tell whether a larger value of a monitored column is the better one."""
    name = column.removeprefix("val_")
    return any(
        metric.name in RISING and metric_name(metric) == name for metric in config.metrics
    )
