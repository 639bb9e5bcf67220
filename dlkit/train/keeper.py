"""When the state of a training is kept, and what happens where the disk does not take it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

from dlkit.config.training_section import CheckpointConfig
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import KEPT, Store

SHARE = 20
"""Keeping takes one part of so many of the time, at most."""


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
        self._needed: list[int] = []  # epochs whose best weights a snapshot refers to

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
        """Keep a snapshot, and the best weights that it refers to.

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
            self._store.write(number, snapshot)
        except OSError as error:
            self._complain("the state of training", error)
            self._kept_at = time.monotonic()
            return False
        self._number, self._epochs = number, len(snapshot.facts["rows"])
        self._needed = [best, *self._needed][:KEPT]
        self._store.keep_best({*self._needed})
        self._kept_at = time.monotonic()
        self._took = self._kept_at - started
        return True

    def see_best(self, epoch: int, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the weights of the best epoch so far, at once or almost."""
        self._best = epoch, dict(arrays)
        if time.monotonic() - self._best_at >= SHARE * self._best_took:
            try:
                self._write_best()
            except OSError as error:
                self._complain(f"the weights of epoch {epoch}, the best one,", error)

    def read_best(self, epoch: int) -> dict[str, np.ndarray]:
        """Return the weights of an epoch that was the best.

        Raises:
            ValueError: If they are damaged.
            FileNotFoundError: If there are none.
        """
        return self._store.read_best(epoch)

    def _write_best(self) -> None:
        """Write best weights that wait for it.

        Raises:
            OSError: If the disk does not take them.
        """
        if self._best is None:
            return
        started = time.monotonic()
        self._store.write_best(*self._best)
        self._best = None
        self._best_at = time.monotonic()
        self._best_took = self._best_at - started

    def _complain(self, what: str, error: OSError) -> None:
        reason = error.strerror or error
        self._warn(f"{what} could not be kept ({reason}); training goes on.")
