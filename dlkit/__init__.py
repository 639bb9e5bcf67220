"""Deep-learning experiments on Keras from one YAML file.

    import dlkit
    result = dlkit.run("configs/mnist_mlp.yaml", {"training.epochs": 1})
    result.metrics["test_accuracy"]

Importing the package costs nothing; what a name needs is imported when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlkit.answering import evaluate, predict
    from dlkit.errors import (
        ConfigError,
        DataError,
        DlkitError,
        ModelError,
        StorageError,
        TrainingError,
    )
    from dlkit.finding import find_learning_rate
    from dlkit.launch import describe_data, eject, run
    from dlkit.pages import redraw, write_index
    from dlkit.proving import check, resolve
    from dlkit.report.comparison.comparing import compare
    from dlkit.sweeping import sweep

__version__ = "0.1.0"

_HOMES = {
    "run": "dlkit.launch",
    "check": "dlkit.proving",
    "describe_data": "dlkit.launch",
    "eject": "dlkit.launch",
    "resolve": "dlkit.proving",
    "find_learning_rate": "dlkit.finding",
    "compare": "dlkit.report.comparison.comparing",
    "predict": "dlkit.answering",
    "evaluate": "dlkit.answering",
    "redraw": "dlkit.pages",
    "write_index": "dlkit.pages",
    "sweep": "dlkit.sweeping",
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
    "compare",
    "describe_data",
    "eject",
    "evaluate",
    "find_learning_rate",
    "predict",
    "redraw",
    "resolve",
    "run",
    "sweep",
    "write_index",
]


class _Package(ModuleType):
    """Keeps the functions' names theirs: ``dlkit.evaluate`` is a package as well."""

    def __setattr__(self, name: str, value: object) -> None:
        """Bind a name, unless Python binds a module to the name of a function."""
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


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
