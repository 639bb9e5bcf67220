"""Where figures depend on more than the model and its data, and what scripts do about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

pytest.importorskip("keras")

from tests.eject.conftest import figures_of  # noqa: E402

Write = Callable[..., str]
Figures = Callable[[str], dict[str, float]]


def points(*, use_bias: bool = True, **sections: Any) -> dict[str, Any]:
    """Return a small experiment with a batch normalization before an activation."""
    hidden = {"Dense": {"units": 6, "activation": "relu", "use_bias": use_bias}}
    return {
        "dataset": {"source": {"moons": {"examples": 100}}},
        "architecture": {"layers": [hidden, {"Dense": {"units": 2, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
        "regularization": {"batch_normalization": "before", "max_norm": 2},
        "training": {"epochs": 2, "batch_size": 16},
        **sections,
    }


def trained(config: dict[str, Any], folder: Path) -> dict[str, float]:
    import dlkit

    metrics = dlkit.run(config, output=folder).metrics
    return {name: value for name, value in metrics.items() if not name.startswith("train_")}


def test_biases_that_only_rounding_moves_are_told(script: Write) -> None:
    told = "The biases in front of a batch normalization have no effect"
    assert told in script(points())
    assert "and Adam makes" in script(points()).replace("\n# ", " ")
    assert told not in script(points(use_bias=False))
    assert told not in script(points(optimizer="SGD"))
    assert told not in script(points(regularization={"batch_normalization": "after"}))


def test_without_them_figures_agree(script: Write, tmp_path: Path) -> None:
    config = points(use_bias=False)
    assert figures_of(script(config)) == pytest.approx(trained(config, tmp_path), abs=2e-6)


def test_recurrent_dropout_draws_alike(script: Write, figures: Figures, tmp_path: Path) -> None:
    source = {"sequences": {"examples": 400, "length": 5, "rule": "first"}}
    config = {
        "dataset": {"source": source},
        "architecture": {
            "layers": [
                {"GRU": {"units": 4, "recurrent_dropout": 0.4}},
                {"Dense": {"units": 1, "activation": "sigmoid"}},
            ]
        },
        "loss": "binary_crossentropy",
        "training": {"epochs": 3, "batch_size": 64},
    }
    text = script(config)
    assert "    validation_batch_size=256,\n" in text  # Keras's 32 would draw twice
    assert figures(text) == pytest.approx(trained(config, tmp_path), abs=2e-6)
