"""Every figure leaves as the same bytes each time, and its SVG is fit for a page."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from dlkit.report.figures.class_scores import draw_class_scores
from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.curves import draw_learning_rate, draw_metric
from dlkit.report.figures.folds import (
    FoldCurves,
    draw_fold_curves,
)
from dlkit.report.figures.forecast import draw_forecast
from dlkit.report.figures.regression import draw_predicted_against_true, draw_residuals
from dlkit.report.figures.spread import Scores, draw_score_spread
from dlkit.report.figures.style import drawable, house_style, save_png, shorten, to_svg

NAN = float("nan")

HOSTILE_NAMES = [
    "$x$",
    "costs $5 and $6",
    r"\frac{1}{2} $\frac",
    "<script>alert(1)</script>",
    'a" onload="alert(1)',
    '&lt; & id="x" url(#y) #0072b2: #1f2328',
    "\N{GRINNING FACE} \N{SNOWMAN}",
    "שלום 中文 हिन्दी",
]


def draw_small_matrix() -> Figure:
    return draw_confusion_matrix(np.array([[50, 3], [2, 40]]), ["cat", "dog"])


def draw_large_matrix() -> Figure:
    return draw_confusion_matrix(np.eye(100, dtype=int), ["wide names everywhere"] * 100)


def draw_many_points() -> Figure:
    true = np.random.default_rng(0).normal(size=3000)
    return draw_predicted_against_true(true, true * 0.9, "price", r2=0.98, mae=0.1)


def draw_folds() -> Figure:
    train = FoldCurves([[0.9, 0.6, 0.5], [1.1, 0.8]], [1.0, 0.7])
    return draw_fold_curves(
        "loss", train, FoldCurves([[1.0, 0.9, 0.8], [1.2, 1.0]], [1.1, 0.95])
    )


def draw_spread() -> Figure:
    scores = [Scores("test_accuracy", [0.71, 0.75, 0.79], 0.75, 0.04)] * 4
    return draw_score_spread(scores, ["fold 1", "fold 2", "seed 3"])


def draw_labels() -> Figure:
    names = ["news", "a label of many many words, too many"]
    scores = np.array([1.0, 0.5]), np.array([0.0, 0.25]), np.array([0.0, 1 / 3])
    return draw_class_scores(names, *scores, np.array([3, 4]))


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "metric": lambda: draw_metric("accuracy", [1, 2, 3], [0.5, 0.7, 0.8], [0.6, 0.7, 0.6], 2),
    "learning rate": lambda: draw_learning_rate([1, 2, 3], [0.1, 0.1, 0.01]),
    "matrix": draw_small_matrix,
    "large matrix": draw_large_matrix,
    "scatter": draw_many_points,
    "forecast": lambda: draw_forecast(np.arange(50.0), np.ones(50), np.zeros(50), "load +1"),
    "labels": draw_labels,
    "folds": draw_folds,
    "spread": draw_spread,
    "residuals": lambda: draw_residuals(np.arange(9.0), np.arange(9.0)[::-1]),
}


def texts_of(figure: Figure) -> list[str]:
    """Return what the SVG of a figure says, read by an XML parser."""
    root = ET.fromstring(to_svg(figure))  # noqa: S314  our own text
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def ids_of(svg: str) -> list[str]:
    return re.findall(r'\bid="([^"]*)"', svg)


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_files_have_the_same_bytes_each_time(
    draw: Callable[[], Figure], tmp_path: Path
) -> None:
    first, second = draw(), draw()
    save_png(first, tmp_path / "first.png")
    assert to_svg(first) == to_svg(second)
    save_png(second, tmp_path / "second.png")
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert (tmp_path / "first.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("dpi", [72, 200], ids=["svg", "png"])
@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_nothing_is_cut_off(draw: Callable[[], Figure], dpi: int) -> None:
    figure = draw()
    with house_style():
        figure.set_dpi(dpi)
        drawn = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert 0 <= drawn.x0 < drawn.x1 <= width
    assert 0 <= drawn.y0 < drawn.y1 <= height


def test_svg_has_the_same_bytes_in_another_process() -> None:
    program = (
        "from dlkit.report.figures.curves import draw_metric\n"
        "from dlkit.report.figures.style import to_svg\n"
        "print(to_svg(draw_metric('m', [1, 2], [1.0, 2.0], None, 2)), end='')"
    )
    command = [sys.executable, "-c", program]
    other = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert other == to_svg(draw_metric("m", [1, 2], [1.0, 2.0], None, 2))


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_svg_stands_alone_inside_a_page(draw: Callable[[], Figure]) -> None:
    svg = to_svg(draw())
    assert svg.startswith("<svg ")
    assert "<style" not in svg  # it would apply to the whole page
    assert "<metadata" not in svg
    without_namespaces = re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)
    assert "http" not in without_namespaces
    assert len(ids_of(svg)) == len(set(ids_of(svg)))
    references = re.findall(r'(?:href="|url\()#([^")]+)', svg)
    assert set(references) <= set(ids_of(svg))


def test_figures_share_no_id() -> None:
    ids = [name for draw in DRAWINGS.values() for name in ids_of(to_svg(draw()))]
    assert len(ids) > len(DRAWINGS)
    assert len(ids) == len(set(ids))


def test_svg_takes_its_colors_from_the_page() -> None:
    svg = to_svg(DRAWINGS["metric"]())
    assert "currentColor" in svg
    colors = set(re.findall(r"(?<!, )#[0-9a-f]{6}\b", svg))
    assert not colors


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_are_shown_as_they_are_written(name: str, tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        metric = draw_metric(name, [1], [1.0], None, 1)
        matrix = draw_confusion_matrix(np.eye(2, dtype=int), [name, "other"])
        labels = draw_class_scores([name], *np.ones((3, 1)), np.ones(1, int))
        save_png(matrix, tmp_path / "matrix.png")
        save_png(labels, tmp_path / "labels.png")
    assert caught == []
    assert shorten(name, 24) in texts_of(labels)
    assert shorten(name, 40) in texts_of(metric)
    assert texts_of(matrix).count(shorten(name, 18)) == 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("short", "short"),
        ("exactly10c", "exactly10c"),
        ("elevenchars", "elevencha…"),
        ("two words and more", "two words…"),
        ("two\nlines", "two lines"),
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
        ("", ""),
    ],
)
def test_shorten_fits_a_name_into_a_line(name: str, shown: str) -> None:
    assert shorten(name, 10) == shown


def test_drawable_leaves_gaps_for_what_no_axis_can_hold() -> None:
    values = drawable([1, None, NAN, float("inf"), -1e200, 3e38])
    np.testing.assert_array_equal(values, [1, NAN, NAN, NAN, NAN, 3e38])


def test_drawing_leaves_the_settings_of_matplotlib_alone(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    for draw in DRAWINGS.values():
        figure = draw()
        to_svg(figure)
        save_png(figure, tmp_path / "figure.png")
    assert dict(mpl.rcParams) == before


def test_drawing_ignores_a_persons_own_settings() -> None:
    expected = to_svg(DRAWINGS["metric"]())
    with mpl.rc_context({"axes.labelsize": 30, "font.size": 30, "svg.fonttype": "path"}):
        assert to_svg(DRAWINGS["metric"]()) == expected


def test_figures_never_import_pyplot() -> None:
    program = (
        "import sys, dlkit.report.figures.curves, dlkit.report.figures.classification\n"
        "import dlkit.report.figures.regression, dlkit.report.figures.folds\n"
        "import dlkit.report.figures.forecast, dlkit.report.figures.ranking\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
