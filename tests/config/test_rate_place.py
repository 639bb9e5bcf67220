"""The override that sets the learning rate names the place where it takes effect."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.load import load_config
from dlkit.config.rate_place import rate_place
from dlkit.errors import format_path


def config_with(**sections: Any) -> dict[str, Any]:
    return {
        "dataset": {"source": "iris"},
        "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
        **sections,
    }


DECAY = {"ExponentialDecay": {"decay_steps": 10, "decay_rate": 0.9}}
WHOLE = {"ExponentialDecay": {"initial_learning_rate": 0.2, **DECAY["ExponentialDecay"]}}
WARM = {"CosineDecay": {"decay_steps": 10, "warmup_target": 0.3, "warmup_steps": 2}}
STAGES = {"training": {"stages": [{"epochs": 1}]}}
RATE = {"training": {"stages": [{"epochs": 1, "learning_rate": 0.4}]}}
OWN = {"training": {"stages": [{"epochs": 1, "optimizer": "SGD"}]}}


@pytest.mark.parametrize(
    ("sections", "path", "value"),
    [
        ({"optimizer": "Adam"}, "optimizer.Adam.learning_rate", 0.001),
        ({"optimizer": {"SGD": {"momentum": 0.9}}}, "optimizer.SGD.learning_rate", 0.01),
        (
            {"optimizer": {"Adam": {"learning_rate": 0.05}}},
            "optimizer.Adam.learning_rate",
            0.05,
        ),
        ({"optimizer": {"Adam": 0.05}}, "optimizer.Adam", 0.05),
        ({"optimizer": "Adam", "lr_schedule": DECAY}, "optimizer.Adam.learning_rate", 0.001),
        (
            {"optimizer": "Adam", "lr_schedule": WHOLE},
            "lr_schedule.ExponentialDecay.initial_learning_rate",
            0.2,
        ),
        ({"lr_schedule": WARM}, "lr_schedule.CosineDecay.warmup_target", 0.3),
        (
            {"optimizer": {"Adam": {"learning_rate": WHOLE}}},
            "optimizer.Adam.learning_rate.ExponentialDecay.initial_learning_rate",
            0.2,
        ),
        (
            {"optimizer": {"Adam": {"learning_rate": {"CosineDecay": [0.1, 50]}}}},
            "optimizer.Adam.learning_rate.CosineDecay[0]",
            0.1,
        ),
        ({"optimizer": "Adam", **STAGES}, "optimizer.Adam.learning_rate", 0.001),
        ({"optimizer": "Adam", **RATE}, "training.stages[0].learning_rate", 0.4),
        ({"optimizer": "Adam", **OWN}, "training.stages[0].optimizer.SGD.learning_rate", 0.01),
    ],
)
def test_override_takes_effect_where_it_is_said_to(
    sections: dict[str, Any], path: str, value: float
) -> None:
    told = config_with(**sections)
    place = rate_place(load_config(told).config)
    assert (format_path(place.path), place.value) == (path, value)
    changed = rate_place(load_config(told, [f"{path}=0.00021"]).config)
    assert (changed.path, changed.value) == (place.path, 0.00021)


def test_schedule_of_many_rates_has_no_one_place() -> None:
    many = {"PiecewiseConstantDecay": {"boundaries": [10], "values": [0.1, 0.01]}}
    place = rate_place(load_config(config_with(optimizer="Adam", lr_schedule=many)).config)
    assert (place.path, place.value, place.schedule) == ((), None, "PiecewiseConstantDecay")
