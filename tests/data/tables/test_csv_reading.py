from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlkit.config.choices import Choice
from dlkit.config.data_sources import SOURCES
from dlkit.data.tables.csv_file import CsvTable
from dlkit.data.tables.reader import open_table

Open = Callable[..., CsvTable]


def open_csv(name: str = "csv", **given: Any) -> CsvTable:
    source = Choice(name, SOURCES[name].model_validate(given))
    table = open_table(source, [Path.cwd()])
    assert isinstance(table, CsvTable)
    return table


def read(table: CsvTable, kind: Any = "text") -> dict[str, list[Any]]:
    types = dict.fromkeys(table.columns, kind)
    return pd.concat(table.blocks(types)).to_dict("list")


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Return a writer of a file that opens it as a table."""
    monkeypatch.chdir(tmp_path)

    def open_written(content: str | bytes, **given: Any) -> CsvTable:
        data = content.encode() if isinstance(content, str) else content
        (tmp_path / "t.csv").write_bytes(data)
        return open_csv(path="t.csv", **given)

    return open_written


CELLS = st.text(st.sampled_from('ab1 ,;"\n\té\u2028'), max_size=5)


@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    end=st.sampled_from(["\n", "\r\n"]),
    piece=st.integers(1, 60),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_texts_are_those_that_python_s_own_writer_wrote(
    write: Open, rows: list[list[str]], quoting: Any, end: str, piece: int
) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=quoting, lineterminator=end).writerows([["x", "y", "z"], *rows])
    table = replace(write(text.getvalue()), piece_bytes=piece)
    columns = [list(column) for column in zip(*rows, strict=True)]
    assert list(read(table).values()) == columns
    assert table.sample().to_dict("list") == dict(zip("xyz", columns, strict=True))


@pytest.mark.parametrize("piece", [7, 1000, 1 << 20])
def test_numbers_are_those_of_float_to_the_last_bit(write: Open, piece: int) -> None:
    generator = np.random.default_rng(3)
    numbers = generator.normal(size=(500, 3)) * 10.0 ** generator.integers(-30, 30, (500, 3))
    text = "a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in numbers.tolist())
    table = replace(write(text), piece_bytes=piece)
    blocks = list(table.blocks({"c": "number", "a": "number"}))
    got = pd.concat(blocks)
    assert [*got.columns] == ["c", "a"]
    assert [str(kind) for kind in got.dtypes] == ["float64", "float64"]
    assert got.index.tolist() == [*range(500)]
    np.testing.assert_array_equal(got.to_numpy(), numbers[:, [2, 0]])


def test_types_are_mixed_and_read_again_from_the_start(write: Open) -> None:
    table = write("id,age,city\n007,31,Oslo\n008,,\n")
    for _ in range(2):
        (block,) = table.blocks({"city": "text", "id": "text", "age": "number"})
        assert block["city"].tolist() == ["Oslo", ""]
        assert block["id"].tolist() == ["007", "008"]
        np.testing.assert_array_equal(block["age"], [31.0, np.nan])
    assert [*next(table.blocks({})).index] == [0, 1]


def test_blocks_have_at_most_65536_rows(write: Open) -> None:
    table = write("a,b\n" + "1,2\n" * 150_000)
    blocks = list(table.blocks({"b": "number"}))
    assert [len(block) for block in blocks] == [65_536, 65_536, 18_928]
    assert blocks[2].index[-1] == 149_999
    assert len(table.sample()) == 65_536


@pytest.mark.parametrize(
    ("missing", "cells", "numbers", "texts"),
    [
        (None, ["", "NA", "null", " n/a ", "2"], 4, ["", "NA", "null", " n/a ", "2"]),
        (("?", "-9"), ["", "?", " ?", "-9.0", "2"], 4, ["", "", "", "-9.0", "2"]),
        ((), ["", " ", "2", "3", "4"], 2, ["", " ", "2", "3", "4"]),
    ],
)
def test_words_for_nothing(
    write: Open, missing: Any, cells: list[str], numbers: int, texts: list[str]
) -> None:
    table = write("a,b\n" + "".join(f"{cell},1\n" for cell in cells), missing=missing)
    assert np.isnan(read(table, "number")["a"]).sum() == numbers
    assert read(table)["a"] == texts
    assert table.sample()["a"].tolist() == cells


@pytest.mark.parametrize(
    ("content", "given"),
    [
        pytest.param("\ufeffa,b\n1,2.5\n3,4\n", {}, id="byte order mark"),
        pytest.param("a,b\r\n1,2.5\r\n3,4\r\n", {}, id="crlf"),
        pytest.param("a,b\n1,2.5\n3,4", {}, id="no last line end"),
        pytest.param("\n\na,b\n\n1,2.5\n \t\n\n3,4\n\n", {}, id="blank lines"),
        pytest.param(' a ,"b"\n 1 ,2.5 \n3,"4"\n', {}, id="spaces and quotes"),
        pytest.param("a;b\n1;2,5\n3;4\n", {"separator": ";", "decimal": ","}, id="european"),
        pytest.param("a\tb\n1\t2.5\n3\t4\n", {"separator": "\t"}, id="tabs"),
        pytest.param("a|b\n1|2.5\n3|4\n", {"separator": "|"}, id="a separator of patterns"),
        pytest.param("1,2.5\n3,4\n", {"columns": ["a", "b"]}, id="no header"),
        pytest.param("a,b\n1,+2.5e0\n3,4.\n", {}, id="ways to write"),
        pytest.param("a,b\n1,2.5\n3,4\n".encode("utf-16"), {"encoding": "utf-16"}, id="utf-16"),
    ],
)
def test_one_table_written_in_many_ways(write: Open, content: Any, given: Any) -> None:
    table = write(content, **given)
    assert table.columns == ("a", "b")
    assert read(table, "number") == {"a": [1.0, 3.0], "b": [2.5, 4.0]}
    assert read(replace(table, piece_bytes=16), "number") == read(table, "number")


def test_latin_letters(write: Open) -> None:
    table = write("näme,b\nÅse,1\n".encode("latin-1"), encoding="latin-1")
    assert read(table) == {"näme": ["Åse"], "b": ["1"]}


def test_quotes_are_plain_characters_where_the_config_says_so(write: Open) -> None:
    text = 'He said "no.  \t0\n"Open\t1\n5" wide\t0\n'
    table = write(text, separator="\t", quoted=False, columns=["text", "label"])
    assert read(table)["text"] == ['He said "no.  ', '"Open', '5" wide']


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",TV,sales", ("unnamed_1", "TV", "sales")),
        ("a,,", ("a", "unnamed_2", "unnamed_3")),
        (",0,1", ("unnamed_1", "0", "1")),
        ("0,1,2", ("0", "1", "2")),
        ('"x, m",y,"say ""z"""', ("x, m", "y", 'say "z"')),
    ],
)
def test_names_of_columns(write: Open, header: str, names: tuple[str, ...]) -> None:
    table = write(f"{header}\n5,6,7\n")
    assert table.columns == names
    assert read(table) == {name: [value] for name, value in zip(names, "567", strict=True)}


def test_files_of_a_pattern_are_one_table_by_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    contents = ["a,b\n1,2\n", "b,a\n4,3\n6,5\n", "a,b\n"]
    for number, content in enumerate(contents):
        (tmp_path / f"{number}.csv").write_text(content)
    table = open_csv(path="*.csv")
    got = pd.concat(table.blocks({"a": "number", "b": "number"}))
    assert got.to_numpy().tolist() == [[1, 2], [3, 4], [5, 6]]
    assert got.index.tolist() == [0, 1, 2]
    assert table.sample().to_dict("list") == {"a": ["1", "3", "5"], "b": ["2", "4", "6"]}
    assert (table.origin, table.size) == ("3 files matching *.csv", sum(map(len, contents)))


def test_origin_is_the_file_and_tsv_and_series_are_tables(write: Open) -> None:
    assert write("a\tb\n1\t2\n", separator="\t").origin == "t.csv"
    assert open_csv("tsv", path="t.csv").columns == ("a", "b")
    series = open_csv("timeseries", path="t.csv", separator="\t", width=1, targets=["a"])
    assert series.columns == ("a", "b")


def test_line_ends_inside_quotes_stay_as_they_are(write: Open) -> None:
    table = write('a,b\r\n"x\r\ny",1\r\n"x\ry\n",2\r\n')
    assert read(table)["a"] == ["x\r\ny", "x\ry\n"]


def test_true_and_false_beside_0_and_1_are_texts(write: Open) -> None:
    table = write("a,b\n1,True\n0,false\n")
    (block,) = table.blocks({"a": "number", "b": "text"})
    assert block.to_dict("list") == {"a": [1.0, 0.0], "b": ["True", "false"]}


def test_one_column_of_numbers(write: Open) -> None:
    assert read(write("x\n1\n\n2\n"), "number") == {"x": [1.0, 2.0]}


def test_a_row_longer_than_what_is_read_at_a_time(write: Open) -> None:
    long = "word " * 50_000
    table = write(f'text,y\n"{long}\n{long}",1\nb,2\n')
    assert read(replace(table, piece_bytes=1000))["text"] == [f"{long}\n{long}", "b"]


def test_an_iterator_that_is_left_early_ends_its_threads(write: Open) -> None:
    import threading

    table = replace(write("a,b\n" + "1,2\n" * 5000), piece_bytes=100)
    before = threading.active_count()
    blocks = table.blocks({"a": "number"})
    next(blocks)
    blocks.close()
    assert threading.active_count() == before
