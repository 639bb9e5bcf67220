from __future__ import annotations

from collections.abc import Callable

import pytest

from dlkit.config import semantics
from dlkit.config.catalogue import load_catalogue

ENDS = {
    "diabetes": ("mse", "Dense: 1"),
    "iris": ("sparse_categorical_crossentropy", "Dense: {units: 3, activation: softmax}"),
    "breast_cancer": ("binary_crossentropy", "Dense: {units: 1, activation: sigmoid}"),
}


def experiment(source: str, metrics: str, *before: str) -> str:
    """Return a config: its metrics in line 2 from column 11, its layers from line 6 on."""
    loss, last = ENDS.get(source, ENDS["iris"])
    lines = "".join(f"    - {layer}\n" for layer in (*before, last))
    head = f"dataset: {{source: {source}}}\nmetrics: [{metrics}]\nloss: {loss}\n"
    return f"{head}architecture:\n  layers:\n{lines}"


@pytest.mark.parametrize(
    ("source", "metrics"),
    [
        ("diabetes", "mae, mse, R2Score, RootMeanSquaredError"),
        ("iris", "accuracy, SparseCategoricalAccuracy, SparseTopKCategoricalAccuracy"),
        ("iris", "acc, SparseCategoricalCrossentropy"),
        ("breast_cancer", "accuracy, AUC, Precision, Recall, BinaryAccuracy"),
        ("breast_cancer", "BinaryCrossentropy"),
    ],
)
def test_metric_is_accepted_when_the_labels_fit(
    faults_of: Callable[..., list[str]], source: str, metrics: str
) -> None:
    assert faults_of(experiment(source, metrics)) == []


@pytest.mark.parametrize(
    "metric",
    [
        *("accuracy", "acc", "BinaryAccuracy", "CategoricalAccuracy"),
        *("SparseCategoricalAccuracy", "TopKCategoricalAccuracy", "AUC", "Precision"),
        *("SparseTopKCategoricalAccuracy", "Recall", "F1Score", "bce"),
    ],
)
def test_metric_is_refused_when_it_needs_classes_and_there_are_none(
    faults_of: Callable[..., list[str]], metric: str
) -> None:
    assert faults_of(experiment("diabetes", metric)) == [
        (
            f"x.yaml:2:11  metrics[0]: {metric} needs classes, and diabetes has values to"
            " predict. Use mae, mse or R2Score."
        )
    ]


@pytest.mark.parametrize("source", ["iris", "breast_cancer"])
@pytest.mark.parametrize(
    ("metric", "better"),
    [
        ("CategoricalAccuracy", "SparseCategoricalAccuracy"),
        ("TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy"),
        ("CategoricalCrossentropy", "SparseCategoricalCrossentropy"),
    ],
)
def test_metric_is_refused_when_it_needs_one_hot_labels(
    faults_of: Callable[..., list[str]], source: str, metric: str, better: str
) -> None:
    assert faults_of(experiment(source, f"accuracy, {metric}")) == [
        (
            f"x.yaml:2:21  metrics[1]: {metric} needs one-hot labels, and those of {source} are"
            f" integers. Use {better}."
        )
    ]
    assert load_catalogue().find("metrics", better)


@pytest.mark.parametrize(
    "metric", ["BinaryAccuracy", "bce", "AUC", "auc", "Precision", "Recall"]
)
def test_metric_is_refused_when_it_is_for_two_classes_and_there_are_more(
    faults_of: Callable[..., list[str]], metric: str
) -> None:
    assert faults_of(experiment("iris", metric)) == [
        f"x.yaml:2:11  metrics[0]: {metric} is for two classes, and iris has 3. Use accuracy."
    ]


def test_every_metric_is_judged(faults_of: Callable[..., list[str]]) -> None:
    said = faults_of(experiment("iris", "AUC, accuracy, Recall"))
    assert [line[: line.index(" is for")] for line in said] == [
        "x.yaml:2:11  metrics[0]: AUC",
        "x.yaml:2:26  metrics[2]: Recall",
    ]


@pytest.mark.parametrize("sets", ["CLASS_METRICS", "ONE_HOT_METRICS", "BINARY_METRICS"])
def test_every_metric_of_the_rules_is_one_of_keras(sets: str) -> None:
    catalogue = load_catalogue()
    found = {name: catalogue.find("metrics", name) for name in getattr(semantics, sets)}
    assert [name for name, entry in found.items() if not entry or entry.name != name] == []


SOFTMAX = "Dense: {units: 8, activation: softmax}"


@pytest.mark.parametrize(
    ("before", "place"),
    [
        ([SOFTMAX], "6:25  warning: architecture.layers[0].Dense.activation"),
        (
            ["Flatten", "Dense: {units: 8, activation: {softmax:}}"],
            "7:38  warning: architecture.layers[1].Dense.activation.softmax",
        ),
    ],
    ids=["text", "object"],
)
def test_softmax_in_a_hidden_layer_is_warned_of(
    warnings_of: Callable[[str], list[str]], before: list[str], place: str
) -> None:
    assert warnings_of(experiment("iris", "", *before)) == [
        (
            f"x.yaml:{place}: softmax in a hidden layer lets few units through. Use relu,"
            " unless it is meant."
        )
    ]


def test_softmax_in_a_block_is_warned_of_once(
    warnings_of: Callable[[str], list[str]],
) -> None:
    text = experiment("iris", "", "b", "b")
    block = f"  blocks: {{b: {{layers: [{SOFTMAX}]}}}}\n"
    (said,) = warnings_of(text.replace("  layers:\n", f"{block}  layers:\n"))
    assert said.startswith("x.yaml:5:43  warning: architecture.blocks.b.layers[0].Dense.activ")


@pytest.mark.parametrize(
    "before",
    [
        ["Dense: {units: 8, activation: relu}"],
        ["Dense: 8", "Softmax"],
        ["Dense: 8", "Activation: softmax"],
        ["Reshape: [[2, 2]]", "Conv1D: {filters: 2, kernel_size: 1, activation: softmax}"],
    ],
    ids=["relu", "layer", "activation layer", "not Dense"],
)
def test_hidden_layer_is_accepted_when_it_means_its_softmax_or_has_none(
    warnings_of: Callable[[str], list[str]], before: list[str]
) -> None:
    assert warnings_of(experiment("iris", "", *before)) == []


@pytest.mark.parametrize(
    ("loss", "last", "metrics"),
    [
        ("mse", "Dense: 3", "accuracy"),
        ("binary_crossentropy", "Dense: {units: 1, activation: sigmoid}", "AUC"),
        ("categorical_crossentropy", "Dense: {units: 2, activation: softmax}", "F1Score"),
    ],
)
def test_nothing_is_judged_by_the_labels_when_the_dataset_is_unknown(
    faults_of: Callable[..., list[str]], loss: str, last: str, metrics: str
) -> None:
    text = (
        experiment("irs", metrics).replace(ENDS["iris"][0], loss).replace(ENDS["iris"][1], last)
    )
    assert faults_of(text) == [
        "x.yaml:1:11  dataset.source: there is no source of data 'irs'. Did you mean 'iris'?"
    ]


@pytest.mark.parametrize(
    ("old", "new", "only"),
    [
        ("sparse_categorical_crossentropy", "msse", "3:1  loss: Keras has no loss 'msse'"),
        ("units: 3", "unit: 2", "6:15  architecture.layers[0].Dense.unit: Dense has no"),
        ("[accuracy]", "[AUC, acuracy]", "2:16  metrics[1]: Keras has no metric 'acuracy'"),
        ("dataset: {source: iris}", "dataset: 5", "1:1  dataset: expected a mapping"),
    ],
    ids=["loss", "layer", "metric", "dataset"],
)
def test_nothing_is_judged_that_depends_on_what_is_faulty(
    faults_of: Callable[..., list[str]], old: str, new: str, only: str
) -> None:
    text = experiment("iris", "accuracy")
    assert old in text
    (said,) = faults_of(text.replace(old, new))
    assert said.startswith(f"x.yaml:{only}")
