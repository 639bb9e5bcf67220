from __future__ import annotations

import pytest

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
    ("source", "loss", "layers"),
    [
        ("iris", SPARSE, [SOFTMAX]),
        ("iris", "categorical_crossentropy", [SOFTMAX]),  # the labels are made one-hot
        ("iris", SPARSE_LOGITS, ["Dense: 3"]),
        ("iris", SPARSE_LOGITS, ["Dense: {units: 3, activation: linear}"]),
        ("iris", SPARSE, ["Dense: 3", "Softmax"]),
        ("iris", SPARSE, ["Dense: 3", "Activation: softmax"]),
        ("iris", SPARSE, ["Dense: {units: 3, activation: {Softmax: {axis: -1}}}"]),
        ("breast_cancer", SPARSE, ["Dense: {units: 2, activation: softmax}"]),
        ("breast_cancer", BINARY, [SIGMOID]),
        ("breast_cancer", BINARY, ["Dense: 1", "Activation: sigmoid"]),
        ("breast_cancer", BINARY_LOGITS, ["Dense: 1"]),
        ("diabetes", "mse", ["Dense: 1"]),
        ("diabetes", "huber", ["Dense: {units: 1, activation: relu}"]),
        ("diabetes", "cosine_similarity", ["Dense: 1"]),
        ("iris", SPARSE, ["Dense: 4", "LeakyReLU"]),  # an end that says nothing
        ("iris", SPARSE, ["Flatten"]),
        ("iris", SPARSE, ["Dense: {units: 3, name: a}", "Softmax: {from: a}"]),
        ("mnist", SPARSE, ["Flatten", "Dense: {units: 10, activation: softmax}"]),
    ],
)
def test_experiment_is_accepted_when_loss_and_end_fit(
    source: str, loss: str, layers: list[str]
) -> None:
    assert told(experiment(source, loss, *layers)) == []


LAST = "x.yaml:5:7  architecture.layers[0].Dense: "
ACTIVATION = "x.yaml:5:25  architecture.layers[0].Dense.activation: "


@pytest.mark.parametrize(
    ("source", "loss", "layers", "said"),
    [
        (
            "iris",
            SPARSE_LOGITS,
            [SOFTMAX],
            (
                f"{ACTIVATION}SparseCategoricalCrossentropy with from_logits: true takes raw"
                " outputs, and the last layer applies softmax. Remove softmax, or from_logits."
            ),
        ),
        (
            "iris",
            SPARSE_LOGITS,
            ["Dense: 3", "Softmax"],
            (
                "x.yaml:6:7  architecture.layers[1]: SparseCategoricalCrossentropy with"
                " from_logits: true takes raw outputs, and the last layer applies Softmax."
                " Remove Softmax, or from_logits."
            ),
        ),
        (
            "breast_cancer",
            BINARY_LOGITS,
            [SIGMOID],
            (
                f"{ACTIVATION}BinaryCrossentropy with from_logits: true takes raw outputs, and"
                " the last layer applies sigmoid. Remove sigmoid, or from_logits."
            ),
        ),
        (
            "iris",
            SPARSE,
            ["Dense: 3"],
            (
                f"{LAST}SparseCategoricalCrossentropy takes probabilities, and the last layer"
                " has no activation. Give it `activation: softmax`, or the loss"
                " `from_logits: true`."
            ),
        ),
        (
            "breast_cancer",
            BINARY,
            ["Dense: {units: 1, activation: relu}"],
            (
                f"{ACTIVATION}BinaryCrossentropy takes probabilities, and the last layer has"
                " relu. Give it `activation: sigmoid`, or the loss `from_logits: true`."
            ),
        ),
        (
            "iris",
            SPARSE,
            ["Dense: 3", "Activation: tanh"],
            (
                "x.yaml:6:7  architecture.layers[1].Activation: SparseCategoricalCrossentropy"
                " takes probabilities, and the last layer has tanh. Give it"
                " `activation: softmax`, or the loss `from_logits: true`."
            ),
        ),
        (
            "breast_cancer",
            SPARSE,
            ["Dense: {units: 1, activation: softmax}"],
            (
                f"{ACTIVATION}softmax over one unit is always 1. Use sigmoid with"
                " binary_crossentropy, or one unit a class."
            ),
        ),
        (
            "breast_cancer",
            BINARY,
            ["Dense: 1", "Softmax"],
            (
                "x.yaml:6:7  architecture.layers[1]: softmax over one unit is always 1. Use"
                " sigmoid with binary_crossentropy, or one unit a class."
            ),
        ),
    ],
    ids=[
        *("logits, softmax", "logits, Softmax layer", "logits, sigmoid", "raw", "relu"),
        *("activation layer", "softmax of one", "Softmax layer of one"),
    ],
)
def test_last_activation_is_refused_when_the_loss_takes_another(
    source: str, loss: str, layers: list[str], said: str
) -> None:
    assert told(experiment(source, loss, *layers)) == [said]


def test_sigmoid_for_one_of_several_classes_is_warned_of() -> None:
    assert told(experiment("iris", SPARSE, "Dense: {units: 3, activation: sigmoid}")) == [
        (
            "x.yaml:5:25  warning: architecture.layers[0].Dense.activation:"
            " SparseCategoricalCrossentropy expects probabilities that sum to 1, and sigmoid"
            " gives each class its own. Use softmax."
        )
    ]


def test_softmax_for_a_loss_of_single_units_is_warned_of() -> None:
    text = experiment("breast_cancer", BINARY, "Dense: {units: 2, activation: softmax}")
    assert told(text)[1] == (
        "x.yaml:5:25  warning: architecture.layers[0].Dense.activation: BinaryCrossentropy"
        " judges each unit alone, and softmax ties them together. Use sigmoid, or"
        " sparse_categorical_crossentropy."
    )
