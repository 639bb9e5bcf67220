import csv
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.errors import StorageError
from dlkit.evaluate.predictions import Answers, Evaluation
from dlkit.report.records import (
    append_history,
    plain,
    safe_cell,
    write_json,
    write_predictions,
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


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@x", "\tx"])
def test_cell_is_no_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


def test_ordinary_cell_is_unchanged() -> None:
    assert safe_cell("T-shirt/top") == "T-shirt/top"


def test_predictions_name_classes_and_give_probabilities(tmp_path: Path) -> None:
    probabilities = np.array([[0.25, 0.75], [0.9, 0.1]])
    evaluation = Evaluation(
        "classification", np.array([1, 0]), probabilities, {}, np.array([1, 1])
    )
    write_predictions(tmp_path / "p.csv", evaluation, ("=no", "yes, sir"), [7, 12])
    assert cells(tmp_path / "p.csv") == [
        ["example", "true", "predicted", "p(=no)", "p(yes, sir)"],
        ["7", "yes, sir", "yes, sir", "0.25", "0.75"],
        ["12", "yes, sir", "'=no", "0.9", "0.1"],
    ]


def test_answers_without_a_truth_are_written_beside_their_files(tmp_path: Path) -> None:
    answers = Answers("classification", np.array([1]), np.array([[0.25, 0.75]]))
    write_predictions(tmp_path / "p.csv", answers, ("a", "b"), ["=cat.png"], "file")
    assert cells(tmp_path / "p.csv") == [
        ["file", "predicted", "p(a)", "p(b)"],
        ["'=cat.png", "b", "0.25", "0.75"],
    ]


def test_probabilities_keep_what_float32_holds(tmp_path: Path) -> None:
    values = np.float32([[1 / 3, 2 / 3], [1e-7, 1 - 1e-7]])
    answers = Answers("classification", np.array([1, 1]), values)
    write_predictions(tmp_path / "p.csv", answers, ("a", "b"), range(2))
    read = [[float(cell) for cell in row[2:]] for row in cells(tmp_path / "p.csv")[1:]]
    np.testing.assert_array_equal(np.float32(read), values)


def test_labels_of_an_example_stand_in_one_cell(tmp_path: Path) -> None:
    evaluation = Evaluation(
        "multi_label",
        np.array([[1, 1, 0], [0, 0, 0]]),
        np.array([[0.75, 0.5, 0.25], [0.0, 0.25, 0.125]]),
        {},
        np.array([[1, 0, 1], [0, 1, 0]]),
    )
    write_predictions(tmp_path / "p.csv", evaluation, ("red", "green", "blue"), range(2))
    assert cells(tmp_path / "p.csv") == [
        ["example", "true", "predicted", "p(red)", "p(green)", "p(blue)"],
        ["0", "red;blue", "red;green", "0.75", "0.5", "0.25"],
        ["1", "green", "", "0", "0.25", "0.125"],
    ]


def test_several_values_stand_beside_their_truth(tmp_path: Path) -> None:
    true, predicted = np.array([[1.5, 2.0], [0.0, -1.0]]), np.array([[1.0, 3.0], [0.5, 0.25]])
    evaluation = Evaluation("regression", predicted, None, {}, true)
    write_predictions(tmp_path / "p.csv", evaluation, ("height", "width"), range(2))
    assert cells(tmp_path / "p.csv") == [
        ["example", "true height", "predicted height", "true width", "predicted width"],
        ["0", "1.5", "1", "2", "3"],
        ["1", "0", "0.5", "-1", "0.25"],
    ]


def cells(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize(
    ("units", "header", "answer"),
    [(2, ["p(a)", "p(b)"], "b"), (4, ["p(a)", "p(b)", "p(c)", "p(unit 3)"], "unit 3")],
)
def test_every_unit_has_a_column(
    tmp_path: Path, units: int, header: list[str], answer: str
) -> None:
    probabilities = np.eye(units)[[units - 1]]
    evaluation = Evaluation(
        "classification", np.array([units - 1]), probabilities, {}, np.array([2])
    )
    write_predictions(tmp_path / "p.csv", evaluation, ("a", "b", "c"), [0])
    head, row = cells(tmp_path / "p.csv")
    assert head == ["example", "true", "predicted", *header]
    assert row == ["0", "c", answer, *["0"] * (units - 1), "1"]


def test_predictions_of_values(tmp_path: Path) -> None:
    evaluation = Evaluation("regression", np.array([2.25]), None, {}, np.array([1.5]))
    write_predictions(tmp_path / "p.csv", evaluation, ("sales",), [3])
    assert (tmp_path / "p.csv").read_text() == "example,true,predicted\n3,1.5,2.25\n"


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
