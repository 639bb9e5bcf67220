"""What the rules are told of a model, held against arithmetic and plain Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.config.regularization.regularize import regularize
from dlkit.data.dataset import Split
from dlkit.reading.story import Network

pytestmark = pytest.mark.keras


def facts(layers: list[Any], core: Any = None, **sections: Any) -> Network:
    """Return the facts of a config; of no model where only the config counts."""
    import keras

    from dlkit.report.network_facts import network_of

    config = {
        "dataset": {"source": "moons"},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
        **sections,
    }
    trained = regularize(load_config(config).config).config
    if core is None:
        core = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, name="dense_0")])
    return network_of(trained, core, core.count_params(), ())


LAST: dict[str, Any] = {"Dense": {"units": 2, "activation": "softmax"}}


def hidden(activation: str) -> dict[str, Any]:
    return {"Dense": {"units": 4, "activation": activation}}


@pytest.mark.parametrize(
    ("layers", "bends", "sigmoids"),
    [
        ([LAST], 0, 0),
        ([{"Dense": 4}, LAST], 0, 0),
        ([{"Dense": 4}, {"Activation": "sigmoid"}, LAST], 1, 1),
        ([hidden("relu"), hidden("sigmoid"), hidden("sigmoid"), LAST], 3, 2),
        ([hidden("sigmoid"), "BatchNormalization", hidden("sigmoid"), LAST], 2, 0),
        ([{"Dense": 4}, "ReLU", LAST], 1, 0),
    ],
)
def test_hidden_layers_are_counted(layers: list[Any], bends: int, sigmoids: int) -> None:
    found = facts(layers)
    assert (found.bends, found.sigmoids) == (bends, sigmoids)


def test_settings_that_change_training_are_found() -> None:
    found = facts(
        [hidden("relu"), {"GaussianNoise": 0.1}, LAST],
        regularization={"dropout": 0.4, "l2": 0.1, "clipnorm": 1.0},
    )
    assert {*found.noise} == {"Dropout", "GaussianNoise"}
    assert found.dropped == 0.4
    assert found.penalized
    assert found.clipped
    plain = facts([hidden("relu"), LAST])
    assert plain.noise == ()
    assert not (plain.penalized)
    assert not (plain.clipped)
    assert not (plain.recurrent)
    assert not (plain.normalized)


def test_weights_are_measured() -> None:
    import keras

    core = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(4, "relu", name="dense_0", kernel_regularizer="l2"),
            keras.layers.Dense(2, name="dense_1"),
        ]
    )
    first = np.array([[1, 1, 2, 0], [0, 0, 2, 0]], np.float32)
    core.layers[0].set_weights([first, np.zeros(4, np.float32)])
    core.layers[1].set_weights([np.full((4, 2), 3, np.float32), np.zeros(2, np.float32)])
    found = facts([hidden("relu"), LAST], core)
    assert found.units == {
        "dense_0": (4, 3)
    }  # two are equal, and the last layer is no hidden one
    assert found.penalty == pytest.approx(0.01 * 10)
    assert found.weight_size == pytest.approx((np.sqrt(10 / 8) + 3) / 2)
    drawn = np.sqrt(2 / (2 + 4))
    assert found.shrunk["dense_0"] == pytest.approx(np.sqrt(10 / 8) / drawn)
    assert found.parameters == 2 * 4 + 4 + 4 * 2 + 2


def test_drawn_size_is_that_of_glorot() -> None:
    import keras

    core = keras.Sequential(
        [keras.Input((20, 20, 8)), keras.layers.Conv2D(64, 5, name="conv2_d_0")]
    )
    assert facts([LAST], core).shrunk["conv2_d_0"] == pytest.approx(1, rel=0.02)


def test_dead_units_are_those_that_are_never_above_zero() -> None:
    import keras

    from dlkit.report.network_facts import dead_shares

    core = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(4, "relu", name="dense_0"),
            keras.layers.Dense(2, name="dense_1"),
        ]
    )
    kernel = np.array([[1, -1, 1, 1]], np.float32)
    core.layers[0].set_weights([kernel, np.array([0, 0, -9, 9], np.float32)])
    x = np.linspace(1, 5, 20, dtype=np.float32)[:, None]
    split = Split(x, np.zeros(20, np.int32))
    assert dead_shares(core, split) == {"dense_0": 0.5}
