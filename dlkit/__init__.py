"""Deep-learning experiments on Keras from one YAML file.

    import dlkit
    result = dlkit.run("configs/mnist_mlp.yaml", {"training.epochs": 1})
    result.metrics["test_accuracy"]

Importing the package costs nothing; what a name needs is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlkit.errors import (
        ConfigError,
        DataError,
        DlkitError,
        ModelError,
        StorageError,
        TrainingError,
    )
    from dlkit.launch import check, resolve, run

__version__ = "0.1.0"

_HOMES = {
    "run": "dlkit.launch",
    "check": "dlkit.launch",
    "resolve": "dlkit.launch",
    "DlkitError": "dlkit.errors",
    "ConfigError": "dlkit.errors",
    "ModelError": "dlkit.errors",
    "DataError": "dlkit.errors",
    "TrainingError": "dlkit.errors",
    "StorageError": "dlkit.errors",
}

__all__ = [
    "ConfigError",
    "DataError",
    "DlkitError",
    "ModelError",
    "StorageError",
    "TrainingError",
    "check",
    "resolve",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module.

    Raises:
        AttributeError: If the package has no such name.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'dlkit' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted([*__all__, "__version__"])
