"""What a run of several models was when it began: that of its first fold or seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dlkit.config.load import LoadedConfig
from dlkit.errors import ConfigError
from dlkit.report.resume.identity import Identity, read_identity
from dlkit.report.run_folder import RunFolder


def identity_of(loaded: LoadedConfig, folder: RunFolder) -> Identity | None:
    """Return what a run was when it began; None if it had not come so far.

    Each of several seeds is a run of its own, which knows nothing of the others: so a run
    may get more of them.

    Args:
        loaded: The config that it is to go on with.
        folder: The run.

    Raises:
        ConfigError: If it had several seeds, and is to have fewer.
        StorageError: If a file is damaged.
    """
    members = folder.members
    for place in (folder, *members[:1]):
        identity = read_identity(place, loaded.catalogue)
        if identity is not None:
            break
    if not any(member.path.name.startswith("seed_") for member in members):
        return identity
    repeat = loaded.config.repeat
    if repeat < max(2, len(members)):
        raise ConfigError(
            f"{folder.path}: this run repeats its experiment, {len(members)} seeds were begun,"
            f" and `repeat` is {repeat}. Ask for as many or more, or begin a new run without"
            " --resume."
        )
    if identity is None:
        return None
    return replace(identity, written={**identity.written, "repeat": repeat})


def has_more_seeds(loaded: LoadedConfig, metrics: Mapping[str, Any]) -> bool:
    """Tell whether a run is to have more seeds than it came to."""
    done = metrics.get("repeat")
    return isinstance(done, list) and len(done) < loaded.config.repeat
