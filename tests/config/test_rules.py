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

STOPPING = "regularization: {early_stopping: {monitor: %s}}\n"
"""At line 7 behind MINIMAL, its ``monitor`` in column 35."""


@pytest.mark.parametrize("name", NAMED_SETS)
def test_dataset_is_accepted_when_dlkit_knows_it(
    faults_of: Callable[..., list[str]], name: str
) -> None:
    assert faults_of(MINIMAL.replace("iris", name)) == []


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ("source: irs", "11  dataset.source: no dataset is named 'irs'. Did you mean 'iris'?"),
        (
            "source: zzz",
            (
                "11  dataset.source: no dataset is named 'zzz'. Expected one of: breast_cancer,"
                " cifar10, cifar100, diabetes, digits, fashion_mnist, iris, mnist, wine."
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
    said = faults_of(MINIMAL.replace("iris", f"{source}, offline: {offline}"))
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
        ("[{AUC: {name: area}}]", "area"),
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
            "iris",
            "val_accuracy",
            (
                "no metric makes 'val_accuracy'. Expected one of: loss, mae, val_loss, val_mae."
                " Made: loss, mae, val_loss, val_mae."
            ),
        ),
        (
            "iris",
            "val_los",
            (
                "no metric makes 'val_los'. Did you mean 'val_loss'? Made: loss, mae, val_loss,"
                " val_mae."
            ),
        ),
        (
            "iris, validation: 0",
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
    text = f"{MINIMAL.replace('iris', dataset)}{STOPPING % monitor}metrics: [mae]\n"
    place = "x.yaml:7:35  regularization.early_stopping.monitor: "
    assert faults_of(text) == [f"{place}{said}"]


def test_monitor_left_to_its_default_is_checked_too(
    faults_of: Callable[..., list[str]],
) -> None:
    text = MINIMAL.replace("iris", "iris, validation: 0")
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
            f"{MINIMAL.replace('iris', 'iris, validation: -1')}{STOPPING % 'mae'}",
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
            "dataset.source: expected text, received 5.",
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
        ("[{AUC: {name: loss}}]", ["11  metrics[0]: there is a 'loss' already."]),
        ("[auc, AUC]", ["16  metrics[1]: there is a 'auc' already."]),
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


def layers(*entries: str) -> str:
    lines = "".join(f"    - {entry}\n" for entry in entries)
    return f"dataset: {{source: diabetes}}\nloss: mse\narchitecture:\n  layers:\n{lines}"


def test_layer_that_nothing_reads_is_told(faults_of: Callable[..., list[str]]) -> None:
    entries = ("Dense: {units: 3, name: a}", "Dense: {units: 4, from: input}", "Dense: 5")
    (said,) = faults_of(layers(*entries))
    assert said.startswith("x.yaml:5:7  architecture.layers[0].Dense: nothing reads 'a', so")
    assert said.endswith("Name it in a `from:` below, or remove it.")


def test_last_layer_need_not_be_read(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(layers("Dense: 3", "Dense: {units: 4}")) == []


@pytest.mark.parametrize(
    "entries",
    [
        ("Dense: {units: 3, name: a}", "Add: {from: [a, a]}"),
        ("Dense: {units: 3, from: input}", "Dense: 3"),
        ("Dense: 3", "Dense: {units: 3, from: dense_0}"),
        ("Flatten", "Add: {from: [input, flatten_0], name: sum}"),
    ],
    ids=["named", "input", "by place", "both"],
)
def test_layer_may_read_any_layer_before_it(
    faults_of: Callable[..., list[str]], entries: tuple[str, ...]
) -> None:
    assert faults_of(layers(*entries)) == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        (
            ("Dense: {units: 3, name: a}", "Dense: {units: 3, name: a}"),
            "6:25  architecture.layers[1].Dense.name: there is a layer 'a' already.",
        ),
        (
            ("Dense: {units: 3, name: dense_1}", "Dense: 3"),
            "6:7  architecture.layers[1].Dense.name: there is a layer 'dense_1' already.",
        ),
        (
            ("Dense: {units: 3, name: input}",),
            "5:25  architecture.layers[0].Dense.name: there is a layer 'input' already.",
        ),
        (
            ("Dense: {units: 3, from: dense_1}", "Dense: 3"),
            (
                "5:25  architecture.layers[0].Dense.from: no layer before this one is named"
                " 'dense_1'. Expected one of: input."
            ),
        ),
        (
            ("Dense: {units: 3, name: first}", "Add: {from: [first, frist]}"),
            (
                "6:13  architecture.layers[1].Add.from: no layer before this one is"
                " named 'frist'."
                " Did you mean 'first'?"
            ),
        ),
    ],
    ids=["twice", "by place", "input", "later", "misspelt"],
)
def test_layer_graph_is_refused_when_names_clash_or_lead_nowhere(
    faults_of: Callable[..., list[str]], entries: tuple[str, ...], said: str
) -> None:
    assert faults_of(layers(*entries)) == [f"x.yaml:{said}"]


def test_layer_graph_is_not_judged_when_a_layer_is_faulty(
    faults_of: Callable[..., list[str]],
) -> None:
    (said,) = faults_of(layers("Dens: {units: 3, name: a}", "Dense: {units: 3, from: a}"))
    assert said.startswith("x.yaml:5:7  architecture.layers[0].Dens: Keras has no layer")


COSINE = "lr_schedule: {CosineDecay: {decay_steps: 5 epochs%s}}\n"


@pytest.mark.parametrize(
    "sections",
    [
        COSINE % "",
        "optimizer: {Adam: 0.1}\n" + COSINE % "",
        "optimizer: Adam\n" + COSINE % ", initial_learning_rate: 0.1",
        "optimizer: {Adam: {learning_rate: {CosineDecay: [0.1, 100]}}}\n",
    ],
    ids=["alone", "rate", "initial", "inside"],
)
def test_learning_rate_may_be_set_by_one_thing(
    faults_of: Callable[..., list[str]], sections: str
) -> None:
    assert faults_of(MINIMAL + sections) == []


@pytest.mark.parametrize(
    ("optimizer", "initial", "said"),
    [
        (
            "0.1",
            ", initial_learning_rate: 0.2",
            (
                "8:52  lr_schedule.CosineDecay.initial_learning_rate: the optimizer's"
                " learning_rate says the same. Keep one of the two."
            ),
        ),
        (
            "{learning_rate: {CosineDecay: [0.1, 100]}}",
            "",
            (
                "8:1  lr_schedule: CosineDecay is set in the optimizer already."
                " Keep one of the two."
            ),
        ),
    ],
    ids=["rate and initial", "two schedules"],
)
def test_learning_rate_is_refused_when_two_things_set_it(
    faults_of: Callable[..., list[str]], optimizer: str, initial: str, said: str
) -> None:
    text = f"{MINIMAL}optimizer: {{Adam: {optimizer}}}\n{COSINE % initial}"
    assert faults_of(text) == [f"x.yaml:{said}"]


@pytest.mark.parametrize(
    ("optimizer", "initial", "said"),
    [
        ("{Adam: {learning_rate: 0.1, zzz: 1}}", ", initial_learning_rate: 0.2", "7:40  "),
        ("{Adam: 0.1}", ", initial_learning_rate: 0.2, zzz: 1", "8:80  "),
    ],
    ids=["optimizer", "schedule"],
)
def test_learning_rate_is_not_judged_when_a_part_is_faulty(
    faults_of: Callable[..., list[str]], optimizer: str, initial: str, said: str
) -> None:
    (problem,) = faults_of(f"{MINIMAL}optimizer: {optimizer}\n{COSINE % initial}")
    assert problem.startswith(f"x.yaml:{said}")
    assert "has no argument 'zzz'" in problem
