"""Whether loss, metrics and last layer fit the labels that the data has.

Rules as in ``rules``, asked where something is known of the data: for a named dataset at
once, for a file when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.facts import DataFacts
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.config.semantics import (
    BINARY,
    BINARY_METRICS,
    CLASS_METRICS,
    CLASSIFICATION,
    ONE_HOT,
    ONE_HOT_METRICS,
    REGRESSION,
    SPARSE,
    SPARSE_METRICS,
    Head,
    read_head,
)
from dlkit.errors import Path, Problem


def check_loss_fits_labels(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """The loss is made for the labels of the dataset, and the last layer as wide as they."""
    head, loss, classes = read_head(config), config.loss, facts.num_classes
    units = head.units if head else None
    if facts.task == "regression" and loss.name in CLASSIFICATION:
        yield Problem(
            f"{loss.name} needs classes, and {facts.name} has values to predict.",
            loss.path,
            "Use mse, mae or huber.",
        )
    elif facts.task == "classification" and loss.name in REGRESSION:
        yield Problem(
            f"{loss.name} treats the classes of {facts.name} as numbers in order.",
            loss.path,
            "Use sparse_categorical_crossentropy.",
            warning=units in {None, 1},
        )
    elif facts.task == "classification" and loss.name in BINARY and classes > 2:
        yield Problem(
            f"{loss.name} is for two classes, and {facts.name} has {classes}.",
            loss.path,
            "Use sparse_categorical_crossentropy.",
        )
    elif facts.task == "multi_label" and loss.name in SPARSE | ONE_HOT:
        yield Problem(
            f"{loss.name} is for one class an example, and {facts.name} has several labels.",
            loss.path,
            "Use binary_crossentropy.",
        )
    elif head:
        yield from _check_units(head, config, facts)


def _check_units(head: Head, config: Config, facts: DataFacts) -> Iterator[Problem]:
    """The last layer has a unit a class, a label or a value, or one for two classes."""
    name, classes = config.loss.name, facts.num_classes
    if facts.task == "regression":
        wanted, takes = facts.values, f"{_count(facts.values, 'value')} to be predicted"
    elif facts.task == "multi_label":
        wanted, takes = classes, f"the examples have {classes} labels"
    elif name in BINARY:
        wanted, takes = 1, f"{name} takes 1 unit for 2 classes"
    elif name in SPARSE | ONE_HOT:
        wanted, takes = classes, f"the labels have {classes} classes"
    else:
        return
    if head.units is None or head.units == wanted:
        return
    plural = "" if head.units == 1 else "s"
    yield Problem(
        f"{takes}, and the last layer has {head.units} unit{plural}.",
        head.path,
        f"Give it {wanted}.",
        warning=name in SPARSE and head.units > classes,
    )


def _count(number: int, noun: str) -> str:
    return f"one {noun} is" if number == 1 else f"{number} {noun}s are"


def check_metrics_fit_labels(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """Each metric can be computed from the labels."""
    several = facts.task == "classification" and facts.num_classes > 2
    one_hot = config.loss.name in ONE_HOT
    for metric in config.metrics:
        path, name = _place(metric), metric.written
        if facts.task == "regression" and metric.name in CLASS_METRICS:
            yield Problem(
                f"{name} needs classes, and {facts.name} has values to predict.",
                path,
                "Use mae, mse or R2Score.",
            )
        elif facts.task != "classification":
            continue
        elif metric.name in ONE_HOT_METRICS and not one_hot:
            yield Problem(
                f"{name} needs one-hot labels, and those of {facts.name} are integers.",
                path,
                f"Use Sparse{metric.name}.",
            )
        elif metric.name in SPARSE_METRICS and one_hot:
            yield Problem(
                f"{name} needs labels that are integers, and {config.loss.name} makes them"
                " one-hot.",
                path,
                f"Use {metric.name.removeprefix('Sparse')}.",
            )
        elif several and metric.name in BINARY_METRICS and not one_hot:
            yield Problem(
                f"{name} is for two classes, and {facts.name} has {facts.num_classes}.",
                path,
                "Use accuracy.",
            )


def _place(notation: KerasObject) -> Path:
    """Return where an object stands in its list, arguments or not."""
    path = notation.path
    return path if isinstance(path[-1], int) else path[:-1]


def check_class_weight(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """Only classes have weights: those of the dataset's own target, whatever the outputs."""
    if config.training.class_weight is not None and facts.task != "classification":
        given = {"regression": "values to predict", "multi_label": "several labels"}
        yield Problem(
            f"{facts.name} has {given[facts.task]}, and no classes to weigh.",
            ("training", "class_weight"),
            "Remove it, or weigh examples by `dataset.sample_weight`.",
        )
