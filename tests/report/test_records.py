import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.errors import StorageError
from dlkit.report.records import (
    append_history,
    plain,
    write_json,
    write_text,
    writing,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (math.nan, None),
        (np.float64("inf"), None),
        ({"a": (1, np.float32("nan"))}, {"a": [1, None]}),
        ("text", "text"),
    ],
    ids=repr,
)
def test_values_become_plain(value: Any, expected: Any) -> None:
    assert plain(value) == expected


def test_json_is_strict_where_figures_are_not_finite(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"loss": math.nan, "name": "größe"})
    text = (tmp_path / "x.json").read_text("utf-8")
    assert json.loads(text, parse_constant=pytest.fail) == {"loss": None, "name": "größe"}


def test_history_grows_by_a_row_with_one_header(tmp_path: Path) -> None:
    for epoch in (1, 2):
        append_history(tmp_path / "history.csv", {"epoch": epoch, "loss": 0.1 * epoch})
    with (tmp_path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["loss"]) for row in rows] == [0.1, 0.2]


def test_history_keeps_every_digit(tmp_path: Path) -> None:
    append_history(tmp_path / "history.csv", {"epoch": 1, "loss": 1 / 3})
    assert float((tmp_path / "history.csv").read_text().split(",")[-1]) == 1 / 3


def test_reason_is_told_where_the_system_has_no_text_for_it(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=r"x: cannot be written \(odd file\)"),
        writing(tmp_path / "x"),
    ):
        raise OSError("odd file")


def test_file_that_cannot_be_written_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"cannot be written \(No such file or directory\)"):
        write_text(tmp_path / "gone" / "x.txt", "text")
    with pytest.raises(StorageError, match=r"cannot be written \(Is a directory\)"):
        append_history(tmp_path, {"epoch": 1})
