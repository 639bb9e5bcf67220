"""Tables in Parquet files, read a batch of rows at a time; needs pyarrow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from dlkit.data.tables.cells import NO_NUMBER, read_numbers
from dlkit.data.tables.table import BLOCK_ROWS, ColumnType, shown
from dlkit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ParquetTable:
    """A table in one Parquet file, or in several of the same columns."""

    columns: tuple[str, ...]
    size: int
    origin: str
    paths: tuple[Path, ...]

    def sample(self) -> pd.DataFrame:
        """Return the first rows, at most 65,536, every cell a text, "" for nothing.

        Raises:
            DataError: If a file is damaged, or a column has no plain values.
        """
        import pandas as pd

        types: dict[str, ColumnType] = dict.fromkeys(self.columns, "text")
        frames: list[pd.DataFrame] = []
        for block in self.blocks(types):
            frames.append(block)
            if sum(map(len, frames)) >= BLOCK_ROWS:
                break
        return pd.concat(frames).head(BLOCK_ROWS)

    def blocks(self, types: Mapping[str, ColumnType]) -> Iterator[pd.DataFrame]:
        """Read all rows, a bounded number at a time.

        Args:
            types: The columns to read, in the order wanted, and what each holds.

        Yields:
            At most 65,536 rows; the index is the number of the row, from 0. ``number`` is
            float64, finite or NaN for a missing one; ``text`` is an array of objects, all
            of them str, "" for a missing one.

        Raises:
            DataError: If a file is damaged, or a column of numbers has something else.
        """
        import pandas as pd

        row = 0
        for path in self.paths:
            before = row
            for batch in _batches(path, list(types) or [self.columns[0]]):
                columns = {}
                for name, kind in types.items():
                    where = f"{shown(path)}: column {name!r}"
                    read = _numbers if kind == "number" else _texts
                    columns[name] = read(batch.column(name), where, row - before)
                index = pd.RangeIndex(row, row + batch.num_rows)
                row += batch.num_rows
                yield pd.DataFrame(columns, index=index)


def open_parquet(paths: Sequence[Path], origin: str) -> ParquetTable:
    """Look at the schema of every file, and make one table of them.

    Raises:
        DataError: If pyarrow is not installed, a file is no Parquet, none has a row, or their
            columns differ.
    """
    rows = 0
    columns: tuple[str, ...] = ()
    for path in paths:
        names, number = _schema(path)
        rows += number
        columns = columns or names
        if set(names) != set(columns) or len(names) != len(set(names)):
            raise DataError(
                f"{shown(path)}: its columns are {', '.join(names)}; expected those of "
                f"{shown(paths[0])}, each once: {', '.join(columns)}."
            )
    if not rows:
        raise DataError(f"{shown(paths[0])}: there is no row.")
    size = sum(path.stat().st_size for path in paths)
    return ParquetTable(columns, size, origin, tuple(paths))


def _parquet() -> ModuleType:
    """Import pyarrow's reader.

    Raises:
        DataError: If it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise DataError('Parquet files need pyarrow: pip install "dlkit[parquet]".') from error
    module: ModuleType = pyarrow.parquet
    return module


def _schema(path: Path) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns and the number of rows.

    Raises:
        DataError: If the file cannot be read, or has no column.
    """
    parquet = _parquet()
    try:
        with parquet.ParquetFile(path) as file:
            names, rows = tuple(file.schema_arrow.names), int(file.metadata.num_rows)
    except (OSError, ValueError) as error:
        raise DataError(_damaged(path, error)) from error
    if not names:
        raise DataError(f"{shown(path)}: there is no column.")
    return names, rows


def _batches(path: Path, columns: list[str]) -> Iterator[Any]:
    """Yield pyarrow's batches of at most 65,536 rows.

    Raises:
        DataError: If the file cannot be read to its end.
    """
    parquet = _parquet()
    try:
        with parquet.ParquetFile(path) as file:
            yield from file.iter_batches(batch_size=BLOCK_ROWS, columns=columns)
    except (OSError, ValueError) as error:
        raise DataError(_damaged(path, error)) from error


def _damaged(path: Path, error: Exception) -> str:
    """Say in one line that pyarrow, whose errors are OSError or ValueError, gave up."""
    lines = str(error).splitlines() or [type(error).__name__]
    return f"{shown(path)}: the file is damaged or not Parquet ({lines[0]})."


def _numbers(array: Any, where: str, first_row: int) -> np.ndarray:
    """Return a column of a batch as float64, NaN for missing.

    Raises:
        DataError: If a value is no finite number; it names the file's row, from 1.
    """
    kind = str(array.type)
    if kind.startswith(("int", "uint", "float", "double", "halffloat")):
        cast = array.cast("float64", safe=False)
        values = np.asarray(cast.to_numpy(zero_copy_only=False), "float64")
        infinite = np.flatnonzero(np.isinf(values))
        place = int(infinite[0]) if len(infinite) else None
        fault = "inf is not a finite number."
    elif kind == "bool" or kind.startswith("decimal"):
        listed = array.to_pylist()
        values = np.array([np.nan if v is None else float(v) for v in listed], "float64")
        place, fault = None, ""
    else:
        texts = _texts(array, where, first_row)
        values, place = read_numbers(texts, frozenset(NO_NUMBER))
        fault = f"expected a number, received {texts[place]!r}." if place is not None else ""
    if place is not None:
        raise DataError(f"{where}, row {first_row + place + 1}: {fault}")
    return values


def _texts(array: Any, where: str, first_row: int) -> np.ndarray:
    """Return a column of a batch as texts, "" for missing; dates as in ISO 8601.

    Raises:
        DataError: If a value is none that a cell could hold, like a list.
    """
    texts = np.full(len(array), "", object)
    for place, value in enumerate(array.to_pylist()):
        if isinstance(value, list | dict | bytes):
            raise DataError(
                f"{where}, row {first_row + place + 1}: expected a number or a text, received "
                f"{type(value).__name__}."
            )
        if isinstance(value, datetime):
            value = value.astimezone(UTC) if value.tzinfo else value
            texts[place] = value.strftime("%Y-%m-%d %H:%M:%S")
        elif value is not None and not (isinstance(value, float) and math.isnan(value)):
            texts[place] = str(value)
    return texts
