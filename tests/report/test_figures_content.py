"""Figures show the values they were given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.curves import draw_learning_rate, draw_metric
from dlkit.report.figures.regression import draw_predicted_against_true, draw_residuals
from dlkit.report.figures.style import to_svg

NAN = float("nan")
EPOCHS = [1, 2, 3, 4, 5]
TRAIN = [0.92, 0.96, 0.97, 0.98, 0.99]
VALIDATION = [0.95, 0.96, 0.98, 0.97, 0.96]
COUNTS = np.array([[50, 3, 0], [2, 40, 8], [0, 1, 4]])


def axes_of(figure: Figure) -> Axes:
    return figure.axes[0]


def line_of(figure: Figure, label: str) -> Line2D:
    return next(line for line in axes_of(figure).lines if line.get_label() == label)


def points_of(line: Line2D) -> tuple[list[float], list[float]]:
    return np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()


def dots_of(line: Line2D) -> list[int]:
    return [int(index) for index in np.asarray(line.get_markevery())]


def texts_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def test_metric_lines_hold_the_values_given() -> None:
    figure = draw_metric("accuracy", EPOCHS, TRAIN, VALIDATION, 3)
    for label, values in (("train", TRAIN), ("validation", VALIDATION)):
        line = line_of(figure, label)
        assert points_of(line) == (EPOCHS, values)
    assert (
        line_of(figure, "train").get_linestyle()
        != line_of(figure, "validation").get_linestyle()
    )


@pytest.mark.parametrize(
    ("validation", "value"), [(VALIDATION, 0.98), (None, 0.97)], ids=["validation", "train"]
)
def test_best_epoch_is_ringed_at_its_value(
    validation: list[float] | None, value: float
) -> None:
    figure = draw_metric("accuracy", EPOCHS, TRAIN, validation, 3)
    rings = [line for line in axes_of(figure).lines if line.get_markerfacecolor() == "none"]
    assert [points_of(ring) for ring in rings] == [([3], [value])]
    assert f"best {value}, epoch 3" in texts_of(figure)


@pytest.mark.parametrize("value", [None, NAN, float("inf")])
def test_no_best_is_marked_where_its_value_is_missing(value: float | None) -> None:
    figure = draw_metric("loss", [1, 2], [1.0, 0.5], [0.7, value], 2)
    assert not any("best" in text for text in texts_of(figure))


def test_no_best_is_marked_without_a_best_epoch() -> None:
    figure = draw_metric("loss", EPOCHS, TRAIN, VALIDATION, None)
    assert not any("best" in text for text in texts_of(figure))


def test_best_epoch_must_be_one_of_the_epochs() -> None:
    with pytest.raises(ValueError, match="9 is not in list"):
        draw_metric("loss", EPOCHS, TRAIN, None, 9)


def test_missing_values_are_gaps_and_lone_values_are_dots() -> None:
    train = [float(epoch) for epoch in range(100)]
    values: list[float | None] = [*train]
    values[9], values[11], values[50] = None, NAN, float("inf")
    line = line_of(draw_metric("loss", range(1, 101), values, None, None), "train")
    assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [9, 11, 50]
    assert 10 in dots_of(line)  # between two gaps there is no line to see it by
    assert 30 not in dots_of(line)


@pytest.mark.parametrize("count", [1, 2, 5, 37, 1000])
def test_epoch_ticks_are_epochs(count: int) -> None:
    epochs = list(range(1, count + 1))
    figure = draw_metric("loss", epochs, [1 / epoch for epoch in epochs], None, 1)
    axes = axes_of(figure)
    low, high = axes.get_xlim()
    ticks = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert 1 <= len(ticks) <= 10
    assert all(tick in epochs for tick in ticks)


def test_one_epoch_is_a_dot() -> None:
    line = line_of(draw_metric("loss", [1], [0.5], [0.4], 1), "train")
    assert line.get_marker() == "o"
    assert dots_of(line) == [0]


@pytest.mark.parametrize(
    "values",
    [
        [1e-9, 1.0, 1e9],
        [0.0, 0.0, 0.0],
        [1e30, 1.0, 2.0],
        [1e308, -1e308, 1.0],
        [1.0, -1.0, 2.0],
    ],
    ids=str,
)
def test_scale_stays_linear_whatever_the_values(values: list[float]) -> None:
    figure = draw_metric("loss", [1, 2, 3], values, values, 3)
    assert axes_of(figure).get_yscale() == "linear"
    assert len(to_svg(figure)) > 1000


@pytest.mark.parametrize("validation", [None, [None, NAN]], ids=["none", "gaps"])
def test_metric_without_a_finite_value_says_so(validation: list[float | None] | None) -> None:
    figure = draw_metric("loss", [1, 2], [NAN, float("-inf")], validation, 1)
    assert "no finite value" in texts_of(figure)


def test_learning_rate_holds_the_rates_and_starts_at_zero() -> None:
    figure = draw_learning_rate([1, 2, 3], [0.001, 0.001, None])
    line = line_of(figure, "learning rate")
    np.testing.assert_array_equal(line.get_ydata(), [0.001, 0.001, NAN])
    assert axes_of(figure).get_ylim()[0] == 0


def test_matrix_cells_hold_the_counts() -> None:
    axes = axes_of(draw_confusion_matrix(COUNTS, ["cat", "dog", "newt"]))
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert cells == {
        (column, row): str(COUNTS[row, column]) for row in range(3) for column in range(3)
    }
    assert axes.get_ylabel() == "true"
    assert axes.get_xlabel() == "predicted"


def test_matrix_is_colored_by_the_share_of_the_row() -> None:
    counts = np.array(
        [
            [9000, 1000],
            [1, 9],
        ]
    )
    image = axes_of(draw_confusion_matrix(counts, ["often", "rare"])).images[0].get_array()
    assert image is not None
    np.testing.assert_allclose(image[0, 0], image[1, 1])
    np.testing.assert_allclose(image[0, 1], image[1, 0])
    assert image[0, 0, 3] > image[0, 1, 3] > 0


def test_matrix_text_is_light_on_dark_cells_only() -> None:
    texts = {
        text.get_text(): text
        for text in axes_of(draw_confusion_matrix(COUNTS, ["cat", "dog", "newt"])).texts
    }
    brightness = {count: sum(to_rgb(texts[count].get_color())) for count in ("50", "3", "0")}
    assert brightness["50"] > 2.5
    assert brightness["3"] < 1
    assert brightness["0"] < 1


def test_matrix_with_a_class_that_never_occurs_is_drawn() -> None:
    image = axes_of(draw_confusion_matrix(np.zeros((2, 2), int), ["a", "b"])).images[0]
    array = image.get_array()
    assert array is not None
    assert not array[..., 3].any()


@pytest.mark.parametrize(
    ("classes", "numbered"), [(1, True), (2, True), (20, True), (21, False), (100, False)]
)
def test_matrix_is_numbered_up_to_twenty_classes(classes: int, numbered: bool) -> None:
    names = [f"class {index}" for index in range(classes)]
    axes = axes_of(draw_confusion_matrix(np.ones((classes, classes), int), names))
    assert len(axes.texts) == (classes**2 if numbered else 0)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert len(labels) <= 34
    # Each name that is shown stands at the row of its class.
    assert labels == [names[int(row)] for row in axes.get_yticks()]


def test_matrix_names_that_would_collide_are_tilted_and_shortened() -> None:
    short = axes_of(draw_confusion_matrix(np.eye(2, dtype=int), ["no", "yes"]))
    long = axes_of(draw_confusion_matrix(np.eye(2, dtype=int), ["n" * 300, "y" * 300]))
    assert {label.get_rotation() for label in short.get_xticklabels()} == {0}
    assert {label.get_rotation() for label in long.get_xticklabels()} == {45}
    assert [label.get_text() for label in long.get_xticklabels()] == [
        "n" * 17 + "…",
        "y" * 17 + "…",
    ]


def test_scatter_holds_the_points_on_equal_axes() -> None:
    true, predicted = np.array([1.0, 2.0, 10.0]), np.array([1.5, -2.0, 8.0])
    figure = draw_predicted_against_true(true, predicted, "price", r2=0.5, mae=2.25)
    axes = axes_of(figure)
    diagonal, points = axes.lines
    assert points_of(points) == ([1.0, 2.0, 10.0], [1.5, -2.0, 8.0])
    across, up = points_of(diagonal)
    assert across == up
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_aspect() == 1
    assert "R² 0.5, MAE 2.25" in texts_of(figure)
    assert "true price" in texts_of(figure)


def test_scatter_without_r2_does_not_mention_it() -> None:
    figure = draw_predicted_against_true(np.ones(1), np.ones(1), "y", r2=None, mae=0.0)
    assert "MAE 0" in texts_of(figure)
    assert not any("R²" in text for text in texts_of(figure))


def test_many_points_are_fainter_and_do_not_grow_the_page() -> None:
    few = draw_residuals(np.arange(10.0), np.zeros(10))
    many = draw_residuals(np.arange(50_000.0), np.zeros(50_000))
    few_alpha, many_alpha = (
        axes_of(few).lines[-1].get_alpha(),
        axes_of(many).lines[-1].get_alpha(),
    )
    assert few_alpha is not None
    assert many_alpha is not None
    assert many_alpha < few_alpha
    assert len(to_svg(many)) < 200_000


def test_residuals_are_true_minus_predicted_also_for_columns() -> None:
    true, predicted = np.array([[1.0], [2.0], [3.0]]), np.array([1.5, 1.5, 3.0])
    points = axes_of(draw_residuals(true, predicted)).lines[-1]
    assert points_of(points) == ([1.5, 1.5, 3.0], [-0.5, 0.5, 0.0])


@pytest.mark.parametrize(
    ("true", "predicted"),
    [([], []), ([1.0], [1.0]), ([0.0, 0.0], [0.0, 0.0]), ([NAN, 1.0], [2.0, np.inf])],
    ids=str,
)
def test_regression_figures_bear_degenerate_values(
    true: list[float], predicted: list[float]
) -> None:
    arrays = np.array(true), np.array(predicted)
    assert to_svg(draw_residuals(*arrays)).startswith("<svg")
    assert to_svg(draw_predicted_against_true(*arrays, "y", r2=None, mae=NAN)).startswith(
        "<svg"
    )


@pytest.mark.parametrize(
    ("values", "align"),
    [([9.0, 8.0, 2.0, 1.0, 0.5], "top"), ([0.5, 1.0, 8.0, 9.0, 9.0], "bottom")],
    ids=["falling", "rising"],
)
def test_stages_begin_at_thin_lines_named_away_from_the_curve(
    values: list[float], align: str
) -> None:
    figure = draw_metric("loss", EPOCHS, values, None, None, {2: 4})
    positions = [points_of(line)[0] for line in axes_of(figure).lines]
    assert positions == [EPOCHS, [3.5, 3.5]]
    (name,) = [text for text in axes_of(figure).texts if text.get_text() == "stage 2"]
    assert name.get_va() == align


def test_stages_leave_the_scale_as_it_is() -> None:
    plain, staged = (
        axes_of(draw_learning_rate(EPOCHS, TRAIN, stages)).get_ylim() for stages in ({}, {2: 4})
    )
    assert plain == staged


def test_learning_rate_by_steps_takes_the_place_of_that_by_epochs() -> None:
    steps = [(0.5, 0.1), (1.0, 0.2), (1.0, NAN), (1.5, 0.4), (2.0, 0.3)]
    figure = draw_learning_rate([1, 2], [0.2, 0.3], {2: 2}, steps)
    positions = [points_of(line)[0] for line in axes_of(figure).lines]
    assert positions == [[end for end, _ in steps], [1, 1]]  # the stage's first epoch is 2
    np.testing.assert_array_equal(
        line_of(figure, "learning rate").get_ydata(), [0.1, 0.2, NAN, 0.4, 0.3]
    )
    low, high = axes_of(figure).get_xlim()
    assert low < 0.5
    assert high > 2


def test_name_of_a_late_stage_stands_inside_the_axes() -> None:
    figure = draw_metric("loss", range(1, 41), [0.5] * 40, None, 40, {2: 39})
    (name,) = [text for text in axes_of(figure).texts if text.get_text() == "stage 2"]
    assert name.get_ha() == "right"
