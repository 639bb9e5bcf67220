"""Figures of layers and of learning rates show the values they were given."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from dlkit.report.figures.layers import draw_layers
from dlkit.report.figures.rates import draw_range_test
from dlkit.report.layer_pictures import layer_drawings

NAN = float("nan")


def texts_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def legend_of(figure: Figure) -> list[str]:
    legend = figure.axes[0].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def test_layers_are_lines_on_a_logarithmic_axis() -> None:
    figure = draw_layers("norm", [1, 2, 3], {"a": [1.0, 2.0, 400.0], "b": [0.0, NAN, 5.0]})
    axes = figure.axes[0]
    assert axes.get_yscale() == "log"
    assert legend_of(figure) == ["a", "b"]
    np.testing.assert_array_equal(np.asarray(axes.lines[0].get_ydata()), [1, 2, 400])
    np.testing.assert_array_equal(np.asarray(axes.lines[1].get_ydata()), [NAN, NAN, 5])
    low, high = axes.get_ylim()
    assert 0 < low < 1
    assert high > 400
    assert {"1", "10", "100"} <= set(texts_of(figure))


def test_healthy_ratio_is_marked_and_within_the_axis() -> None:
    figure = draw_layers("ratio", [1, 2], {"a": [0.5, 0.4]}, healthy=True)
    assert "healthy: about 1e-3" in texts_of(figure)
    assert figure.axes[0].get_ylim()[0] < 1e-3
    assert "healthy: about 1e-3" not in texts_of(draw_layers("norm", [1], {"a": [1.0]}))


@pytest.mark.parametrize(
    ("ratios", "side"),
    [([0.03, 0.01, 0.001], "left"), ([0.001, 0.01, 0.03], "right"), ([NAN] * 3, "right")],
)
def test_healthy_ratio_is_named_where_no_curve_is(ratios: list[float], side: str) -> None:
    figure = draw_layers("ratio", [1, 2, 3], {"a": ratios}, healthy=True)
    (name,) = [text for text in figure.findobj(Text) if "healthy" in text.get_text()]
    assert name.get_horizontalalignment() == side


def test_shares_have_a_linear_axis_with_zero_and_one() -> None:
    figure = draw_layers("dead", [1, 2], {"a": [0.0, 0.25]}, shares=True)
    axes = figure.axes[0]
    assert axes.get_yscale() == "linear"
    np.testing.assert_array_equal(np.asarray(axes.lines[0].get_ydata()), [0, 0.25])
    assert axes.get_ylim() == pytest.approx((-0.02, 1.02))


def test_of_many_layers_the_first_and_the_last_are_named() -> None:
    layers = {f"layer_{number}": [1.0 + number, 2.0 + number] for number in range(30)}
    figure = draw_layers("norm", [1, 2], layers)
    assert legend_of(figure) == ["layer_0", "layer_29"]
    assert len(figure.axes[0].lines) == 30


def test_nothing_that_can_be_drawn_is_said() -> None:
    assert "no finite value" in texts_of(draw_layers("norm", [1], {"a": [0.0], "b": [NAN]}))


def test_drawings_are_those_of_what_was_measured() -> None:
    row = {"epoch": 1, "loss": 0.5, "seconds": 0.1}
    assert not list(layer_drawings([row]))
    rows = [row | {"weight_norm/a/b": 2.0, "dead_units/c": 0.25}, row]
    drawings = {drawing.name: drawing.draw() for drawing in layer_drawings(rows)}
    assert [*drawings] == ["weight_norm", "dead_units"]
    dead = drawings["dead_units"]
    assert dead.columns == ("epoch", "c")
    assert dead.rows == (("1", "0.2500"), ("1", "nan"))
    assert dead.alt.startswith("dead units of 1 layers over 2 epochs")


def test_range_test_shows_points_curve_suggestion_and_the_rate_now() -> None:
    rates = np.geomspace(1e-7, 1, 50)
    losses = np.where(rates < 0.1, 2.0, 1e30)
    smoothed = np.full(50, 2.0)
    figure = draw_range_test(rates, losses, smoothed, 0.0031, 1e-3)
    axes = figure.axes[0]
    assert axes.get_xscale() == "log"
    assert legend_of(figure) == ["each step", "smoothed", "now"]
    assert "suggested: 0.0031" in texts_of(figure)
    assert {"1e-06", "0.001", "0.1"} <= set(texts_of(figure))
    assert axes.get_ylim()[1] < 10  # the explosion does not flatten the fall
    marked = [np.asarray(line.get_xdata()).tolist() for line in axes.lines]
    assert [0.0031, 0.0031] in marked
    assert [1e-3, 1e-3] in marked


def test_range_test_without_a_suggestion_marks_none() -> None:
    figure = draw_range_test(np.array([1e-7]), np.array([2.0]), np.array([2.0]), None, None)
    assert not [text for text in texts_of(figure) if text.startswith("suggested")]
