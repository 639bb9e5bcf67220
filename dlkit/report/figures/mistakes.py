"""Examples in a grid, each above two short lines: what it is, and what a model said.

All pictures are one raster, and all lines are in one pair of axes: a dozen axes would cost
more than everything else on the page.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlkit.report.figures.style import BLUE, INK, MUTED, VERMILLION, house_style, shorten

CELLS_A_ROW = 6
CELL_INCHES = 1.12
GAP_INCHES = 0.14
CAPTION_INCHES = 0.4
MARGIN_INCHES = 0.08

CAPTION_LENGTH = 20
"""Letters that fit under a cell."""

LINE_HEIGHT = 0.62
"""Of a cell that holds a line, as a share of its width."""

MOST_PIXELS = 112
"""On a side; larger pictures are shrunk, for nobody would see more of them."""

MOST_CHANNELS = 4

Caption = tuple[str, str]

Future = tuple[int, np.ndarray, np.ndarray]
"""Which channel of a line goes on, what came, and what was foretold, ``(steps,)`` each."""


@house_style()
def draw_captioned_pictures(
    pictures: np.ndarray, captions: Sequence[Caption], *, wrong: bool = True
) -> Figure:
    """Draw pictures in a grid.

    Args:
        pictures: Numbers of shape ``(examples, height, width)`` or ``(examples, height,
            width, 1, 3 or 4)``; uint8 from 0 to 255, else from their least, at most 0, to
            their largest.
        captions: What each is, and what was said of it.
        wrong: Whether what was said is wrong.
    """
    shown = _shrink(_colors(pictures))
    count, height, width, _ = shown.shape
    scale = width / CELL_INCHES  # pixels an inch
    gap = math.ceil(GAP_INCHES * scale)
    below = math.ceil(CAPTION_INCHES * scale)
    rows, columns = _layout(count)
    raster = np.zeros((rows * (height + below), columns * (width + gap) - gap, 4), np.float32)
    for place, picture in enumerate(shown):
        top, left = divmod(place, columns)
        top, left = top * (height + below), left * (width + gap)
        raster[top : top + height, left : left + width] = picture
    axes = _sheet(raster.shape[1] / scale, raster.shape[0] / scale - GAP_INCHES / 2)
    size = (0, raster.shape[1] / scale, raster.shape[0] / scale, 0)
    axes.imshow(raster, extent=size, interpolation="none", aspect="auto")
    pitch = (width + gap) / scale, (height + below) / scale
    for place, caption in enumerate(captions):
        row, column = divmod(place, columns)
        _write(axes, caption, column * pitch[0], row * pitch[1] + height / scale, wrong)
    return _figure_of(axes)


@house_style()
def draw_captioned_lines(
    lines: np.ndarray,
    captions: Sequence[Caption],
    futures: Sequence[Future] = (),
    *,
    wrong: bool = True,
) -> Figure:
    """Draw lines in a grid, each from its least to its largest value.

    Args:
        lines: Float ``(examples, steps, channels)``; the first 4 channels are drawn, or the
            one that goes on.
        captions: What each is, and what was said of it.
        futures: What comes after each line; empty where nothing does.
        wrong: Whether what was said is wrong.
    """
    rows, columns = _layout(len(lines))
    pitch = CELL_INCHES + GAP_INCHES, LINE_HEIGHT * CELL_INCHES + CAPTION_INCHES
    axes = _sheet(columns * pitch[0] - GAP_INCHES, rows * pitch[1] - GAP_INCHES / 2)
    for place, (line, caption) in enumerate(zip(lines, captions, strict=True)):
        row, column = divmod(place, columns)
        corner = column * pitch[0], row * pitch[1] + LINE_HEIGHT * CELL_INCHES
        if futures:
            channel, true, said = futures[place]
            _line(axes, line[:, channel : channel + 1], corner, (true, said))
        else:
            _line(axes, line[:, :MOST_CHANNELS], corner, ())
        _write(axes, caption, *corner, wrong)
    return _figure_of(axes)


def _layout(count: int) -> tuple[int, int]:
    """Return in how many rows and columns as many cells fill their rows best."""
    rows = -(-count // CELLS_A_ROW)
    return rows, -(-count // rows)


def fit(text: str, length: int) -> str:
    """Cut a text to the width of so many usual letters, with an ellipsis where it was cut.

    Args:
        text: Any text; ideographs and emoji count twice, capitals one and a half times.
        length: At least 2.
    """
    widths = np.cumsum([_width(letter) for letter in shorten(text, length)])
    return shorten(text, max(2, int(np.searchsorted(widths, length, side="right"))))


def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in {"W", "F"}:
        return 2.0
    return 1.5 if letter.isupper() else 1.0


def _sheet(width_inches: float, height_inches: float) -> Axes:
    """Return axes that count in inches from the upper left corner of what is drawn."""
    whole = width_inches + 2 * MARGIN_INCHES, height_inches + 2 * MARGIN_INCHES
    figure = Figure(figsize=whole)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-MARGIN_INCHES, width_inches + MARGIN_INCHES)
    axes.set_ylim(height_inches + MARGIN_INCHES, -MARGIN_INCHES)
    axes.set_autoscale_on(False)
    return axes


def _figure_of(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    assert figure is not None  # noqa: S101  # axes that were added to a figure have one
    return figure


def _write(axes: Axes, caption: Caption, left: float, top: float, wrong: bool) -> None:
    """Write two lines under a cell."""
    for text, down, color in zip(
        caption, (0.05, 0.19), (INK, VERMILLION if wrong else BLUE), strict=True
    ):
        line = fit(text, CAPTION_LENGTH)
        axes.text(left, top + down, line, size=7, color=color, va="top")


def _line(
    axes: Axes,
    line: np.ndarray,
    corner: tuple[float, float],
    futures: Sequence[np.ndarray],
) -> None:
    """Draw the channels of a line, and what comes after it, into a cell."""
    every = np.concatenate([line.reshape(-1), *futures])
    finite = every[np.isfinite(every)]
    low = float(finite.min()) if finite.size else 0.0
    span = (float(finite.max()) - low if finite.size else 0.0) or 1.0
    steps = len(line) + max((len(future) for future in futures), default=0)
    left, bottom = corner

    def to_sheet(start: int, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        x = left + CELL_INCHES * np.arange(start, start + len(values)) / max(1, steps - 1)
        return x, bottom - 0.9 * LINE_HEIGHT * CELL_INCHES * (values - low) / span

    colors = (MUTED,) if futures else (BLUE, "#009e73", "#cc79a7", "#e69f00")
    for channel, color in zip(line.T, colors, strict=False):
        axes.plot(*to_sheet(0, channel), color=color, linewidth=0.9)
    for future, color in zip(futures, (INK, VERMILLION), strict=False):
        ahead = to_sheet(len(line), future)
        axes.plot(*ahead, color=color, linewidth=0.9, marker="o", markersize=2.5)


def _colors(pictures: np.ndarray) -> np.ndarray:
    """Return float32 RGBA from 0 to 1, ``(examples, height, width, 4)``."""
    values = pictures.astype(np.float32)
    values = np.where(np.isfinite(values), values, 0)
    high = 255.0 if pictures.dtype == np.uint8 else float(values.max())
    low = min(0.0, float(values.min()))
    values = (values - low) / ((high - low) or 1.0)
    values = values[..., None] if values.ndim == 3 else values
    if values.shape[3] == 1:
        values = np.repeat(values, 3, axis=3)
    if values.shape[3] == 3:
        values = np.concatenate([values, np.ones_like(values[..., :1])], axis=3)
    return np.clip(values, 0, 1)


def _shrink(pictures: np.ndarray) -> np.ndarray:
    """Return pictures of at most 112 pixels a side, each the mean of a square of them."""
    count, height, width, channels = pictures.shape
    step = -(-max(height, width) // MOST_PIXELS)
    if step == 1:
        return pictures
    # A strip narrower than a step is cut away; a side shorter than one stays as it is.
    tall, wide = (min(step, side) for side in (height, width))
    rows, columns = height // tall, width // wide
    cut = pictures[:, : rows * tall, : columns * wide]
    squares = cut.reshape(count, rows, tall, columns, wide, channels)
    return np.asarray(squares.mean(axis=(2, 4), dtype=np.float32))
