"""What a file's data turns out to be is judged as a named dataset is beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.datasets import Task
from dlkit.config.facts import DataFacts
from dlkit.config.load import load_config
from dlkit.config.rules import DATA_RULES
from dlkit.config.semantics import is_one_hot, task_of

SIZES: dict[Task, tuple[int, int]] = {
    "classification": (3, 0),
    "multi_label": (4, 0),
    "regression": (0, 2),
}


def told(
    task: Task, loss: str, units: int, activation: str = "linear", **more: Any
) -> list[str]:
    """Return what the rules say of a table that was read."""
    classes, values = SIZES[task]
    layer = {"Dense": {"units": units, "activation": activation}}
    config = load_config(
        {
            "dataset": {"source": {"csv": "films.csv"}, "target": "y"},
            "architecture": {"layers": [layer]},
            "loss": loss,
            **more,
        }
    ).config
    facts = DataFacts("films.csv", task, classes, values, (5,), 100)
    return [str(problem) for rule in DATA_RULES for problem in rule(config, facts)]


@pytest.mark.parametrize(
    ("task", "loss", "units", "activation"),
    [
        ("classification", "sparse_categorical_crossentropy", 3, "softmax"),
        ("classification", "categorical_crossentropy", 3, "softmax"),
        ("classification", "categorical_focal_crossentropy", 3, "softmax"),
        ("multi_label", "binary_crossentropy", 4, "sigmoid"),
        ("regression", "mse", 2, "linear"),
    ],
)
def test_end_of_a_model_fits_the_labels(
    task: Task, loss: str, units: int, activation: str
) -> None:
    assert told(task, loss, units, activation) == []


LAYER = "architecture.layers[0].Dense: "


@pytest.mark.parametrize(
    ("task", "loss", "units", "activation", "said"),
    [
        (
            "classification",
            "categorical_crossentropy",
            2,
            "softmax",
            f"{LAYER}the labels have 3 classes, and the last layer has 2 units. Give it 3.",
        ),
        (
            "multi_label",
            "binary_crossentropy",
            3,
            "sigmoid",
            f"{LAYER}the examples have 4 labels, and the last layer has 3 units. Give it 4.",
        ),
        (
            "multi_label",
            "categorical_crossentropy",
            4,
            "softmax",
            (
                "loss: CategoricalCrossentropy is for one class an example, and films.csv has"
                " several labels. Use binary_crossentropy."
            ),
        ),
        (
            "regression",
            "mse",
            1,
            "linear",
            f"{LAYER}2 values are to be predicted, and the last layer has 1 unit. Give it 2.",
        ),
        (
            "regression",
            "sparse_categorical_crossentropy",
            2,
            "softmax",
            (
                "loss: SparseCategoricalCrossentropy needs classes, and films.csv has values to"
                " predict. Use mse, mae or huber."
            ),
        ),
    ],
)
def test_end_of_a_model_is_refused_when_the_labels_are_others(
    task: Task, loss: str, units: int, activation: str, said: str
) -> None:
    assert told(task, loss, units, activation) == [said]


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("CategoricalAccuracy", []),
        ("accuracy", []),
        ("AUC", []),  # of each column
        (
            "SparseCategoricalAccuracy",
            [
                (
                    "metrics[0]: SparseCategoricalAccuracy needs labels that are integers, and"
                    " CategoricalCrossentropy makes them one-hot. Use CategoricalAccuracy."
                )
            ],
        ),
    ],
)
def test_metric_fits_labels_that_the_loss_makes_one_hot(metric: str, said: list[str]) -> None:
    loss = "categorical_crossentropy"
    assert told("classification", loss, 3, "softmax", metrics=[metric]) == said


@pytest.mark.parametrize(
    ("task", "loss", "units", "said"),
    [
        ("classification", "SparseCategoricalCrossentropy", 3, ""),
        ("regression", "mse", 2, "films.csv has values to predict, and no classes to weigh."),
        (
            "multi_label",
            "BinaryCrossentropy",
            4,
            "films.csv has several labels, and no classes",
        ),
    ],
)
def test_weights_of_classes_need_classes(task: Task, loss: str, units: int, said: str) -> None:
    ends = {"classification": "softmax", "multi_label": "sigmoid", "regression": "linear"}
    training = {"training": {"class_weight": "balanced"}}
    problems = told(task, loss, units, ends[task], **training)
    assert len(problems) == bool(said)
    assert all(p.startswith(f"training.class_weight: {said}") for p in problems)


@pytest.mark.parametrize(
    ("target", "loss", "metrics", "task"),
    [
        ("y", "mse", [], "regression"),
        ("y", "mse", ["mae"], "regression"),
        ("y", "mse", ["accuracy"], "classification"),
        ("y", "hinge", [], "classification"),
        ("y", "binary_crossentropy", [], "classification"),
        (["y", "z"], "mse", [], "regression"),
        (["y", "z"], "binary_crossentropy", [], "multi_label"),
        ({"columns": "y", "separator": ";"}, "binary_crossentropy", [], "multi_label"),
    ],
)
def test_task_of_a_file_follows_from_loss_and_metrics(
    target: Any, loss: str, metrics: list[str], task: Task
) -> None:
    activation = "sigmoid" if loss == "binary_crossentropy" else "linear"
    config = load_config(
        {
            "dataset": {"source": {"csv": "films.csv"}, "target": target},
            "architecture": {"layers": [{"Dense": {"units": 2, "activation": activation}}]},
            "loss": loss,
            "metrics": metrics,
        }
    ).config
    assert task_of(config) == task
    assert not is_one_hot(config.loss)
