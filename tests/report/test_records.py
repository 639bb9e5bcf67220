import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.errors import StorageError
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.records import (
    append_history,
    plain,
    safe_cell,
    write_json,
    write_predictions,
    write_text,
    writing,
)
from dlkit.report.run_folder import RunFolder


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


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "\tx"])
def test_cell_is_no_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_ordinary_cell_is_unchanged() -> None:
    assert safe_cell("T-shirt/top") == "T-shirt/top"


def test_predictions_name_classes_and_give_probabilities(tmp_path: Path) -> None:
    probabilities = np.array([[0.25, 0.75], [0.9, 0.1]])
    evaluation = Evaluation(
        {}, "classification", np.array([1, 1]), np.array([1, 0]), probabilities
    )
    write_predictions(RunFolder(tmp_path), evaluation, ("=no", "yes, sir"))
    with (tmp_path / "predictions.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["example", "true", "predicted", "p(=no)", "p(yes, sir)"],
        ["0", "yes, sir", "yes, sir", "0.25", "0.75"],
        ["1", "yes, sir", "'=no", "0.9", "0.1"],
    ]


@pytest.mark.parametrize(
    ("units", "header", "answer"),
    [(2, ["p(a)", "p(b)"], "b"), (4, ["p(a)", "p(b)", "p(c)", "p(unit 3)"], "unit 3")],
)
def test_every_unit_has_a_column(
    tmp_path: Path, units: int, header: list[str], answer: str
) -> None:
    probabilities = np.eye(units)[[units - 1]]
    evaluation = Evaluation(
        {}, "classification", np.array([2]), np.array([units - 1]), probabilities
    )
    write_predictions(RunFolder(tmp_path), evaluation, ("a", "b", "c"))
    with (tmp_path / "predictions.csv").open(newline="", encoding="utf-8") as file:
        head, row = list(csv.reader(file))
    assert head == ["example", "true", "predicted", *header]
    assert row == ["0", "c", answer, *["0"] * (units - 1), "1"]


def test_predictions_of_values(tmp_path: Path) -> None:
    evaluation = Evaluation({}, "regression", np.array([1.5]), np.array([2.25]), None)
    write_predictions(RunFolder(tmp_path), evaluation, ())
    text = (tmp_path / "predictions.csv").read_text()
    assert text == "example,true,predicted\n0,1.5,2.25\n"


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
