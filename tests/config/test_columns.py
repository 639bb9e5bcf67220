from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.columns import metric_name, monitored_names
from dlkit.config.load import load_config


def loaded(metrics: list[Any], validation: float) -> Any:
    return load_config(
        {
            "dataset": {"source": "iris", "validation": validation},
            "architecture": {"layers": [{"Dense": 3}]},
            "loss": "mse",
            "metrics": metrics,
        }
    ).config


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("accuracy", "accuracy"),
        ("acc", "acc"),
        ("MeanAbsoluteError", "mean_absolute_error"),
        ({"TopKCategoricalAccuracy": {"k": 3}}, "top_k_categorical_accuracy"),
        ({"TopKCategoricalAccuracy": {"k": 3, "name": "top3"}}, "top3"),
    ],
    ids=str,
)
def test_column_of_a_metric_is_its_name_in_snake_case(metric: Any, name: str) -> None:
    assert metric_name(loaded([metric], 0.1).metrics[0]) == name


@pytest.mark.parametrize(
    ("validation", "names"),
    [
        (0.1, ["loss", "mae", "mse", "val_loss", "val_mae", "val_mse"]),
        (0, ["loss", "mae", "mse"]),
    ],
)
def test_monitored_names_are_in_the_order_of_the_history(
    validation: float, names: list[str]
) -> None:
    assert monitored_names(loaded(["mae", "mse"], validation)) == names
