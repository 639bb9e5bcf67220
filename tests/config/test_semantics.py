from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.config import semantics
from dlkit.config.catalogue import load_catalogue
from dlkit.config.facts import expected_data
from dlkit.config.load import check_data
from dlkit.config.yaml_reader import read_yaml

SPARSE = "sparse_categorical_crossentropy"
SPARSE_LOGITS = "{SparseCategoricalCrossentropy: {from_logits: true}}"
BINARY = "binary_crossentropy"
BINARY_LOGITS = "{BinaryCrossentropy: {from_logits: true}}"
SOFTMAX = "Dense: {units: 3, activation: softmax}"
SIGMOID = "Dense: {units: 1, activation: sigmoid}"


def experiment(source: str, loss: str, *layers: str, metrics: str = "[]") -> str:
    """Return a config: its loss in line 2, its layers from line 5 on in column 7."""
    lines = "".join(f"    - {layer}\n" for layer in layers)
    head = f"dataset: {{source: {source}}}\nloss: {loss}\narchitecture:\n  layers:\n"
    return f"{head}{lines}metrics: {metrics}\n"


def told(text: str) -> list[str]:
    """Return everything said about a config, warnings beside errors."""
    source, _ = read_yaml(text, "x.yaml")
    data = {"name": "x", **source.data}
    _, problems = check_data(data, expected_data(data))
    return [str(problem) for problem in source.locate(problems)]


@pytest.mark.parametrize(
    ("source", "loss", "layers", "said"),
    [
        (
            "diabetes",
            BINARY,
            [SIGMOID],
            (
                "2:1  loss: BinaryCrossentropy needs classes, and diabetes has values to"
                " predict. Use mse, mae or huber."
            ),
        ),
        (
            "diabetes",
            SPARSE_LOGITS,
            ["Dense: 3"],
            (
                "2:8  loss.SparseCategoricalCrossentropy: SparseCategoricalCrossentropy needs"
                " classes, and diabetes has values to predict. Use mse, mae or huber."
            ),
        ),
        (
            "iris",
            "categorical_crossentropy",
            ["Dense: {units: 2, activation: softmax}"],
            (
                "5:7  architecture.layers[0].Dense: the labels have 3 classes, and the last"
                " layer has 2 units. Give it 3."
            ),
        ),
        (
            "iris",
            BINARY,
            [SIGMOID],
            (
                "2:1  loss: BinaryCrossentropy is for two classes, and iris has 3."
                " Use sparse_categorical_crossentropy."
            ),
        ),
        (
            "iris",
            "mse",
            ["Dense: 3"],
            (
                "2:1  loss: MeanSquaredError treats the classes of iris as numbers in order."
                " Use sparse_categorical_crossentropy."
            ),
        ),
        (
            "iris",
            "mse",
            ["Dense: 1"],
            (
                "2:1  warning: loss: MeanSquaredError treats the classes of iris as numbers in"
                " order. Use sparse_categorical_crossentropy."
            ),
        ),
        (
            "iris",
            "mae",
            ["Flatten"],
            (
                "2:1  warning: loss: MeanAbsoluteError treats the classes of iris as numbers in"
                " order. Use sparse_categorical_crossentropy."
            ),
        ),
        (
            "iris",
            SPARSE,
            ["Dense: {units: 2, activation: softmax}"],
            (
                "5:7  architecture.layers[0].Dense: the labels have 3 classes, and the last"
                " layer has 2 units. Give it 3."
            ),
        ),
        (
            "iris",
            SPARSE_LOGITS,
            ["Dense: 1"],
            (
                "5:7  architecture.layers[0].Dense: the labels have 3 classes, and the last"
                " layer has 1 unit. Give it 3."
            ),
        ),
        (
            "iris",
            SPARSE_LOGITS,
            ["Dense: 10"],
            (
                "5:7  warning: architecture.layers[0].Dense: the labels have 3 classes, and the"
                " last layer has 10 units. Give it 3."
            ),
        ),
        (
            "breast_cancer",
            BINARY_LOGITS,
            ["Dense: 2"],
            (
                "5:7  architecture.layers[0].Dense: BinaryCrossentropy takes 1 unit for 2"
                " classes, and the last layer has 2 units. Give it 1."
            ),
        ),
        (
            "iris",
            SPARSE,
            ["Dense: 2", "Softmax"],
            (
                "5:7  architecture.layers[0].Dense: the labels have 3 classes, and the last"
                " layer has 2 units. Give it 3."
            ),
        ),
        (
            "diabetes",
            "mse",
            ["Dense: 3"],
            (
                "5:7  architecture.layers[0].Dense: one value is to be predicted, and the last"
                " layer has 3 units. Give it 1."
            ),
        ),
        (
            "diabetes",
            "cosine_similarity",
            ["Dense: 3"],
            (
                "5:7  architecture.layers[0].Dense: one value is to be predicted, and the last"
                " layer has 3 units. Give it 1."
            ),
        ),
    ],
    ids=[
        *("values, binary", "values, sparse", "one-hot", "binary, 3 classes", "mse, 3 units"),
        *("mse, 1 unit", "mae, unknown end", "too few", "one", "too many", "binary, 2 units"),
        *("Softmax layer", "values, 3 units", "neither kind, 3 units"),
    ],
)
def test_loss_and_last_layer_are_judged_by_the_labels(
    source: str, loss: str, layers: list[str], said: str
) -> None:
    assert told(experiment(source, loss, *layers)) == [f"x.yaml:{said}"]


def test_warning_is_told_and_nothing_is_refused(
    warnings_of: Callable[[str], list[str]],
) -> None:
    (said,) = warnings_of(experiment("iris", SPARSE_LOGITS, "Dense: 10"))
    assert said.startswith("x.yaml:5:7  warning: architecture.layers[0].Dense: the labels have")


def test_warning_is_left_out_beside_an_error(faults_of: Callable[..., list[str]]) -> None:
    text = experiment("iris", SPARSE_LOGITS, "Dense: 10", metrics="[auc]")
    (said,) = faults_of(text)
    assert said.startswith("x.yaml:6:11  metrics[0]: auc is for two classes")


@pytest.mark.parametrize("sets", ["CLASSIFICATION", "REGRESSION"])
def test_every_loss_of_the_rules_is_one_of_keras(sets: str) -> None:
    names: Any = getattr(semantics, sets)
    assert [name for name in names if name not in load_catalogue().objects["losses"]] == []
