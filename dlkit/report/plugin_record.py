"""What a run keeps of the plugins it was made with, and what it asks for when it is opened.

A copy is for people: code that lies in a run's folder is never run by itself.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable
from typing import Any

from dlkit.config.catalogue import Catalogue, PluginFile
from dlkit.errors import ConfigError, StorageError
from dlkit.report.records import writing
from dlkit.report.run_folder import RunFolder
from dlkit.storage import write_whole


def copy_plugins(folder: RunFolder, plugins: Iterable[PluginFile]) -> None:
    """Put copies of the plugins into a run's folder.

    Raises:
        StorageError: If they cannot be written.
    """
    for plugin in plugins:
        path = folder.plugins / plugin.name
        with writing(path):
            folder.plugins.mkdir(exist_ok=True)
            write_whole(path, plugin.source)


def require_plugins(folder: RunFolder, catalogue: Catalogue) -> tuple[str, ...]:
    """Make sure that the plugins of a finished run are there.

    Args:
        folder: The finished run.
        catalogue: Holds the plugins that were given.

    Returns:
        Warnings of plugins that are not what they were.

    Raises:
        ConfigError: If one was not given.
        StorageError: If what the run wrote down is damaged.
    """
    given = {plugin.name: plugin.sha256 for plugin in catalogue.plugins}
    recorded = _recorded(folder)
    missing = [name for name in recorded if name not in given]
    if missing:
        several = len(missing) > 1
        raise ConfigError(
            f"{folder.path}: this run was made with the plugin{'s' if several else ''}"
            f" {' and '.join(missing)}: give {'them' if several else 'it'} by"
            f" {' '.join(f'--plugin {shlex.quote(name)}' for name in missing)}"
            f" (a copy is in {folder.plugins})."
        )
    return tuple(
        f"{folder.path}: the plugin {name} has changed since this run was made"
        f" (a copy of what it was is in {folder.plugins})."
        for name, sha256 in recorded.items()
        if given[name] != sha256
    )


def _recorded(folder: RunFolder) -> dict[str, str]:
    """Return the plugins of a run by name, each with its hash; none of an old run.

    Raises:
        StorageError: If the file that says so is damaged.
    """
    if not folder.environment.is_file():
        return {}
    try:
        facts: Any = json.loads(folder.environment.read_text("utf-8"))
        return {str(name): str(sha256) for name, sha256 in facts.get("plugins", {}).items()}
    except (OSError, ValueError, AttributeError) as error:
        raise StorageError(f"{folder.environment}: cannot be read ({error}).") from error
