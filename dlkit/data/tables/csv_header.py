"""The names of a CSV file's columns: its first line, or the config."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dlkit.config.file_sources import CsvSource
from dlkit.data.tables.cells import is_number
from dlkit.data.tables.csv_grammar import Grammar
from dlkit.data.tables.csv_parse import Layout, refuse_damage, refuse_ragged
from dlkit.data.tables.csv_pieces import Piece, read_pieces
from dlkit.data.tables.table import shown
from dlkit.errors import DataError

HEAD_BYTES = 1 << 16
"""How much of a file is looked at to know its columns."""

SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Head:
    """The start of a file.

    Attributes:
        layout: How its rows are written, with the names of the columns.
        rows: Whether there is at least one.
    """

    layout: Layout
    rows: bool


def read_head(path: Path, settings: CsvSource) -> Head:
    """Read the names of a file's columns, and check its first rows.

    Args:
        path: The file.
        settings: How it is written.

    Raises:
        DataError: If the file is empty or no table, or its columns have no or the same names.
    """
    grammar = Grammar(settings.separator, settings.quoted)
    file = shown(path)
    named_by = "columns: names" if settings.columns else "the header has"
    names = settings.columns or ()
    layout = Layout(file, names, named_by, grammar, settings.decimal, settings.missing)
    pieces = read_pieces(path, settings.encoding, grammar, HEAD_BYTES)
    head = next((piece for piece in pieces if grammar.has_row(piece.content)), None)
    if head is None:
        raise DataError(f"{file}: the file is empty.")
    refuse_damage(head, layout)
    first, *others = _first_rows(head, grammar)
    _refuse_other_separator(file, head, grammar, [first, *others])
    if settings.columns:
        _refuse_other_number(file, first, names)
        refuse_ragged(head, layout)
        return Head(layout, rows=True)
    names = _names(file, first, settings.decimal)
    layout = replace(layout, columns=names)
    refuse_ragged(head, layout)
    more = bool(others) or any(grammar.has_row(piece.content) for piece in pieces)
    return Head(layout, rows=more)


def without_header(piece: Piece, grammar: Grammar) -> Piece | None:
    """Return the first piece of a file without its first row; None where nothing is left."""
    end = next(grammar.rows(piece.content)).end
    if end == len(piece.content):
        return None
    return Piece(piece.content[end:], piece.line_at(end))


@dataclass(frozen=True)
class _Cells:
    """A row's line in the file and its values."""

    line: int
    texts: list[str]


def _first_rows(piece: Piece, grammar: Grammar) -> list[_Cells]:
    """Return up to two rows of the start of a file."""
    rows = []
    for row in grammar.rows(piece.content):
        cells = grammar.cells(piece.content[row.start : row.end])
        rows.append(_Cells(piece.line + row.line, cells))
        if len(rows) == 2:
            break
    return rows


def _names(file: str, header: _Cells, decimal: str) -> tuple[str, ...]:
    """Name the columns by the first line; one without a name by its place, from 1.

    Raises:
        DataError: If the line holds numbers, or a name stands twice.
    """
    texts = [text.strip() for text in header.texts]
    counted = len(texts) > 2 and texts == [str(place) for place in range(len(texts))]
    if all(is_number(text, decimal) for text in texts) and not counted:
        raise DataError(
            f"{file}:{header.line}: the first line looks like data, not names: give the names "
            "under the source, columns: [...]."
        )
    names = [text or f"unnamed_{place}" for place, text in enumerate(texts, 1)]
    for place, name in enumerate(names):
        if (before := names.index(name)) < place:
            raise DataError(
                f"{file}:{header.line}: two columns are called {name!r}, the "
                f"{before + 1}. and the {place + 1}.: rename one, or give all names under the "
                "source, columns: [...], and remove the header."
            )
    return tuple(names)


def _refuse_other_number(file: str, first: _Cells, names: tuple[str, ...]) -> None:
    """Compare the names of the config with the first row.

    Raises:
        DataError: If they are not as many as its values, or one of them stands twice.
    """
    values = len(first.texts)
    if values != len(names):
        raise DataError(
            f"{file}:{first.line}: the file has {values} column{'s' if values > 1 else ''}, "
            f"columns: names {len(names)}."
        )
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise DataError(f"columns: two columns are called {twice[0]!r}.")
    if [text.strip() for text in first.texts] == list(names):
        raise DataError(
            f"{file}:{first.line}: the file has a header: remove columns: from the source."
        )


def _refuse_other_separator(
    file: str, head: Piece, grammar: Grammar, rows: list[_Cells]
) -> None:
    """Recognize values that something else separates.

    Raises:
        DataError: If the first row has one value, and all as often another separator.
    """
    if len(rows[0].texts) > 1:
        return
    for other in SEPARATORS:
        counts = {sum(text.count(other) for text in row.texts) for row in rows}
        if other != grammar.separator and len(counts) == 1 and counts != {0}:
            written = "\\t" if other == "\t" else other
            raise DataError(
                f"{file}:{head.line}: there is one column, and {other!r} in every row: write "
                f'separator: "{written}" under the source.'
            )
