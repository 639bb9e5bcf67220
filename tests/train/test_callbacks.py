"""Callbacks that watch a figure, told whether more of it is better."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.train.callbacks import build_callbacks  # noqa: E402


def callback(notation: Any) -> Any:
    """Return a callback of a config with two outputs, built."""
    head = {"units": 3, "activation": "softmax", "from": "input"}
    loss = {"loss": "sparse_categorical_crossentropy"}
    config = load_config(
        {
            "dataset": {"source": "iris"},
            "architecture": {"layers": [{"Dense": {**head, "name": name}} for name in "ab"]},
            "outputs": {"a": {**loss, "metrics": ["accuracy"]}, "b": loss},
            "training": {"callbacks": [notation]},
        }
    ).config
    return build_callbacks(config)[0]


@pytest.mark.parametrize(
    ("arguments", "mode"),
    [
        ({"monitor": "val_b_loss"}, "min"),
        ({"monitor": "val_a_accuracy"}, "max"),
        ({}, "min"),
        ({"monitor": "val_a_accuracy", "mode": "min"}, "min"),
    ],
    ids=["loss of an output", "metric of an output", "default", "its own"],
)
def test_callback_knows_which_way_is_better(arguments: Any, mode: str) -> None:
    """Keras refuses both figures of an output: it looks for metrics of these names."""
    assert callback({"ReduceLROnPlateau": arguments}).mode == mode


def test_callback_that_watches_nothing_is_left_alone() -> None:
    assert isinstance(callback("TerminateOnNaN"), keras.callbacks.TerminateOnNaN)
