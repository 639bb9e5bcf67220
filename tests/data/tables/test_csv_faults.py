from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dlkit.data.tables.csv_pieces
from dlkit.config.choices import Choice
from dlkit.config.data_sources import SOURCES
from dlkit.data.files import NotFoundError
from dlkit.data.tables.csv_file import CsvTable
from dlkit.data.tables.reader import open_table
from dlkit.errors import DataError

Fault = Callable[..., str]

REMEDY = "If it stands for a missing value, list it under missing: of the source."
DECIMAL = 'Write decimal: "," under the source.'
QUOTES = (
    "Write a quote inside a quoted value twice; where quotes are plain characters write "
    "quoted: false under the source."
)


def open_csv(**given: Any) -> CsvTable:
    table = open_table(Choice("csv", SOURCES["csv"].model_validate(given)), [Path.cwd()])
    assert isinstance(table, CsvTable)
    return table


def read_numbers(piece: int, **given: Any) -> None:
    table = open_csv(path="t.csv", **given)
    table = replace(table, piece_bytes=piece or table.piece_bytes)
    list(table.blocks(dict.fromkeys(table.columns, "number")))


@pytest.fixture
def fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fault:
    """Return what is said when a file is opened and read to its end as numbers."""
    monkeypatch.chdir(tmp_path)

    def text(content: str | bytes, piece: int = 0, **given: Any) -> str:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / "t.csv").write_bytes(data)
        with pytest.raises(DataError) as caught:
            read_numbers(piece, **given)
        assert caught.value.exit_code == 3
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return text


QUOTE_IT = " Is the separator part of a value? Then put the value in quotes."


@pytest.mark.parametrize(
    ("content", "line", "counts", "hint"),
    [
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", 3, (3, 2), ""),
        ("a,b,c\n1,2,3\n\n4,5,6,7\n", 4, (3, 4), QUOTE_IT),
        ("a,b\n1,2,3\n4,5,6\n", 2, (2, 3), QUOTE_IT),
        ("a,b\n1,2,\n3,4,\n", 2, (2, 3), " Does every line end in a separator?"),
        ("a,b\n1,2\n3,4\n5", 4, (2, 1), ""),
        ('a,b\n"1\n",2\n3\n', 4, (2, 1), ""),
        pytest.param("a,b,c\n1,2\n3,4,5,6\n", 2, (3, 2), "", id="separators add up"),
        ("a,b,c\n1,2,3,4,5\n", 2, (3, 5), ""),
    ],
)
def test_rows_of_other_lengths(
    fault: Fault, content: str, line: int, counts: tuple[int, int], hint: str
) -> None:
    assert fault(content) == (
        f"t.csv:{line}: expected {counts[0]} values, as the header has, received "
        f"{counts[1]}.{hint}"
    )


def test_a_row_of_two_values_in_one_column(fault: Fault) -> None:
    assert fault("a\n1\n2,3\n") == (
        f"t.csv:3: expected 1 value, as the header has, received 2.{QUOTE_IT}"
    )


@given(row=st.integers(0, 399), values=st.sampled_from([1, 2, 4, 5]), piece=st.integers(9, 900))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_ragged_row_is_found_wherever_it_stands(
    fault: Fault, row: int, values: int, piece: int
) -> None:
    # more than the start that is checked when the file is opened
    lines = ["12345678901234567890" * 8 + ",2,3\n"] * 400
    lines[row] = ",".join("7" * values) + "\n"
    text = fault("a,b,c\n" + "".join(lines), piece)
    assert text.startswith(f"t.csv:{row + 2}: expected 3 values, as the header has, received ")


@pytest.mark.parametrize(
    ("content", "line", "text"),
    [
        ("a,b\n1,2\n\n3,x\n", 4, f"expected a number, received 'x'. {REMEDY}"),
        ('a,b\n"1\n",2\n3,?\n', 4, f"expected a number, received '?'. {REMEDY}"),
        ("a,b\n1,1_0\n", 2, f"expected a number, received '1_0'. {REMEDY}"),
        ("a,b\n1,\u0661\n", 2, f"expected a number, received '\u0661'. {REMEDY}"),
        ("a,b\n1,0x1f\n", 2, f"expected a number, received '0x1f'. {REMEDY}"),
        ("a,b\n1,True\n0,False\n", 2, f"expected a number, received 'True'. {REMEDY}"),
        ("a,b\n1,x\ny,2\n", 2, f"expected a number, received 'x'. {REMEDY}"),
        (f"a,b\n1,{'x' * 90}\n", 2, f"expected a number, received '{'x' * 57}...'. {REMEDY}"),
        ("a,b\n1,inf\n", 2, f"'inf' is not a finite number. {REMEDY}"),
        ("a,b\n1,2\n3,-Infinity\n", 3, f"'-Infinity' is not a finite number. {REMEDY}"),
        ("a,b\n1,1e400\n", 2, "'1e400' is too large for a number."),
        ('a,b\n1,"2,5"\n', 2, f"expected a number, received '2,5'. {DECIMAL}"),
    ],
)
def test_what_is_no_number(fault: Fault, content: str, line: int, text: str) -> None:
    whole = f"t.csv:{line}: column 'b': {text}"
    assert fault(content) == whole
    assert fault(content, piece=5) == whole


def test_points_among_decimal_commas(fault: Fault) -> None:
    text = fault("a;b\n1;2,5\n1;2.5\n", separator=";", decimal=",")
    assert text == (
        "t.csv:3: column 'b': expected a number, received '2.5'. Write decimal: \".\" under "
        "the source."
    )


def test_nan_is_a_text_where_the_list_of_words_has_it_not(fault: Fault) -> None:
    text = fault("a,b\n1,2\n1,nan\n", missing=["?"])
    assert text == f"t.csv:3: column 'b': 'nan' is not a finite number. {REMEDY}"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('a,b\n1,"x\n2,y\n3,z\n', 2),
        ('a,b\n1,2\n1,"x\n2,"y"\n', 3),
        ('a,b\n1,2\n"7",2\n"y\n3,4\n"z",5\n', 4),
        ('a,b\n1,"x"y\n', 2),
        ('a,b\n1,"x""\n2,3\n', 2),
    ],
)
@pytest.mark.parametrize("piece", [0, 4])
def test_quotes_that_do_not_close(fault: Fault, content: str, line: int, piece: int) -> None:
    assert fault(content, piece) == (
        f"t.csv:{line}: a quote opens here and is not closed before the next separator or "
        f"line's end. {QUOTES}"
    )


def test_quotes_inside_values(fault: Fault) -> None:
    text = fault('a,b\n1,2\n5" wide,2\n')
    assert text == f"t.csv:3: a quote stands inside a value that is not quoted. {QUOTES}"


def test_a_quote_that_swallows_the_file_is_noticed_before_memory_is_full(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dlkit.data.tables.csv_pieces, "ROW_LIMIT", 1 << 17)
    text = fault('a,b\n1,"x\n' + "2,3\n" * 100_000)
    assert text.startswith("t.csv:2: a quote opens here")
    assert fault("x" * 400_000) == "t.csv:1: the line is longer than 64 MB."


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "t.csv: the file is empty."),
        (b"\n \r\n\n", "t.csv: the file is empty."),
        (b"a,b\n", "t.csv: there is a header and no row below it."),
        (b"a,b\n1,2\n3,\0\n", ("t.csv:3: there is a NUL byte: the file is damaged, or its "
         "encoding is another, for instance encoding: utf-16.")),
        (b"a,b\n1,\xe9\n", ("t.csv:2: byte 0xe9 is not valid utf-8. Write the file's encoding "
         "under the source, for instance encoding: latin-1.")),
        (b"a,b\n1,2\n3\r4,5\n", ("t.csv:3: a carriage return stands alone; lines end in \\n or "
         "\\r\\n.")),
        (b"\xff\xfea\0", "t.csv: is not UTF-8: write encoding: utf-16 under the source."),
        (b"\x1f\x8b\x08\0", "t.csv: is compressed (gzip): unpack it first."),
        (b"PK\x03\x04\0", "t.csv: is a zip archive or a spreadsheet: save it as CSV."),
        (b"PAR1\0", "t.csv: is a Parquet file: write source: {parquet: ...}."),
        (b"1,2\n3,4\n", ("t.csv:1: the first line looks like data, not names: give the names "
         "under the source, columns: [...].")),
        (b"a;b\n1;2,5\n", ("t.csv:1: there is one column, and ';' in every row: write "
         'separator: ";" under the source.')),
        (b"a\tb\n1\t2\n", ("t.csv:1: there is one column, and '\\t' in every row: write "
         'separator: "\\t" under the source.')),
        (b"a, b,a \n1,2,3\n", ("t.csv:1: two columns are called 'a', the 1. and the 3.: rename "
         "one, or give all names under the source, columns: [...], and remove the header.")),
    ],
)  # fmt: skip
def test_files_that_are_no_table(fault: Fault, content: bytes, text: str) -> None:
    assert fault(content) == text


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"columns": ["a", "b"]}, "t.csv:1: the file has 3 columns, columns: names 2."),
        ({"columns": ["a", "b", "b"]}, "columns: two columns are called 'b'."),
        (
            {"columns": ["x", "y", "z"]},
            "t.csv:1: the file has a header: remove columns: from the source.",
        ),
        ({"columns": ["a", "b", "c"], "separator": "§"},
         "separator: expected one ASCII character, received '§'."),
        ({"encoding": "klingon"}, "encoding: Python knows no encoding 'klingon'."),
        ({"encoding": "hex"}, "encoding: Python knows no encoding 'hex'."),
        ({"encoding": "ascii"}, ("t.csv:3: byte 0xc3 is not valid ascii. Write the file's "
         "encoding under the source, for instance encoding: latin-1.")),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit_the_file(fault: Fault, given: Any, text: str) -> None:
    assert fault("x,y,z\n1,2,3\n4,5,é\n", **given) == text


def test_rows_shorter_than_the_names_of_the_config(fault: Fault) -> None:
    text = fault("1,2\n3\n", columns=["a", "b"])
    assert text == "t.csv:2: expected 2 values, as columns: names, received 1."


def test_files_that_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFoundError, match=r"^no\.csv: there is no such file \(looked in "):
        open_csv(path="no.csv")
    (tmp_path / "folder").mkdir()
    with pytest.raises(
        DataError, match=r"^folder is a folder: name its files, for instance folder/\*\.csv\.$"
    ):
        open_csv(path="folder")


def test_files_of_other_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("x,y\n1,2\n")
    Path("b.csv").write_text("x,z\n1,2\n")
    with pytest.raises(DataError) as caught:
        open_csv(path="*.csv")
    assert str(caught.value) == (
        "b.csv: its columns differ from those of a.csv: 'y' missing; 'z' not expected."
    )


def test_what_is_no_table_is_the_programmer_s_fault() -> None:
    source = Choice("arrays", SOURCES["arrays"].model_validate({"path": "a.npz"}))
    with pytest.raises(TypeError, match=r"^arrays is no table$"):
        open_table(source, [])
