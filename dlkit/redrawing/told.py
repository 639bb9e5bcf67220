"""What a finished run's files tell of its training and of its config."""

from __future__ import annotations

from dlkit.config.bases import bases_of
from dlkit.config.load import LoadedConfig, load_config
from dlkit.errors import DlkitError, StorageError, format_path
from dlkit.report.finished import Record, read_figures
from dlkit.report.resume.asking import read_history
from dlkit.report.resume.identity import ABSENT, Identity, changes, plain_values
from dlkit.train.loops.method import Method
from dlkit.train.trainer import Training

NEEDED = ("epoch", "loss", "learning_rate", "seconds")
"""Columns that every history has."""


def told_training(record: Record, identity: Identity | None) -> Training:
    """Return how a run was trained, as its files tell it.

    Raises:
        StorageError: If they do not.
    """
    facts, folder = record.metrics, record.folder
    rows = tuple(read_history(folder))
    if rows and (absent := [name for name in NEEDED if name not in rows[0]]):
        raise StorageError(f"{folder.history}: it has no column {absent[0]!r}: it is damaged.")
    try:
        method = Method(facts["loop"], facts["xla"], "as it was chosen then")
        training = Training(
            rows=rows,
            best_epoch=int(facts["best_epoch"]),
            kept_epoch=int(facts["kept_epoch"]),
            status=facts["status"],
            method=Method(**identity.method) if identity else method,
            validation={
                name.removeprefix("val_"): value
                for name, value in read_figures(folder).items()
                if name.startswith("val_")
            },
            seconds=float(facts["seconds"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(f"{folder.metrics}: the file is damaged ({error}).") from error
    if not 1 <= max(training.best_epoch, training.kept_epoch) <= len(rows):
        raise StorageError(
            f"{folder.history}: it has {len(rows)} epochs, and {folder.metrics.name} speaks of"
            f" epoch {max(training.best_epoch, training.kept_epoch)}: a file is damaged."
        )
    return training


def told_config(record: Record, identity: Identity | None) -> LoadedConfig | None:
    """Return a run's config as somebody wrote it, with what was changed of it when it began.

    Its lines are those that people know, and it tells what was written from what was filled
    in, as the resolved one cannot.

    Returns:
        The config; None where it cannot be had any more: it was no file, or builds on others.
    """
    resolved = record.loaded.config
    if identity is None or bases_of(resolved) or resolved.training.distribute:
        return None
    file, catalogue = record.folder.config, record.loaded.catalogue
    try:
        given = load_config(file, catalogue=catalogue)
        found = [*changes(plain_values(given), identity.written)]
        if any(change.after is ABSENT for change in found):
            return None
        if found:
            overrides = {format_path(change.path): change.after for change in found}
            given = load_config(file, overrides, catalogue=catalogue)
    except DlkitError:
        return None
    return given if plain_values(given) == identity.written else None
