"""What a table is to those who read it, whatever its file is like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import pandas as pd

ColumnType = Literal["number", "text"]

BLOCK_ROWS = 65_536
"""The most rows of a block, and of a sample."""


class Table(Protocol):
    """Rows of named columns, in one file or several, read as often as wanted."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Names in the order of the file, each once."""

    @property
    def size(self) -> int:
        """Bytes of all files."""

    @property
    def origin(self) -> str:
        """Where the rows come from, for people: ``pima.csv``."""

    def sample(self) -> pd.DataFrame:
        """Return the first rows, every cell a text as it stands in the file, "" for nothing.

        Raises:
            DataError: If a file is damaged or is no table.
        """

    def blocks(self, types: Mapping[str, ColumnType]) -> Iterator[pd.DataFrame]:
        """Read all rows in memory that does not grow with their number.

        Args:
            types: The columns to read, in the order wanted, and what each holds.

        Yields:
            At most 65,536 rows; the index is the number of the row, from 0. ``number`` is
            float64, finite or NaN for a missing one; ``text`` is an array of objects, all
            of them str, "" for a missing one.

        Raises:
            DataError: If a file is damaged, or a column of numbers has something else.
        """


def shown(path: Path) -> str:
    """Return a path as people type it: from the working directory where it is below it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
