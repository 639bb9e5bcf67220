"""The oldest question of neural networks: which gates does a neuron learn, and which not?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

SIGMOID = {"Dense": {"units": 1, "activation": "sigmoid"}}
HIDDEN = {"Dense": {"units": 8, "activation": "tanh"}}


@pytest.mark.parametrize(
    ("gate", "layers", "right"),
    [
        pytest.param("and", [SIGMOID], 1.0, id="and"),
        pytest.param("nor", [SIGMOID], 1.0, id="nor"),
        pytest.param("xor", [HIDDEN, SIGMOID], 1.0, id="xor-with-a-hidden-layer"),
        # Minsky and Papert (1969): a line has at most three of the four points right.
        pytest.param("xor", [SIGMOID], 0.75, id="xor-without"),
    ],
)
def test_gate(
    train: Callable[..., Any], gate: str, layers: list[dict[str, Any]], right: float
) -> None:
    outcome = train(
        {
            "dataset": {"source": gate, "validation": 0},
            "architecture": {"layers": layers},
            "loss": "binary_crossentropy",
            "metrics": ["accuracy"],
            "optimizer": {"Adam": {"learning_rate": 0.1}},
            "training": {"epochs": 200, "batch_size": 4},
        }
    )
    accuracy = outcome.evaluation.metrics["accuracy"]
    assert (accuracy == right) if right == 1 else (accuracy <= right)
    assert outcome.rows[-1]["accuracy"] == accuracy
