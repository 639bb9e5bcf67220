"""A text file as pieces of whole rows in UTF-8, whatever its encoding and line ends are."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dlkit.data.tables.csv_grammar import Grammar
from dlkit.data.tables.table import shown
from dlkit.errors import DataError

PIECE_BYTES = 4 << 20
"""What is read at a time: less than a processor's cache holds, so that passes are cheap."""

ROW_LIMIT = 64 << 20
"""A row of more bytes than this is taken for a fault: most likely a quote was not closed."""

BYTE_ORDER_MARK = "\ufeff".encode()

OTHER_FORMATS = {
    b"\x1f\x8b": "is compressed (gzip): unpack it first",
    b"PK\x03\x04": "is a zip archive or a spreadsheet: save it as CSV",
    b"PAR1": "is a Parquet file: write source: {parquet: ...}",
    b"\xff\xfe": "is not UTF-8: write encoding: utf-16 under the source",
    b"\xfe\xff": "is not UTF-8: write encoding: utf-16 under the source",
}
"""What files begin with that are no plain text, and what to do about it."""


@dataclass(frozen=True)
class Piece:
    """Some rows of a file.

    Attributes:
        content: In UTF-8, or what should be; ends in a line's end.
        line: Number of its first line, from 1.
    """

    content: bytes
    line: int

    def line_at(self, place: int) -> int:
        """Return the number of the line in which a byte stands."""
        return self.line + self.content.count(b"\n", 0, place)


def read_pieces(
    path: Path, encoding: str, grammar: Grammar, piece_bytes: int = PIECE_BYTES
) -> Iterator[Piece]:
    """Read a file from its start to its end in pieces of whole rows.

    Args:
        path: The file.
        encoding: As Python calls it; a mark of the byte order is skipped.
        grammar: Tells where a row ends.
        piece_bytes: How much is read at a time.

    Raises:
        DataError: If the file cannot be read, is in another encoding, or a row has no end.
    """
    rest, line = b"", 1
    for chunk in _utf8(path, encoding, piece_bytes):
        content = rest + chunk
        if line == 1:
            content = content.removeprefix(BYTE_ORDER_MARK)
        end = grammar.complete(content)
        rest = content[end:]
        if end:
            yield Piece(content[:end], line)
            line += content.count(b"\n", 0, end)
        elif len(rest) > ROW_LIMIT:
            refuse_stray_quotes(shown(path), Piece(rest, line), grammar)
            raise DataError(f"{shown(path)}:{line}: the line is longer than 64 MB.")
    if rest:
        yield Piece(rest if rest.endswith(b"\n") else rest + b"\n", line)


def _utf8(path: Path, encoding: str, size: int) -> Iterator[bytes]:
    """Yield a file's bytes as UTF-8; what claims to be UTF-8 is passed on unseen.

    Raises:
        DataError: If the file cannot be read, or its encoding is unknown or another.
    """
    try:
        "".encode(encoding)
        name = codecs.lookup(encoding).name
    except LookupError:
        raise DataError(f"encoding: Python knows no encoding {encoding!r}.") from None
    plain = name in {"utf-8", "utf-8-sig"}
    decoder = codecs.getincrementaldecoder(encoding)()
    first, lines = True, 1
    try:
        with path.open("rb") as file:
            while chunk := file.read(size):
                if first and plain:
                    _refuse_other_formats(path, chunk)
                if not plain:
                    text = decoder.decode(chunk)
                    lines += text.count("\n")
                    chunk = text.encode()
                first = False
                yield chunk
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            lines += error.object.count(b"\n", 0, error.start)
        raise DataError(f"{shown(path)}:{lines}: {_undecodable(error, encoding)}") from None
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read ({error.strerror}).") from error


def _refuse_other_formats(path: Path, start: bytes) -> None:
    """Recognize files that are no text.

    Raises:
        DataError: If the file is one of them.
    """
    for mark, remark in OTHER_FORMATS.items():
        if start.startswith(mark):
            raise DataError(f"{shown(path)}: {remark}.")


def _undecodable(error: UnicodeError, encoding: str) -> str:
    if isinstance(error, UnicodeDecodeError) and error.end > error.start:
        byte = error.object[error.start]
        return (
            f"byte 0x{byte:02x} is not valid {encoding}. Write the file's encoding under the "
            "source, for instance encoding: latin-1."
        )
    return f"the text is not valid {encoding}. Write the file's encoding under the source."


def refuse_bytes(file: str, piece: Piece) -> None:
    """Find what is no text in a piece.

    Raises:
        DataError: If there is a NUL, or bytes that are no UTF-8.
    """
    if (place := piece.content.find(b"\0")) >= 0:
        raise DataError(
            f"{file}:{piece.line_at(place)}: there is a NUL byte: the file is damaged, or its "
            "encoding is another, for instance encoding: utf-16."
        )
    if not piece.content.isascii():
        try:
            piece.content.decode()
        except UnicodeDecodeError as error:
            line = piece.line_at(error.start)
            raise DataError(f"{file}:{line}: {_undecodable(error, 'utf-8')}") from None


def refuse_stray_quotes(file: str, piece: Piece, grammar: Grammar) -> None:
    """Find a quote that neither opens nor closes a value.

    Raises:
        DataError: If there is one; it names the line where a value opens that has no end.
    """
    place = grammar.stray_quote(piece.content) if grammar.quoted else -1
    if place < 0:
        return
    before = piece.content[max(place - 1, 0) : place]
    if before in {b"", b"\n", grammar.separator.encode()}:
        fault = "a quote opens here and is not closed before the next separator or line's end"
    else:
        fault = "a quote stands inside a value that is not quoted"
    raise DataError(
        f"{file}:{piece.line_at(place)}: {fault}. Write a quote inside a quoted value twice; "
        "where quotes are plain characters write quoted: false under the source."
    )


def refuse_lone_returns(file: str, piece: Piece, unquoted: bytes) -> None:
    r"""Find a line that ends in ``\r`` alone, which pandas would end a row at.

    Raises:
        DataError: If there is one outside of quoted values.
    """
    if unquoted.count(b"\r") != unquoted.count(b"\r\n"):
        found = re.search(rb"\r(?!\n)", piece.content)
        line = piece.line_at(found.start() if found else 0)
        raise DataError(
            f"{file}:{line}: a carriage return stands alone; lines end in \\n or \\r\\n."
        )
