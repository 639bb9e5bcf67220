"""Which pictures answers get, and the numbers behind them."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from dlkit.config.datasets import Task
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.outputs import Output

pytestmark = pytest.mark.keras


def evaluation_of(
    task: Task, true: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray | None = None
) -> Evaluation:
    return Evaluation(task, predicted, probabilities, {}, true)


def test_label_scores_are_those_of_scikit_learn() -> None:
    from dlkit.report.answers import label_scores

    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 2, (50, 6)), rng.integers(0, 2, (50, 6))
    true[:, 4] = predicted[:, 5] = 0  # a label that never occurs, one that is never given
    expected = precision_recall_fscore_support(true, predicted, zero_division=0)
    for ours, theirs in zip(label_scores(true, predicted), expected, strict=True):
        np.testing.assert_allclose(ours, theirs)


def test_labels_get_a_table_of_their_scores() -> None:
    from dlkit.report.answers import answer_drawings

    true = np.array([[1, 1], [1, 0], [0, 0], [1, 0]])
    predicted = np.array([[1, 0], [1, 1], [1, 0], [0, 0]])
    answers = evaluation_of("multi_label", true, predicted, predicted / 2)
    (drawing,) = answer_drawings(Output(answers, ("red", "blue")))
    drawn = drawing.draw()
    assert drawing.name == "labels"
    assert drawn.columns == ("label", "examples", "precision", "recall", "F1")
    assert drawn.rows == (
        ("red", "3", "0.6667", "0.6667", "0.6667"),
        ("blue", "1", "0.0000", "0.0000", "0.0000"),
    )
    assert "2 labels in the test split: mean F1 0.333, best red, worst blue" in drawn.alt


def test_only_the_most_frequent_labels_are_drawn_and_all_are_listed() -> None:
    from dlkit.report.answers import answer_drawings

    true = np.triu(np.ones((50, 50), np.int32))  # label n is there n + 1 times
    names = tuple(f"label {number}" for number in range(50))
    (drawing,) = answer_drawings(Output(evaluation_of("multi_label", true, true, true), names))
    drawn = drawing.draw()
    assert len(drawn.rows) == 50
    shown = [label.get_text() for label in drawn.figure.axes[0].get_yticklabels()]
    assert shown == [f"label {number}" for number in range(10, 50)]
    assert drawn.title == "precision and recall of the 40 most frequent labels"


@pytest.mark.parametrize("label", [0, 1])
def test_test_split_of_one_class_is_drawn_without_a_warning(label: int) -> None:
    from dlkit.report.answers import answer_drawings

    labels = np.full(5, label)
    answers = evaluation_of("classification", labels, labels, np.eye(2)[labels])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (drawing,) = answer_drawings(Output(answers, ("no", "yes")))
        drawn = drawing.draw()
    counts = [["0", "0"], ["0", "0"]]
    counts[label][label] = "5"
    assert drawn.rows == (("no", *counts[0]), ("yes", *counts[1]))
    assert drawn.alt == "Confusion matrix of the test split: 5 of 5 right"


def test_rows_of_the_matrix_are_true_and_columns_predicted() -> None:
    from dlkit.report.answers import answer_drawings

    true, predicted = np.array([0, 0, 1, 2]), np.array([0, 1, 1, 0])
    answers = evaluation_of("classification", true, predicted, np.eye(3)[predicted])
    (drawing,) = answer_drawings(Output(answers, ("a", "b", "c")))
    assert drawing.draw().rows == (
        ("a", "1", "1", "0"),
        ("b", "0", "1", "0"),
        ("c", "1", "0", "0"),
    )


@pytest.mark.parametrize(("shape", "count"), [((9,), 1), ((9, 1), 1), ((9, 6), 6), ((9, 8), 6)])
def test_every_value_gets_two_pictures_up_to_six(shape: tuple[int, ...], count: int) -> None:
    from dlkit.report.answers import answer_drawings

    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    names = tuple("sales" for _ in range(shape[1] if len(shape) > 1 else 1))
    drawings = answer_drawings(Output(evaluation_of("regression", values, values), names))
    assert len(drawings) == 2 * count
    assert len({drawing.name for drawing in drawings}) == 2 * count
    assert all(drawing.name.replace("_", "").isalnum() for drawing in drawings)


def test_values_are_told_apart_by_name() -> None:
    from dlkit.report.answers import answer_drawings

    true = np.array([[1.0, 10.0], [2.0, 20.0]])
    predicted = np.array([[1.5, 10.0], [2.0, 16.0]])
    drawings = answer_drawings(
        Output(evaluation_of("regression", true, predicted), ("a", "b/c"))
    )
    drawn = [drawing.draw() for drawing in drawings]
    assert [each.title for each in drawn] == [
        "predicted against true: a",
        "residuals: a",
        "predicted against true: b/c",
        "residuals: b/c",
    ]
    assert "mean absolute error 0.25," in drawn[0].alt
    assert "mean absolute error 2," in drawn[2].alt
    assert drawn[3].rows == (("true minus predicted", "0.0000", "2.0000", "4.0000"),)


@pytest.mark.parametrize("task", ["classification", "multi_label", "regression"])
def test_answers_that_are_not_finite_have_no_picture(task: Task) -> None:
    from dlkit.report.answers import answer_drawings

    nothing = np.full((2, 2), np.nan, np.float32)
    labels = np.zeros((2, 2), np.int32)
    if task == "regression":
        answers = evaluation_of(task, labels, nothing)
        assert answer_drawings(Output(answers, (), naive=labels)) == []
    else:
        answers = evaluation_of(task, labels, labels, nothing)
    assert answer_drawings(Output(answers, ())) == []


def test_forecast_is_of_the_first_value_and_beside_the_naive_one() -> None:
    from dlkit.report.answers import answer_drawings

    true = np.stack([np.arange(250.0), np.zeros(250)], axis=1)
    naive = np.subtract(true, [2.0, 7.0])
    answers = evaluation_of("regression", true, np.add(true, [0.5, 9.0]))
    drawing, *_ = answer_drawings(Output(answers, ("load +1", "load +2"), naive=naive))
    drawn = drawing.draw()
    assert drawn.title == "forecasts: load +1"
    assert drawn.rows == (("model", "0.5000", "0.2500"), ("last value", "2.0000", "4.0000"))
    assert drawn.alt.startswith("The first 100 of 250 test forecasts of load +1 over the truth")
    assert {len(np.asarray(line.get_ydata())) for line in drawn.figure.axes[0].lines} == {100}
