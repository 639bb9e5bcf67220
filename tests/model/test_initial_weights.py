"""What a model takes over from a run, layer by layer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.errors import ModelError  # noqa: E402
from dlkit.model.initial_weights import Taken, take_weights  # noqa: E402

PLACE = ("initial_weights",)


def model(hidden: int, head: str, *, learned: float = 0.0) -> Any:
    """Return a model with what it learned of its data, and an inner model."""
    layers = keras.layers
    inner = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3, name="inside"),
            layers.BatchNormalization(name="n"),
        ],
        name="part",
    )
    scale = layers.Normalization(name="scale")
    scale.adapt(np.full((2, 4), learned))
    return keras.Sequential(
        [
            keras.Input((4,)),
            scale,
            inner,
            layers.Dense(hidden, name="hidden"),
            layers.Dense(2, name=head),
        ]
    )


def named(one: Any) -> dict[str, Any]:
    return {layer.name: layer for layer in one.layers}


def test_table_says_what_was_taken_and_why_not() -> None:
    ours, run = model(5, "head"), model(6, "other")
    before = ours.get_layer("head").get_weights()
    assert take_weights(named(ours), run, PLACE) == (
        Taken("part/inside", "(4, 3) (3,)", "taken", 2),
        Taken("part/n", "(3,) (3,) (3,) (3,)", "taken", 4),
        Taken(
            "hidden", "(3, 5) (5,)", "not kernel: the run has (3, 6), bias: the run has (6,)", 0
        ),
        Taken("head", "(5, 2) (2,)", "not: the run has no such layer", 0),
    )
    for name in ("inside", "n"):
        own, expected = (
            one.get_layer("part").get_layer(name).get_weights() for one in (ours, run)
        )
        np.testing.assert_equal(own, expected)
    np.testing.assert_equal(ours.get_layer("head").get_weights(), before)


class Own(keras.Model):
    """A model by subclassing: Keras names its layers, and counts on with each."""

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        self.one, self.two = keras.layers.Dense(3), keras.layers.Dense(2)

    def call(self, x: Any) -> Any:
        return self.two(self.one(x))


def test_model_by_subclassing_is_taken_whole() -> None:
    ours, run = (keras.Sequential([keras.Input((4,)), Own(name="own")]) for _ in range(2))
    (row,) = take_weights(named(ours), run, PLACE)
    assert row == Taken("own", "(4, 3) (3,) (3, 2) (2,)", "taken", 4)
    for own, expected in zip(ours.get_weights(), run.get_weights(), strict=True):
        np.testing.assert_array_equal(own, expected)


def test_part_of_a_layer_is_taken() -> None:
    layers = keras.layers
    ours = keras.Sequential([keras.Input((4,)), layers.Dense(2, name="head")])
    run = keras.Sequential([keras.Input((5,)), layers.Dense(2, name="head")])
    run.layers[0].bias.assign([1.0, 2.0])
    (row,) = take_weights(named(ours), run, PLACE)
    assert row == Taken(
        "head", "(4, 2) (2,)", "the rest taken, not kernel: the run has (5, 2)", 1
    )
    np.testing.assert_array_equal(ours.layers[0].bias, [1.0, 2.0])


def test_what_was_learned_of_the_data_stays() -> None:
    ours, run = model(5, "head", learned=3), model(5, "head", learned=100)
    take_weights(named(ours), run, PLACE)
    np.testing.assert_allclose(ours.get_layer("scale").mean, np.full((1, 4), 3))


def test_wrappers_match_though_keras_numbers_their_insides() -> None:
    def build() -> Any:
        lstm = keras.layers.Bidirectional(keras.layers.LSTM(3), name="both")
        return keras.Sequential([keras.Input((5, 2)), lstm])

    ours, run = build(), build()
    (row,) = take_weights(named(ours), run, PLACE)
    assert row.result == "taken"
    assert row.count == 6
    np.testing.assert_equal(ours.get_weights(), run.get_weights())


def test_layer_that_is_called_twice_stands_there_once() -> None:
    ours = model(5, "head")
    layers = {**named(ours), "again": ours.get_layer("hidden")}
    rows = take_weights(layers, model(5, "head"), PLACE)
    assert [row.layer for row in rows] == ["part/inside", "part/n", "hidden", "head"]


def test_nothing_in_common_is_an_error() -> None:
    ours = keras.Sequential([keras.Input((4,)), keras.layers.Dense(9, name="mine")])
    expected = (
        r"^initial_weights: no layer has the name and the shape of one of that run\. Its layers"
        r" with weights: part/inside, part/n, hidden, head\. Give yours the same `name:`\.$"
    )
    with pytest.raises(ModelError, match=expected):
        take_weights(named(ours), model(5, "head"), PLACE)
