import csv
from pathlib import Path

import numpy as np
import pytest

from dlkit.evaluate.predictions import Answers, Evaluation
from dlkit.report.outputs import Output
from dlkit.report.prediction_file import write_predictions
from dlkit.report.tables import safe_cell


@pytest.mark.parametrize("text", ["=cmd()", "+x", "-1+1", "-1\n", "@x", "\tx"])
def test_cell_is_no_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["T-shirt/top", "-1", "+1", "-0.5", "-1e-05"])
def test_ordinary_cell_is_unchanged(text: str) -> None:
    assert safe_cell(text) == text


def test_predictions_name_classes_and_give_probabilities(tmp_path: Path) -> None:
    probabilities = np.array([[0.25, 0.75], [0.9, 0.1]])
    evaluation = Evaluation(
        "classification", np.array([1, 0]), probabilities, {}, np.array([1, 1])
    )
    write_predictions(tmp_path / "p.csv", [Output(evaluation, ("=no", "yes, sir"))], [7, 12])
    assert cells(tmp_path / "p.csv") == [
        ["example", "true", "predicted", "p(=no)", "p(yes, sir)"],
        ["7", "yes, sir", "yes, sir", "0.25", "0.75"],
        ["12", "yes, sir", "'=no", "0.9", "0.1"],
    ]


def test_answers_without_a_truth_are_written_beside_their_files(tmp_path: Path) -> None:
    answers = Answers("classification", np.array([1]), np.array([[0.25, 0.75]]))
    write_predictions(tmp_path / "p.csv", [Output(answers, ("a", "b"))], ["=cat.png"], "file")
    assert cells(tmp_path / "p.csv") == [
        ["file", "predicted", "p(a)", "p(b)"],
        ["'=cat.png", "b", "0.25", "0.75"],
    ]


def test_probabilities_keep_what_float32_holds(tmp_path: Path) -> None:
    values = np.float32([[1 / 3, 2 / 3], [1e-7, 1 - 1e-7]])
    answers = Answers("classification", np.array([1, 1]), values)
    write_predictions(tmp_path / "p.csv", [Output(answers, ("a", "b"))], range(2))
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
    write_predictions(
        tmp_path / "p.csv", [Output(evaluation, ("red", "green", "blue"))], range(2)
    )
    assert cells(tmp_path / "p.csv") == [
        ["example", "true", "predicted", "p(red)", "p(green)", "p(blue)"],
        ["0", "red;blue", "red;green", "0.75", "0.5", "0.25"],
        ["1", "green", "", "0", "0.25", "0.125"],
    ]


def test_several_values_stand_beside_their_truth(tmp_path: Path) -> None:
    true, predicted = np.array([[1.5, 2.0], [0.0, -1.0]]), np.array([[1.0, 3.0], [0.5, 0.25]])
    evaluation = Evaluation("regression", predicted, None, {}, true)
    write_predictions(tmp_path / "p.csv", [Output(evaluation, ("height", "width"))], range(2))
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
    write_predictions(tmp_path / "p.csv", [Output(evaluation, ("a", "b", "c"))], [0])
    head, row = cells(tmp_path / "p.csv")
    assert head == ["example", "true", "predicted", *header]
    assert row == ["0", "c", answer, *["0"] * (units - 1), "1"]


def test_predictions_of_values(tmp_path: Path) -> None:
    evaluation = Evaluation("regression", np.array([2.25]), None, {}, np.array([1.5]))
    write_predictions(tmp_path / "p.csv", [Output(evaluation, ("sales",))], [3])
    assert (tmp_path / "p.csv").read_text() == "example,true,predicted\n3,1.5,2.25\n"


def test_columns_of_several_outputs_have_their_names_in_front(tmp_path: Path) -> None:
    kind = Evaluation(
        "classification", np.array([1]), np.array([[0.25, 0.75]]), {}, np.array([0])
    )
    given, true = np.array([[1.0, 2.0]], np.float32), np.array([[1.0, 4.0]], np.float32)
    copy = Evaluation("regression", given, None, {}, true, is_copy=True)
    outputs = [Output(kind, ("no", "yes"), "kind"), Output(copy, (), "copy")]
    write_predictions(tmp_path / "p.csv", outputs, [5])
    head, row = cells(tmp_path / "p.csv")
    assert head == [
        *("example", "kind true", "kind predicted", "kind p(no)", "kind p(yes)"),
        "copy error",
    ]
    assert row == ["5", "no", "yes", "0.25", "0.75", "2"]  # (0 + 4) / 2
