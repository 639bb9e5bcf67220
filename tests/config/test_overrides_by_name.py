from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.overrides import apply_overrides, parse_overrides
from dlkit.config.path_text import parse_path
from dlkit.config.source import Source, walk
from dlkit.config.sweep.parameter_names import with_parameter_name
from dlkit.config.yaml_reader import read_yaml
from dlkit.errors import Path

LIST = "architecture.layers.hidden.units"


@pytest.mark.parametrize(
    ("override", "place", "layer"),
    [
        ("hidden.Dense.units=5", 1, {"Dense": {"units": 5, "name": "hidden"}}),
        ("dense_2.Dense.units=5", 2, {"Dense": {"units": 5}}),
        ("flatten_0.Flatten.data_format=x", 0, {"Flatten": {"data_format": "x"}}),
        ("max_pooling2d_3.MaxPooling2D.padding=x", 3, {"MaxPooling2D": {"padding": "x"}}),
        ("hidden={ReLU: {}}", 1, {"ReLU": {}}),
        ("hidden.units=5", 1, {"Dense": {"units": 5, "name": "hidden"}}),
        ("flatten_0.data_format=x", 0, {"Flatten": {"data_format": "x"}}),
        ("[2].units=5", 2, {"Dense": {"units": 5}}),
    ],
    ids=[
        *("own name", "class and place", "lone name", "snake case", "whole"),
        *("without class", "lone name without class", "place without class"),
    ],
)
def test_override_finds_a_layer_by_its_name(
    override: str, place: int, layer: dict[str, Any]
) -> None:
    text = """\
architecture:
  layers:
    - Flatten
    - Dense: {units: 3, name: hidden}
    - Dense: {units: 4}
    - MaxPooling2D: {padding: same}
"""
    before = read_yaml(text, "x.yaml")[0]
    values, _ = parse_overrides([f"architecture.layers.{override}".replace(".[", "[")])
    source, problems = apply_overrides(before, values)
    expected = list(before.data["architecture"]["layers"])
    expected[place] = layer
    assert (source.data["architecture"]["layers"], problems) == (expected, [])


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("dense_1", "Expected one of: hidden, lstm_0."),
        ("Dense", "architecture.layers[1] is Dense."),
        ("hiden", "Did you mean 'hidden'?"),
    ],
    ids=["the name it would have", "class", "misspelt"],
)
def test_override_is_refused_when_no_layer_has_its_name(name: str, hint: str) -> None:
    source, _ = read_yaml("architecture: {layers: [LSTM, Dense: {name: hidden}]}", "x.yaml")
    _, problems = apply_overrides(source, {("architecture", "layers", name): 1})
    assert list(map(str, problems)) == [
        f"command line  architecture.layers.{name}: no layer is called {name!r}. {hint}"
    ]


def test_layers_of_a_class_are_told_where_there_are_several() -> None:
    dense = [{"Dense": 1}] * 5
    source = Source({"architecture": {"layers": ["Flatten", *dense]}}, {})
    _, (problem,) = apply_overrides(source, {("architecture", "layers", 0, "Dense"): 1})
    assert problem.hint == "architecture.layers[1], [2], [3] and more are Dense."


def test_list_of_other_things_has_positions_and_no_names() -> None:
    source, _ = read_yaml("metrics: [mae]", "x.yaml")
    _, problems = apply_overrides(source, {("metrics", "mae"): 1})
    assert list(map(str, problems)) == [
        "command line  metrics.mae: a position like [0] is needed here, not a name."
    ]


@pytest.mark.parametrize(
    ("written", "override", "result"),
    [
        ("Dense: 8", "units=5", {"Dense": {"units": 5}}),
        ("Dense: 8", "Dense.activation=relu", {"Dense": {"units": 8, "activation": "relu"}}),
        (
            "MaxPooling2D: [2, 2]",
            "padding=same",
            {"MaxPooling2D": {"pool_size": [2, 2], "padding": "same"}},
        ),
        (
            "VGG16: false",
            "trainable=false",
            {"VGG16": {"include_top": False, "trainable": False}},
        ),
        ("Conv2D: [8, 3]", "filters=4", {"Conv2D": {"filters": 4, "kernel_size": 3}}),
        ("residual: 8", "units=5", None),
    ],
    ids=["replaced", "beside", "list", "application", "two arguments", "block"],
)
def test_lone_value_of_a_layer_gets_its_name_when_another_joins_it(
    written: str, override: str, result: dict[str, Any] | None
) -> None:
    source, _ = read_yaml(f"architecture: {{layers: [{{{written}}}]}}", "x.yaml")
    values, _ = parse_overrides([f"architecture.layers[0].{override}"])
    changed_source, problems = apply_overrides(source, values)
    if result is None:
        assert [each.message for each in problems] == ["'units' cannot be set inside 8."]
        return
    assert changed_source.data["architecture"]["layers"] == [result]
    read = {path for path, _ in walk(changed_source.data)}
    assert all(changed_source.mark(path) for path in read)


def test_lone_value_of_an_optimizer_gets_its_name() -> None:
    source, _ = read_yaml("optimizer: {SGD: 0.1}", "x.yaml")
    result, problems = apply_overrides(source, {("optimizer", "momentum"): 0.9})
    assert (result.data, problems) == (
        {"optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.9}}},
        [],
    )


@pytest.mark.parametrize(
    ("override", "name", "below"),
    [
        ("sweep.parameters.optimizer.learning_rate.high", "optimizer.learning_rate", ("high",)),
        (
            "sweep.parameters['optimizer.learning_rate'].high",
            "optimizer.learning_rate",
            ("high",),
        ),
        ("sweep.parameters.training.epochs", "training.epochs", ()),
        (
            "sweep.parameters.architecture.layers[1].Dense.units.values[0]",
            "architecture.layers[1].Dense.units",
            ("values", 0),
        ),
        ("sweep.parameters.architecture.layers.hidden.units[1]", LIST, (1,)),
        ("sweep.parameters.momentum.when.optimizer", "momentum", ("when", "optimizer")),
        ("sweep.parameters.optimizer", "optimizer", ()),
    ],
)
def test_parameter_of_a_sweep_is_reached_without_brackets(
    override: str, name: str, below: Path
) -> None:
    data = {"sweep": {"parameters": {"optimizer.learning_rate": {}, LIST: [1, 2]}}}
    assert with_parameter_name(data, parse_path(override)) == (
        *("sweep", "parameters", name),
        *below,
    )


@pytest.mark.parametrize(
    ("optimizer", "override", "result"),
    [
        ("{SGD: {momentum: 0.9}}", "Adam.learning_rate=0.1", {"Adam": {"learning_rate": 0.1}}),
        ("{SGD: {momentum: 0.9}}", "Adam={}", {"Adam": {}}),
        (
            "{SGD: {momentum: 0.9}}",
            "SGD.learning_rate=0.1",
            {"SGD": {"momentum": 0.9, "learning_rate": 0.1}},
        ),
        (
            "{SGD: {learning_rate: {CosineDecay: {decay_steps: 5}}, momentum: 0.9}}",
            "SGD.learning_rate.ExponentialDecay.decay_rate=0.5",
            {
                "SGD": {
                    "learning_rate": {"ExponentialDecay": {"decay_rate": 0.5}},
                    "momentum": 0.9,
                }
            },
        ),
    ],
    ids=["another", "another without arguments", "the same", "another schedule inside"],
)
def test_override_of_a_named_object_replaces_another_and_joins_the_same(
    optimizer: str, override: str, result: dict[str, Any]
) -> None:
    source, _ = read_yaml(f"optimizer: {optimizer}", "x.yaml")
    changed_source, problems = apply_overrides(
        source, parse_overrides([f"optimizer.{override}"])[0]
    )
    assert (changed_source.data["optimizer"], problems) == (result, [])


def test_override_reaches_a_layer_of_a_model_by_names_alone() -> None:
    text = (
        "architecture: {layers: [Model: {name: coder, layers: [Dense: {units: 3, name: a}]}]}"
    )
    values, _ = parse_overrides(["architecture.layers.coder.layers.a.units=9"])
    source, problems = apply_overrides(read_yaml(text, "x.yaml")[0], values)
    coder = source.data["architecture"]["layers"][0]["Model"]
    assert (coder["layers"], problems) == ([{"Dense": {"units": 9, "name": "a"}}], [])
