"""One look for every picture, and the two ways a picture leaves the program.

A figure is drawn once, in the colors of a light page. As a PNG it keeps them. As an SVG it
goes into an HTML page, so its colors become the page's variables, and the same drawing is
readable on a dark page too.

Nothing here touches matplotlib's global settings: whoever draws does it inside
``house_style``, which also keeps a person's own matplotlibrc out. Both files have the same
bytes whenever the figure has the same content.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from dlkit.report.figures.png import png_file
from dlkit.report.figures.room import make_room

INK = "#1f2328"
MUTED = "#59636e"
RULE = "#d8dee4"
GROUND = "#fefefe"
"""Under a text that a line may run through; a white that is meant is another color."""

BLUE = "#0072b2"
VERMILLION = "#d55e00"
"""Blue and vermillion are Okabe and Ito's: told apart with any color vision."""

WIDEST_HALF_INCHES = 5.5
"""A figure wider than this has too much in it for half of a page."""

PNG_DPI = 144

SVG_DPI = 144
"""Of the pictures inside an SVG; its lines and letters have none."""

_PAGE_COLORS = {
    INK: "currentColor",
    MUTED: f"var(--muted, {MUTED})",
    RULE: f"var(--rule, {RULE})",
    GROUND: f"var(--card, {GROUND})",
    BLUE: f"var(--first, {BLUE})",
    VERMILLION: f"var(--second, {VERMILLION})",
}
"""What a page may set for each color of a figure."""

_SETTINGS = {
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.08,
    "figure.subplot.left": 0.14,  # about where axes end up, so that their ticks are right
    "figure.subplot.right": 0.97,
    "figure.subplot.bottom": 0.18,
    "figure.subplot.top": 0.88,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "text.hinting": "no_hinting",  # else letters are wider at some resolutions, and get cut
    "text.parse_math": False,  # a dollar in somebody's class name is a dollar
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.formatter.useoffset": False,  # 0.981 says more than 1e-3+9.8e-1
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "axes.ymargin": 0.08,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "ytick.major.size": 0,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "legend.borderpad": 0,
    "legend.borderaxespad": 0,
    "svg.fonttype": "none",  # text stays text: searchable, and drawn with every glyph
    "svg.hashsalt": "dlkit",
}

_TAG = re.compile(r"<[A-Za-z/][^>]*>")
_STYLE_SHEET = re.compile(r"<defs>\s*<style.*?</style>\s*</defs>\s*", re.DOTALL)


@contextmanager
def house_style() -> Iterator[None]:
    """Set the look while the block, or the decorated function, runs.

    A name may hold characters that the drawing font lacks. A PNG then shows a box, an SVG
    shows the reader's own font; neither is worth a warning to whoever trains a model.
    Inside of another such block it does nothing, for setting all settings takes a while.
    """
    if matplotlib.rcParams["svg.hashsalt"] == _SETTINGS["svg.hashsalt"]:
        yield
        return
    with warnings.catch_warnings(), matplotlib.style.context(["default", _SETTINGS]):
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        yield


def new_figure(
    width_inches: float = 4.4, height_inches: float = 2.8, *, plain: bool = True
) -> tuple[Figure, Axes]:
    """Make an empty figure with one pair of axes, unknown to pyplot.

    Args:
        width_inches: The whole figure's width.
        height_inches: The whole figure's height.
        plain: Whether all stands in or around its axes; else it is laid out by matplotlib.
    """
    layout: Literal["constrained"] | None = None if plain else "constrained"
    figure = Figure(figsize=(width_inches, height_inches), layout=layout)
    return figure, figure.add_subplot()


def settle(figure: Figure) -> Figure:
    """Lay a finished figure out, and keep it so.

    Most are one plain grid of axes. What has more to it, as a legend outside of all axes or
    a bar of colors, is made with ``layout="constrained"``, which takes its time. Each
    further pass of that would move things by a hair, and the bytes of a file would depend
    on what was written before it. The first pass alone leaves axes of a fixed aspect askew.
    """
    engine = figure.get_layout_engine()
    if engine is None:
        make_room(figure)
        return figure
    fixed = any(axes.get_aspect() != "auto" for axes in figure.axes)
    for _ in range(2 if fixed else 1):
        engine.execute(figure)  # a drawing would do the same, and render what nobody sees
    figure.set_layout_engine("none")
    return figure


def shorten(name: str, length: int) -> str:
    """Fit a name into one line of ``length`` characters, with an ellipsis where it was cut.

    Args:
        name: Any text; what cannot be written into an SVG is replaced.
        length: At least 2.
    """
    line = " ".join(name.split())
    line = "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character) in {"Cc", "Cs"}
        else character
        for character in line
    )
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def drawable(values: np.ndarray | Sequence[float | None]) -> np.ndarray:
    """Return values as flat float64 with NaN, a gap, wherever there is nothing to draw.

    Args:
        values: Numbers of any shape and dtype; None is a gap as well. Beyond 1e100 an axis
            overflows, and float32, in which models count, ends at 3e38.
    """
    flat = np.ravel(np.asarray(values, dtype=np.float64))
    return np.where(np.abs(flat) < 1e100, flat, np.nan)


def to_svg(figure: Figure) -> str:
    """Write a figure as an ``<svg>`` element to stand inside an HTML page.

    It has no background, takes its colors from the page's variables, names no file or
    address, and its ids are its own, so that figures on one page do not clip each other.
    """
    buffer = io.StringIO()
    no_metadata = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with house_style(), _resolution(figure, SVG_DPI), _without_background(figure):
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata=no_metadata)
    document = buffer.getvalue()
    # The style sheet would apply to the whole page; the root element can say the same.
    element = _STYLE_SHEET.sub("", document[document.index("<svg") :], count=1)
    width = "wide" if figure.get_figwidth() > WIDEST_HALF_INCHES else "half"
    root = f'<svg class="{width}" style="stroke-linejoin: round; stroke-linecap: butt" '
    element = element.replace("<svg ", root, 1)
    return _scope(element, "f" + hashlib.sha256(document.encode()).hexdigest()[:10] + "-")


def save_png(figure: Figure, path: Path) -> None:
    """Write a figure as a picture on white.

    Args:
        figure: What to write.
        path: The file, ending in ``.png``; one that exists is replaced.
    """
    path.write_bytes(to_png(figure))


def to_png(figure: Figure) -> bytes:
    """Return a figure as a picture on white, the content of a PNG file."""
    with house_style(), _resolution(figure, PNG_DPI):
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        return png_file(np.asarray(canvas.buffer_rgba()), PNG_DPI)


@contextmanager
def _resolution(figure: Figure, dpi: int) -> Iterator[None]:
    """Set the dots per inch while the block runs, which a canvas takes from its figure.

    Writing by the canvas itself draws once; ``savefig`` draws twice, to lay out what is
    laid out already.
    """
    before = figure.get_dpi(), figure.canvas
    figure.set_dpi(dpi)
    try:
        yield
    finally:
        figure.set_dpi(before[0])
        figure.set_canvas(before[1])


@contextmanager
def _without_background(figure: Figure) -> Iterator[None]:
    """Hide the grounds that a figure and its axes are drawn on while the block runs."""
    shown = [p for p in (figure.patch, *(a.patch for a in figure.axes)) if p.get_visible()]
    for patch in shown:
        patch.set_visible(False)
    try:
        yield
    finally:
        for patch in shown:
            patch.set_visible(True)


def _scope(element: str, prefix: str) -> str:
    """Rewrite the tags of an SVG for a page; text between them stays as it is.

    Matplotlib escapes angle brackets in texts and attributes, so a tag is all from ``<``
    to the next ``>``.
    """
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', "".join(_TAG.findall(element))))

    def keep_used(id_attribute: re.Match[str]) -> str:
        return f' id="{prefix}{id_attribute[1]}"' if id_attribute[1] in used else ""

    def rewrite(tag: re.Match[str]) -> str:
        text = re.sub(r' id="([^"]*)"', keep_used, tag[0])
        text = re.sub(r'(href="|url\()#', rf"\g<1>#{prefix}", text)
        text = text.replace("'DejaVu Sans', sans-serif", "system-ui, sans-serif")
        for color, page_color in _PAGE_COLORS.items():
            text = text.replace(f": {color}", f": {page_color}")
        return text

    return _TAG.sub(rewrite, element)
