"""A legend stays inside its figure, whatever it names."""

from __future__ import annotations

import numpy as np
import pytest

from dlkit.report.figures.legends import fitting_columns
from dlkit.report.figures.samples import draw_points


@pytest.mark.parametrize(
    ("labels", "width", "columns"),
    [
        (["a", "b", "c"], 5.0, 3),  # 0.68 inches each
        (["n" * 16] * 5, 4.8, 2),  # 1.84 inches each
        (["n" * 16] * 5, 1.0, 1),
        ([], 4.8, 1),
    ],
)
def test_columns_are_as_many_as_fit(labels: list[str], width: float, columns: int) -> None:
    assert fitting_columns(labels, width) == columns


@pytest.mark.parametrize("letter", ["a", "n" * 40, "W" * 12, "\N{GRINNING FACE}" * 20])
def test_legend_of_points_lies_inside_the_figure(letter: str) -> None:
    names = [f"{number}{letter}" for number in range(5)]
    points = np.random.default_rng(0).normal(size=(50, 2))
    figure = draw_points(points, ("a", "b"), np.arange(50, dtype=np.int32) % 5, names)
    (legend,) = figure.legends
    extent = legend.get_window_extent()
    assert extent.x0 >= 0
    assert extent.x1 <= figure.bbox.width
    assert [text.get_text()[0] for text in legend.get_texts()] == [*"01234"]
