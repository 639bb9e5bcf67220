"""What must hold between several outputs, the data, the augmentation and the history."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.columns import figure_names, higher_is_better, monitored_names
from dlkit.config.load import load_config
from dlkit.errors import ConfigError

LAYERS: list[Any] = [
    "Flatten",
    {"Dense": {"units": 8, "name": "code"}},
    {"Dense": {"units": 10, "activation": "softmax", "name": "digit"}},
    {"Dense": {"units": 64, "name": "flat", "from": "code"}},
    {"Reshape": {"target_shape": [8, 8], "name": "copy"}},
]
VAL_DIGIT = {"Dense": {"units": 10, "activation": "softmax", "name": "val_digit"}}
DIGIT: dict[str, Any] = {"loss": "categorical_crossentropy", "metrics": ["accuracy"]}
COPY: dict[str, Any] = {"loss": "mse", "target": "input"}


def loaded(outputs: dict[str, Any], **sections: Any) -> Any:
    data = {
        "dataset": {"source": "digits"},
        "architecture": {"layers": LAYERS},
        "outputs": outputs,
    }
    return load_config({**data, **sections})


def test_figures_of_several_outputs_are_keras_names_in_order() -> None:
    config = loaded({"digit": DIGIT, "copy": COPY | {"metrics": ["mae"]}}).config
    names = ["loss", "digit_loss", "copy_loss", "digit_accuracy", "copy_mae"]
    assert list(figure_names(config)) == names
    assert monitored_names(config) == [*names, *(f"val_{name}" for name in names)]
    assert higher_is_better(config, "val_digit_accuracy")
    assert not higher_is_better(config, "val_digit_loss")


def test_output_that_is_read_too_is_not_hidden() -> None:
    layers = [*LAYERS[:3], {"Dense": {"units": 10, "activation": "softmax", "name": "last"}}]
    outputs = {"digit": DIGIT, "last": DIGIT}
    assert loaded(outputs, architecture={"layers": layers}).warnings == ()


def test_output_that_is_a_layer_called_again_is_read_as_that_layer() -> None:
    layers = [
        {"Flatten": {"name": "flat"}},
        {"Dense": {"units": 8, "name": "one"}},
        {"Dense": {"units": 8, "name": "two", "from": "flat"}},
        {"Dense": {"units": 10, "name": "a", "from": "one"}},
        {"Shared": {"layer": "a", "name": "b", "from": "two"}},
        {"Average": {"name": "both", "from": ["a", "b"]}},
    ]
    with pytest.raises(ConfigError) as error:
        loaded({"b": DIGIT, "both": DIGIT}, architecture={"layers": layers})
    assert str(error.value).endswith(
        "  architecture.layers[3].Dense: CategoricalCrossentropy takes probabilities, and the"
        " last layer has no activation. Give it `activation: softmax`, or the loss"
        " `from_logits: true`."
    )


@pytest.mark.parametrize(
    ("outputs", "sections", "message"),
    [
        pytest.param(
            {"digit": DIGIT, "copy": COPY},
            {"regularization": {"augmentation": [{"RandomRotation": 0.1}]}},
            "RandomRotation moves what is in a picture, and 'copy' is compared with the picture"
            " as it was. Remove it, or put it into architecture.layers.",
            id="moved-input",
        ),
        pytest.param(
            {"digit": DIGIT, "copy": COPY},
            {"regularization": {"augmentation": ["MixUp"]}},
            "MixUp mixes labels, which needs one-hot ones, and MeanSquaredError takes values.",
            id="mixed-values",
        ),
        pytest.param(
            {"digit": DIGIT | {"metrics": ["SparseCategoricalAccuracy"]}, "copy": COPY},
            {},
            "outputs.digit.metrics[0]: SparseCategoricalAccuracy needs labels that are"
            " integers, and CategoricalCrossentropy makes them one-hot.",
            id="metric-of-an-output",
        ),
        pytest.param(
            {"val_digit": DIGIT},
            {"architecture": {"layers": ["Flatten", VAL_DIGIT]}},
            "outputs.val_digit: 'val_digit' would be taken for the validation in the history.",
            id="name",
        ),
    ],
)
def test_outputs_that_do_not_fit_are_refused(
    outputs: dict[str, Any], sections: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(outputs, **sections)
    assert message in str(caught.value)


def test_classes_are_not_counted_in_what_is_given_back() -> None:
    found = loaded({"digit": DIGIT, "copy": COPY | {"metrics": ["accuracy", "mae"]}}).warnings
    assert [str(one) for one in found] == [
        (
            "dict  warning: outputs.copy.metrics[0]: accuracy needs classes, and the output"
            " gives back the input's values. Use mae, mse or R2Score."
        )
    ]


@pytest.mark.parametrize("more", [{}, {"loss": "mse"}], ids=["alone", "beside a loss"])
def test_no_output_at_all_is_told(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"outputs: there is no output\. Name the layer"):
        loaded({}, **more)


def test_noise_and_colors_may_change_what_is_given_back() -> None:
    augmentation = [{"GaussianNoise": 0.1}, {"RandomInvert": {}}]
    loaded({"digit": DIGIT, "copy": COPY}, regularization={"augmentation": augmentation})


def test_weights_of_classes_are_those_of_the_dataset_whatever_else_is_learned() -> None:
    outputs = {"digit": DIGIT, "copy": COPY}
    loaded(outputs, training={"class_weight": "balanced"})


def test_fault_of_the_first_output_is_told_once() -> None:
    with pytest.raises(ConfigError) as caught:
        loaded({"digit": DIGIT | {"metrics": {"accuracy": 1}}, "copy": COPY})
    assert list(map(str, caught.value.problems)) == [
        "dict  outputs.digit.metrics: expected a list, received a mapping {'accuracy': 1}."
    ]
