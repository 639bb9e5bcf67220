"""Find out what a config should say, before it is run: a learning rate.

Importing this module brings in neither TensorFlow nor what needs it, as with ``launch``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.bases import bases_of
from dlkit.config.load import load_config
from dlkit.errors import TrainingError
from dlkit.machine import see_only
from dlkit.own_code import Plugins, catalogue_with, own_faults
from dlkit.report.run_folder import DEFAULT_OUTPUT
from dlkit.report.terminal import telling

if TYPE_CHECKING:
    from dlkit.rate_finding import FoundRate


def find_learning_rate(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    folder: str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
    device: str | None = None,
) -> FoundRate:
    """Find a learning rate: train for a few hundred steps while it grows, and watch the loss.

    Steps, batches, augmentation, regularization and optimizer are those of a run; nothing
    of it is kept, and no run is touched.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        folder: Gets the picture; None: ``<output>/<name>/learning_rate``.
        output: The folder that keeps experiments: a model may build on one of them.
        plugins: As for ``run``.
        device: As for ``run``.

    Returns:
        The suggested rate, the override that sets it, the losses, the file of the picture,
        and all of it as a text.

    Raises:
        DlkitError: If the config is wrong (``ConfigError``), the data is missing or unfit
            (``DataError``), a step fails (``TrainingError``), or the picture cannot be
            written (``StorageError``).
    """
    overrides = overrides if isinstance(overrides, Mapping | str) else tuple(overrides)
    plugins = tuple(plugins)
    loaded = load_config(config, overrides, catalogue=catalogue_with(plugins))
    if bases_of(loaded.config):
        from dlkit.report.bases import find_bases

        find_bases(loaded, Path(output))
    to = Path(folder) if folder else Path(output) / loaded.config.name / "learning_rate"
    options: list[tuple[str | os.PathLike[str], ...]]
    options = [("--plugin", plugin) for plugin in plugins]
    options += [("--output", output)] if Path(output) != DEFAULT_OUTPUT else []
    options += [("--device", device)] if device else []
    options += [("--no-sweep",)] if loaded.config.sweep else []
    command = run_command(config, overrides, options)
    see_only(device)
    with native_stderr_to(Path(os.devnull)), own_faults(TrainingError):
        import_tensorflow()
        from dlkit.rate_finding import find_rate

        with telling(Path(os.devnull)):
            return find_rate(loaded, to, Path(output), command)


def run_command(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str],
    options: Iterable[tuple[str | os.PathLike[str], ...]],
) -> list[str]:
    """Return the words that train a config from the command line; none where it is no file.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        options: Options of the command with their values.
    """
    if isinstance(config, Mapping):
        return []
    if isinstance(overrides, Mapping):
        overrides = [f"{name}={json.dumps(value)}" for name, value in overrides.items()]
    elif isinstance(overrides, str):
        overrides = [overrides]
    own = [os.fspath(word) for option in options for word in option]
    return ["python", "-m", "dlkit.run", os.fspath(config), *own, *overrides]
