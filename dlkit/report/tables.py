"""Tables of text, for a terminal of some width or for a pipe, and tables as CSV.

A cell may be any text that people chose. It stays in its line and in its column: letters
that are two columns wide count as two, and what would move a terminal's cursor is replaced.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.cells import cell_len, chop_cells

from dlkit.report.records import write_text

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text cell that starts so would run as a formula in a spreadsheet."""

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", re.IGNORECASE | re.ASCII)
"""A class may be called -1, and programs look for it by that name."""

GAP = "  "

Cut = Callable[[str, int], str]
"""Shortens a text to a width, in columns of a terminal."""

Row = Sequence[str]


@dataclass(frozen=True)
class Shrinking:
    """A column that may be cut where a table is too wide.

    Attributes:
        column: Which, from 0.
        least: Down to this width.
        cut: How its cells are cut.
    """

    column: int
    least: int
    cut: Cut


def terminal_width() -> int | None:
    """Return how wide the terminal is; None where the output goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size().columns


def format_table(
    header: Row,
    rows: Sequence[Row],
    width: int | None = None,
    shrinking: Sequence[Shrinking] = (),
) -> str:
    """Lay rows out in columns of equal width, the last one ragged.

    Args:
        header: The heads of the columns.
        rows: Each as long as ``header``.
        width: What a line may take; None for any width.
        shrinking: What is cut until it fits, one column after the other. Where that does
            not suffice lines are longer: nothing else is cut.
    """
    table = [[one_line(cell) for cell in row] for row in (header, *rows)]
    for each in shrinking if width is not None else ():
        spare = table_width(table) - (width or 0)
        if spare > 0:
            room = max(each.least, _widths(table)[each.column] - spare)
            for row in table[1:]:
                row[each.column] = fitted(row[each.column], room, each.cut)
    widths = _widths(table)
    return "\n".join(
        GAP.join(
            cell + " " * (wide - cell_len(cell)) for cell, wide in zip(row, widths, strict=True)
        ).rstrip()
        for row in table
    )


def table_width(table: Sequence[Row]) -> int:
    """Return the columns of a terminal that a table takes, its header among its rows."""
    widths = _widths(table)
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _widths(table: Sequence[Row]) -> list[int]:
    return [max(map(cell_len, column)) for column in zip(*table, strict=True)]


def one_line(text: str) -> str:
    """Return a text as one line that does nothing to a terminal but fill it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    """Return a character, a space in the place of other white space, or a replacement."""
    if character.isspace():
        return " "
    moves = unicodedata.category(character) in {"Cc", "Cf", "Cs"}
    return "\N{REPLACEMENT CHARACTER}" if moves else character


def fitted(text: str, width: int, cut: Cut) -> str:
    """Return a text that is at most so wide."""
    return text if cell_len(text) <= width else cut(text, width)


def cut_end(text: str, width: int) -> str:
    """Cut the end of a text off and put an ellipsis there."""
    return chop_cells(text, max(width - 1, 1))[0].rstrip() + "…"


def cut_start(text: str, width: int) -> str:
    """Cut the beginning of a text off: of a path the end says most."""
    return "…" + chop_cells(text[::-1], max(width - 1, 1))[0].rstrip()[::-1]


def cut_before(separator: str) -> Cut:
    """Return how the first part of a text is cut, so that the rest stays whole.

    Args:
        separator: What the rest begins with: the number behind a name, say.
    """

    def cut(text: str, width: int) -> str:
        head, found, tail = text.partition(separator)
        rest = f"{found}{tail}"
        return f"{cut_end(head, max(width - cell_len(rest), 2))}{rest}"

    return cut


def csv_text(header: Row, rows: Iterable[Sequence[str | float | None]]) -> str:
    """Return a table as CSV: numbers with every digit, texts so that none is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(safe_cell, header))
    writer.writerows(
        [safe_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue()


def write_csv(path: Path, header: Row, rows: Iterable[Sequence[str | float | None]]) -> None:
    """Write a table as CSV, whole or not at all.

    Raises:
        StorageError: If it cannot be written.
    """
    write_text(path, csv_text(header, rows))


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; a number is none."""
    runs = text.startswith(FORMULA_STARTS) and not _NUMBER.fullmatch(text)
    return f"'{text}" if runs else text
