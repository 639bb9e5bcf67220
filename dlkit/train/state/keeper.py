"""When the state of a training is kept, and what happens where the disk does not take it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from dlkit.config.training_section import CheckpointConfig
from dlkit.errors import StorageError
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import Store

SHARE = 20
"""Keeping takes one part of so many of the time, at most."""


def take_up(store: Store, warn: Callable[[str], None], *, restores: bool) -> Snapshot | None:
    """Return the newest snapshot that training can go on from.

    What a killed process has left half written is removed. A damaged snapshot is told of,
    and the one before it is taken.

    Args:
        store: Where snapshots are kept.
        warn: Told in a line of each that is damaged.
        restores: Whether the model gets the best weights in the end, so that they must be
            there as well.

    Returns:
        The snapshot; None if none was ever kept.

    Raises:
        StorageError: If all that were kept are damaged, or they cannot be read.
    """
    store.tidy()
    try:
        snapshot, damaged = store.newest(with_best=restores)
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{store.folder}: cannot be read ({reason}).") from error
    if snapshot is None and damaged:
        raise StorageError(
            f"{damaged[0]}. No other state of this training is whole: it cannot go on."
            " Start it anew, without --resume."
        )
    for fault in damaged:
        warn(f"warning: {fault}. Training goes on from the state kept before it.")
    return snapshot


class Keeper:
    """Keeps snapshots of one training.

    Args:
        store: Where they are kept.
        settings: How often.
        warn: Told in a line where something could not be kept; training goes on.
        taken_up: The snapshot that training goes on from, or None.
    """

    def __init__(
        self,
        store: Store,
        settings: CheckpointConfig,
        warn: Callable[[str], None],
        taken_up: Snapshot | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._warn = warn
        self.taken_up = taken_up
        self._kept_at = time.monotonic()
        self._took = 0.0
        self._epochs = len(taken_up.facts["rows"]) if taken_up else 0
        self._number: int | None = None
        self._best: tuple[int, dict[str, np.ndarray]] | None = None
        self._best_at, self._best_took = float("-inf"), 0.0
        self._best_file = _best_file(store, taken_up)
        self._refused = False

    def is_due(self, epochs: int, *, over: bool) -> bool:
        """Tell whether it is time to keep a snapshot.

        Args:
            epochs: How many epochs are over.
            over: Whether an epoch is just over; else one is under way.
        """
        every = self._settings.epochs
        if over and every and epochs - self._epochs >= every:
            return True
        waited = time.monotonic() - self._kept_at
        return waited >= max(self._settings.seconds, SHARE * self._took)

    def keep(self, number: int, make: Callable[[], Snapshot], best: int) -> bool:
        """Keep a snapshot, and the best weights that belong to it.

        Args:
            number: Steps taken since training began; nothing is done where these are kept.
            make: Makes the snapshot.
            best: The epoch with the best figure; 0 where there is none.

        Returns:
            Whether it is on the disk.
        """
        if number == self._number:
            return True
        started = time.monotonic()
        try:
            self._write_best()
            snapshot = make()
            self._store.write(number, snapshot, self._best_file if best else None)
        except (OSError, MemoryError) as error:
            self._complain("the state of training", error)
            return False
        else:
            self._number, self._epochs = number, len(snapshot.facts["rows"])
            if self._refused:
                self._refused = False
                self._warn("The state of training is kept again.")
            return True
        finally:  # one that failed has taken its time, too
            self._kept_at = time.monotonic()
            self._took = self._kept_at - started

    def see_best(self, epoch: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the weights of the best epoch so far, at once or almost."""
        self._best = epoch, dict(arrays)
        if time.monotonic() - self._best_at >= SHARE * self._best_took:
            try:
                self._write_best()
            except (OSError, MemoryError) as error:
                self._complain(f"the weights of epoch {epoch}, the best one,", error)

    def keep_best(self) -> None:
        """Keep best weights that wait for it; no snapshot will follow."""
        try:
            self._write_best()
        except (OSError, MemoryError) as error:
            self._complain("the best weights", error)

    def read_best(self, epoch: int) -> dict[str, np.ndarray]:
        """Return the weights of the best epoch of the snapshot that training goes on from.

        Args:
            epoch: Which one that is.

        Raises:
            ValueError: If they are damaged.
            FileNotFoundError: If there are none.
        """
        if self.taken_up is None:
            raise FileNotFoundError(f"{self._store.folder}: no weights of epoch {epoch}")
        return self._store.read_best(self.taken_up)

    def _write_best(self) -> None:
        """Write best weights that wait for it.

        Raises:
            OSError: If the disk does not take them.
        """
        if self._best is None:
            return
        started = time.monotonic()
        try:
            self._best_file = self._store.write_best(*self._best)
            self._best = None
        finally:
            self._best_at = time.monotonic()
            self._best_took = self._best_at - started

    def _complain(self, what: str, error: OSError | MemoryError) -> None:
        """Tell that something could not be kept, once until it can be again."""
        if self._refused:
            return
        self._refused = True
        reason = getattr(error, "strerror", None) or str(error) or "no memory is left"
        self._warn(
            f"warning: {what} could not be kept in {self._store.folder} ({reason})."
            " Training goes on; what it learns from here on is lost if it is interrupted."
        )


def _best_file(store: Store, taken_up: Snapshot | None) -> Path | None:
    """Return the best weights that a snapshot brings along, if they are there."""
    best = store.best_of(taken_up) if taken_up else None
    return best if best and best.is_file() else None
