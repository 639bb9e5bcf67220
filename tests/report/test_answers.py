"""Which pictures answers get, and the numbers behind them."""

from __future__ import annotations

import numpy as np
import pytest

from dlkit.config.datasets import Task
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.outputs import Output

pytestmark = pytest.mark.keras


def evaluation_of(
    task: Task, true: np.ndarray, predicted: np.ndarray, probabilities: np.ndarray | None = None
) -> Evaluation:
    return Evaluation(task, predicted, probabilities, {}, true)


def test_answers_of_classes_and_labels_get_pictures_that_say_what_was_tested() -> None:
    from dlkit.report.answers import answer_drawings

    true, said = np.array([0, 1, 0, 1]), np.array([[0.9, 0.1], [0.6, 0.4], [0.3, 0.7], [0, 1]])
    classes = evaluation_of("classification", true, said.argmax(axis=1), said)
    labels = evaluation_of("multi_label", np.eye(2, dtype=int)[true], (said > 0.5) * 1, said)
    expected = {
        "classification": ["confusion_matrix", "confusion_shares", "class_scores"],
        "multi_label": ["labels"],
    }
    for answers in (classes, labels):
        found = answer_drawings(Output(answers, ("no", "yes"), head="a"), "all 5 folds")
        names = [drawing.name.removeprefix("a_") for drawing in found]
        first = [*expected[answers.task], "roc", "precision_recall"]
        assert names[: len(first)] == first
        for drawing in found:
            drawn = drawing.draw()
            assert drawn.title.startswith("a: ")
            assert "all 5 folds" in drawn.alt


@pytest.mark.parametrize(("shape", "count"), [((9,), 1), ((9, 1), 1), ((9, 6), 6), ((9, 8), 6)])
def test_every_value_gets_three_pictures_up_to_six(shape: tuple[int, ...], count: int) -> None:
    from dlkit.report.answers import answer_drawings

    values = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    names = tuple("sales" for _ in range(shape[1] if len(shape) > 1 else 1))
    drawings = answer_drawings(Output(evaluation_of("regression", values, values), names))
    assert len(drawings) == 3 * count
    assert len({drawing.name for drawing in drawings}) == 3 * count
    assert all(drawing.name.replace("_", "").isalnum() for drawing in drawings)


@pytest.mark.parametrize(("steps", "shown"), [(1, [""]), (2, ["_1", "_2"]), (6, ["_1", "_6"])])
def test_of_one_series_the_first_and_the_last_step_get_pictures(
    steps: int, shown: list[str]
) -> None:
    from dlkit.report.answers import answer_drawings

    true = np.random.default_rng(0).normal(size=(9, steps)).astype(np.float32)
    naive = np.tile(true[:, :1], steps)
    names = tuple(f"load +{step}" for step in range(1, steps + 1))
    output = Output(evaluation_of("regression", true, true), names, naive=naive)
    found = [drawing.name for drawing in answer_drawings(output)]
    assert [name for name in found if name.startswith("residuals")] == [
        f"residuals{each}" for each in shown
    ]
    different = naive + np.arange(steps, dtype=np.float32)
    output = Output(evaluation_of("regression", true, true), names, naive=different)
    found = [drawing.name for drawing in answer_drawings(output)]
    assert sum(name.startswith("residuals") for name in found) == steps


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
        "how errors are spread: a",
        "predicted against true: b/c",
        "residuals: b/c",
        "how errors are spread: b/c",
    ]
    assert "mean absolute error 0.25," in drawn[0].alt
    assert "mean absolute error 2," in drawn[3].alt
    assert drawn[4].rows == (("true minus predicted", "0.0000", "2.0000", "4.0000"),)


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
