from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.overrides import apply_overrides, parse_overrides
from dlkit.config.yaml_reader import read_yaml


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
    "name", ["dense_1", "Dense", "hiden"], ids=["the name it would have", "class", "misspelt"]
)
def test_override_is_refused_when_no_layer_has_its_name(name: str) -> None:
    source, _ = read_yaml("architecture: {layers: [x, Dense: {name: hidden}]}", "x.yaml")
    _, problems = apply_overrides(source, {("architecture", "layers", name): 1})
    assert list(map(str, problems)) == [
        (
            f"command line  architecture.layers.{name}: a position like [0] is needed here,"
            " not a name."
        )
    ]


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
