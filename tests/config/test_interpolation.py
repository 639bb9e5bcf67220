from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.config.interpolation import has_reference, interpolate
from dlkit.config.load import load_config
from dlkit.config.yaml_reader import read_yaml

FACTS = {"dataset.num_classes": 3, "dataset.input_shape": [4, 5], "training.total_steps": None}

IRIS = """\
dataset: {source: iris}
loss: sparse_categorical_crossentropy
architecture:
  layers:
    - Dense: {units: "${dataset.num_classes}", activation: softmax}
"""


def replaced(text: str) -> dict[str, Any]:
    data, problems = interpolate(read_yaml(text, "x.yaml")[0].data, FACTS)
    assert problems == []
    return data


def faults(text: str) -> list[str]:
    return list(map(str, interpolate(read_yaml(text, "x.yaml")[0].data, FACTS)[1]))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("0.5", 0.5),
        ("true", True),
        ("text", "text"),
        ("'5'", "5"),
        ("", None),
        ("[1, {b: 2}]", [1, {"b": 2}]),
        ("{b: [1]}", {"b": [1]}),
    ],
    ids=["int", "float", "bool", "text", "digits", "nothing", "list", "mapping"],
)
def test_whole_value_keeps_the_type_of_what_it_refers_to(written: str, value: Any) -> None:
    result = replaced(f'a: {written}\nz: "${{a}}"\n')["z"]
    assert (type(result), result) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("run_${a.b}", "run_7"),
        ("${a.b}${a.b}", "77"),
        ("${a.b} and ${a.c}", "7 and x"),
        ("${dataset.num_classes} classes", "3 classes"),
        ("${ a.b }", 7),
        ("costs $5 {a.b} $a", "costs $5 {a.b} $a"),
    ],
    ids=["behind", "twice", "two", "fact", "spaces", "no reference"],
)
def test_reference_inside_a_text_is_written_into_it(text: str, value: Any) -> None:
    assert replaced(f'a: {{b: 7, c: x}}\nz: "{text}"\n')["z"] == value


def test_reference_is_followed_along_a_chain() -> None:
    data = replaced('a: "${b}"\nb: "n${c.d}"\nc: {d: "${e}"}\ne: 7\n')
    assert data == {"a": "n7", "b": "n7", "c": {"d": 7}, "e": 7}


@pytest.mark.parametrize(
    ("name", "value"), [("a[1]", "y"), ("a[2].b", 7), ("a[2].c[0]", 8), ("a", ["x", "y"])]
)
def test_reference_leads_into_a_list(name: str, value: Any) -> None:
    items = "x, y" if name == "a" else "x, y, {b: 7, c: [8]}"
    assert replaced(f'a: [{items}]\nz: ["${{{name}}}"]\n')["z"] == [value]


def test_reference_to_a_mapping_brings_it_with_its_references_replaced() -> None:
    assert replaced('a: {b: "${c}"}\nc: 7\nz: "${a}"\n')["z"] == {"b": 7}


def test_reference_to_a_value_of_its_own_section_is_fine() -> None:
    assert replaced('a: {b: 7, c: "${a.b}"}\n')["a"] == {"b": 7, "c": 7}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${dataset.num_classes}", 3),
        ("${dataset.input_shape}", [4, 5]),
        ("${training.total_steps}", "${training.total_steps}"),
        ("for ${training.total_steps}", "for ${training.total_steps}"),
    ],
    ids=["number", "list", "not known yet", "not known yet inside"],
)
def test_fact_is_a_value_that_nobody_writes(text: str, value: Any) -> None:
    assert replaced(f'z: "{text}"\n') == {"z": value}


def test_data_of_the_caller_is_left_as_it_was() -> None:
    data = {"a": {"b": 7}, "z": ["${a}"]}
    assert interpolate(data, FACTS)[0] == {"a": {"b": 7}, "z": [{"b": 7}]}
    assert data == {"a": {"b": 7}, "z": ["${a}"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a: "${a}"', ["a: refers to itself: a -> a."]),
        ('a: "x${a}"', ["a: refers to itself: a -> a."]),
        (
            'a: "${b}"\nb: ["${a}"]',
            [
                "a: refers to itself: a -> b[0] -> a.",
                "b[0]: refers to itself: b[0] -> a -> b[0].",
            ],
        ),
        (
            'z: "${a}"\na: "${b}"\nb: "${a}"',
            [
                "a: refers to itself: a -> b -> a.",
                "b: refers to itself: b -> a -> b.",
            ],
        ),
        ('a: {b: "${a}"}', ["a.b: refers to 'a', which contains it."]),
        ('a: {b: [1, "${a.b}"]}', ["a.b[1]: refers to 'a.b', which contains it."]),
        (
            'a: {b: "${c}"}\nc: "${a}"',
            [
                "a.b: refers to itself: a.b -> c -> a.b.",
                "c: refers to itself: c -> a.b -> c.",
            ],
        ),
    ],
    ids=["itself", "inside", "two", "from outside", "section", "list", "section and back"],
)
def test_reference_is_refused_when_it_leads_back(text: str, said: list[str]) -> None:
    assert faults(text) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "training.epoch",
            "nothing is named 'training.epoch'. Did you mean 'training.epochs'?",
        ),
        (
            "dataset.classes",
            "nothing is named 'dataset.classes'. Did you mean 'dataset.num_classes'?",
        ),
        ("loss[0]", "nothing is named 'loss[0]'. Did you mean 'loss'?"),
        ("metrics[1]", "nothing is named 'metrics[1]'. Did you mean 'metrics[0]'?"),
        (
            "",
            (
                "nothing is named ''. Expected one of: dataset.input_shape,"
                " dataset.num_classes, loss, metrics, metrics[0], training, training.epochs,"
                " training.total_steps, z."
            ),
        ),
        (
            "PATH",
            (
                "nothing is named 'PATH'. Expected one of: dataset.input_shape,"
                " dataset.num_classes, loss, metrics, metrics[0], training, training.epochs,"
                " training.total_steps, z."
            ),
        ),
    ],
    ids=["near", "fact", "letter", "item", "empty", "environment"],
)
def test_reference_is_refused_when_nothing_has_its_name(name: str, said: str) -> None:
    text = f'training: {{epochs: 5}}\nloss: mse\nmetrics: [mae]\nz: "${{{name}}}"\n'
    assert faults(text) == [f"z: {said}"]


@pytest.mark.parametrize(
    "text", ["${", "${a", "x ${ a", "${a ${a}", "${a${a}}", "${{a}}", "${a$}"]
)
def test_reference_is_refused_when_it_is_malformed(text: str) -> None:
    assert faults(f'a: 1\nz: "{text}"\n') == [
        f"z: a reference looks like ${{training.epochs}}, received {text!r}."
    ]


def test_parameters_of_a_block_are_left_to_its_uses() -> None:
    block = '{parameters: {n: 3}, layers: [{Dense: "${n}"}, {Dense: "${k}"}]}'
    text = f"k: 7\narchitecture: {{blocks: {{b: {block}}}}}\n"
    layers = replaced(text)["architecture"]["blocks"]["b"]["layers"]
    assert layers == [{"Dense": "${n}"}, {"Dense": 7}]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (
            "architecture.blocks.c.layers[0].Dense",
            '{b: {parameters: {n: 3}, layers: []}, c: {layers: [{Dense: "${n}"}]}}',
        ),
        ("architecture.blocks.b.layers[0]", '{b: {parameters:, layers: ["${n}"]}}'),
    ],
    ids=["of another block", "of a block without"],
)
def test_parameter_is_refused_when_the_block_has_none_of_its_name(
    place: str, text: str
) -> None:
    (said,) = faults(f"architecture: {{blocks: {text}}}\n")
    assert said.startswith(f"{place}: nothing is named 'n'.")


@pytest.mark.parametrize(
    ("value", "answer"), [("${a}", True), ("x${a.b}y", True), ("${", False), (5, False)]
)
def test_reference_is_recognised(value: Any, answer: bool) -> None:
    assert has_reference(value) is answer


def test_facts_of_the_dataset_reach_the_layers() -> None:
    data = read_yaml(IRIS, "x.yaml")[0].data | {"training": {"batch_size": 8, "epochs": 3}}
    data["lr_schedule"] = {"CosineDecay": {"decay_steps": "${training.total_steps}"}}
    config = load_config(data).config
    assert config.architecture.layers[0].layer.arguments["units"] == 3
    assert config.lr_schedule is not None
    assert config.lr_schedule.arguments["decay_steps"] == 42  # 108 examples: 14 steps, 3 times


@pytest.mark.parametrize(
    ("batch_size", "steps"),
    [("${seed}", 7), ("${dataset.train_size}", 1)],
    ids=["value", "fact"],
)
def test_facts_see_a_batch_size_that_is_a_reference_itself(batch_size: str, steps: int) -> None:
    data = read_yaml(IRIS, "x.yaml")[0].data | {"seed": 16, "name": "${training.total_steps}"}
    data["training"] = {"batch_size": batch_size, "epochs": 1}
    data["name"] = "steps_${training.total_steps}"
    assert load_config(data).config.name == f"steps_{steps}"  # 108 / 16 = 6.75


def test_source_keeps_the_references_as_they_are_written() -> None:
    source = load_config(read_yaml(IRIS, "x.yaml")[0].data).source
    assert source.data["architecture"]["layers"][0]["Dense"]["units"] == (
        "${dataset.num_classes}"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'training: {epochs: "${seeds}"}',
            "12  training.epochs: nothing is named 'seeds'.",
        ),
        ('seed: "${seed}"', "1  seed: refers to itself: seed -> seed."),
        ('metrics: [accuracy, "${zzz}"]', "21  metrics[1]: nothing is named 'zzz'."),
        ('optimizer: "${zzz}"', "1  optimizer: nothing is named 'zzz'."),
        (
            'optimizer: {SGD: {nesterov: "${zzz}"}}',
            "19  optimizer.SGD.nesterov: nothing is named 'zzz'.",
        ),
        ('training: {epochs: "${"}', "12  training.epochs: a reference looks like ${training."),
    ],
    ids=["number", "itself", "metric", "object", "argument", "malformed"],
)
def test_broken_reference_is_told_alone_and_at_its_place(
    faults_of: Callable[..., list[str]], line: str, said: str
) -> None:
    (problem,) = faults_of(f"{IRIS}{line}\n")
    assert problem.startswith(f"x.yaml:6:{said}")


def test_fault_of_what_a_reference_brings_is_told(
    faults_of: Callable[..., list[str]],
) -> None:
    assert faults_of(f'{IRIS}training: {{epochs: "${{loss}}", batch_size: "${{x}}"}}\n') == [
        (
            "x.yaml:6:12  training.epochs: expected an integer, received"
            " 'sparse_categorical_crossentropy' (text)."
        ),
        "x.yaml:6:31  training.batch_size: nothing is named 'x'.",
    ]


def test_default_may_be_referred_to_where_nothing_is_written() -> None:
    data = {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
        "training": {"epochs": "${training.batch_size}"},
        "seed": 7,
        "name": "run${seed}",
    }
    config = load_config(data).config
    assert (config.training.epochs, config.name) == (32, "run7")
