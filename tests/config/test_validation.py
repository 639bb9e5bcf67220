from __future__ import annotations

from collections.abc import Callable

import pytest

from dlkit.config.validation import overlaps
from dlkit.errors import Path

MINIMAL = """\
dataset: {source: diabetes}
architecture:
  layers:
    - Dense: 1
loss: mse
"""

PATTERN = "expected letters, digits, dots, dashes or underscores (at most 100)"


def test_minimal_config_has_no_faults(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(MINIMAL) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("seed: -1", "1  seed: expected at least 0, received -1."),
        (
            "seed: 2147483648",
            "1  seed: expected less than 2147483648, received 2147483648.",
        ),
        ("seed: true", "1  seed: expected an integer, received true."),
        ("seed: 1.5", "1  seed: expected an integer, received 1.5."),
        ('seed: "1"', "1  seed: expected an integer, received '1' (text)."),
        ("name: a/b", f"1  name: {PATTERN}, received 'a/b' (text)."),
        ("name: ../up", f"1  name: {PATTERN}, received '../up' (text)."),
        ('name: "a\\n"', f"1  name: {PATTERN}, received 'a\\n' (text)."),
        ("name: 2024", "1  name: expected text, received 2024."),
        ("name:", "1  name: expected text, received nothing."),
        ("training: 5", "1  training: expected a mapping of keys, received 5."),
        ("training:", "1  training: expected a mapping of keys, received nothing."),
        ("training: {epochs: 0}", "12  training.epochs: expected at least 1, received 0."),
        ("training: {epochs: ten}", "12  training.epochs: expected an integer, received 'ten'"),
        ("training: {batch_size: -8}", "12  training.batch_size: expected at least 1, "),
        (
            "training: {loop: tap}",
            (
                "12  training.loop: expected 'auto', 'tape' or 'fit', received 'tap' (text)."
                " Did you mean 'tape'?"
            ),
        ),
        (
            "training: {loop: zzz}",
            "12  training.loop: expected 'auto', 'tape' or 'fit', received 'zzz' (text).",
        ),
        ("training: {loop: [fit]}", "12  training.loop: expected 'auto', 'tape' or 'fit', "),
        (
            "training: {callbacks: {History: {}}}",
            "12  training.callbacks: expected a list, received a mapping {'History': {}}.",
        ),
        ("metrics: {mae: {}}", "1  metrics: expected a list, received a mapping {'mae': {}}."),
        ("metrics:", "1  metrics: expected a list, received nothing."),
        ("metrics: [mae, 5]", "16  metrics[1]: expected the name of a metric, received 5."),
        ("optimizer:", "1  optimizer: expected the name of an optimizer, received nothing."),
        ("optimizer: 5", "1  optimizer: expected the name of an optimizer, received 5."),
        (
            "lr_schedule: 5",
            "1  lr_schedule: expected the name of a learning-rate schedule, received 5.",
        ),
        (
            "regularization: {l2: -1}",
            "18  regularization.l2: expected at least 0, received -1.",
        ),
        (
            "regularization: {l1: .inf}",
            "18  regularization.l1: expected a finite number, received inf.",
        ),
        (
            "regularization: {l2: .nan}",
            "18  regularization.l2: expected a finite number, received nan.",
        ),
        (
            "regularization: {l2: '0.1'}",
            "18  regularization.l2: expected a number, received '0.1' (text).",
        ),
        (
            "regularization: {early_stopping: true}",
            "18  regularization.early_stopping: expected a mapping of keys, received true.",
        ),
        (
            "regularization: {early_stopping: {patience: 0}}",
            "35  regularization.early_stopping.patience: expected at least 1, received 0.",
        ),
        (
            "regularization: {early_stopping: {restore_best: yes}}",
            (
                "35  regularization.early_stopping.restore_best: expected true or"
                " false, received"
                " 'yes' (text)."
            ),
        ),
    ],
)
def test_value_is_refused_at_its_place(
    faults_of: Callable[..., list[str]], line: str, said: str
) -> None:
    (problem,) = faults_of(f"{MINIMAL}{line}\n")
    assert problem.startswith(f"x.yaml:6:{said}")


@pytest.mark.parametrize(
    "line",
    [
        "seed: 0",
        "seed: 2147483647",
        "name: a.b-c_D9",
        "metrics: mae",
        "metrics: []",
        "lr_schedule:",
        "training: {epochs: 1, batch_size: 1, loop: fit, callbacks: TerminateOnNaN}",
        "regularization: {l1: 0, l2: 1/1000}",
        "regularization: {l2: 1e-4, early_stopping: {monitor: loss, min_delta: 1/100}}",
        "regularization: {early_stopping:}",
    ],
)
def test_value_is_accepted(faults_of: Callable[..., list[str]], line: str) -> None:
    assert faults_of(f"{MINIMAL}{line}\n") == []


@pytest.mark.parametrize(
    ("share", "received"),
    [
        ("1.5", "1.5"),
        ("-0.1", "-0.1"),
        ("-5", "-5"),
        ("10%", "'10%' (text)"),
        ("'0,1'", "'0,1' (text)"),
        (".inf", "inf"),
        (".nan", "nan"),
        ("1/0", "'1/0' (text)"),
        ("3/2", "'3/2' (text)"),
    ],
)
def test_share_is_refused_when_it_is_neither_fraction_nor_count(
    faults_of: Callable[..., list[str]], share: str, received: str
) -> None:
    text = MINIMAL.replace("diabetes", f"diabetes, validation: {share}")
    assert faults_of(text) == [
        (
            "x.yaml:1:29  dataset.validation: expected a fraction between 0 and 1, or a count,"
            f" received {received}."
        )
    ]


@pytest.mark.parametrize(
    ("part", "received"),
    [("true", "true"), ("[0.1]", "a list [0.1]"), ("", "nothing")],
)
def test_part_is_refused_when_it_is_none(
    faults_of: Callable[..., list[str]], part: str, received: str
) -> None:
    text = MINIMAL.replace("diabetes", f"diabetes, validation: {part}")
    assert faults_of(text) == [
        (
            "x.yaml:1:29  dataset.validation: expected a fraction between 0 and 1, a count, a"
            f" file or `{{column: name, value: text}}`, received {received}."
        )
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("epochs: 3", "1  epochs: unknown key. It belongs under 'training'."),
        ("validation: 3", "1  validation: unknown key. It belongs under 'dataset'."),
        (
            "zzz: 3",
            (
                "1  zzz: unknown key. Expected one of: architecture, dataset, initial_weights,"
                " loss, lr_schedule, metrics, name, optimizer, outputs, regularization, repeat,"
                " report, seed, sweep, training."
            ),
        ),
        (
            "loss_weights: {a: 1}",
            (
                "1  loss_weights: unknown key. Write it as the `weight` of each output:"
                " `outputs: {NAME: {loss: mse, weight: 0.3}}`."
            ),
        ),
        ("optimiser: Adam", "1  optimiser: unknown key. Did you mean 'optimizer'?"),
        ("Seed: 3", "1  Seed: unknown key. Did you mean 'seed'?"),
        (
            "training: {epoch: 3}",
            "12  training.epoch: unknown key. Did you mean 'epochs'?",
        ),
        (
            "training: {momentum: 3}",
            "12  training.momentum: unknown key. `dlkit describe training` lists its keys.",
        ),
        (
            "training: {early_stopping: {}}",
            "12  training.early_stopping: unknown key. It belongs under 'regularization'.",
        ),
        (
            "regularization: {early_stopping: {l2: 1}}",
            (
                "35  regularization.early_stopping.l2: unknown key. Expected one of: min_delta,"
                " mode, monitor, patience, restore_best."
            ),
        ),
        (
            "regularization: {early_stopping: {patence: 3}}",
            "35  regularization.early_stopping.patence: unknown key. Did you mean 'patience'?",
        ),
    ],
)
def test_unknown_key_is_answered_with_where_it_belongs(
    faults_of: Callable[..., list[str]], line: str, said: str
) -> None:
    assert faults_of(f"{MINIMAL}{line}\n") == [f"x.yaml:6:{said}"]


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        (
            "dataset",
            "architecture: {layers: [Flatten]}\nloss: mse\n",
            "`dataset: {source: mnist}`",
        ),
        (
            "architecture",
            "dataset: {source: diabetes}\nloss: mse\n",
            "`architecture: {layers: [...]}`",
        ),
        (
            "loss",
            "dataset: {source: diabetes}\narchitecture: {layers: [Flatten]}\n",
            "`loss: sparse_categorical_crossentropy` or another of Keras's losses",
        ),
    ],
    ids=["dataset", "architecture", "loss"],
)
def test_missing_section_is_shown_by_an_example(
    faults_of: Callable[..., list[str]], key: str, text: str, said: str
) -> None:
    assert faults_of(text) == [f"x.yaml  {key}: missing. Expected {said}."]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "dataset: {validation: 0.1}\narchitecture: {layers: [Flatten]}\nloss: mse\n",
            "x.yaml:1:1  dataset.source: missing. Expected `source: mnist`.",
        ),
        (
            "dataset: {source: diabetes}\narchitecture: {}\nloss: mse\n",
            "x.yaml:2:1  architecture.layers: missing. Expected `layers:` and a list below it.",
        ),
        (
            "dataset: {source: diabetes}\narchitecture: {layers: []}\nloss: mse\n",
            (
                "x.yaml:2:16  architecture.layers: expected at least one entry, received a"
                " list []."
            ),
        ),
        (
            "dataset: {source: diabetes}\narchitecture: [Flatten]\nloss: mse\n",
            (
                "x.yaml:2:1  architecture: expected a mapping of keys, received a list"
                " ['Flatten']. Example: `architecture: {layers: [...]}`."
            ),
        ),
        (
            "dataset: diabetes\narchitecture: {layers: [Flatten]}\nloss: mse\n",
            (
                "x.yaml:1:1  dataset: expected a mapping of keys, received 'diabetes' (text)."
                " Example: `dataset: {source: mnist}`."
            ),
        ),
        (
            "dataset: {source: diabetes}\narchitecture: {layers: [Flatten]}\nloss:\n",
            "x.yaml:3:1  loss: expected the name of a loss, received nothing.",
        ),
    ],
    ids=["source", "layers", "no entries", "list", "text", "blank loss"],
)
def test_section_is_refused_when_it_lacks_what_it_is_for(
    faults_of: Callable[..., list[str]], text: str, said: str
) -> None:
    assert faults_of(text) == [said]


def test_what_stands_in_a_misspelt_section_is_checked_too(
    faults_of: Callable[..., list[str]],
) -> None:
    text = f"{MINIMAL}trainng:\n  epochs: 0\n  batch_siz: 8\noptimiser: {{Adm: 1}}\n"
    assert faults_of(text) == [
        "x.yaml:6:1  trainng: unknown key. Did you mean 'training'?",
        "x.yaml:7:3  training.epochs: expected at least 1, received 0.",
        "x.yaml:8:3  training.batch_siz: unknown key. Did you mean 'batch_size'?",
        "x.yaml:9:1  optimiser: unknown key. Did you mean 'optimizer'?",
        "x.yaml:9:13  optimizer.Adm: Keras has no optimizer 'Adm'. Did you mean 'Adam'?",
    ]


def test_misspelt_section_does_not_replace_the_right_one(
    faults_of: Callable[..., list[str]],
) -> None:
    text = f"{MINIMAL}trainng: {{epochs: 0}}\ntraining: {{batch_size: 0}}\n"
    assert faults_of(text) == [
        "x.yaml:6:1  trainng: unknown key. Did you mean 'training'?",
        "x.yaml:7:12  training.batch_size: expected at least 1, received 0.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            MINIMAL.replace("loss:", "los:"),
            "x.yaml:5:1  los: unknown key. Did you mean 'loss'?",
        ),
        (
            MINIMAL.replace("source", "soruce"),
            "x.yaml:1:11  dataset.soruce: unknown key. Did you mean 'source'?",
        ),
        (
            MINIMAL.replace("layers", "layer"),
            "x.yaml:3:3  architecture.layer: unknown key. Did you mean 'layers'?",
        ),
        (
            MINIMAL.replace("Dense", "Dens"),
            (
                "x.yaml:4:7  architecture.layers[0].Dens: Keras has no layer 'Dens'."
                " Did you mean 'Dense'?"
            ),
        ),
        (
            MINIMAL.replace("mse", "mse2"),
            "x.yaml:5:1  loss: Keras has no loss 'mse2'. Did you mean 'mse'?",
        ),
    ],
    ids=["section", "source", "layers", "only layer", "loss"],
)
def test_fault_is_told_without_those_that_follow_from_it(
    faults_of: Callable[..., list[str]], text: str, said: str
) -> None:
    assert faults_of(text) == [said]


def test_all_faults_come_in_one_go_and_in_reading_order(
    faults_of: Callable[..., list[str]],
) -> None:
    text = """\
training:
  epochs: none
architecture:
  layers:
    - Dense: {unit: 3}
    - Dropout: much
    - relu6
loss: mse
loss: mae
dataset: {source: mnst, validation: 2.5}
metrics: [mae, mae]
name: !!str x
"""
    assert faults_of(text) == [
        "x.yaml:2:3  training.epochs: expected an integer, received 'none' (text).",
        (
            "x.yaml:5:15  architecture.layers[0].Dense.unit: Dense has no argument 'unit'."
            " Did you mean 'units'?"
        ),
        (
            "x.yaml:6:7  architecture.layers[1].Dropout: expected a number, received 'much'"
            " (text)."
        ),
        "x.yaml:7:7  architecture.layers[2]: Keras has no layer 'relu6'. Did you mean 'ReLU'?",
        "x.yaml:9:1  loss: given twice, first in line 8. Keep one.",
        (
            "x.yaml:10:11  dataset.source: there is no source of data 'mnst'. Did you mean"
            " 'mnist'?"
        ),
        (
            "x.yaml:10:25  dataset.validation: expected a fraction between 0 and 1, or a count,"
            " received 2.5."
        ),
        "x.yaml:11:16  metrics[1]: there is a 'mae' already. Remove one, or give it a `name:`.",
        "x.yaml:12:7  tags are not accepted, received '!!str'. Remove it.",
    ]


@pytest.mark.parametrize(
    ("path", "others", "answer"),
    [
        (("a",), {("a",)}, True),
        (("a", "b"), {("a",)}, True),
        (("a",), {("a", "b")}, True),
        (("a", "b"), {("a", "c")}, False),
        (("ab",), {("a",)}, False),
        (("a",), set(), False),
    ],
    ids=["same", "inside", "around", "beside", "prefix of a word", "none"],
)
def test_overlap_is_to_be_to_contain_or_to_lie_inside(
    path: Path, others: set[Path], answer: bool
) -> None:
    assert overlaps(path, others) is answer
