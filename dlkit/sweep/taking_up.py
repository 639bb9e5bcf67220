"""The folder of a trial that may have begun before: what of it counts, what is in the way."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dlkit.errors import StorageError
from dlkit.report.lock import is_at_work
from dlkit.report.run_folder import RunFolder
from dlkit.train.epochs import Row
from dlkit.train.state.store import Store

PATIENCE = 30.0
"""Seconds that a trial waits for a process that still works on it: one whose sweep is gone."""


@dataclass(frozen=True)
class Kept:
    """What is kept of one run of a trial.

    Attributes:
        rows: Its epochs so far.
        seconds: How long they took.
    """

    rows: tuple[Row, ...]
    seconds: float


def make_folder(folder: RunFolder) -> None:
    """Make a trial's folder in that of its sweep, and wait until nobody works in it.

    Raises:
        StorageError: If it cannot be made: the sweep's folder itself is not made again.
    """
    try:
        folder.path.mkdir(exist_ok=True)
        folder.plots.mkdir(exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder.path}: cannot be made ({error.strerror}).") from error
    until = time.monotonic() + PATIENCE
    while is_at_work(folder) and time.monotonic() < until:
        time.sleep(0.1)


def what_is_kept(folder: RunFolder, text: str) -> tuple[Kept, ...]:
    """Return what a trial can go on from, run by run; nothing if it begins anew.

    Args:
        folder: The trial's.
        text: What is written for the trial: another one's state is none for it.
    """
    try:
        if folder.config.read_text("utf-8") != text:
            return ()
    except (OSError, UnicodeError):
        return ()
    found: list[Kept] = []
    for place in folder.members or (folder,):
        try:
            state, _ = Store(place.checkpoints).newest(with_best=True)
        except OSError:
            state = None
        if state is None:
            break
        found.append(Kept(tuple(state.facts["rows"]), float(state.facts["seconds"])))
    return tuple(found)


def clear(folder: RunFolder) -> None:
    """Remove what a trial has left that begins anew, but for its log, which is locked."""
    for path in _paths(folder):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path != folder.log:
            with contextlib.suppress(OSError):
                path.unlink()
    with contextlib.suppress(OSError):
        folder.plots.mkdir(exist_ok=True)


def _paths(folder: RunFolder) -> Sequence[Path]:
    try:
        return list(folder.path.iterdir())
    except OSError:
        return ()
