"""Figures of forecasts and folds show the values they were given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from dlkit.report.figures.folds import (
    FoldCurves,
    draw_fold_curves,
)
from dlkit.report.figures.forecast import draw_forecast
from dlkit.report.figures.spread import Scores, draw_score_spread
from dlkit.report.figures.style import to_svg

NAN = float("nan")


def texts_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def lines_of(axes: Axes) -> dict[str, list[float]]:
    return {
        str(line.get_label()): np.asarray(line.get_ydata(), float).tolist()
        for line in axes.lines
    }


def test_forecast_lines_hold_the_values_given() -> None:
    true, predicted, naive = np.array([1.0, 2.0]), np.array([1.5, NAN]), np.array([0.0, 1.0])
    figure = draw_forecast(true, predicted, naive, "load +1")
    lines = lines_of(figure.axes[0])
    assert lines["truth"] == [1.0, 2.0]
    assert lines["last value, unchanged"] == [0.0, 1.0]
    np.testing.assert_array_equal(lines["forecast"], predicted)
    assert figure.axes[0].get_ylabel() == "load +1"


@pytest.mark.parametrize(("count", "marker"), [(30, "o"), (31, "none")])
def test_few_forecasts_are_marked(count: int, marker: str) -> None:
    values = np.arange(float(count))
    axes = draw_forecast(values, values, values, "y").axes[0]
    assert {str(line.get_marker()).lower() for line in axes.lines} == {marker}


def test_every_fold_is_a_line_and_their_mean_a_thicker_one() -> None:
    train = FoldCurves([[4.0, 2.0, 1.0], [2.0, 1.0]], [3.0, 1.5])
    axes = draw_fold_curves("loss", train, None).axes[0]
    drawn = [np.asarray(line.get_ydata(), float) for line in axes.lines[:3]]
    assert [line.tolist() for line in drawn[:2]] == [[4.0, 2.0, 1.0], [2.0, 1.0]]
    np.testing.assert_array_equal(drawn[2], [3.0, 1.5, NAN])
    widths = [line.get_linewidth() for line in axes.lines[:3]]
    assert widths[0] == widths[1] < widths[2]
    low, high = axes.get_xlim()
    assert low > 0
    assert high >= 3


def test_validation_of_folds_has_a_line_of_its_own_kind() -> None:
    curves = FoldCurves([[1.0], [2.0]], [1.5])
    axes = draw_fold_curves("loss", curves, curves).axes[0]
    styles = {str(line.get_label()): line.get_linestyle() for line in axes.lines}
    assert styles["train"] != styles["validation"]
    assert len(axes.lines) == 2 * 3 + 1  # and one without points, for the legend


def test_folds_without_a_finite_value_say_so() -> None:
    nothing = FoldCurves([[NAN], [NAN]], [NAN])
    assert "no finite value" in texts_of(draw_fold_curves("loss", nothing, None))
    figure = draw_score_spread(
        [Scores("test_loss", [NAN, NAN], NAN, NAN)], ["fold 1", "fold 2"]
    )
    assert "no finite value" in texts_of(figure)


def test_score_of_every_fold_is_a_dot_about_the_mean() -> None:
    score = Scores("test_accuracy", [0.75, 0.5, 1.0], 0.75, 0.25)
    figure = draw_score_spread([score, score], ["fold 1", "fold 2", "fold 3"])
    assert len(figure.axes) == 2
    axes = figure.axes[0]
    mean, dots = axes.lines
    assert np.asarray(mean.get_xdata()).tolist() == [0.75, 0.75]
    assert np.asarray(dots.get_xdata()).tolist() == [0.75, 0.5, 1.0]
    assert np.asarray(dots.get_ydata()).tolist() == [1, 2, 3]
    (band,) = axes.patches
    assert isinstance(band, Rectangle)
    assert (band.get_x(), band.get_width()) == (0.5, 0.5)
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        *("fold 1", "fold 2", "fold 3")
    ]


@pytest.mark.parametrize("folds", [2, 20, 21, 100])
def test_spread_of_any_number_of_folds_is_drawn(folds: int) -> None:
    values = [0.5 + number / 1000 for number in range(folds)]
    labels = [f"fold {number}" for number in range(folds)]
    figure = draw_score_spread([Scores("test_loss", values, 0.5, 0.1)], labels)
    assert len(figure.axes[0].get_yticklabels()) <= 20
    assert to_svg(figure).startswith("<svg")
