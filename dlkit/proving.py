"""What can be said of a config before it is run: its faults, its defaults, what it needs.

This module imports neither TensorFlow nor what needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.bases import bases_of
from dlkit.config.dump import dump_with_origins
from dlkit.config.load import LoadedConfig, load_config
from dlkit.config.sweep.checking import sweep_of
from dlkit.config.sweep.summary import describe_sweep
from dlkit.errors import ModelError
from dlkit.machine import see_only
from dlkit.model.summary import Overview
from dlkit.own_code import Plugins, catalogue_with, own_faults
from dlkit.report.run_folder import DEFAULT_OUTPUT


def resolve(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    plugins: Plugins = (),
) -> str:
    """Return a config as YAML with every default, and where each value comes from.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        plugins: As for ``run``.

    Raises:
        ConfigError: With every fault.
    """
    catalogue = catalogue_with(plugins)
    return dump_with_origins(load_config(config, overrides, catalogue=catalogue), catalogue)


def check(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    static: bool = False,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
    device: str | None = None,
) -> Overview:
    """Find every fault of a config without training.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        static: Only what can be known without TensorFlow and the data.
        output: The folder that keeps experiments: a model may build on one of them.
        plugins: As for ``run``.
        device: As for ``run``.

    Returns:
        Warnings, what would be swept, and unless ``static`` the layers with what they cost.

    Raises:
        DlkitError: As ``run`` would.
    """
    loaded = load_config(config, overrides, catalogue=catalogue_with(plugins))
    find_needed(loaded, Path(output))
    sweep = sweep_of(loaded) if loaded.config.sweep else None
    loaded = sweep.loaded if sweep else loaded
    if static:
        return Overview(loaded.warnings, sweep=describe_sweep(sweep) if sweep else ())
    see_only(device)
    with native_stderr_to(Path(os.devnull)), own_faults(ModelError):
        import_tensorflow()
        from dlkit.checking import check_experiment, check_sweep

        if sweep:
            return check_sweep(sweep, Path(output))
        return check_experiment(loaded, Path(output))


def find_needed(loaded: LoadedConfig, output: Path) -> None:
    """Prove that the runs and the weights that a config builds on are there.

    Raises:
        DlkitError: If one is not.
    """
    if bases_of(loaded.config):
        from dlkit.report.bases import find_bases

        find_bases(loaded, output)
