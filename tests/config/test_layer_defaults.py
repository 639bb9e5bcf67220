from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.config.load import load_config
from dlkit.config.objects import KerasObject

MINIMAL = """\
dataset: {source: diabetes}
loss: mse
architecture:
  defaults: %s
  layers:
    - Flatten
    - Dense: %s
    - Dense: {units: 1, activation: linear}
"""


def arguments(defaults: dict[str, Any], layer: Any) -> dict[str, Any]:
    """Return the arguments of a layer, objects in them by their names."""
    architecture = {"defaults": defaults, "layers": [layer, "Flatten", {"Dense": 1}]}
    data = {"dataset": {"source": "diabetes"}, "loss": "mse", "architecture": architecture}
    found = load_config(data).config.architecture.layers[0].layer.arguments
    return {k: v.name if isinstance(v, KerasObject) else v for k, v in found.items()}


@pytest.mark.parametrize(
    ("layer", "result"),
    [
        ({"Dense": 3}, {"units": 3, "activation": "relu", "use_bias": False}),
        (
            {"Dense": {"units": 3, "use_bias": True}},
            {"units": 3, "activation": "relu", "use_bias": True},
        ),
        (
            {"Dense": {"units": 3, "activation": None}},
            {"units": 3, "activation": None, "use_bias": False},
        ),
        ({"EinsumDense": ["ab,bc->ac", 3]}, {"equation": "ab,bc->ac", "output_shape": 3}),
    ],
    ids=["filled", "own wins", "own nothing wins", "another layer"],
)
def test_defaults_fill_what_a_layer_leaves_out(layer: Any, result: dict[str, Any]) -> None:
    assert arguments({"Dense": {"activation": "relu", "use_bias": False}}, layer) == result


def test_default_may_be_an_argument_that_a_layer_needs() -> None:
    assert arguments({"Dense": {"units": 7}}, "Dense") == {"units": 7}


def test_defaults_reach_layers_inside_others() -> None:
    layer = {"TimeDistributed": {"layer": {"Dense": 3}}}
    architecture = {"defaults": {"Dense": {"use_bias": False}}, "layers": [layer, {"Dense": 1}]}
    data = {"dataset": {"source": "diabetes"}, "loss": "mse", "architecture": architecture}
    outer = load_config(data).config.architecture.layers[0].layer
    assert outer.arguments["layer"].arguments == {"use_bias": False, "units": 3}


def test_defaults_come_in_the_order_they_are_written() -> None:
    # Initializers draw their seeds in it: weights would differ from process to process.
    names = ["recurrent_initializer", "use_bias", "kernel_initializer", "bias_initializer"]
    values = ["orthogonal", True, "he_normal", "random_normal"]
    written = dict(zip(names, values, strict=True)) | {"dropout": 0.1, "activation": "tanh"}
    assert list(arguments({"LSTM": written}, {"LSTM": 3})) == ["units", *written]


def test_defaults_reach_layers_of_a_block() -> None:
    architecture = {
        "defaults": {"Dense": {"use_bias": False}},
        "blocks": {"b": {"layers": [{"Dense": 3}]}},
        "layers": ["b", {"Dense": 1}],
    }
    data = {"dataset": {"source": "diabetes"}, "loss": "mse", "architecture": architecture}
    entries = load_config(data).config.architecture.layers
    assert [entry.layer.arguments["use_bias"] for entry in entries] == [False, False]


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        (
            "{Dens: {units: 3}}",
            "14  {0}.Dens: Keras has no layer 'Dens'. Did you mean 'Dense'?",
        ),
        (
            "{Dense: {activ: relu}}",
            "22  {0}.Dense.activ: Dense has no argument 'activ'. Did you mean 'activation'?",
        ),
        (
            "{Dense: {units: many}}",
            "22  {0}.Dense.units: expected an integer, received 'many' (text).",
        ),
        (
            "{Dense: {activation: rellu}}",
            "22  {0}.Dense.activation: Keras has no activation 'rellu'. Did you mean 'relu'?",
        ),
        ("{Dense: 3}", "14  {0}.Dense: expected arguments by name, received 3."),
        ("[Dense]", "3  {0}: expected layers with their arguments, received a list ['Dense']."),
    ],
    ids=["layer", "argument", "value", "object", "lone value", "list"],
)
def test_defaults_are_refused_once_and_in_their_line(
    faults_of: Callable[..., list[str]], defaults: str, said: str
) -> None:
    text = MINIMAL % (defaults, "{units: 3}")
    assert faults_of(text) == [f"x.yaml:4:{said.format('architecture.defaults')}"]


def test_own_argument_is_checked_beside_a_default(faults_of: Callable[..., list[str]]) -> None:
    text = MINIMAL % ("{Dense: {activation: relu}}", "{units: 3, activation: rellu}")
    (said,) = faults_of(text)
    assert said.startswith("x.yaml:7:25  architecture.layers[1].Dense.activation: Keras has no")


def test_defaults_may_be_nothing(faults_of: Callable[..., list[str]]) -> None:
    assert faults_of(MINIMAL % ("", "3")) == []
