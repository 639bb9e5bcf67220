"""The rows of one table or several, block by block, from memory or again from the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dlkit.config.feature_kinds import NumericFeature
from dlkit.data.dataset import Split
from dlkit.data.labelling import Labelling
from dlkit.data.labels import label_texts
from dlkit.data.splits import Keys
from dlkit.data.tables.codes import Codes
from dlkit.data.tables.dates import to_iso
from dlkit.data.tables.reader import ColumnType, Table
from dlkit.data.tables.roles import Roles
from dlkit.errors import DataError

Frames = Callable[[Mapping[str, ColumnType]], Iterator[tuple[int, pd.DataFrame]]]
"""Reads some columns: the number of each block's first row, and the block."""


def read_again(tables: list[Table]) -> Frames:
    """Return what reads tables from the disk, one behind the other."""

    def frames(types: Mapping[str, ColumnType]) -> Iterator[tuple[int, pd.DataFrame]]:
        first = 0
        for table in tables:
            for block in table.blocks(types):
                yield first, block
                first += len(block)

    return frames


def held(tables: list[Table], types: Mapping[str, ColumnType]) -> Frames:
    """Read tables into memory once, and return what gives them out in one piece."""
    blocks = [block for _, block in read_again(tables)(types)]
    whole = pd.concat(blocks, ignore_index=True) if len(blocks) > 1 else blocks[0]

    def frames(types: Mapping[str, ColumnType]) -> Iterator[tuple[int, pd.DataFrame]]:
        yield 0, whole[list(types)]

    return frames


@dataclass(frozen=True)
class RowReader:
    """Turns rows of a table into examples.

    Attributes:
        frames: Reads the columns.
        roles: What each column is for.
        labelling: Makes labels of the target columns; where there are none every label
            is 0.
    """

    frames: Frames
    roles: Roles
    labelling: Labelling

    def examples(self, codes: np.ndarray | None, part: int) -> Iterator[Split]:
        """Yield the examples of one part, in the order of the file.

        Args:
            codes: uint8, the part of each row; None takes every row.
            part: The wanted one.

        Raises:
            DataError: If a value is not what its column holds.
        """
        for first, frame in self.frames(self.roles.types):
            if codes is None:
                yield self._split(frame, np.arange(first, first + len(frame)))
            else:
                yield from self._chosen(first, frame, codes, part)

    def parts(self, codes: np.ndarray, names: Sequence[str]) -> Iterator[dict[str, Split]]:
        """Yield the examples of all parts in one pass, block by block.

        Args:
            codes: uint8, for each row the place of its part among the names.
            names: Of the parts.

        Raises:
            DataError: If a value is not what its column holds.
        """
        for first, frame in self.frames(self.roles.types):
            yield {
                name: split
                for number, name in enumerate(names)
                for split in self._chosen(first, frame, codes, number)
            }

    def _chosen(
        self, first: int, frame: pd.DataFrame, codes: np.ndarray, part: int
    ) -> Iterator[Split]:
        """Yield the rows of a block that belong to a part, if there are any."""
        chosen = np.flatnonzero(codes[first : first + len(frame)] == part)
        if len(chosen):
            yield self._split(frame.iloc[chosen], chosen + first)

    def _split(self, frame: pd.DataFrame, numbers: np.ndarray) -> Split:
        x = {
            name: self._input(frame[name].to_numpy(), name, numbers) for name in self.roles.used
        }
        values = {name: frame[name].to_numpy() for name in self.labelling.columns}
        y, targets = self.labelling.encode(
            values, len(frame), lambda row: f"row {numbers[row] + 1}"
        )
        name = self.roles.weight
        weight = _weights(frame[name].to_numpy(), name, numbers) if name else None
        return Split(x, y, weight, targets)

    def _input(self, values: np.ndarray, name: str, numbers: np.ndarray) -> np.ndarray:
        """Return a feature's values as ``fit_columns`` takes them."""
        feature = self.roles.used[name]
        if isinstance(feature.settings, NumericFeature):
            return _without(
                values.astype(np.float64, copy=False), feature.settings.missing_values
            )
        if feature.name == "date":
            written = getattr(feature.settings, "format", None) or "%Y-%m-%d"
            return to_iso(values, written, name, numbers)
        return values.astype(object, copy=False)


def _without(values: np.ndarray, missing: Sequence[float] | None) -> np.ndarray:
    """Return float64 numbers with NaN for those that stand for no value."""
    return np.where(np.isin(values, missing), np.nan, values) if missing else values


def _weights(values: np.ndarray, name: str, numbers: np.ndarray) -> np.ndarray:
    """Return float32 weights.

    Raises:
        DataError: If one is missing or negative.
    """
    bad = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(bad):
        raise DataError(
            f"sample_weight {name!r}: expected numbers of at least 0, received"
            f" {values[bad[0]]:g} in row {numbers[bad[0]] + 1}."
        )
    return values.astype(np.float32)


class KeyReader:
    """Collects what decides where each row goes while blocks of a table pass by.

    Args:
        roles: Which columns decide.
    """

    def __init__(self, roles: Roles) -> None:
        self._roles = roles
        self._codes = Codes()
        self._groups: list[np.ndarray] = []
        self._times: list[np.ndarray] = []
        self._marked: dict[str, list[np.ndarray]] = {part: [] for part in roles.marks}
        self._total = 0

    def see(self, first: int, frame: pd.DataFrame) -> None:
        """Take note of a block whose first row has a number.

        Raises:
            DataError: If a time is missing.
        """
        roles = self._roles
        self._total = first + len(frame)
        if roles.group:
            self._groups.append(self._codes.encode(frame[roles.group].to_numpy().astype(str)))
        if roles.time:
            self._times.append(seconds(frame[roles.time].to_numpy(), roles.time, first))
        for part, mark in roles.marks.items():
            texts = label_texts(frame[mark.column].to_numpy())
            chosen = np.flatnonzero(texts == mark.value)
            self._marked[part].append(chosen + first)

    def keys(self, parts: Mapping[str, tuple[int, int]]) -> Keys:
        """Return what was collected.

        Args:
            parts: The first row and the one behind the last of each part with a file of
                its own.

        Raises:
            DataError: If a marked part is empty.
        """
        fixed = {part: np.arange(start, end) for part, (start, end) in parts.items()}
        for part, rows in self._marked.items():
            fixed[part] = np.concatenate(rows)
            if not len(fixed[part]):
                mark = self._roles.marks[part]
                raise DataError(
                    f"dataset.{part}: no row has {mark.value!r} in the column {mark.column!r}."
                )
        return Keys(
            total=self._total,
            groups=np.concatenate(self._groups) if self._groups else None,
            times=np.concatenate(self._times) if self._times else None,
            fixed=fixed,
        )


def seconds(values: np.ndarray, name: str, first: int) -> np.ndarray:
    """Return times as float64: numbers as they are, dates in seconds since 1970 (UTC).

    Raises:
        DataError: If one is missing or no time.
    """
    parsed = values
    if values.dtype.kind not in "fiu":
        numbers = pd.to_numeric(pd.Series(values), errors="coerce").to_numpy(np.float64)
        dates = pd.to_datetime(pd.Series(values), errors="coerce", format="ISO8601", utc=True)
        seconds = (dates - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
        parsed = numbers if np.isfinite(numbers).all() else seconds
    bad = np.flatnonzero(~np.isfinite(parsed.astype(np.float64)))
    if len(bad):
        raise DataError(
            f"dataset.time: expected a number or a date like 2024-01-31 in {name!r}, received"
            f" {str(values[bad[0]])!r} in row {first + bad[0] + 1}."
        )
    return parsed.astype(np.float64)
