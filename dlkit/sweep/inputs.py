"""What the trials of a sweep read: it goes on only with the same files and the same code."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlkit.config.load import LoadedConfig
from dlkit.config.sweep.checking import Sweep
from dlkit.data.file_hashes import files_fingerprint, files_of
from dlkit.data.files import search_places
from dlkit.errors import ConfigError, DlkitError
from dlkit.report.bases import config_folder
from dlkit.report.finished import read_values
from dlkit.report.sweep.folder import SweepFolder


def inputs_of(sweep: Sweep) -> dict[str, str]:
    """Return hashes of the plugins and of the files of data that trials read, by their names.

    Files that are not there are left to be missed where they are read.
    """
    found = {f"plugin {each.name}": each.sha256 for each in sweep.loaded.catalogue.plugins}
    for loaded in _with_data_of_their_own(sweep):
        places = search_places(config_folder(loaded))
        with contextlib.suppress(DlkitError, OSError):
            if files := files_of(loaded.config.dataset, places):
                found[_called(files)] = files_fingerprint(files)
    return found


def _called(files: Sequence[tuple[str, Path]]) -> str:
    """Return what people call some files."""
    more = f" and {len(files) - 1:,} more files" if len(files) > 1 else ""
    return f"{files[0][0]}{more}"


def _with_data_of_their_own(sweep: Sweep) -> Iterator[LoadedConfig]:
    """Yield the experiment as it is written, and for each value that changes its data."""
    yield sweep.loaded
    for each in sweep.parameters:
        if any(path[0] == "dataset" for path in each.paths):
            for value in each.samples:
                with contextlib.suppress(ConfigError):  # it goes with other values only
                    yield sweep.at({each.name: value})


def refuse_changed(folder: SweepFolder, inputs: dict[str, str]) -> None:
    """Keep trials that read one thing from joining those that read another.

    Args:
        folder: A sweep that is to go on.
        inputs: What its trials would read now.

    Raises:
        ConfigError: If it is not what they read before.
        StorageError: If what they read before cannot be read.
    """
    before = read_values(folder.facts).get("inputs") or {}
    changed = sorted(name for name in before if inputs.get(name, before[name]) != before[name])
    if not changed:
        return
    names = ", ".join(changed[:3]) + (", ..." if len(changed) > 3 else "")
    raise ConfigError(
        f"{folder.path}: {names} changed since this sweep began, and its trials could not be"
        " compared any more. Undo the change; or begin a new sweep: give it another `name`,"
        f" or remove {folder.path}."
    )
