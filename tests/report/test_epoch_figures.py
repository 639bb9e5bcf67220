"""Curves over the epochs, where some of them are far out; the gap; the time."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

from dlkit.report.figures.curves import draw_metric
from dlkit.report.figures.epochs import MOST_BARS, draw_gap, draw_seconds
from dlkit.report.figures.focus import later_range
from dlkit.report.figures.style import house_style

NAN = float("nan")
EPOCHS = list(range(1, 31))
FALLING = list(np.linspace(2.0, 1.0, 30))


def texts(figure: Figure) -> str:
    axes = figure.axes[0]
    return " | ".join([*(text.get_text() for text in axes.texts), axes.get_xlabel()])


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ([1.5], None),  # within
        ([20.9], None),  # the later ones are 1 of 19.9
        ([21.1], (0.92, 2.08, 21.1)),  # and here 1 of 20.1
        ([100.0, 3.0], (0.92, 2.08, 100.0)),
        ([-100.0], (0.92, 2.08, -100.0)),
        ([NAN], None),
    ],
    ids=str,
)
def test_axis_is_left_to_what_the_first_values_dwarf(
    first: list[float], expected: tuple[float, float, float] | None
) -> None:
    found = later_range(np.array(first), np.array([1.0, NAN, 2.0]))
    assert found == (expected and pytest.approx(expected))


def test_later_values_that_are_all_alike_have_an_axis_too() -> None:
    found = later_range(np.array([5.0]), np.array([1.0, 1.0]))
    assert found == (pytest.approx(0.9992), pytest.approx(1.0008), 5.0)
    assert later_range(np.array([5.0]), np.array([1.0])) is None


def test_first_epoch_that_dwarfs_the_rest_is_told_and_not_shown() -> None:
    figure = draw_metric("loss", EPOCHS, [400.0, *FALLING[1:]], [90.0, *FALLING[1:]], 20)
    assert figure.axes[0].get_ylim()[1] < 2.1
    assert "not shown: 400 in epoch 1" in texts(figure)


def test_a_fifth_of_the_epochs_may_be_left_out_and_no_more() -> None:
    worse = [-80.0, -50.0, *(-v for v in FALLING[2:])]
    figure = draw_metric("r2_score", EPOCHS, worse, None, 20)
    assert "not shown: -80 in epochs 1 to 2" in texts(figure)
    assert figure.axes[0].get_ylim()[0] > -2.1
    six, seven = ([400.0] * count + FALLING[count:] for count in (6, 7))
    assert "not shown: 400 in epochs 1 to 6" in texts(draw_metric("x", EPOCHS, six, None, 20))
    assert "not shown" not in texts(draw_metric("x", EPOCHS, seven, None, 20))


def test_steep_fall_is_left_out_as_far_as_it_dwarfs_what_follows() -> None:
    values = [240e3, 155e3, 31e3, 15e3, 7e3, *np.linspace(4e3, 600, 25)]
    figure = draw_metric("loss", EPOCHS, values, None, 30)
    assert "not shown: 2.4e+05 in epochs 1 to 4" in texts(figure)
    healthy = (0.1 + np.exp(-np.arange(30) / 3)).tolist()
    assert "not shown" not in texts(draw_metric("loss", EPOCHS, healthy, None, 30))


@pytest.mark.parametrize(
    ("values", "best"),
    [
        ([*FALLING[:-1], 1e5], 29),  # what diverges is the story
        ([1e5, *FALLING[1:]], 1),  # the best epoch has to be seen
        (FALLING, 30),
    ],
    ids=["last", "best", "healthy"],
)
def test_all_epochs_are_shown_otherwise(values: list[float], best: int) -> None:
    figure = draw_metric("loss", EPOCHS, values, None, best)
    assert "not shown" not in texts(figure)
    assert figure.axes[0].get_ylim()[1] > max(values)


def test_three_epochs_are_always_shown() -> None:
    assert "not shown" not in texts(draw_metric("loss", [1, 2, 3], [1e5, 2, 1], None, 3))


def test_gap_is_drawn_against_zero_with_the_best_epoch() -> None:
    figure = draw_gap([1, 2, 3], [0.2, 0.1, 0.4], 2)
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.2, 0.1, 0.4])
    assert axes.get_ylim()[0] < 0 < 0.4 < axes.get_ylim()[1]
    assert texts(figure) == "best epoch 2 | epoch"
    below = draw_gap([1, 2], [-0.4, -0.2], None).axes[0]
    assert below.get_ylim()[0] < -0.4 < 0 < below.get_ylim()[1]


def test_gap_without_a_finite_value_says_so() -> None:
    assert "no finite value" in texts(draw_gap([1, 2], [NAN, NAN], None))


def test_few_epochs_have_bars_from_zero_and_many_a_line() -> None:
    (bars,) = draw_seconds([1, 2, 3], [2.5, 0.5, NAN]).axes[0].collections
    ends = [segment[-1].tolist() for segment in bars.get_segments()]  # type: ignore[attr-defined]
    assert ends == [[1, 2.5], [2, 0.5], [3, 0]]
    count = MOST_BARS + 1
    axes = draw_seconds(range(1, count + 1), np.ones(count).tolist()).axes[0]
    assert len(np.asarray(axes.lines[0].get_ydata())) == count
    assert axes.get_ylim()[0] == 0


@pytest.mark.parametrize("count", [1, 2, 5, 100, 1000])
def test_nothing_is_cut_off_at_any_length(count: int) -> None:
    epochs = range(1, count + 1)
    values = np.linspace(3, 1, count)
    values[0] = 500
    figures = [
        draw_metric(
            "loss", epochs, values.tolist(), (values + 0.1).tolist(), count, {2: count}
        ),
        draw_gap(epochs, values.tolist(), count, {2: count}),
        draw_seconds(epochs, values.tolist(), {2: count}),
    ]
    for figure in figures:
        with house_style():
            drawn = figure.get_tightbbox()
        width, height = figure.get_size_inches()
        assert 0 <= drawn.x0 < drawn.x1 <= width
        assert 0 <= drawn.y0 < drawn.y1 <= height
