"""Snapshots on the disk: whole or not there, the two newest kept.

A file's name holds the hash of its content, and a file gets its name when all of it is
on the disk. So one file is enough: what is torn or changed is known by its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlkit.storage import remove_unfinished, sync_folder, write_whole
from dlkit.train.state.snapshot import Snapshot, decode, encode, read_facts

KEPT = 2
"""Snapshots that are kept: if the newest is damaged there is one before it."""

PATTERN = re.compile(r"(state|best)-(\d{9,18})-([0-9a-f]{32})\.npz")

BEST = "best_file"
"""The fact that names the best weights that belong to a snapshot; None where it has none."""


class Store:
    """The snapshots of one run, in a folder of their own.

    Args:
        folder: Where they lie; made when the first is written. The run's own folder is not
            made: if it is gone, so is the place.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._best_of: dict[str, str | None] = {}  # what each snapshot's file refers to

    def write(self, number: int, snapshot: Snapshot, best: Path | None = None) -> Path:
        """Write a snapshot; then remove all but the two newest, and what they do not need.

        Snapshots with a higher number go as well: training has begun again before them.

        Args:
            number: Grows from snapshot to snapshot.
            snapshot: What is kept.
            best: The best weights that belong to it, as ``write_best`` has returned them.

        Returns:
            The file.

        Raises:
            OSError: If the disk does not take it; those written before are as they were.
            ValueError: If an array holds objects.
        """
        name = best.name if best else None
        facts = {**snapshot.facts, BEST: name}
        path = self._publish("state", number, encode(Snapshot(facts, snapshot.arrays)))
        self._best_of[path.name] = name
        with contextlib.suppress(OSError):  # what is too much is removed the next time
            self._remove_old(path)
        return path

    def newest(self, *, with_best: bool = False) -> tuple[Snapshot | None, list[str]]:
        """Return the newest snapshot that is whole, and what is wrong with newer ones.

        Args:
            with_best: Whether the best weights that belong to it must be whole as well.

        Returns:
            The snapshot, None where there is none; and a line for each that is damaged.

        Raises:
            OSError: If the folder cannot be read.
        """
        damaged: list[str] = []
        for path in self._files("state"):
            try:
                snapshot = self._read(path)
            except (OSError, ValueError) as error:
                damaged.append(f"{path}: {_reason(error)}")
                continue
            if with_best and (best := self.best_of(snapshot)):
                try:
                    self._read(best)
                except (OSError, ValueError) as error:
                    damaged.append(f"{best}: {_reason(error)}")
                    continue
            return snapshot, damaged
        return None, damaged

    def write_best(self, epoch: int, arrays: Mapping[str, np.ndarray]) -> Path:
        """Write the weights of the epoch that is the best so far, and return their file.

        Raises:
            OSError: If the disk does not take them.
        """
        return self._publish("best", epoch, encode(Snapshot({}, arrays)))

    def read_best(self, snapshot: Snapshot) -> dict[str, np.ndarray]:
        """Return the best weights that belong to a snapshot.

        Raises:
            ValueError: If they are damaged.
            FileNotFoundError: If there are none.
            OSError: If they cannot be read.
        """
        best = self.best_of(snapshot)
        if best is None:
            raise FileNotFoundError(f"{self.folder}: no best weights belong to this state")
        return dict(self._read(best).arrays)

    def best_of(self, snapshot: Snapshot) -> Path | None:
        """Return the file of the best weights that belong to a snapshot, if it has any."""
        name = snapshot.facts.get(BEST)
        return self.folder / Path(str(name)).name if name else None

    def keep_newest(self) -> None:
        """Remove all but the newest snapshot that is whole, and what it needs.

        What the disk does not let go of stays.
        """
        with contextlib.suppress(OSError, ValueError):
            for newest in self._files("state")[:1]:
                self._read(newest)
                self._remove_old(newest, 1)

    def tidy(self) -> None:
        """Remove what a killed process has left half written."""
        remove_unfinished(self.folder)

    def _remove_old(self, newest: Path, count: int = KEPT) -> None:
        """Remove the snapshots that are too many, and best weights that none refers to.

        Args:
            newest: Stays.
            count: How many stay, with the ones before it.

        Raises:
            OSError: If the folder cannot be read.
        """
        before = [p for p in self._files("state") if _number(p) < _number(newest)]
        kept = [newest, *before[: count - 1]]
        needed = {self._needs(path) for path in kept}
        for path in self._files("state"):
            if path not in kept:
                path.unlink()
        for path in self._files("best"):
            if path.name not in needed:
                path.unlink()

    def _needs(self, state: Path) -> str | None:
        """Return the best weights that a snapshot's file refers to; none if it is damaged."""
        if state.name not in self._best_of:
            try:
                with state.open("rb") as file:
                    best = read_facts(file).get(BEST)
            except (OSError, ValueError):
                best = None
            self._best_of[state.name] = best
        return self._best_of[state.name]

    def _files(self, kind: str) -> list[Path]:
        """Return the files of a kind, the newest first.

        Raises:
            OSError: If the folder cannot be read.
        """
        try:
            found = [
                path
                for path in self.folder.iterdir()
                if (match := PATTERN.fullmatch(path.name)) and match[1] == kind
            ]
        except FileNotFoundError:
            return []
        return sorted(found, key=lambda path: (_number(path), path.name), reverse=True)

    def _read(self, path: Path) -> Snapshot:
        """Read a file.

        Raises:
            ValueError: If it is damaged.
            OSError: If it is not there, or cannot be read.
        """
        match = PATTERN.fullmatch(path.name)
        if match is None:
            raise ValueError("this is no name of a state")
        data = path.read_bytes()
        if _hash(data) != match[3]:
            raise ValueError("the file is damaged")
        return decode(data)

    def _publish(self, kind: str, number: int, data: bytes) -> Path:
        """Bring bytes to the disk under their name.

        Raises:
            OSError: If the disk does not take them.
        """
        if not self.folder.is_dir():
            self.folder.mkdir()
            sync_folder(self.folder.parent)
        path = self.folder / f"{kind}-{number:09}-{_hash(data)}.npz"
        write_whole(path, data)
        sync_folder(self.folder)  # before anything that it replaces is removed
        return path


def _reason(error: OSError | ValueError) -> str:
    """Say what is wrong, without the path that stands before it."""
    return str((isinstance(error, OSError) and error.strerror) or error)


def _number(path: Path) -> int:
    return int(path.name.split("-")[1])


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
