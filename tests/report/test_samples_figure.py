"""Pictures of data: what they show is what they were given, and nothing is cut off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from dlkit.report.figures.columns import MOST_PANELS, Panel, draw_columns
from dlkit.report.figures.samples import (
    CLASS_COLORS,
    draw_picture_rows,
    draw_points,
    draw_series,
)
from dlkit.report.figures.style import house_style, save_png

GENERATOR = np.random.default_rng(0)
GRAY = GENERATOR.integers(0, 17, (6, 8, 8)).astype(np.float32)
COLORED = GENERATOR.integers(0, 256, (4, 20, 30, 3), dtype=np.uint8)
LABELS = GENERATOR.integers(0, 3, 300)
NUMBERS = GENERATOR.normal(size=300)
DAYS = np.datetime64("2020-01-01", "s") + GENERATOR.integers(0, 10**8, 300)
SERIES = np.sin(np.arange(100.0))


def panels(labels: np.ndarray | None) -> list[Panel]:
    names = np.array([f"name {n}" for n in LABELS], object)
    return [
        Panel("numbers", "numbers", NUMBERS, labels, "3 missing"),
        Panel("names", "names", names, labels),
        Panel("days", "dates", DAYS, labels),
    ]


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "gray": lambda: draw_picture_rows(
        [("one", list(GRAY[:4])), ("2", list(GRAY[4:]))], (0, 16)
    ),
    "colored": lambda: draw_picture_rows(
        [("a label that is much too long to fit", list(COLORED))],
        (0, 255),
        ["original", *(f"augmented {i}" for i in (1, 2, 3))],
    ),
    "points": lambda: draw_points(
        np.stack([NUMBERS, NUMBERS[::-1]], axis=1), ("x", "y"), LABELS, ("a", "b", "c")
    ),
    "columns": lambda: draw_columns(panels(LABELS), ("a", "b", "c")),
    "one column": lambda: draw_columns(panels(None)[:1]),
    "series": lambda: draw_series(
        np.arange(100.0),
        {"level": SERIES, "other": -SERIES},
        {"train": (0, 70), "validation": (70, 80), "test": (80, 100)},
        "day",
    ),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_file_has_the_same_bytes_each_time(draw: Callable[[], Figure], tmp_path: Path) -> None:
    for name in ("first.png", "second.png"):
        save_png(draw(), tmp_path / name)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_nothing_is_cut_off(draw: Callable[[], Figure]) -> None:
    figure = draw()
    with house_style():
        figure.set_dpi(200)
        drawn = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert 0 <= drawn.x0 < drawn.x1 <= width + 1e-9
    assert 0 <= drawn.y0 < drawn.y1 <= height + 1e-9


def shown_pictures(figure: Figure, side: tuple[int, int]) -> list[list[np.ndarray]]:
    """Return the pictures of each row of a figure, cut out of its image: RGB from 0 to 1."""
    (image,) = figure.axes[0].images
    shown = np.asarray(image.get_array())
    gap = round(0.07 * max(side))
    steps = side[0] + gap, side[1] + gap
    rows = []
    for top in range(0, shown.shape[0], steps[0]):
        cells = [
            shown[top : top + side[0], left : left + side[1]]
            for left in range(0, shown.shape[1], steps[1])
        ]
        rows.append([cell[..., :3] for cell in cells if cell[..., 3].all()])
    return rows


def test_pictures_are_scaled_from_black_to_white_and_stay_in_their_rows() -> None:
    figure = draw_picture_rows([("one", list(GRAY[:4])), ("2", list(GRAY[4:]))], (0, 16))
    rows = shown_pictures(figure, (8, 8))
    assert [len(row) for row in rows] == [4, 2]
    for channel in range(3):
        cells = [cell[..., channel] for row in rows for cell in row]
        np.testing.assert_allclose(cells, GRAY / 16)
    (image,) = figure.axes[0].images
    alpha = np.asarray(image.get_array())[..., 3]
    assert alpha.sum() == 6 * 8 * 8  # between them nothing is drawn


def test_colored_pictures_keep_their_colors_and_heads() -> None:
    figure = DRAWINGS["colored"]()
    np.testing.assert_allclose(shown_pictures(figure, (20, 30)), [COLORED / 255])
    heads = ["original", "augmented 1", "augmented 2", "augmented 3"]
    texts = {text.get_text(): text.get_position()[0] for text in figure.axes[0].texts}
    assert list(texts)[1:] == heads
    left, right, *_ = figure.axes[0].images[0].get_extent()
    for place, head in enumerate(heads):
        np.testing.assert_allclose(texts[head], left + (right - left) * (place + 0.5) / 4)


def test_large_pictures_are_drawn_by_their_means() -> None:
    picture = np.zeros((240, 240))
    picture[::2, ::2] = 200.0  # one of four pixels
    ((shown,),) = shown_pictures(draw_picture_rows([("x", [picture])], (0, 100)), (120, 120))
    np.testing.assert_allclose(shown, 0.5)


@pytest.mark.parametrize("bad", [300.0, -20.0, np.nan])
def test_pixels_beyond_the_range_are_drawn_as_its_ends(bad: float) -> None:
    picture = np.full((8, 8), 255.0)
    picture[0, 0] = bad
    ((shown,),) = shown_pictures(draw_picture_rows([("x", [picture])], (0, 255)), (8, 8))
    assert shown[0, 0].tolist() == [1 if bad == 300 else 0] * 3


def test_points_of_each_class_have_its_color_and_name() -> None:
    figure = DRAWINGS["points"]()
    for label, line in enumerate(figure.axes[0].lines):
        members = label == LABELS
        np.testing.assert_array_equal(line.get_xdata(), NUMBERS[members])
        np.testing.assert_array_equal(line.get_ydata(), NUMBERS[::-1][members])
        assert (line.get_color(), line.get_label()) == (CLASS_COLORS[label], "abc"[label])


def test_more_classes_than_colors_are_drawn_in_one() -> None:
    labels = np.arange(20)
    figure = draw_points(GENERATOR.normal(size=(20, 2)), ("x", "y"), labels, [*"a" * 20])
    (line,) = figure.axes[0].lines
    assert len(np.asarray(line.get_xdata())) == 20
    assert not figure.legends


def test_series_is_drawn_whole_with_its_later_parts_shaded() -> None:
    figure = DRAWINGS["series"]()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["level", "other"]
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), -SERIES)
    spans = [patch.get_extents() for patch in figure.axes[0].patches]
    to_data = figure.axes[0].transData.inverted()
    edges = [to_data.transform([(box.x0, 0), (box.x1, 0)])[:, 0] for box in spans]
    np.testing.assert_allclose(edges, [[70, 79], [80, 99]])


def heights(figure: Figure, place: int) -> dict[str, float]:
    """Return the area of the bars of each color, or their length where they lie."""
    sums: dict[str, float] = {}
    for patch in figure.axes[place].patches:
        color = to_hex(patch.get_facecolor())
        length = patch.get_width() if place == 1 else patch.get_height()  # type: ignore[attr-defined]
        sums[color] = sums.get(color, 0) + length
    return sums


@pytest.mark.parametrize("place", [0, 1, 2], ids=["numbers", "names", "dates"])
def test_every_row_is_in_a_bar_of_its_class(place: int) -> None:
    figure = draw_columns(panels(LABELS), ("a", "b", "c"))
    counts = np.bincount(LABELS)
    expected = dict(zip(CLASS_COLORS, counts.tolist(), strict=False))
    assert heights(figure, place) == expected


def test_rows_far_out_are_counted_in_the_last_bar() -> None:
    values = np.concatenate([np.linspace(0, 1, 999), [1e9]])
    (axes,) = draw_columns([Panel("x", "numbers", values)]).axes
    assert axes.get_xlim()[1] < 2
    assert sum(patch.get_height() for patch in axes.patches) == 1000  # type: ignore[attr-defined]


def test_whole_numbers_have_a_bar_each() -> None:
    values = np.repeat([1.0, 2, 5], [3, 4, 2])
    (axes,) = draw_columns([Panel("x", "numbers", values)]).axes
    assert [p.get_height() for p in axes.patches] == [3, 4, 0, 0, 2]  # type: ignore[attr-defined]


def test_rare_names_are_counted_and_not_drawn() -> None:
    names = np.array([f"n{i}" for i in range(12) for _ in range(20 - i)], object)
    (axes,) = draw_columns([Panel("x", "names", names)]).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [f"n{i}" for i in range(8)]
    assert axes.get_xlabel() == "and 4 more in 42 rows"  # 12 + 11 + 10 + 9


def test_only_the_first_columns_are_drawn() -> None:
    figure = draw_columns([Panel(f"c{i}", "numbers", NUMBERS) for i in range(30)])
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == [f"c{i}" for i in range(MOST_PANELS)]
    assert figure.axes[0].get_title(loc="right") == ""
