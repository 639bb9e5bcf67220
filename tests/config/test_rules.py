from __future__ import annotations

from collections.abc import Callable

import pytest

from dlkit.config.datasets import NAMED_SETS

MINIMAL = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Flatten
    - Dense: 1
loss: mse
"""

CLASSES = {
    "mnist": 10,
    "fashion_mnist": 10,
    "cifar10": 10,
    "cifar100": 100,
    "digits": 10,
    "iris": 3,
    "wine": 3,
    "breast_cancer": 2,
    "diabetes": 0,
    "imdb": 2,
    "reuters": 46,
    "california_housing": 0,
    "boston_housing": 0,
}
"""Each dataset's number of classes; 0 has values to predict."""


def fitting(source: str, more: str = "") -> str:
    """Return a config whose last layer and loss fit a dataset."""
    units = CLASSES[source]
    if not units:
        return MINIMAL.replace("diabetes", source + more)
    return (
        f"dataset: {{source: {source}{more}}}\n"
        f"architecture: {{layers: [Flatten, Dense: {{units: {units}, activation: softmax}}]}}\n"
        "loss: sparse_categorical_crossentropy\n"
    )


STOPPING = "regularization: {early_stopping: {monitor: %s}}\n"
"""At line 7 behind MINIMAL, its ``monitor`` in column 35."""


@pytest.mark.parametrize("name", NAMED_SETS)
def test_dataset_is_accepted_when_dlkit_knows_it(
    faults_of: Callable[..., list[str]], name: str
) -> None:
    assert faults_of(fitting(name)) == []


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        (
            "source: irs",
            "11  dataset.source: there is no source of data 'irs'. Did you mean 'iris'?",
        ),
        (
            "source: zzz",
            (
                "11  dataset.source: there is no source of data 'zzz'."
                " `dlkit describe` lists them."
            ),
        ),
        (
            "source: mnist, offline: digit",
            "26  dataset.offline: no dataset is named 'digit'. Did you mean 'digits'?",
        ),
        (
            "source: mnist, offline: iris",
            (
                "26  dataset.offline: 'iris' cannot stand in for 'mnist': flowers by 4 lengths"
                " instead of handwritten digits, 28x28 gray. A stand-in needs the same"
                " inputs and"
                " as many classes."
            ),
        ),
    ],
    ids=["near", "far", "offline", "unlike"],
)
def test_dataset_is_refused_when_unknown_or_unlike(
    faults_of: Callable[..., list[str]], dataset: str, said: str
) -> None:
    assert faults_of(MINIMAL.replace("source: diabetes", dataset)) == [f"x.yaml:1:{said}"]


@pytest.mark.parametrize(
    ("source", "offline", "alike"),
    [
        ("mnist", "digits", True),
        ("mnist", "fashion_mnist", True),
        ("cifar10", "digits", True),
        ("iris", "iris", True),
        ("cifar100", "cifar10", False),
        ("iris", "wine", False),
        ("diabetes", "digits", False),
        ("breast_cancer", "diabetes", False),
    ],
)
def test_stand_in_has_the_same_inputs_and_classes(
    faults_of: Callable[..., list[str]], source: str, offline: str, alike: bool
) -> None:
    said = faults_of(fitting(source, f", offline: {offline}"))
    assert [f"{offline!r} cannot stand in for {source!r}" in text for text in said] == (
        [] if alike else [True]
    )


@pytest.mark.parametrize(
    ("metrics", "monitor"),
    [
        ("[]", "loss"),
        ("[]", "val_loss"),
        ("[mae]", "mae"),
        ("[mae]", "val_mae"),
        ("[MeanAbsoluteError]", "val_mean_absolute_error"),
        ("[{RootMeanSquaredError: {name: area}}]", "area"),
    ],
)
def test_monitor_is_accepted_when_training_makes_it(
    faults_of: Callable[..., list[str]], metrics: str, monitor: str
) -> None:
    assert faults_of(f"{MINIMAL}{STOPPING % monitor}metrics: {metrics}\n") == []


@pytest.mark.parametrize(
    ("dataset", "monitor", "said"),
    [
        (
            "diabetes",
            "val_accuracy",
            "no metric makes 'val_accuracy'. Made: loss, mae, val_loss, val_mae.",
        ),
        (
            "diabetes",
            "val_los",
            (
                "no metric makes 'val_los'. Did you mean 'val_loss'? Made: loss, mae, val_loss,"
                " val_mae."
            ),
        ),
        (
            "diabetes, validation: 0",
            "val_loss",
            (
                "'val_loss' needs validation data, and dataset.validation is 0."
                " Expected one of: loss, mae."
            ),
        ),
    ],
    ids=["far", "near", "no validation"],
)
def test_monitor_is_refused_when_nothing_makes_it(
    faults_of: Callable[..., list[str]], dataset: str, monitor: str, said: str
) -> None:
    text = f"{MINIMAL.replace('diabetes', dataset)}{STOPPING % monitor}metrics: [mae]\n"
    place = "x.yaml:7:35  regularization.early_stopping.monitor: "
    assert faults_of(text) == [f"{place}{said}"]


def test_monitor_left_to_its_default_is_checked_too(
    faults_of: Callable[..., list[str]],
) -> None:
    text = MINIMAL.replace("diabetes", "diabetes, validation: 0")
    assert faults_of(f"{text}regularization: {{early_stopping: {{}}}}\n") == [
        (
            "x.yaml:7:18  regularization.early_stopping.monitor: 'val_loss' needs"
            " validation data,"
            " and dataset.validation is 0. Expected one of: loss."
        )
    ]


@pytest.mark.parametrize(
    ("text", "only"),
    [
        (f"{MINIMAL}{STOPPING % 'val_mae'}metrics: [mea]\n", "Keras has no metric 'mea'"),
        (
            f"{MINIMAL.replace('diabetes', 'diabetes, validation: -1')}{STOPPING % 'mae'}",
            "dataset.validation: expected a fraction",
        ),
        (
            f"{MINIMAL}{(STOPPING % 'mae').replace('monitor', 'patience: 0, monitor')}",
            "early_stopping.patience: expected at least 1",
        ),
        (
            f"{MINIMAL.replace('source: diabetes', 'validation: 0.2')}{STOPPING % 'mae'}",
            "dataset.source: missing",
        ),
        (
            f"{MINIMAL.replace('source: diabetes', 'source: 5')}{STOPPING % 'mae'}",
            "dataset.source: expected the name of a source of data, received 5. `dlkit",
        ),
        (
            f"{MINIMAL.replace('source:', 'souce:')}{STOPPING % 'mae'}",
            "dataset.souce: unknown key.",
        ),
        (
            f"{MINIMAL.replace('dataset:', 'zzz:')}{STOPPING % 'mae'}dataset: 5\n",
            "dataset: expected a mapping",
        ),
    ],
    ids=["metrics", "validation", "stopping", "no source", "source", "misspelt", "dataset"],
)
def test_monitor_is_not_judged_when_what_it_depends_on_is_faulty(
    faults_of: Callable[..., list[str]], text: str, only: str
) -> None:
    said = [line for line in faults_of(text) if "zzz: unknown key" not in line]
    assert len(said) == 1
    assert only in said[0]


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        ("[mae, mse]", []),
        ("[mae, {mae: {name: mae2}}]", []),
        ("[mae, MeanAbsoluteError]", []),  # their columns differ, as in Keras
        ("[mae, mse, mae]", ["21  metrics[2]: there is a 'mae' already."]),
        ("[{mae: {name: loss}}]", ["11  metrics[0]: there is a 'loss' already."]),
        ("[r2_score, R2Score]", ["21  metrics[1]: there is a 'r2_score' already."]),
    ],
)
def test_metric_needs_a_column_of_its_own(
    faults_of: Callable[..., list[str]], metrics: str, said: list[str]
) -> None:
    hint = " Remove one, or give it a `name:`."
    assert faults_of(f"{MINIMAL}metrics: {metrics}\n") == [f"x.yaml:7:{s}{hint}" for s in said]


def test_metric_names_are_not_compared_when_one_is_faulty(
    faults_of: Callable[..., list[str]],
) -> None:
    (said,) = faults_of(f"{MINIMAL}metrics: [mae, mae, zzz]\n")
    assert said.startswith("x.yaml:7:21  metrics[2]: Keras has no metric 'zzz'.")
