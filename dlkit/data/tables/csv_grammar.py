"""Where the rows and values of a CSV file begin and end, in bytes.

The grammar is RFC 4180's, strictly: a quote stands around a whole value or twice inside a
quoted one. Then the number of quotes before a place tells whether it is quoted, which makes
it cheap to cut a file between two rows and to prove that every row has as many values as
it should; pandas alone pads short rows and cuts long ones without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from dlkit.errors import DataError


@dataclass(frozen=True)
class Row:
    """Where a row stands in a piece of a file.

    Attributes:
        start: Its first byte.
        end: The byte after its line's end.
        line: Lines of the piece before it.
        values: How many it has.
    """

    start: int
    end: int
    line: int
    values: int


@dataclass(frozen=True)
class Grammar:
    """How values stand in a line.

    Attributes:
        separator: One ASCII character between two values.
        quoted: Whether a value may stand in double quotes.
    """

    separator: str
    quoted: bool

    def __post_init__(self) -> None:
        if not self.separator.isascii() or self.separator in '"\r\n\0':
            raise DataError(
                f"separator: expected one ASCII character, received {self.separator!r}."
            )

    @cached_property
    def _value(self) -> bytes:
        """Match a quoted value; possessive, so that a doubled quote never ends one."""
        separator = re.escape(self.separator.encode())
        before, after = rb"(?<![^" + separator + rb"\n])", rb"(?![^" + separator + rb"\r\n])"
        return before + rb'"[^"]*+(?:""[^"]*+)*+"' + after

    @cached_property
    def _quoted_value(self) -> re.Pattern[bytes]:
        return re.compile(self._value)

    @cached_property
    def _token(self) -> re.Pattern[bytes]:
        plain = re.escape(self.separator.encode()) + rb"|\n"
        return re.compile(self._value + rb"|" + plain if self.quoted else plain)

    @cached_property
    def _between(self) -> bytes:
        """All bytes but separators and line ends."""
        return bytes(set(range(256)) - {ord(self.separator), ord("\n")})

    def complete(self, content: bytes) -> int:
        """Return the length of the rows that end in what was read so far."""
        end = len(content)
        quotes = content.count(b'"') if self.quoted else 0
        while True:
            newline = content.rfind(b"\n", 0, end)
            if newline < 0:
                return 0
            if quotes:
                quotes -= content.count(b'"', newline, end)
            if quotes % 2 == 0:
                return newline + 1
            end = newline

    def unquoted(self, content: bytes) -> bytes:
        """Return rows without their quoted values; a quote that is left is a fault."""
        if self.quoted and b'"' in content:
            return self._quoted_value.sub(b"", content)
        return content

    def stray_quote(self, content: bytes) -> int:
        """Return the place of the first quote that neither opens nor closes a value."""
        for found in re.finditer(self._value + rb'|"', content):
            if found.end() - found.start() == 1:
                return found.start()
        return -1

    def is_regular(self, unquoted: bytes, rows: int, values: int) -> bool:
        """Tell whether rows without quoted values have so many values each.

        Args:
            unquoted: Rows, as ``unquoted`` returns them.
            rows: How many there are, blank lines aside.
            values: How many each should have.
        """
        skeleton = unquoted.translate(None, self._between)
        wanted = (self.separator.encode() * (values - 1) + b"\n") * rows
        if skeleton == wanted:
            return True
        if values == 1:
            return self.separator.encode() not in skeleton
        return re.sub(rb"\n+", b"\n", skeleton).lstrip(b"\n") == wanted

    def has_row(self, content: bytes) -> bool:
        """Tell whether anything but blank lines stands in a piece."""
        return next(self.rows(content), None) is not None

    def rows(self, content: bytes) -> Iterator[Row]:
        """Yield the rows of a piece that ends in a line's end; blank lines are none."""
        start, line, lines, values = 0, 0, 0, 1
        separator = self.separator.encode()
        for found in self._token.finditer(content):
            token = found.group()
            lines += token.count(b"\n")
            if token == separator:
                values += 1
            elif token == b"\n":
                if values > 1 or content[start : found.start()].strip(b" \t\r"):
                    yield Row(start, found.end(), line, values)
                start, line, values = found.end(), lines, 1

    def cells(self, row: bytes) -> list[str]:
        """Return the values of a row in UTF-8, without their quotes."""
        ends = [*self._ends(row), len(row.rstrip(b"\r\n"))]
        starts = [0, *(end + 1 for end in ends[:-1])]
        texts = [row[start:end].decode() for start, end in zip(starts, ends, strict=True)]
        if not self.quoted:
            return texts
        return [
            text[1:-1].replace('""', '"') if text.startswith('"') else text for text in texts
        ]

    def _ends(self, row: bytes) -> Iterator[int]:
        separator = self.separator.encode()
        return (
            found.start() for found in self._token.finditer(row) if found.group() == separator
        )
