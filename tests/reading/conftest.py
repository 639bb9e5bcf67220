"""Stories that tests make up: a history, and what else a rule looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dlkit.config.load import load_config
from dlkit.reading.story import Answered, Network, Story

TWO = Answered(
    task="classification",
    classes=("no", "yes"),
    train=(100, 100),
    validation=(50, 50),
    true=(50, 50),
    predicted=(50, 50),
    right=(45, 45),
    naive_loss=0.7,
)
"""Two classes, nine of ten right."""


def written(**sections: Any) -> dict[str, Any]:
    """Return a config of two classes."""
    layers = [
        {"Dense": {"units": 8, "activation": "relu"}},
        {"Dense": {"units": 2, "activation": "softmax"}},
    ]
    return {
        "dataset": {"source": {"csv": "made.csv"}, "target": "kind"},
        "architecture": {"layers": layers},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "optimizer": {"Adam": {"learning_rate": 0.001}},
    } | sections


@pytest.fixture
def config() -> Callable[..., dict[str, Any]]:
    """Return a maker of configs of two classes."""
    return written


@pytest.fixture
def story() -> Callable[..., Story]:
    """Return a maker of stories: well learned, unless something else is said.

    ``history`` are columns by their names; ``learning_rate`` may be one number. ``sections``
    are those of the config, all else is as in ``Story``.
    """

    def story(
        history: Mapping[str, Any] | None = None,
        sections: Mapping[str, Any] | None = None,
        answered: Answered = TWO,
        **others: Any,
    ) -> Story:
        columns = {"learning_rate": 0.001, "loss": [0.4, 0.3, 0.25], **(history or {})}
        length = len(columns["loss"])
        rows = tuple(
            {"epoch": place + 1}
            | {k: v[place] if isinstance(v, list) else v for k, v in columns.items()}
            for place in range(length)
        )
        figures = {"train_loss": rows[-1]["loss"]}
        figures |= {n: rows[-1][n] for n in rows[-1] if n.startswith("val_")}
        values: dict[str, Any] = {
            "status": "completed",
            "best_epoch": length,
            "kept_epoch": length,
            "examples": {"train": 200, "validation": 100, "test": 100},
            "steps_of_epoch": 10,
            "network": Network(parameters=1000, weight_size=0.1),
            "usual_rate": 0.001,
            **others,
            "figures": figures | others.get("figures", {}),
        }
        loaded = load_config(written(**(sections or {})))
        return Story(config=loaded.config, rows=rows, answered=(answered,), **values)

    return story
