"""Figures of classes show the values they were given, whatever the classes are called."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from dlkit.report.figures.class_scores import draw_class_scores, draw_confused_pairs
from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.ranking import Band, Line, draw_precision_recall, draw_roc
from dlkit.report.figures.style import shorten, to_svg
from dlkit.report.figures.thinning import thinned

HOSTILE = [
    "<script>alert(1)</script>",
    "$x$",
    "=cmd()",
    "\N{GRINNING FACE}",
    "n" * 300,
    "two\nlines",
    "_hidden",
    "",
]


def texts_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]


def svg_texts_of(figure: Figure) -> list[str]:
    root = ET.fromstring(to_svg(figure))  # noqa: S314  our own text
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def scores_of(figure: Figure) -> dict[str, list[float]]:
    return {
        str(line.get_label()): np.asarray(line.get_xdata(), float).tolist()
        for line in figure.axes[0].lines
    }


def line(name: str, score: float, *points: tuple[float, float]) -> Line:
    across, up = np.array(points, float).T
    return Line(name, score, across, up)


def curve_of(axes: Axes, color: str) -> np.ndarray:
    return next(np.array(drawn.get_xydata()) for drawn in axes.lines if drawn.get_c() == color)


LOW = line("cat", 0.75, (0, 0), (0.5, 1), (1, 1))
HIGH = line("dog", 0.995, (0, 0), (0, 0.99), (1, 1))


def test_shares_are_written_in_percent_and_never_as_nothing() -> None:
    counts = np.array([[99999, 1, 0], [1, 1, 2], [0, 0, 0]])
    axes = draw_confusion_matrix(counts, ["a", "b", "c"], as_shares=True).axes[0]
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert [cells[column, 0] for column in range(3)] == [">99.9", "<0.1", "0"]
    assert [cells[column, 1] for column in range(3)] == ["25.0", "25.0", "50.0"]
    assert [cells[column, 2] for column in range(3)] == ["0", "0", "0"]


def test_shares_of_some_classes_are_those_of_all_examples() -> None:
    counts, support = np.array([[6, 2], [0, 5]]), np.array([10, 5])
    figure = draw_confusion_matrix(counts, ["a", "b"], as_shares=True, support=support)
    assert [text.get_text() for text in figure.axes[0].texts] == ["60.0", "20.0", "0", "100"]


def test_counts_that_cannot_be_written_are_colored() -> None:
    counts = np.diag(np.arange(1, 101))
    figure = draw_confusion_matrix(counts, [f"class {index}" for index in range(100)])
    image = figure.axes[0].images[0].get_array()
    assert image is not None
    assert image[99, 99, 3] == 1
    assert image[24, 24, 3] == pytest.approx(0.08 + 0.92 * 0.5)  # a root of 25 / 100
    assert {"examples", "1", "10", "100"} <= set(texts_of(figure))
    shares = draw_confusion_matrix(counts, ["class"] * 100, as_shares=True)
    again = shares.axes[0].images[0].get_array()
    assert again is not None
    assert again[24, 24, 3] == again[99, 99, 3] == 1
    assert "share of the true class" in texts_of(shares)


def test_many_cells_of_nothing_stay_empty() -> None:
    few = draw_confusion_matrix(np.eye(10, dtype=int), ["c"] * 10)
    many = draw_confusion_matrix(np.eye(11, dtype=int), ["c"] * 11)
    assert len(few.axes[0].texts) == 100
    assert [text.get_text() for text in many.axes[0].texts] == ["1"] * 11


def test_scores_are_marks_and_the_first_class_stands_highest() -> None:
    precision, recall = np.array([0.5, 1.0]), np.array([0.25, 1.0])
    f1, support = np.array([1 / 3, 1.0]), np.array([8, 12000])
    figure = draw_class_scores(["cat", "dog"], precision, recall, f1, support)
    drawn = scores_of(figure)
    assert drawn == {"precision": [0.5, 1], "recall": [0.25, 1], "F1": [1 / 3, 1]}
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    bottom, top = axes.get_ylim()
    assert bottom > top
    assert {"8", "12,000", "examples"} <= set(texts_of(figure))


@pytest.mark.parametrize(
    ("least", "start"),
    [(1, 0.98), (0.985, 0.98), (0.96, 0.95), (0.9, 0.8), (0.6, 0.5), (0.04, 0.0)],
)
def test_scale_of_scores_holds_all_of_them(least: float, start: float) -> None:
    values = np.array([least, 1.0])
    axes = draw_class_scores(["a", "b"], values, values, values, np.ones(2, int)).axes[0]
    left, right = axes.get_xlim()
    assert left == pytest.approx(start, abs=0.02 * (1 - start))
    assert left <= least
    assert right == 1
    assert axes.get_xticks()[-1] == pytest.approx(1)


def test_confused_pairs_are_bars_with_their_share() -> None:
    figure = draw_confused_pairs([("cat", "dog"), ("dog", "newt")], [1200, 30], [0.25, 0.001])
    (bars,) = [box for box in figure.axes[0].containers if isinstance(box, BarContainer)]
    widths = [bar.get_width() for bar in bars if isinstance(bar, Rectangle)]
    assert widths == [1200, 30]
    assert {"cat → dog", "dog → newt", "1,200  (25.0%)", "30  (0.1%)"} <= set(texts_of(figure))


def test_curve_alone_has_its_number_above_it() -> None:
    roc = draw_roc([LOW])
    assert "AUC 0.7500" in texts_of(roc)
    np.testing.assert_array_equal(curve_of(roc.axes[0], "#0072b2"), [[0, 0], [0.5, 1], [1, 1]])
    precision = draw_precision_recall([LOW], prevalence=0.25)
    assert "average precision 0.7500, by chance 0.25" in texts_of(precision)
    assert curve_of(precision.axes[0], "#59636e")[:, 1].tolist() == [0.25, 0.25]


def test_curves_of_classes_are_named_with_their_numbers() -> None:
    averages = [line("macro average", 0.8725, (0, 0), (1, 1))]
    band = Band("the other 20", np.array([0.0, 1]), np.array([0.0, 0.5]), np.array([0.5, 1]))
    texts = texts_of(draw_roc([LOW, HIGH], averages, band))
    expected = ["AUC", "macro average: 0.8725", "cat: 0.7500", "dog: 0.9950", "the other 20"]
    assert [text for text in texts if text in expected] == expected
    figure = draw_precision_recall([LOW, HIGH], averages, band, prevalence=0.05)
    assert "by chance: 0.0500" in texts_of(figure)


def test_only_curves_that_all_hug_the_corner_are_enlarged() -> None:
    averages = [line("macro average", 0.995, (0, 0), (0, 0.99), (1, 1))]
    assert "the corner, enlarged" in texts_of(draw_roc([HIGH, HIGH], averages))
    assert "the corner, enlarged" not in texts_of(draw_roc([LOW, HIGH], averages))
    figure = draw_precision_recall([HIGH, HIGH], averages, prevalence=0.5)
    (inset,) = figure.axes[0].child_axes
    assert inset.get_xlim() == pytest.approx((0.9, 1))
    assert inset.get_ylim() == pytest.approx((0.9, 1))


@pytest.mark.parametrize("name", HOSTILE)
def test_class_names_are_shown_as_they_are(name: str) -> None:
    one, other = np.array([0.5, 0.75]), np.array([3, 4])
    named = line(name, 0.5, (0, 0), (1, 1))
    averages = [line("macro average", 0.5, (0, 0), (1, 1))]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = svg_texts_of(draw_class_scores([name, "x"], one, one, one, other))
        pairs = svg_texts_of(draw_confused_pairs([(name, "x")], [1], [0.5]))
        roc = svg_texts_of(draw_roc([named, LOW], averages))
    assert [text for text in scores if text == shorten(name, 24)] or not name
    assert f"{shorten(name, 18)} → x" in [" ".join(text.split()) for text in pairs] or not name
    assert any(text.split() == f"{shorten(name, 16)}: 0.5000".split() for text in roc)


def distance_to(points: np.ndarray, corners: np.ndarray) -> float:
    """Return how far the farthest of some points is from a line through corners."""
    starts, ends = corners[:-1], corners[1:]
    along = ends - starts
    length = np.maximum((along**2).sum(axis=1), 1e-30)
    share = np.clip(((points[:, None] - starts) * along).sum(axis=2) / length, 0, 1)
    off = points[:, None] - starts - share[..., None] * along
    return float(np.hypot(off[..., 0], off[..., 1]).min(axis=1).max())


def test_thinned_curve_lies_where_the_long_one_does() -> None:
    across = np.linspace(0, 1, 200_000)
    up = 1 - (1 - across) ** 30  # as steep as a good ROC curve
    thin = thinned(across, up, 500)
    assert len(thin[0]) < 200
    original = np.stack([across, up], axis=1)[::100]
    assert distance_to(original, np.stack(thin, axis=1)) < 0.002


def test_thinned_curve_keeps_its_ends_its_peaks_and_its_limit() -> None:
    rng = np.random.default_rng(0)
    across = np.sort(rng.random(100_000))
    up = np.clip(0.5 + 0.1 * rng.normal(size=100_000), 0.2, 0.8)
    up[123], up[50_000] = 1.0, 0.0
    thin = thinned(across, up, 300)
    assert 4 < len(thin[0]) <= 300
    assert (thin[0][0], thin[0][-1]) == (across[0], across[-1])
    assert (thin[1].max(), thin[1].min()) == (1, 0)
    assert (np.diff(thin[0]) >= 0).all()


def test_thinned_curve_of_few_points_loses_only_those_on_the_line() -> None:
    across, up = np.array([0, 0.1, 0.2, 0.2, 1]), np.array([0, 0.1, 0.2, 0.9, 1])
    thin = thinned(across, up, 100)
    assert thin[0].tolist() == [0, 0.2, 0.2, 1]
    assert thin[1].tolist() == [0, 0.2, 0.9, 1]


def test_tolerance_of_a_thinned_curve_is_kept() -> None:
    across = np.linspace(0, 1, 1001)
    up = np.sqrt(across)
    for tolerance in (0.01, 0.0001):
        thin = np.stack(thinned(across, up, 500, tolerance), axis=1)
        assert distance_to(np.stack([across, up], axis=1), thin) <= tolerance
        assert distance_to(np.stack([across, up], axis=1), thin) > tolerance / 5


def test_svg_of_restless_curves_stays_small() -> None:
    rng = np.random.default_rng(0)
    lines = [
        Line(f"class {i}", 0.5, np.linspace(0, 1, 50_000), rng.random(50_000))
        for i in range(10)
    ]
    averages = [Line("macro average", 0.5, np.linspace(0, 1, 513), rng.random(513))]
    assert len(to_svg(draw_precision_recall(lines, averages, prevalence=0.1))) < 60_000


def test_figures_have_no_colors_that_only_a_light_page_can_show() -> None:
    """Ink, muted ink and rules become the page's own; white grounds are none of ours."""
    averages = [line("macro average", 0.5, (0, 0), (1, 1))]
    svg = to_svg(draw_roc([HIGH, HIGH], averages))
    assert not re.search(r"fill: (#ffffff|white|#1f2328)", svg)
