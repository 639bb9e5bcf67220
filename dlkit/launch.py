"""Start an experiment: everything that can fail fast fails before TensorFlow is there.

This module imports neither TensorFlow nor what needs it; it brings them in when the
config is right and the run's folder is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.catalogue import load_catalogue
from dlkit.config.dump import dump_with_origins
from dlkit.config.load import load_config
from dlkit.model.summary import Overview
from dlkit.report.run_folder import create_run_folder
from dlkit.report.terminal import telling

if TYPE_CHECKING:
    from dlkit.experiment import Result
    from dlkit.folds import FoldsResult

DEFAULT_OUTPUT = "experiments"


def resolve(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
) -> str:
    """Return a config as YAML with every default, and where each value comes from.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.

    Raises:
        ConfigError: With every fault.
    """
    return dump_with_origins(load_config(config, overrides), load_catalogue())


def run(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
) -> Result | FoldsResult:
    """Run one experiment from its config to its report.

    Args:
        config: A YAML file, or the same as nested dicts and lists.
        overrides: ``{"training.epochs": 1}`` or ``["training.epochs=1"]``.
        output: The folder that keeps experiments.

    Returns:
        History, metrics, model and folder of the run; with folds, metrics and the results
        of the folds.

    Raises:
        DlkitError: If the config is wrong (``ConfigError``, with every fault), the data
            is missing or unfit (``DataError``), the folder cannot be written
            (``StorageError``), or training diverges (``TrainingError``).

    Example:
        >>> result = dlkit.run("configs/iris_mlp.yaml", {"training.epochs": 5})
        >>> result.metrics["test_accuracy"]
    """
    loaded = load_config(config, overrides)
    folder = create_run_folder(Path(output), loaded.config.name)
    with native_stderr_to(folder.log):
        import_tensorflow()
        with telling(folder.log):
            if loaded.config.dataset.folds:
                from dlkit.folds import run_folds

                return run_folds(loaded, folder)
            from dlkit.experiment import run_experiment

            return run_experiment(loaded, folder)


def check(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    static: bool = False,
) -> Overview:
    """Find every fault of a config without training.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        static: Only what can be known without TensorFlow and the data.

    Returns:
        Warnings, and unless ``static`` the layers with what they cost.

    Raises:
        DlkitError: As ``run`` would.
    """
    loaded = load_config(config, overrides)
    if static:
        return Overview(loaded.warnings)
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.experiment import check_experiment

        return check_experiment(loaded)
