from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.columns import is_figure, metric_name, monitored_names
from dlkit.config.load import load_config

CLASSES = {
    "dataset": {"source": "iris"},
    "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
    "loss": "sparse_categorical_crossentropy",
}

VALUES = {
    "dataset": {"source": "diabetes"},
    "architecture": {"layers": [{"Dense": 1}]},
    "loss": "mse",
}


def loaded(data: dict[str, Any], **sections: Any) -> Any:
    return load_config(data | sections).config


@pytest.mark.parametrize(
    ("data", "metric", "name"),
    [
        (CLASSES, "accuracy", "accuracy"),
        (CLASSES, "acc", "accuracy"),
        (VALUES, "MeanAbsoluteError", "mean_absolute_error"),
        (
            CLASSES,
            {"SparseTopKCategoricalAccuracy": {"k": 3}},
            "sparse_top_k_categorical_accuracy",
        ),
        (CLASSES, {"SparseTopKCategoricalAccuracy": {"k": 3, "name": "top3"}}, "top3"),
    ],
    ids=["accuracy", "acc", "class", "arguments", "named"],
)
def test_column_of_a_metric_is_its_name_in_snake_case(
    data: dict[str, Any], metric: Any, name: str
) -> None:
    assert metric_name(loaded(data, metrics=[metric]).metrics[0]) == name


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
    dataset = {"source": "diabetes", "validation": validation}
    config = loaded(VALUES, dataset=dataset, metrics=["mae", "mse"])
    assert monitored_names(config) == names


def test_columns_of_layers_are_no_figures() -> None:
    assert not is_figure("gradient_norm/dense")
    assert not is_figure("dead_units/a/b")
    assert not is_figure("learning_rate")
    assert is_figure("gradient_norm")
    assert is_figure("val_loss")
