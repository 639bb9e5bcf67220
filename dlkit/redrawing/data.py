"""The data of a finished run, read as the run read it, and proved to be the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlkit.config.load import LoadedConfig, load_config
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import DataError
from dlkit.preparation import data_places
from dlkit.report.finished import Record
from dlkit.report.resume.fingerprint import data_fingerprint
from dlkit.report.resume.identity import Identity, changes
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import say

NOT_NEEDED = ("initial_weights", "training.distribute")
"""What a run began with, and where it was trained: its weights are there, and one device
answers."""


def loaded_again(record: Record) -> LoadedConfig:
    """Return a run's config without what only its training needed."""
    written = record.loaded.config
    unwanted = {
        "initial_weights": written.initial_weights,
        "training.distribute": written.training.distribute,
    }
    changed = {path: None for path in NOT_NEEDED if unwanted[path] is not None}
    if not changed:
        return record.loaded
    return load_config(record.folder.resolved, changed, catalogue=record.loaded.catalogue)


def load_again(loaded: LoadedConfig, folds: Sequence[int]) -> Iterator[Dataset]:
    """Load the data of a run; of a fold, or of several in ascending order, each its own.

    Raises:
        DataError: If there are fewer folds than there were.
    """
    places = data_places(loaded)
    if not loaded.config.dataset.folds:
        yield load_dataset(loaded.config, places)
        return
    found = 0
    for number, dataset in enumerate(load_folds(loaded.config, places), start=1):
        if number in folds:
            found += 1
            yield dataset
    if found < len(folds):
        raise DataError(f"{loaded.config.name}: there are only {found} folds any more.")


def check_data(
    folder: RunFolder, identity: Identity | None, raw: Dataset, places: Sequence[Path]
) -> None:
    """Make sure that the data is what the run learned from.

    Raises:
        DataError: If it is not.
    """
    if identity is None:
        say(f"warning: {folder.identity} is gone: nobody knows whether the data has changed.")
        return
    found = "; ".join(
        map(str, itertools.islice(changes(identity.data, data_fingerprint(raw, places)), 3))
    )
    if found:
        raise DataError(
            f"{folder.path}: the data has changed since this run, and its answers would be"
            f" others: {found}. Bring that data back, or run the experiment anew."
        )
