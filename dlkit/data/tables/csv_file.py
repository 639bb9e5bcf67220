"""Tables in CSV files: as large as they like, read in pieces of bounded size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlkit.config.file_sources import CsvSource
from dlkit.data.tables.csv_header import read_head, without_header
from dlkit.data.tables.csv_parse import Layout, parse
from dlkit.data.tables.csv_pieces import PIECE_BYTES, Piece, read_pieces
from dlkit.data.tables.table import BLOCK_ROWS, ColumnType
from dlkit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_BYTES = 16 << 20
THREADS = 2
"""Threads that parse; pandas lets go of the interpreter's lock while it does."""


@dataclass(frozen=True)
class CsvFile:
    """One file of a table.

    Attributes:
        path: Where it is.
        encoding: How its characters are written.
        header: Whether its first row names the columns.
        layout: How its rows are written.
    """

    path: Path
    encoding: str
    header: bool
    layout: Layout

    def pieces(self, piece_bytes: int) -> Iterator[Piece]:
        """Yield the rows, without the header.

        Raises:
            DataError: If the file cannot be read.
        """
        grammar = self.layout.grammar
        header = self.header
        for piece in read_pieces(self.path, self.encoding, grammar, piece_bytes):
            if not header:
                yield piece
            elif grammar.has_row(piece.content):
                header = False
                rest = without_header(piece, grammar)
                if rest is not None:
                    yield rest


@dataclass(frozen=True)
class CsvTable:
    """A table in one CSV file, or in several of the same columns."""

    columns: tuple[str, ...]
    size: int
    origin: str
    files: tuple[CsvFile, ...]
    piece_bytes: int = PIECE_BYTES

    def sample(self) -> pd.DataFrame:
        """Return the first rows, every cell a text as it stands in the file, "" for nothing.

        They are at most 65,536, and about 16 MB at most.

        Raises:
            DataError: If a file is damaged or is no table.
        """
        import pandas as pd

        types: dict[str, ColumnType] = dict.fromkeys(self.columns, "text")
        frames: list[pd.DataFrame] = []
        rows = size = 0
        for piece, layout in self._pieces():
            frames.append(parse(piece, replace(layout, missing=None), types))
            rows, size = rows + len(frames[-1]), size + len(piece.content)
            if rows >= BLOCK_ROWS or size >= SAMPLE_BYTES:
                break
        return pd.concat(frames, ignore_index=True).head(BLOCK_ROWS)

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

        def parse_one(item: tuple[Piece, Layout]) -> pd.DataFrame:
            return parse(*item, types)

        row = 0
        for frame in _in_order(parse_one, self._pieces()):
            frame.index = pd.RangeIndex(row, row + len(frame))
            row += len(frame)
            for start in range(0, len(frame), BLOCK_ROWS):
                yield frame.iloc[start : start + BLOCK_ROWS]

    def _pieces(self) -> Iterator[tuple[Piece, Layout]]:
        for file in self.files:
            for piece in file.pieces(self.piece_bytes):
                yield piece, file.layout


def open_csv(settings: CsvSource, paths: Sequence[Path], origin: str) -> CsvTable:
    """Look at the start of every file, and make one table of them.

    Args:
        settings: How they are written.
        paths: The files, at least one.
        origin: Where the rows come from, for people.

    Raises:
        DataError: If a file is no table, none has a row, or their columns differ.
    """
    heads = [read_head(path, settings) for path in paths]
    first = heads[0].layout
    for head in heads[1:]:
        _refuse_other_columns(head.layout, first)
    if not any(head.rows for head in heads):
        raise DataError(f"{first.file}: there is a header and no row below it.")
    header = settings.columns is None
    files = tuple(
        CsvFile(path, settings.encoding, header, head.layout)
        for path, head in zip(paths, heads, strict=True)
    )
    size = sum(path.stat().st_size for path in paths)
    return CsvTable(first.columns, size, origin, files)


def _refuse_other_columns(layout: Layout, first: Layout) -> None:
    """Compare the columns of a file with those of the first; their order may be another.

    Raises:
        DataError: If they are not the same.
    """
    missing = [name for name in first.columns if name not in layout.columns]
    extra = [name for name in layout.columns if name not in first.columns]
    if missing or extra:
        parts = [f"{', '.join(map(repr, missing))} missing"] if missing else []
        parts += [f"{', '.join(map(repr, extra))} not expected"] if extra else []
        raise DataError(
            f"{layout.file}: its columns differ from those of {first.file}: {'; '.join(parts)}."
        )


def _in_order(
    work: Callable[[tuple[Piece, Layout]], pd.DataFrame],
    items: Iterable[tuple[Piece, Layout]],
) -> Iterator[pd.DataFrame]:
    """Yield what the work makes of every item, in their order, a few done ahead."""
    waiting: deque[Future[pd.DataFrame]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
