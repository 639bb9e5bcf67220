"""How often an experiment may be repeated, and with what."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.dump import dump_resolved
from dlkit.config.load import load_config
from dlkit.errors import ConfigError

CONFIG: dict[str, Any] = {
    "dataset": {"source": "iris"},
    "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
    "loss": "sparse_categorical_crossentropy",
}


def test_experiment_is_run_once_unless_it_says_otherwise() -> None:
    loaded = load_config(CONFIG)
    assert loaded.config.repeat == 1
    assert "repeat: 1\n" in dump_resolved(loaded.config, loaded.catalogue)
    assert load_config(CONFIG, {"repeat": 5}).config.repeat == 5


@pytest.mark.parametrize(
    "values",
    [
        {"repeat": 2, "seed": 2**31 - 2},
        {"repeat": 1, "dataset.folds": 3},
        {"repeat": 3, "training.distribute": "mirrored"},
        {"repeat": 1000},
    ],
)
def test_what_goes_together(values: dict[str, Any]) -> None:
    assert load_config(CONFIG, values).warnings == ()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"repeat": 3, "seed": 2**31 - 2},
            r"repeat: the last of 3 seeds would be 2147483648\.",
        ),
        (
            {"repeat": 2, "dataset.folds": 3},
            r"repeat: every one of 2 seeds would train 3 folds",
        ),
        ({"repeat": 2, "training.distribute": "multi_worker"}, r"and seeds make several\."),
        ({"repeat": 0}, r"repeat: expected at least 1, received 0"),
        ({"repeat": 1001}, r"repeat: expected at most 1000, received 1001"),
        ({"repeat": True}, r"repeat: expected an integer, received true"),
        ({"repeat": 2.5}, r"repeat: expected an integer, received 2\.5"),
    ],
)
def test_what_does_not(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(CONFIG, values)


def test_one_try_by_heart_is_enough() -> None:
    long = {"training.overfit": 12, "training.epochs": 500}
    (warning,) = load_config(CONFIG, {"repeat": 2, **long}).warnings
    assert "every one of 2 seeds would be tried" in str(warning)
    assert load_config(CONFIG, {"repeat": 1, **long}).warnings == ()
