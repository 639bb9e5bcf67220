"""The runs and files that a config names, and their places."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.bases import INITIAL, Base, bases_of, built_from, weights_of, with_places
from dlkit.config.load import load_config
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config

LAYER: tuple[str | int, ...] = ("architecture", "layers")


def config(*layers: Any, **more: Any) -> Config:
    end = ["Flatten", {"Dense": {"units": 10, "activation": "softmax"}}]
    return load_config(
        {
            "dataset": {"source": "cifar10"},
            "architecture": {"layers": [*layers, *end]},
            "loss": "sparse_categorical_crossentropy",
            **more,
        }
    ).config


def test_runs_and_weights_are_found_wherever_they_are_named() -> None:
    body = {"VGG16": {"include_top": False, "weights": "mine.h5"}}
    inner = {"Model": {"layers": [{"Run": "digits/3"}]}}
    found = bases_of(config(body, inner, initial_weights="digits"))
    assert found == [
        Base("weights", "mine.h5", (*LAYER, 0, "VGG16", "weights")),
        Base("run", "digits/3", (*LAYER, 1, "Model", "layers", 0, "Run")),
        Base("run", "digits", INITIAL),
    ]


def test_weights_that_are_no_file_are_no_base() -> None:
    layers = [{"VGG16": {"include_top": False, "weights": w}} for w in ("imagenet", "none")]
    assert bases_of(config(*layers)) == []
    assert built_from(config(*layers)) == {}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "imagenet"),
        ({"weights": "imagenet"}, "imagenet"),
        ({"weights": None}, None),
        ({"weights": "none"}, None),
        ({"weights": "mine.h5"}, "mine.h5"),
    ],
)
def test_weights_of_an_application(arguments: dict[str, Any], expected: str | None) -> None:
    assert weights_of(KerasObject("applications", "VGG16", "VGG16", arguments, ())) == expected


def test_bases_are_named_by_their_places() -> None:
    body = {"VGG16": {"include_top": False, "weights": "mine.h5"}}
    inner = {"Model": {"layers": [{"Run": {"path": "digits/3", "until": "features"}}]}}
    written = config(body, inner, initial_weights="digits")
    places = {base: f"/runs/{base.written}" for base in bases_of(written)}
    found = with_places(written, places)
    assert built_from(found) == {
        "built_from": ["/runs/mine.h5", "/runs/digits/3", "/runs/digits"]
    }
    run = found.architecture.layers[1].layer.arguments["layers"][0].layer
    assert run.arguments == {"path": "/runs/digits/3", "until": "features"}
    assert found.architecture.layers[2:] == written.architecture.layers[2:]
