"""Rules on models that are built on others."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.load import LoadedConfig, load_config
from dlkit.config.transfer_rules import check_white
from dlkit.errors import ConfigError

BODY = {"VGG16": {"include_top": False, "weights": "none"}}
RESIZING = {"Resizing": [32, 32]}


def load(*layers: Any) -> LoadedConfig:
    end = ["Flatten", {"Dense": {"units": 10, "activation": "softmax"}}]
    return load_config(
        {
            "dataset": {"source": "cifar10"},
            "architecture": {"layers": [*layers, *end]},
            "loss": "sparse_categorical_crossentropy",
        }
    )


def warnings(loaded: LoadedConfig) -> list[str]:
    return [str(warning).split("  ", 1)[-1] for warning in loaded.warnings]


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        pytest.param([{"Rescaling": "1/255"}, BODY], "Rescaling", id="rescaling"),
        pytest.param(
            [{"Rescaling": {"scale": "1/127.5", "offset": -1}}, BODY], "Rescaling", id="offset"
        ),
        pytest.param(["Normalization", RESIZING, BODY], "Normalization", id="normalization"),
        pytest.param(
            [{"Rescaling": "1/255"}, {"RandomFlip": "horizontal"}, RESIZING, BODY],
            "Rescaling",
            id="through-layers",
        ),
        pytest.param(
            [
                {"Rescaling": {"scale": "1/255", "name": "small"}},
                {"VGG16": {**BODY["VGG16"], "from": "small"}},
            ],
            "Rescaling",
            id="from",
        ),
    ],
)
def test_pixels_are_made_small_for_nothing(layers: list[Any], name: str) -> None:
    expected = (
        f"warning: architecture.layers[0]{'' if name in layers else f'.{name}'}: {name} stands"
        " in front of VGG16, and its own preprocessing takes pixels from 0 to 255. Remove it."
    )
    assert warnings(load(*layers)) == [expected]


@pytest.mark.parametrize(
    "layers",
    [
        pytest.param([BODY], id="alone"),
        pytest.param([RESIZING, BODY], id="resized"),
        pytest.param([{"Rescaling": 255}, BODY], id="made-larger"),
        pytest.param(
            [
                {"Rescaling": "1/255"},
                {"ConvNeXtTiny": {**BODY["VGG16"], "include_preprocessing": False}},
            ],
            id="no-preprocessing",
        ),
        pytest.param([{"Rescaling": "1/255"}, {"Conv2D": [3, 1]}, BODY], id="no-pixels"),
        pytest.param([BODY, {"Rescaling": 0.1}], id="behind"),
    ],
)
def test_raw_pixels_are_right(layers: list[Any]) -> None:
    assert warnings(load(*layers)) == []


def test_pixels_are_looked_at_inside_models_too() -> None:
    inner = {"Model": {"layers": [{"Rescaling": "1/255"}, BODY]}}
    assert len(warnings(load(inner))) == 1


@pytest.mark.parametrize(
    ("layers", "white", "count"),
    [
        pytest.param([BODY], 1.0, 1, id="small"),
        pytest.param([RESIZING, BODY], 1.0, 1, id="resized"),
        pytest.param([BODY], 255.0, 0, id="large"),
        pytest.param([{"Rescaling": 255}, BODY], 1.0, 0, id="made-larger"),
        pytest.param([{"Conv2D": [3, 1]}, BODY], 1.0, 0, id="no-pixels"),
    ],
)
def test_small_pixels_of_the_data_are_told(layers: list[Any], white: float, count: int) -> None:
    problems = list(check_white(load(*layers).config, white))
    assert len(problems) == count
    for problem in problems:
        assert problem.message == (
            "the pixels of the data go from 0 to 1, and its own preprocessing takes pixels"
            " from 0 to 255."
        )
        assert problem.hint == "Put `Rescaling: 255` in front of it."


def test_gray_of_sixteen_steps_is_told_with_its_own_scale() -> None:
    (problem,) = check_white(load(BODY).config, 16.0)
    assert problem.message.startswith("the pixels of the data go from 0 to 16, and ")
    assert problem.hint == "Put `Rescaling: 255/16` in front of it."


def test_classes_without_a_top_are_told() -> None:
    layer = {"VGG16": {**BODY["VGG16"], "classes": 10}}
    assert warnings(load(layer)) == [
        (
            "warning: architecture.layers[0].VGG16.classes: VGG16 without its top has no"
            " classes. Remove it, or write `include_top: true`."
        )
    ]


def test_imagenet_has_a_thousand_classes() -> None:
    expected = (
        r"architecture\.layers\[0\]\.VGG16\.classes: the ImageNet weights of VGG16 are for 1000"
        r" classes\. Write `include_top: false`, and a Dense layer of your own behind it\."
    )
    with pytest.raises(ConfigError, match=expected):
        load({"VGG16": {"classes": 10}})


@pytest.mark.parametrize("argument", ["input_shape", "input_tensor"])
def test_what_follows_from_the_place_is_no_argument(argument: str) -> None:
    expected = rf"VGG16\.{argument}: VGG16 has no argument '{argument}'"
    with pytest.raises(ConfigError, match=expected):
        load({"VGG16": {**BODY["VGG16"], argument: [32, 32, 3]}})
