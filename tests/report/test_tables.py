"""Tables fit where they are shown, and no cell does anything but stand there."""

import csv
from pathlib import Path

import pytest

from dlkit.errors import StorageError
from dlkit.report.tables import (
    Cut,
    Shrinking,
    csv_text,
    cut_before,
    cut_end,
    cut_start,
    format_table,
    one_line,
    write_csv,
)


def test_table_has_aligned_columns() -> None:
    table = format_table(("a", "long"), [("xxx", "y")])
    assert table == "a    long\nxxx  y"


def test_wide_letters_count_as_two() -> None:
    table = format_table(("a", "b"), [("中文", "1"), ("abcd", "2")])
    assert table.splitlines()[1:] == ["中文  1", "abcd  2"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\nlines\there", "two lines here"),
        ("\x1b[31mred", "\N{REPLACEMENT CHARACTER}[31mred"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}abc", "\N{REPLACEMENT CHARACTER}abc"),
        ("\ud800", "\N{REPLACEMENT CHARACTER}"),
        ("<script>alert(1)</script> $x$", "<script>alert(1)</script> $x$"),
    ],
)
def test_cell_is_one_harmless_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("cut", "expected"),
    [(cut_end, "exper…"), (cut_start, "…ent/7"), (cut_before("/"), "exp…/7")],
)
def test_cuts_leave_what_says_most(cut: Cut, expected: str) -> None:
    assert cut("experiment/7", 6) == expected


def test_number_behind_a_name_stays_whole() -> None:
    assert cut_before("/")("experiment/1234", 10) == "expe…/1234"


def test_columns_are_cut_in_order_and_only_as_far_as_needed() -> None:
    rows = [("a" * 20, "b" * 20, "12345")]
    shrinking = (Shrinking(1, 10, cut_end), Shrinking(0, 10, cut_end))
    line = format_table(("x", "y", "z"), rows, 42, shrinking).splitlines()[1]
    assert line == f"{'a' * 20}  {'b' * 12}…  12345"
    line = format_table(("x", "y", "z"), rows, 30, shrinking).splitlines()[1]
    assert line == f"{'a' * 10}…  {'b' * 9}…  12345"
    line = format_table(("x", "y", "z"), rows, 10, shrinking).splitlines()[1]
    assert line == f"{'a' * 9}…  {'b' * 9}…  12345"


def test_csv_has_every_digit_and_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_csv(path, ("=head", "n"), [("=cmd()", 0.1), ("-x", -0.5), ("a,b\nc", None)])
    with path.open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["'=head", "n"],
            ["'=cmd()", "0.1"],
            ["'-x", "-0.5"],
            ["a,b\nc", ""],
        ]
    assert csv_text(("a",), [(1 / 3,)]) == f"a\n{1 / 3!r}\n"


def test_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"gone/x\.csv: cannot be written"):
        write_csv(tmp_path / "gone" / "x.csv", ("a",), [])
