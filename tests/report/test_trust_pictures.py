"""How far answers can be trusted: the pictures and the numbers behind them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from dlkit.config.datasets import Task
from dlkit.evaluate.calibration import BINS
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawn
from dlkit.report.figures.style import to_svg
from dlkit.report.trust_pictures import trust_drawings
from dlkit.report.value_pictures import forecast_drawings, value_drawings

TESTED = "the test split"


def classified(
    true: Sequence[int] | np.ndarray, probabilities: Sequence[Sequence[float]] | np.ndarray
) -> Evaluation:
    given = np.asarray(probabilities, np.float32)
    return Evaluation("classification", given.argmax(axis=1), given, {}, np.asarray(true))


def random_answers(examples: int, classes: int) -> Evaluation:
    rng = np.random.default_rng(classes)
    true = rng.integers(0, classes, examples)
    logits = rng.normal(size=(examples, classes))
    logits[np.arange(examples), true] += 2
    odds = np.exp(logits)
    return classified(true, odds / odds.sum(axis=1, keepdims=True))


def drawn_of(evaluation: Evaluation, names: tuple[str, ...] = ()) -> dict[str, Drawn]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawings = trust_drawings(evaluation, names, TESTED)
        assert {drawing.section for drawing in drawings} <= {"trust"}
        return {drawing.name: drawing.draw() for drawing in drawings}


def texts_of(figure: Figure | None) -> list[str]:
    assert figure is not None
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def heights_of(figure: Figure | None, place: int) -> list[float]:
    assert figure is not None
    bars = figure.axes[place].patches
    return [bar.get_height() for bar in bars if isinstance(bar, Rectangle)]


def test_calibration_of_several_classes_is_of_the_answers() -> None:
    # Confidence 0.6 twice, right once; 0.9 once, right: (2 |0.5 - 0.6| + |1 - 0.9|) / 3.
    probabilities = [[0.6, 0.3, 0.1], [0.2, 0.6, 0.2], [0.05, 0.05, 0.9]]
    drawn = drawn_of(classified([0, 0, 2], probabilities))["calibration"]
    assert drawn.title == "calibration of the answers"
    assert drawn.rows == (
        ("0.60 to 0.67", "2", "0.6000", "0.5000"),
        ("0.87 to 0.93", "1", "0.9000", "1.0000"),
    )
    assert "expected calibration error 0.1," in drawn.alt
    assert [height for height in heights_of(drawn.figure, 1) if height] == [2, 1]


def test_calibration_of_two_classes_is_that_of_scikit_learn_for_the_second() -> None:
    evaluation = random_answers(400, 2)
    assert evaluation.probabilities is not None
    yes = evaluation.probabilities[:, 1]
    drawn = drawn_of(evaluation, ("no", "yes"))["calibration"]
    came, said = calibration_curve(evaluation.true, yes, n_bins=BINS)
    assert drawn.title == "calibration of yes"
    assert [row[2:] for row in drawn.rows] == [
        (f"{mean:.4f}", f"{share:.4f}") for mean, share in zip(said, came, strict=True)
    ]
    assert f"Brier score {brier_score_loss(evaluation.true, yes):.4g}" in drawn.alt


def test_calibration_of_labels_is_of_all_of_them_together() -> None:
    given = np.array([[0.9, 0.1], [0.8, 0.1]], np.float32)
    evaluation = Evaluation(
        "multi_label", (given > 0.5).astype(int), given, {}, np.array([[1, 0], [1, 1]])
    )
    (drawn,) = drawn_of(evaluation).values()
    assert [(row[1], row[3]) for row in drawn.rows] == [
        *(("2", "0.5000"), ("1", "1.0000"), ("1", "1.0000"))
    ]


def test_confidence_of_right_and_wrong_answers_stands_apart() -> None:
    probabilities = [[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.6, 0.4]]
    drawn = drawn_of(classified([0, 0, 0, 0], probabilities))["confidence"]
    assert "3 right with median confidence 70.0%, 1 wrong with median" in drawn.alt
    assert [row[0] for row in drawn.rows] == ["right", "wrong"]
    assert (sum(heights_of(drawn.figure, 0)), sum(heights_of(drawn.figure, 1))) == (3, 1)


def test_near_certainty_is_not_told_as_certainty() -> None:
    drawn = drawn_of(classified([0, 0], [[0.99999, 0.00001]] * 2))["confidence"]
    assert "2 right with median confidence >99.9%" in drawn.alt
    assert "2 right, median confidence >99.9%" in texts_of(drawn.figure)


@pytest.mark.parametrize(("probability", "place"), [(0.9, "upper left"), (0.1, "lower right")])
def test_legend_of_calibration_lies_where_no_point_is(probability: float, place: str) -> None:
    said = np.tile(np.array([1 - probability, probability], np.float32), (40, 1))
    figure = drawn_of(Evaluation("classification", np.ones(40, int), said, {},
                                 np.ones(40, int)))["calibration"].figure  # fmt: skip
    assert figure is not None
    legend = figure.axes[0].get_legend()
    assert legend is not None
    extent = legend.get_window_extent().transformed(figure.axes[0].transAxes.inverted())
    assert (extent.y0 > 0.5) == (place == "upper left")
    assert (extent.x0 < 0.5) == (place == "upper left")


@pytest.mark.parametrize(("true", "shown"), [([0, 0], "right"), ([1, 1], "wrong")])
def test_answers_that_are_all_right_or_all_wrong_have_one_panel(
    true: list[int], shown: str
) -> None:
    drawn = drawn_of(classified(true, [[1, 0], [1, 0]]))["confidence"]
    assert [row[0] for row in drawn.rows] == [shown]
    assert drawn.figure is not None
    assert len(drawn.figure.axes) == 1


@pytest.mark.parametrize("outputs", [[[3.0, -1.0]], [[0.2, 1.4]]])
def test_outputs_that_are_no_probabilities_are_not_drawn(outputs: list[list[float]]) -> None:
    assert trust_drawings(classified([0], outputs), (), TESTED) == []


@pytest.mark.parametrize("task", ["classification", "multi_label"])
def test_nothing_to_test_is_not_drawn(task: Task) -> None:
    nothing = np.zeros((0, 3), np.float32)
    evaluation = Evaluation(task, np.zeros(0, int), nothing, {}, np.zeros(0, int))
    assert trust_drawings(evaluation, (), TESTED) == []


@pytest.mark.parametrize("count", [1, 2, 3000])
@pytest.mark.parametrize("classes", [2, 5])
def test_any_number_of_answers_is_drawn(count: int, classes: int) -> None:
    for drawn in drawn_of(random_answers(count, classes)).values():
        assert drawn.figure is not None
        assert len(to_svg(drawn.figure)) < 60_000


def test_names_of_classes_are_shown_as_text() -> None:
    name = "<script>alert(1)</script>\n$x$" + "y" * 300
    drawn = drawn_of(random_answers(50, 2), ("no", name))["calibration"]
    assert drawn.figure is not None
    assert "<script" not in to_svg(drawn.figure)
    assert max(map(len, texts_of(drawn.figure))) < 70


def test_spread_of_errors_tells_where_nine_of_ten_lie() -> None:
    true = np.arange(101.0)  # errors from -50 to 50
    evaluation = Evaluation("regression", np.full(101, 50.0), None, {}, true)
    drawing = value_drawings(evaluation, ("price",), TESTED)[-1]
    drawn = drawing.draw()
    assert (drawing.name, drawing.section) == ("error_spread", "trust")
    assert "median 0, 90 % between -45 and 45" in drawn.alt
    assert drawn.rows == (
        ("true minus predicted", "-50.0000", "0.0000", "50.0000", "-45.0000", "45.0000"),
    )
    assert sum(heights_of(drawn.figure, 0)[1:]) == 101  # the first is the shaded range
    assert "true minus predicted price" in texts_of(drawn.figure)


def test_errors_far_beyond_the_others_do_not_squeeze_them() -> None:
    true = np.zeros(1000)
    predicted = np.concatenate([np.linspace(-1, 1, 999), [1e6]])
    evaluation = Evaluation("regression", predicted, None, {}, true)
    drawn = value_drawings(evaluation, (), TESTED)[-1].draw()
    assert drawn.figure is not None
    heights = heights_of(drawn.figure, 0)[1:]
    assert sum(heights) == 1000
    assert max(heights) < 200


@pytest.mark.parametrize("count", [1, 2])
def test_errors_of_hardly_any_examples_are_drawn(count: int) -> None:
    evaluation = Evaluation("regression", np.ones(count), None, {}, np.ones(count))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for drawing in value_drawings(evaluation, (), TESTED):
            assert drawing.draw().rows


def test_errors_of_forecasts_are_followed_over_time() -> None:
    true = np.zeros((8, 1))
    predicted = np.array([[1.0], [1], [2], [2], [3], [3], [4], [4]])
    evaluation = Evaluation("regression", predicted, None, {}, true)
    drawings = forecast_drawings(evaluation, ("load +1",), np.full((8, 1), 5.0))
    assert [(each.name, each.section) for each in drawings] == [
        *(("forecast", "answers"), ("error_over_time", "mistakes"))
    ]
    drawn = drawings[1].draw()
    assert drawn.rows == (
        ("1 to 2", "1.0000", "5.0000"),
        ("3 to 4", "2.0000", "5.0000"),
        ("5 to 6", "3.0000", "5.0000"),
        ("7 to 8", "4.0000", "5.0000"),
    )


def test_neighbors_share_a_point_where_there_are_many_forecasts() -> None:
    true = np.zeros((1000, 1))
    evaluation = Evaluation("regression", np.arange(1000.0)[:, None], None, {}, true)
    drawn = forecast_drawings(evaluation, (), true)[1].draw()
    assert drawn.figure is not None
    points = np.asarray(drawn.figure.axes[0].lines[1].get_ydata(), float)
    np.testing.assert_allclose(points, np.arange(1000).reshape(100, 10).mean(axis=1))


def test_steps_of_one_forecast_are_compared_and_different_things_are_not() -> None:
    true = np.zeros((4, 2))
    evaluation = Evaluation("regression", np.tile([1.0, 3.0], (4, 1)), None, {}, true)
    names = ("load +1", "load +2")
    steps = forecast_drawings(evaluation, names, np.full((4, 2), 2.0))
    assert steps[-1].name == "error_by_value"
    assert steps[-1].draw().rows == (
        ("load +1", "1.0000", "2.0000"),
        ("load +2", "3.0000", "2.0000"),
    )
    things = forecast_drawings(evaluation, ("load", "heat"), np.tile([2.0, 70.0], (4, 1)))
    assert [each.name for each in things] == ["forecast", "error_over_time"]
