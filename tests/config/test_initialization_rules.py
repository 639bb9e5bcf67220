"""Warnings of initial weights that do not fit the activation behind them."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.initialization_rules import initialization_notes
from dlkit.config.load import LoadedConfig, load_config

END = {"Dense": {"units": 3, "activation": "softmax"}}


def loaded(layers: list[Any], **architecture: Any) -> LoadedConfig:
    return load_config(
        {
            "dataset": {"source": "iris"},
            "architecture": {"layers": [*layers, END], **architecture},
            "loss": "sparse_categorical_crossentropy",
        }
    )


def dense(activation: str | None, initializer: Any = None, **others: Any) -> dict[str, Any]:
    given = {"activation": activation, "kernel_initializer": initializer, **others}
    return {"Dense": {"units": 4} | {k: v for k, v in given.items() if v is not None}}


AT = "dict  warning: architecture.layers[0].Dense"

WARNED: dict[str, tuple[list[Any], list[str]]] = {
    "zeros": (
        [dense("relu", "zeros")],
        [
            (
                f"{AT}.kernel_initializer: all units of dense_0 begin alike, and so learn"
                " the same. Use glorot_uniform or he_normal."
            )
        ],
    ),
    "constant": (
        [dense("relu", {"Constant": 0.1})],
        [
            (
                f"{AT}.kernel_initializer: all units of dense_0 begin alike, and so learn"
                " the same. Use glorot_uniform or he_normal."
            )
        ],
    ),
    "zeros-of-a-bias": ([dense("relu", bias_initializer="zeros")], []),
    "he-with-tanh": (
        [dense("tanh", "he_normal")],
        [
            (
                f"{AT}.kernel_initializer: he_normal is made for relu, and dense_0 applies"
                " tanh. Use glorot_uniform."
            )
        ],
    ),
    "he-with-a-layer-behind": (
        [dense(None, "he_uniform"), "BatchNormalization", {"Activation": "sigmoid"}],
        [
            (
                f"{AT}.kernel_initializer: he_uniform is made for relu, and dense_0 applies"
                " sigmoid. Use glorot_uniform."
            )
        ],
    ),
    "he-with-relu": ([dense("relu", "he_normal")], []),
    "selu": ([dense("selu", "lecun_normal"), {"AlphaDropout": 0.1}], []),
    "selu-by-default": (
        [dense("selu")],
        [
            (
                f"{AT}.activation: selu keeps its variance with lecun_normal, and this is"
                " glorot_uniform. Write `kernel_initializer: lecun_normal`."
            )
        ],
    ),
    "selu-with-dropout": (
        [dense("selu", "lecun_normal"), {"Dropout": 0.1}],
        [
            (
                "dict  warning: architecture.layers[1].Dropout: Dropout breaks the mean and"
                " variance that selu keeps. Use AlphaDropout."
            )
        ],
    ),
}


@pytest.mark.parametrize("kind", WARNED)
def test_initial_weights_that_do_not_fit_are_told(kind: str) -> None:
    layers, messages = WARNED[kind]
    assert list(map(str, loaded(layers).warnings)) == messages


def test_what_gives_the_output_may_begin_at_zero() -> None:
    end = {"Dense": {"units": 3, "activation": "softmax", "kernel_initializer": "zeros"}}
    source = {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [dense("relu"), end]},
        "loss": "sparse_categorical_crossentropy",
    }
    assert load_config(source).warnings == ()


def test_defaults_are_told_once_where_they_stand() -> None:
    layers = [dense("tanh"), dense("tanh"), dense("relu")]
    found = loaded(layers, defaults={"Dense": {"kernel_initializer": "he_normal"}}).warnings
    assert list(map(str, found)) == [
        (
            "dict  warning: architecture.defaults.Dense.kernel_initializer: he_normal is made"
            " for relu, and dense_0, dense_1 apply tanh. Use glorot_uniform."
        )
    ]


def test_layers_in_a_model_are_looked_at() -> None:
    model = {"Model": {"name": "m", "layers": [dense("relu", "ones")]}}
    (found,) = loaded([model]).warnings
    assert "all units of m/dense_0 begin alike" in str(found)


def test_dropout_of_the_section_behind_selu_is_told() -> None:
    source = {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [dense("selu", "lecun_normal"), END]},
        "loss": "sparse_categorical_crossentropy",
        "regularization": {"dropout": 0.2},
    }
    assert list(map(str, load_config(source).warnings)) == [
        (
            "dict  warning: regularization.dropout: Dropout breaks the mean and variance that"
            " selu keeps. Put AlphaDropout behind the layers with selu."
        )
    ]


def test_glorot_before_relu_is_a_note_and_no_warning() -> None:
    layers = [
        dense("relu"),
        dense("tanh"),
        dense(None),
        "LeakyReLU",
        dense("relu", "he_normal"),
    ]
    found = loaded(layers)
    assert found.warnings == ()
    assert initialization_notes(found.config) == (
        (
            "glorot_uniform before relu in dense_0, dense_2:"
            " he_normal keeps the variance of relu layers"
        ),
    )
