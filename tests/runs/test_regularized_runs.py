"""The section ``regularization`` against the same written by hand, kind by kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.nightly import by_night

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

Make = Callable[..., Any]
Layers = list[Any]


def dense(units: int = 6, activation: str | None = "relu", **arguments: Any) -> dict[str, Any]:
    own = {} if activation is None else {"activation": activation}
    return {"Dense": {"units": units, **own, **arguments}}


END = dense(3, "softmax")
MLP = [dense(8), dense(6, "tanh"), END]
MAPS = {"Reshape": [2, 2, 1]}
STEPS = {"Reshape": [4, 1]}


def conv(**arguments: Any) -> dict[str, Any]:
    return {"Conv2D": {"filters": 3, "kernel_size": 2, "padding": "same", **arguments}}


def separable(**arguments: Any) -> dict[str, Any]:
    return {"SeparableConv2D": {"filters": 3, "kernel_size": 2, "padding": "same", **arguments}}


def depthwise(**arguments: Any) -> dict[str, Any]:
    return {"DepthwiseConv2D": {"kernel_size": 2, "depth_multiplier": 2, **arguments}}


RELU, TANH = {"Activation": "relu"}, {"Activation": "tanh"}
SLOPE = {"LeakyReLU": {"negative_slope": 0.1}}
NORM = "BatchNormalization"
L2 = {"L2": 0.01}
ACTIVITY = {"activity_regularizer": {"L1": 0.01}}

CASES: dict[str, tuple[dict[str, Any], Layers, Layers]] = {
    "l1": (
        {"l1": 0.01},
        MLP,
        [
            dense(8, kernel_regularizer={"L1": 0.01}),
            dense(6, "tanh", kernel_regularizer={"L1": 0.01}),
            dense(3, "softmax", kernel_regularizer={"L1": 0.01}),
        ],
    ),
    "l2-and-own": (
        {"l2": 0.01},
        [dense(8, kernel_regularizer=None), dense(6, kernel_regularizer={"L1": 0.1}), END],
        [
            dense(8),
            dense(6, kernel_regularizer={"L1": 0.1}),
            dense(3, "softmax", kernel_regularizer=L2),
        ],
    ),
    "l1_l2": (
        {"l1_l2": {"l1": 0.01, "l2": 0.02}},
        [dense(8), END],
        [
            dense(8, kernel_regularizer={"L1L2": {"l1": 0.01, "l2": 0.02}}),
            dense(3, "softmax", kernel_regularizer={"L1L2": {"l1": 0.01, "l2": 0.02}}),
        ],
    ),
    "l2-of-convolutions-and-cells": (
        {"l2": 0.01},
        [MAPS, separable(), depthwise(), {"Reshape": [1, 6]}, {"LSTM": 4}, END],
        [
            MAPS,
            separable(depthwise_regularizer=L2, pointwise_regularizer=L2),
            depthwise(depthwise_regularizer=L2),
            {"Reshape": [1, 6]},
            {"LSTM": {"units": 4, "kernel_regularizer": L2}},
            dense(3, "softmax", kernel_regularizer=L2),
        ],
    ),
    "l2-in-a-wrapper": (
        {"l2": 0.01},
        [STEPS, {"Bidirectional": {"layer": {"GRU": 3}}}, END],
        [
            STEPS,
            {"Bidirectional": {"layer": {"GRU": {"units": 3, "kernel_regularizer": L2}}}},
            dense(3, "softmax", kernel_regularizer=L2),
        ],
    ),
    "bias_regularizer": (
        {"bias_regularizer": L2},
        [dense(8), dense(6, use_bias=False), END],
        [
            dense(8, bias_regularizer=L2),
            dense(6, use_bias=False),
            dense(3, "softmax", bias_regularizer=L2),
        ],
    ),
    "activity_regularizer": (
        ACTIVITY,
        [dense(8), dense(6, None), RELU, END],
        [
            dense(8, **ACTIVITY),
            dense(6, None),
            {"Activation": {"activation": "relu", **ACTIVITY}},
            END,
        ],
    ),
    "activity_regularizer-and-normalization": (
        {**ACTIVITY, "batch_normalization": "before"},
        [dense(8), END],
        [dense(8, None), NORM, {"Activation": {"activation": "relu", **ACTIVITY}}, END],
    ),
    "dropout": (
        {"dropout": 0.3},
        [dense(8), {"Dense": 6}, RELU, dense(5), {"Dropout": 0.1}, END],
        [
            dense(8),
            {"Dropout": 0.3},
            {"Dense": 6},
            RELU,
            {"Dropout": 0.3},
            dense(5),
            {"Dropout": 0.1},
            END,
        ],
    ),
    "dropout-of-recurrent-layers": (
        {"dropout": 0.3},
        [
            STEPS,
            {"LSTM": {"units": 3, "return_sequences": True}},
            {"GRU": {"units": 3, "dropout": 0.1}},
            dense(4),
            END,
        ],
        [
            STEPS,
            {"LSTM": {"units": 3, "return_sequences": True}},
            {"Dropout": 0.3},
            {"GRU": {"units": 3, "dropout": 0.1}},
            dense(4),
            {"Dropout": 0.3},
            END,
        ],
    ),
    "dropout-before-a-written-end": (
        {"dropout": 0.3},
        [dense(8), {"Dense": 3}, "Softmax"],
        [dense(8), {"Dropout": 0.3}, {"Dense": 3}, "Softmax"],
    ),
    "spatial_dropout": (
        {"spatial_dropout": 0.4, "dropout": 0.2},
        [MAPS, conv(activation="relu"), "Flatten", dense(6), END],
        [
            MAPS,
            conv(activation="relu"),
            {"SpatialDropout2D": 0.4},
            "Flatten",
            dense(6),
            {"Dropout": 0.2},
            END,
        ],
    ),
    "spatial_dropout-in-time": (
        {"spatial_dropout": 0.4},
        [STEPS, {"Conv1D": {"filters": 4, "kernel_size": 2}}, "Flatten", END],
        [
            STEPS,
            {"Conv1D": {"filters": 4, "kernel_size": 2}},
            {"SpatialDropout1D": 0.4},
            "Flatten",
            END,
        ],
    ),
    "normalization-before": (
        {"batch_normalization": "before", "dropout": 0.2},
        [dense(8), dense(6, SLOPE), {"Dense": 5}, TANH, dense(4), NORM, END],
        [
            dense(8, None),
            NORM,
            RELU,
            {"Dropout": 0.2},
            {"Dense": 6},
            NORM,
            SLOPE,
            {"Dropout": 0.2},
            {"Dense": 5},
            NORM,
            TANH,
            {"Dropout": 0.2},
            dense(4),
            NORM,
            {"Dropout": 0.2},
            END,
        ],
    ),
    "normalization-after": (
        {"batch_normalization": "after", "dropout": 0.2},
        [MAPS, conv(activation="relu"), "Flatten", {"Dense": 5}, TANH, END],
        [
            MAPS,
            conv(activation="relu"),
            NORM,
            {"Dropout": 0.2},
            "Flatten",
            {"Dense": 5},
            TANH,
            NORM,
            {"Dropout": 0.2},
            END,
        ],
    ),
    "gaussian_noise": (
        {"gaussian_noise": 0.5},
        ["Flatten", {"Rescaling": 0.1}, dense(8), END],
        ["Flatten", {"Rescaling": 0.1}, {"GaussianNoise": 0.5}, dense(8), END],
    ),
}
"""A section, layers that know nothing of it, and the same layers with it written in."""


LATER = (
    *("l1", "bias_regularizer", "dropout-before-a-written-end", "gaussian_noise"),
    *("spatial_dropout-in-time", "normalization-after"),
)
"""What differs from another case in a place alone, which ``tests/config`` proves."""


@pytest.mark.parametrize("kind", by_night(CASES, LATER))
def test_section_trains_what_the_same_by_hand_trains(
    experiment: Make, train: Make, kind: str
) -> None:
    section, plain, written = CASES[kind]
    dataset = {"dataset": {"source": "iris", "validation": 0.2}}
    ours, by_hand = (
        train(experiment(architecture={"layers": layers}, regularization=said) | dataset)
        for layers, said in ((plain, section), (written, {}))
    )
    for row, other in zip(ours.rows, by_hand.rows, strict=True):
        assert row == pytest.approx(other, abs=1e-6)
    built, same = (
        [type(layer) for layer in run.prepared.built.model.layers] for run in (ours, by_hand)
    )
    assert built == same
