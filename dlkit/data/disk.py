"""Encoded examples on the disk: written once, read in any order, in constant memory.

Each array is a flat file of rows. They are read with plain reads, not mapped: pages of a
mapped file count as memory of the process, and there they are in the way.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from dlkit.data.dataset import Split, Stream
from dlkit.errors import StorageError

PIECE = 1024
"""Rows that are read in one go at most."""

PIECE_BYTES = 1_000_000
"""Memory of the rows that are read in one go, one row at least."""

BLOCK = 65_536
"""Rows that are held in memory at a time at most."""

BLOCK_BYTES = 64_000_000
"""Memory of the rows that are held at a time, one row at least: an encoded text is wide."""


@dataclass(frozen=True)
class Column:
    """One array on the disk."""

    path: Path
    dtype: np.dtype
    shape: tuple[int, ...]

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return int(np.prod(self.shape, dtype=int)) * self.dtype.itemsize

    def read(self, runs: np.ndarray) -> np.ndarray:
        """Return rows by runs of neighbors, each given by its first row and its length.

        Raises:
            StorageError: If the file no longer has them.
        """
        total = int(runs[:, 1].sum())
        result = np.empty((total, *self.shape), self.dtype)
        flat = result.reshape(total, -1).view(np.uint8).reshape(-1)
        size, at = self.row_bytes, 0
        # A buffer would read ahead what nobody asks for: the next run is somewhere else.
        with self.path.open("rb", buffering=0) as file:
            for first, count in runs.tolist():
                file.seek(first * size)
                got = file.readinto(memoryview(flat[at : at + count * size].data))
                if got != count * size:
                    raise StorageError(
                        f"{self.path}: expected {count * size} bytes from row {first} on,"
                        f" received {got}. Did something else write to the run's folder?"
                    )
                at += count * size
        return result


class ExampleWriter:
    """Writes the examples of one split to a folder, block by block.

    Args:
        folder: Is made; its files are the stream's from now on.

    Raises:
        StorageError: If it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._columns: dict[str, Column] = {}
        self._files: dict[str, BinaryIO] = {}
        self._total = 0
        with self._telling():
            folder.mkdir(parents=True)

    def add(self, block: Split) -> None:
        """Write some examples behind those written before.

        Raises:
            StorageError: If the disk does not take them.
        """
        with self._telling():
            for number, (name, array) in enumerate(_arrays(block).items()):
                if name not in self._columns:
                    path = self._folder / f"{number}.bin"
                    self._columns[name] = Column(path, array.dtype, array.shape[1:])
                    self._files[name] = path.open("wb")
                self._files[name].write(np.ascontiguousarray(array).data)
        self._total += len(block)

    def finish(self) -> Stream:
        """Return what was written as a stream that reads any of it.

        Raises:
            StorageError: If the disk does not take the rest.
        """
        with self._telling():
            for file in self._files.values():
                file.close()
        columns, total = self._columns, self._total
        width = max(1, sum(column.row_bytes for column in columns.values()))
        block = min(BLOCK, max(1, BLOCK_BYTES // width))
        piece = min(PIECE, max(1, PIECE_BYTES // width))

        def read(rows: np.ndarray) -> Split:
            return _read(columns, rows)

        def in_order() -> Iterator[Split]:
            for start in range(0, total, block):
                yield read(np.arange(start, min(start + block, total)))

        return Stream(total, in_order, read, piece=piece, block=block)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        """Say what a full disk means.

        Raises:
            StorageError: If the disk fails.
        """
        try:
            yield
        except OSError as error:
            for file in self._files.values():
                with contextlib.suppress(OSError):  # what it still holds fits no better
                    file.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise StorageError(
                f"{self._folder}: what is read of the data does not fit here"
                f" ({error.strerror}). Choose another folder with --output."
            ) from error


def write_examples(blocks: Iterable[Split], folder: Path) -> Stream:
    """Write examples to a folder, and return them as a stream that reads any of them.

    Args:
        blocks: The examples, in their order.
        folder: Is made; its files are the stream's from now on.

    Raises:
        StorageError: If the disk does not take them.
    """
    writer = ExampleWriter(folder)
    for block in blocks:
        writer.add(block)
    return writer.finish()


def _arrays(block: Split) -> dict[str, np.ndarray]:
    """Return a block's arrays by the names they are kept under."""
    inputs = block.x if isinstance(block.x, dict) else {"": block.x}
    arrays = {f"x {name}": array for name, array in inputs.items()} | {"y": block.y}
    arrays |= {f"target {name}": labels for name, labels in block.targets.items()}
    return arrays if block.weight is None else arrays | {"weight": block.weight}


def _read(columns: dict[str, Column], rows: np.ndarray) -> Split:
    """Return rows by their numbers, in the given order."""
    # Neighbors are read in one go, from the front of the file to its end, and put into the
    # order that was asked for afterwards: a seek costs far more than a copy.
    order = np.argsort(rows, kind="stable")
    ascending = rows[order]
    starts = np.flatnonzero(np.diff(ascending, prepend=ascending[0] - 2) != 1)
    lengths = np.diff(np.append(starts, len(ascending)))
    runs = np.stack([ascending[starts], lengths], axis=1)
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    arrays = {name: column.read(runs)[back] for name, column in columns.items()}
    x, targets = (_called(start, arrays) for start in ("x ", "target "))
    inputs = x if list(x) != [""] else x[""]
    return Split(inputs, arrays["y"], arrays.get("weight"), targets)


def _called(start: str, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays whose names start so, by the rest of their names."""
    return {
        name.removeprefix(start): array
        for name, array in arrays.items()
        if name.startswith(start)
    }
