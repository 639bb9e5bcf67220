"""Start a sweep from Python or from the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlkit.config.load import LoadedConfig, load_config
from dlkit.errors import ConfigError
from dlkit.own_code import Plugins, catalogue_with
from dlkit.report.run_folder import DEFAULT_OUTPUT

if TYPE_CHECKING:
    from dlkit.sweep.result import SweepResult


def sweep(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
    device: str | None = None,
) -> SweepResult:
    """Run the trials that the section ``sweep`` of a config asks for.

    The same call goes on with a sweep that was interrupted, or that is to get more trials.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        output: The folder that keeps experiments.
        plugins: As for ``run``.
        device: As for ``run``.

    Returns:
        The best trial, a table of all, and the folder.

    Raises:
        ConfigError: If the config is wrong or has no sweep, with every fault.
        TrainingError: If no trial comes to a result.
        StorageError: If the folder cannot be written.
        Interrupted: If a signal ends it: a ``KeyboardInterrupt``; the same call goes on.

    Example:
        >>> result = dlkit.sweep("configs/sweeps/pima_grid.yaml", {"sweep.jobs": 2})
        >>> result.best_params, result.best_value
    """
    files = tuple(Path(plugin) for plugin in plugins)
    loaded = load_config(config, overrides, catalogue=catalogue_with(files))
    return sweep_loaded(loaded, Path(output), files, device)


def run_or_sweep(
    file: str,
    overrides: Iterable[str],
    output: Path,
    plugins: tuple[Path, ...],
    device: str | None,
) -> None:
    """Run the sweep of a file that has one, else the experiment in it.

    Args:
        file: A YAML file.
        overrides: ``path=value`` texts.
        output: The folder that keeps experiments.
        plugins: Files with code of the person's own.
        device: ``cpu``, ``gpu`` or ``gpu:1``; None: what there is.

    Raises:
        DlkitError: As ``sweep`` and ``run``.
    """
    loaded = load_config(file, overrides, catalogue=catalogue_with(plugins))
    if loaded.config.sweep:
        sweep_loaded(loaded, output, plugins, device)
        return
    from dlkit.launch import run_loaded

    run_loaded(loaded, output, False, force=False, device=device)


def refuse_to_resume(
    file: str, overrides: Iterable[str], plugins: tuple[Path, ...], option: str
) -> None:
    """Say that a sweep goes on by itself, where a file has one.

    Args:
        file: A YAML file.
        overrides: ``path=value`` texts.
        plugins: Files with code of the person's own.
        option: What was asked for: ``--resume``.

    Raises:
        ConfigError: If it has a sweep, or is wrong.
    """
    if load_config(file, overrides, catalogue=catalogue_with(plugins)).config.sweep:
        raise ConfigError(
            f"{file} has a sweep, which goes on with the same command by itself: leave out"
            f" {option}. For a run of what is around it, add --no-sweep."
        )


def sweep_loaded(
    loaded: LoadedConfig, output: Path, plugins: tuple[Path, ...], device: str | None
) -> SweepResult:
    """Run the sweep of a checked config.

    Raises:
        DlkitError: As ``sweep``.
    """
    from dlkit.sweep.conducting import conduct  # brings in Optuna

    return conduct(loaded, output, plugins, device)
