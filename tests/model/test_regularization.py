from typing import Any

import pytest

from dlkit.config.catalogue import load_catalogue
from dlkit.config.objects import KerasObject
from dlkit.config.sections import read_sections
from dlkit.model.regularization import with_kernel_penalty


def penalized(notation: Any, l1: float, l2: float) -> KerasObject:
    catalogue = load_catalogue()
    sections, problems = read_sections({"architecture": {"layers": [notation]}}, catalogue)
    assert problems == []
    return with_kernel_penalty(sections["architecture"]["layers"], l1, l2, catalogue)[0].layer


@pytest.mark.parametrize(
    ("l1", "l2", "name", "arguments"),
    [
        (0.0, 0.1, "L2", {"l2": 0.1}),
        (0.2, 0.0, "L1", {"l1": 0.2}),
        (0.2, 0.1, "L1L2", {"l1": 0.2, "l2": 0.1}),
    ],
)
def test_penalty_lands_on_layers_with_a_kernel(
    l1: float, l2: float, name: str, arguments: dict[str, float]
) -> None:
    regularizer = penalized({"Dense": 3}, l1, l2).arguments["kernel_regularizer"]
    assert (regularizer.name, regularizer.arguments) == (name, arguments)


def test_own_regularizer_of_a_layer_wins() -> None:
    notation = {"Dense": {"units": 3, "kernel_regularizer": "l1"}}
    assert penalized(notation, 0.0, 0.1).arguments["kernel_regularizer"].name == "L1"


def test_own_null_regularizer_keeps_a_layer_free() -> None:
    notation = {"Dense": {"units": 3, "kernel_regularizer": None}}
    assert penalized(notation, 0.0, 0.1).arguments["kernel_regularizer"] is None


def test_layers_without_a_kernel_are_left_alone() -> None:
    assert "kernel_regularizer" not in penalized({"Dropout": 0.5}, 0.0, 0.1).arguments


def test_layer_inside_a_wrapper_gets_the_penalty() -> None:
    wrapped = penalized({"Bidirectional": {"layer": {"LSTM": 4}}}, 0.0, 0.1)
    assert wrapped.arguments["layer"].arguments["kernel_regularizer"].name == "L2"
    assert "kernel_regularizer" not in wrapped.arguments


def test_nothing_changes_without_a_penalty() -> None:
    assert "kernel_regularizer" not in penalized({"Dense": 3}, 0.0, 0.0).arguments
