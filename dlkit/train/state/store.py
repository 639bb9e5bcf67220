"""Snapshots on the disk: whole or not there, the two newest kept.

A file's name holds the hash of its content, and a file gets its name when all of it is
on the disk. So one file is enough: what is torn or changed is known by its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from dlkit.train.state.snapshot import Snapshot, decode, encode

KEPT = 2
"""Snapshots that are kept: if the newest is damaged there is one before it."""

PATTERN = re.compile(r"(state|best)-(\d{9})-([0-9a-f]{32})\.npz")
TEMPORARY = ".tmp-"


class Store:
    """The snapshots of one run, in a folder of their own.

    Args:
        folder: Where they lie; made when the first is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, number: int, snapshot: Snapshot) -> Path:
        """Write a snapshot, and remove all but the two newest.

        Args:
            number: Grows from snapshot to snapshot.
            snapshot: What is kept.

        Returns:
            The file.

        Raises:
            OSError: If the disk does not take it; those written before are as they were.
        """
        path = self._publish("state", number, encode(snapshot))
        for old in self._files("state")[KEPT:]:
            with contextlib.suppress(OSError):
                old.unlink()
        return path

    def newest(self) -> tuple[Snapshot | None, list[str]]:
        """Return the newest snapshot that is whole, and what is wrong with newer ones."""
        damaged: list[str] = []
        for path in self._files("state"):
            try:
                return self._read(path), damaged
            except (OSError, ValueError) as error:
                damaged.append(f"{path}: {error}")
        return None, damaged

    def write_best(self, epoch: int, arrays: Mapping[str, np.ndarray]) -> Path:
        """Write the weights of the epoch that is the best so far.

        Raises:
            OSError: If the disk does not take them.
        """
        return self._publish("best", epoch, encode(Snapshot({}, arrays)))

    def read_best(self, epoch: int) -> dict[str, np.ndarray]:
        """Return the weights of an epoch that was the best.

        Raises:
            ValueError: If they are damaged.
            FileNotFoundError: If there are none.
        """
        for path in self._files("best"):
            if _number(path) == epoch:
                return dict(self._read(path).arrays)
        raise FileNotFoundError(f"{self.folder}: no weights of epoch {epoch}")

    def keep_best(self, epochs: set[int]) -> None:
        """Remove the best weights of all but some epochs."""
        for path in self._files("best"):
            if _number(path) not in epochs:
                with contextlib.suppress(OSError):
                    path.unlink()

    def tidy(self) -> None:
        """Remove what a killed process has left half written."""
        for path in self.folder.glob(f"*{TEMPORARY}*"):
            with contextlib.suppress(OSError):
                path.unlink()

    def _files(self, kind: str) -> list[Path]:
        """Return the files of a kind, the newest first."""
        found = [
            path
            for path in (self.folder.iterdir() if self.folder.is_dir() else ())
            if (match := PATTERN.fullmatch(path.name)) and match[1] == kind
        ]
        return sorted(found, key=_number, reverse=True)

    def _read(self, path: Path) -> Snapshot:
        """Read a file.

        Raises:
            ValueError: If it is damaged.
        """
        data = path.read_bytes()
        match = PATTERN.fullmatch(path.name)
        if match is None or _hash(data) != match[3]:
            raise ValueError("the file is damaged")
        return decode(data)

    def _publish(self, kind: str, number: int, data: bytes) -> Path:
        """Bring bytes to the disk, then give them their name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{kind}-{number:09}-{_hash(data)}.npz"
        write_whole(path, data)
        return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole, or as it was before.

    Raises:
        OSError: If the disk does not take it.
    """
    temporary = path.with_name(f"{path.name}{TEMPORARY}{os.getpid()}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _number(path: Path) -> int:
    return int(path.name.split("-")[1])


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:32]
