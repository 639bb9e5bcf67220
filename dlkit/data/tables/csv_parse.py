"""A piece of a CSV file as columns of numbers and texts, every value proven to stand there.

pandas reads; what it would do without a word is looked for before and after: short and long
rows, quotes that do not close, infinite numbers. Where something is wrong the piece is read
a second time, slowly, to find the line.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dlkit.data.tables.cells import no_number, no_text, number_fault, read_numbers
from dlkit.data.tables.csv_grammar import Grammar
from dlkit.data.tables.csv_pieces import (
    Piece,
    refuse_bytes,
    refuse_lone_returns,
    refuse_stray_quotes,
)
from dlkit.data.tables.table import ColumnType
from dlkit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


BOOLEANS = ("True", "TRUE", "true", "False", "FALSE", "false")


@dataclass(frozen=True)
class Layout:
    """How the rows of one file are written.

    Attributes:
        file: For messages.
        columns: Names, in the order of the file.
        named_by: What names them, with its verb: ``the header has``, ``columns: names``.
        grammar: How values are told apart.
        decimal: What stands before the digits of a fraction.
        missing: What stands for no value; None: the usual words.
    """

    file: str
    columns: tuple[str, ...]
    named_by: str
    grammar: Grammar
    decimal: str = "."
    missing: tuple[str, ...] | None = None


def parse(piece: Piece, layout: Layout, types: Mapping[str, ColumnType]) -> pd.DataFrame:
    """Read columns of a piece.

    Args:
        piece: Whole rows, without a header.
        layout: How they are written.
        types: The columns wanted, in order, and what each holds.

    Returns:
        float64 for numbers, NaN for missing ones; objects, all str, for texts, "" for
        missing ones. The index counts from 0.

    Raises:
        DataError: If the piece is damaged, a row has too few or too many values, or a
            column of numbers has something else.
    """
    unquoted = refuse_damage(piece, layout)
    columns = list(types) or [layout.columns[0]]
    numbers = {name for name in columns if types.get(name) == "number"}
    frame = _read_numbers(piece.content, layout, columns, numbers)
    fine = frame is not None
    if frame is None:
        frame = _read_texts(piece, layout, columns)
    if not layout.grammar.is_regular(unquoted, len(frame), len(layout.columns)):
        refuse_ragged(piece, layout)
    if not fine:
        _convert(frame, piece, layout, numbers)
    if layout.missing is not None:
        _empty(frame, no_text(layout.missing), set(columns) - numbers)
    return frame[list(types)] if list(frame) != list(types) else frame


def refuse_damage(piece: Piece, layout: Layout) -> bytes:
    """Find what no row may have, and return the piece without its quoted values.

    Raises:
        DataError: If the piece is no UTF-8 or has stray quotes or carriage returns.
    """
    refuse_bytes(layout.file, piece)
    unquoted = layout.grammar.unquoted(piece.content)
    if layout.grammar.quoted and b'"' in unquoted:
        refuse_stray_quotes(layout.file, piece, layout.grammar)
    if b"\r" in unquoted:
        refuse_lone_returns(layout.file, piece, unquoted)
    return unquoted


def refuse_ragged(piece: Piece, layout: Layout) -> None:
    """Find the first row that has too few or too many values.

    Raises:
        DataError: If there is one.
    """
    wanted = len(layout.columns)
    for row in layout.grammar.rows(piece.content):
        if row.values == wanted:
            continue
        expected = f"{wanted} value{'s' if wanted > 1 else ''}"
        hint = ""
        if row.values == wanted + 1:
            last = layout.grammar.cells(piece.content[row.start : row.end])[-1]
            hint = (
                " Does every line end in a separator?"
                if not last.strip()
                else " Is the separator part of a value? Then put the value in quotes."
            )
        raise DataError(
            f"{layout.file}:{piece.line + row.line}: expected {expected}, as "
            f"{layout.named_by}, received {row.values}.{hint}"
        )


def _read_numbers(
    content: bytes, layout: Layout, columns: list[str], numbers: set[str]
) -> pd.DataFrame | None:
    """Let pandas read some columns, or return None where a number may be none.

    pandas takes a column that has nothing but ``True`` and ``False`` for 1 and 0.
    """
    try:
        frame = _read(content, layout, columns, numbers)
    except ValueError:
        return None
    if any(np.isinf(frame[name].to_numpy()).any() for name in numbers):
        return None
    binary = {name for name in numbers if _is_binary(frame[name].to_numpy())}
    if binary and any(letter in content for letter in b"rRlL"):  # of true and false
        texts = _read(content, layout, binary, set())
        if any(texts[name].isin(BOOLEANS).any() for name in binary):
            return None
    return frame


def _is_binary(values: np.ndarray) -> bool:
    """Tell whether there is nothing but 0, 1 and NaN; most often the first ones tell."""
    return all(
        bool(np.all((some == 0) | (some == 1) | np.isnan(some)))
        for some in (values[:10], values)
    )


def _read_texts(piece: Piece, layout: Layout, columns: list[str]) -> pd.DataFrame:
    """Let pandas read some columns as they stand.

    Raises:
        DataError: If it cannot, as where every row is too short.
    """
    try:
        return _read(piece.content, layout, columns, set())
    except ValueError as error:
        refuse_ragged(piece, layout)
        raise DataError(f"{layout.file}:{piece.line}: cannot be read ({error}).") from error


def _read(
    content: bytes, layout: Layout, columns: Iterable[str], numbers: set[str]
) -> pd.DataFrame:
    """Let pandas read some columns, in the order of the file."""
    import csv

    import pandas as pd

    wanted = set(columns)
    absent = list(no_number(layout.missing))
    quoting = csv.QUOTE_MINIMAL if layout.grammar.quoted else csv.QUOTE_NONE
    types: dict[str, Any] = {name: "float64" if name in numbers else object for name in wanted}
    frame: pd.DataFrame = pd.read_csv(  # type: ignore[call-overload]
        io.BytesIO(content),
        sep=layout.grammar.separator,
        header=None,
        names=list(layout.columns),
        index_col=False,
        usecols=[place for place, name in enumerate(layout.columns) if name in wanted],
        dtype=types,
        keep_default_na=False,
        na_values=dict.fromkeys(numbers, absent),
        quoting=quoting,
        decimal=layout.decimal,
        engine="c",
        low_memory=False,
    )
    return frame


def _convert(frame: pd.DataFrame, piece: Piece, layout: Layout, numbers: set[str]) -> None:
    """Turn texts that pandas could not take for numbers into numbers, in place.

    Raises:
        DataError: If a text is no number; it names the first line that has one.
    """
    words = no_number(layout.missing)
    faults = []
    for name in filter(numbers.__contains__, list(frame)):
        values, place = read_numbers(frame[name], words, layout.decimal)
        if place is None:
            frame[name] = values
        else:
            faults.append((place, layout.columns.index(name), frame[name].iloc[place]))
    if faults:
        place, column, text = min(faults)
        rows = layout.grammar.rows(piece.content)
        line = next(row.line for number, row in enumerate(rows) if number == place)
        raise DataError(
            f"{layout.file}:{piece.line + line}: column {layout.columns[column]!r}: "
            f"{number_fault(text, layout.decimal)}"
        )


def _empty(frame: pd.DataFrame, words: frozenset[str], texts: set[str]) -> None:
    """Put "" for every text that stands for a missing one, in place."""
    for name in texts:
        column = frame[name]
        frame[name] = column.mask(column.str.strip().isin(words - {""}), "")
