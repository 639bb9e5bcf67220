"""Files of a person's own code, and an experiment on a few flowers to use them in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def code() -> Path:
    """The folder of plugins."""
    return Path(__file__).parent / "code"


def _config_of(*layers: Any, **sections: Any) -> dict[str, Any]:
    """Return an experiment with some layers in front of its last."""
    last = {"Dense": {"units": 3, "activation": "softmax"}}
    return {
        "name": "own",
        "dataset": {"source": "iris"},
        "architecture": {"layers": [*layers, last]},
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "training": {"epochs": 1, "batch_size": 200},
        **sections,
    }


@pytest.fixture(scope="session")
def config_of() -> Callable[..., dict[str, Any]]:
    """Return what makes an experiment of a few layers."""
    return _config_of


@pytest.fixture
def plugin(tmp_path: Path) -> Callable[[str], Path]:
    """Return what writes a plugin of a few lines, Keras and ``register`` imported."""

    def write(text: str, name: str = "own.py") -> Path:
        path = tmp_path / name
        start = "import keras\nregister = keras.saving.register_keras_serializable()\n"
        path.write_text(start + text)
        return path

    return write
