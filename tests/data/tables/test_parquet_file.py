"""The reader of Parquet, with a stand-in for pyarrow that does what is documented of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dlkit.config.choices import Choice
from dlkit.config.data_sources import SOURCES
from dlkit.data.tables.reader import Table, open_table
from dlkit.errors import DataError


@dataclass
class FakeArray:
    type: str
    values: list[Any]

    def __len__(self) -> int:
        return len(self.values)

    def to_pylist(self) -> list[Any]:
        return self.values

    def cast(self, target_type: str, *, safe: bool) -> FakeArray:
        assert (target_type, safe) == ("float64", False)
        return FakeArray("double", self.values)

    def to_numpy(self, *, zero_copy_only: bool) -> np.ndarray:
        assert not zero_copy_only
        return np.array([np.nan if value is None else value for value in self.values])


Columns = dict[str, FakeArray]


class FakeFile:
    """A ``pyarrow.parquet.ParquetFile`` over columns that a test made."""

    contents: dict[str, Columns]

    def __init__(self, path: Path) -> None:
        if path.name not in self.contents:
            raise ValueError("Parquet magic bytes not found in footer.\nEither corrupted ...")
        self.columns = self.contents[path.name]
        rows = len(next(iter(self.columns.values())))
        self.schema_arrow = SimpleNamespace(names=list(self.columns))
        self.metadata = SimpleNamespace(num_rows=rows)

    def __enter__(self) -> FakeFile:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def iter_batches(self, *, batch_size: int, columns: list[str]) -> Iterator[Any]:
        assert batch_size == 65_536
        for start in range(0, self.metadata.num_rows, 2):
            parts = {
                name: FakeArray(column.type, column.values[start : start + 2])
                for name, column in self.columns.items()
                if name in columns
            }
            rows = len(next(iter(parts.values())))
            yield SimpleNamespace(num_rows=rows, column=parts.__getitem__)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Columns]:
    """Return what the files of the working directory hold, by name, to be filled."""
    contents: dict[str, Columns] = {}
    package, module = ModuleType("pyarrow"), ModuleType("pyarrow.parquet")
    monkeypatch.setattr(FakeFile, "contents", contents, raising=False)
    vars(module)["ParquetFile"] = FakeFile
    vars(package)["parquet"] = module
    monkeypatch.setitem(sys.modules, "pyarrow", package)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", module)
    monkeypatch.chdir(tmp_path)
    return contents


def open_files(pattern: str = "*.parquet", *names: str) -> Table:
    for name in names:
        Path(name).write_bytes(b"12345")
    source = Choice("parquet", SOURCES["parquet"].model_validate({"path": pattern}))
    return open_table(source, [Path.cwd()])


def table_of(files: dict[str, Columns], **columns: FakeArray) -> Table:
    files["a.parquet"] = columns
    return open_files("a.parquet", "a.parquet")


def test_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError) as caught:
        open_files("a.parquet", "a.parquet")
    assert str(caught.value) == 'Parquet files need pyarrow: pip install "dlkit[parquet]".'


def test_rows_are_numbered_through_batches_and_files(files: dict[str, Columns]) -> None:
    files["a.parquet"] = {
        "x": FakeArray("int64", [1, None, 3]),
        "y": FakeArray("string", ["a", None, "c"]),
    }
    files["b.parquet"] = {
        "y": FakeArray("string", ["d"]),
        "x": FakeArray("double", [4.5]),
    }
    table = open_files("*.parquet", "a.parquet", "b.parquet")
    assert (table.columns, table.size) == (("x", "y"), 10)
    assert table.origin == "2 files matching *.parquet"
    got = pd.concat(table.blocks({"y": "text", "x": "number"}))
    assert got.index.tolist() == [0, 1, 2, 3]
    assert got["y"].tolist() == ["a", "", "c", "d"]
    np.testing.assert_array_equal(got["x"], [1, np.nan, 3, 4.5])
    assert table.sample().to_dict("list") == {
        "x": ["1", "", "3", "4.5"],
        "y": ["a", "", "c", "d"],
    }
    assert len(pd.concat(table.blocks({}))) == 4


@pytest.mark.parametrize(
    ("kind", "values", "numbers"),
    [
        ("bool", [True, None], [1.0, np.nan]),
        ("decimal128(4, 1)", [Decimal("1.5"), None], [1.5, np.nan]),
        ("string", [" 2.5", "NA"], [2.5, np.nan]),
        ("float", [0.5, float("nan")], [0.5, np.nan]),
    ],
)
def test_numbers_of_other_types(
    files: dict[str, Columns], kind: str, values: list[Any], numbers: list[float]
) -> None:
    (block,) = table_of(files, x=FakeArray(kind, values)).blocks({"x": "number"})
    assert str(block["x"].dtype) == "float64"
    np.testing.assert_array_equal(block["x"], numbers)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (date(2020, 1, 2), "2020-01-02"),
        (datetime(2020, 1, 2, 3, 4, 5, 6), "2020-01-02 03:04:05"),
        (datetime.fromisoformat("2020-01-02 01:00:00+02:00"), "2020-01-01 23:00:00"),
        (datetime(2020, 1, 2, tzinfo=UTC), "2020-01-02 00:00:00"),
        (True, "True"),
        (float("nan"), ""),
        (12, "12"),
    ],
)
def test_texts_of_other_types(files: dict[str, Columns], value: Any, text: str) -> None:
    assert table_of(files, x=FakeArray("?", [value])).sample()["x"].tolist() == [text]


@pytest.mark.parametrize(
    ("kind", "column", "fault"),
    [
        ("number", FakeArray("double", [1.0, 2.0, np.inf]), "inf is not a finite number."),
        ("number", FakeArray("string", ["1", "2", "x"]), "expected a number, received 'x'."),
        ("text", FakeArray("list<int64>", [None, None, [1]]),
         "expected a number or a text, received list."),
        ("number", FakeArray("binary", [None, None, b"1"]),
         "expected a number or a text, received bytes."),
    ],
)  # fmt: skip
def test_values_that_do_not_fit(
    files: dict[str, Columns], kind: Any, column: FakeArray, fault: str
) -> None:
    table = table_of(files, x=column)
    with pytest.raises(DataError) as caught:
        list(table.blocks({"x": kind}))
    assert str(caught.value) == f"a.parquet: column 'x', row 3: {fault}"


def test_files_that_are_no_table(files: dict[str, Columns]) -> None:
    with pytest.raises(DataError) as caught:
        open_files("z.parquet", "z.parquet")
    assert str(caught.value) == (
        "z.parquet: the file is damaged or not Parquet (Parquet magic bytes not found in "
        "footer.)."
    )
    with pytest.raises(DataError, match=r"^a\.parquet: there is no row\.$"):
        table_of(files, x=FakeArray("int64", []))
    files["b.parquet"] = {"y": FakeArray("int64", [1])}
    with pytest.raises(DataError) as caught:
        open_files("[ab].parquet", "b.parquet")
    assert str(caught.value) == (
        "b.parquet: its columns are y; expected those of a.parquet, each once: x."
    )
