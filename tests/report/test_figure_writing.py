"""Writing a figure leaves it as it was, whatever becomes of the file."""

from __future__ import annotations

import gc
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dlkit.report.figures.curves import draw_metric
from dlkit.report.figures.png import png_file
from dlkit.report.figures.style import PNG_DPI, house_style, save_png, to_svg


def draw() -> Figure:
    return draw_metric("loss", [1, 2, 3], [3.0, 2.0, 1.0], [3.0, 2.5, 2.0], 3, {2: 2})


def state(figure: Figure) -> tuple[object, ...]:
    shown = [axes.patch.get_visible() for axes in figure.axes]
    return figure.get_dpi(), type(figure.canvas), figure.patch.get_visible(), *shown


def test_figure_is_the_same_after_it_was_written(tmp_path: Path) -> None:
    figure = draw()
    before = state(figure)
    svg = to_svg(figure)
    save_png(figure, tmp_path / "a.png")
    assert state(figure) == before
    assert to_svg(figure) == svg


def test_figure_is_the_same_after_a_disk_failed(tmp_path: Path) -> None:
    figure = draw()
    before = state(figure)
    with pytest.raises(FileNotFoundError):
        save_png(figure, tmp_path / "no such folder" / "a.png")
    assert state(figure) == before


def test_picture_is_opaque_and_as_large_as_the_figure(tmp_path: Path) -> None:
    figure = draw()
    save_png(figure, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        width, height = figure.get_size_inches()
        assert picture.size == (int(width * PNG_DPI), int(height * PNG_DPI))
        assert picture.getchannel("A").getextrema() == (255, 255)
        assert picture.getpixel((0, 0)) == (255, 255, 255, 255)


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (200, 300)])
def test_file_holds_every_pixel(shape: tuple[int, int], tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 4), np.uint8)
    (tmp_path / "a.png").write_bytes(png_file(pixels, 144))
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "RGBA"
        assert picture.info["dpi"] == pytest.approx((144, 144), abs=0.01)
        np.testing.assert_array_equal(np.asarray(picture), pixels)


def test_page_gets_no_ground_and_its_own_color_under_texts() -> None:
    svg = to_svg(draw())
    assert "stage 2" in svg
    assert "var(--card, #fefefe)" in svg
    assert "#ffffff" not in svg


def test_style_inside_a_style_ends_with_the_outer_one() -> None:
    before = dict(mpl.rcParams)
    with house_style():
        inside = dict(mpl.rcParams)
        with house_style():
            assert dict(mpl.rcParams) == inside
        assert dict(mpl.rcParams) == inside != before
    assert dict(mpl.rcParams) == before


@pytest.mark.keras
def test_garbage_is_collected_again_after_drawing(tmp_path: Path) -> None:
    from dlkit.report.drawing import Drawing, Drawn, draw_all
    from dlkit.report.run_folder import RunFolder

    (tmp_path / "plots").mkdir()
    seen = []

    def drawn() -> Drawn:
        seen.append(gc.isenabled())
        raise ValueError("no luck")

    assert gc.isenabled()
    assert draw_all(RunFolder(tmp_path), [], [Drawing("x", drawn, "data")]) == []
    assert gc.isenabled()
    assert seen == [False]
