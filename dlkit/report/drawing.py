"""From a figure to a file and a place on the page, whatever it shows.

A picture that cannot be drawn is left out and told: it is never worth a trained model.
"""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from dlkit.report.figures.style import house_style, save_png, to_svg
from dlkit.report.page import Picture
from dlkit.report.records import writing
from dlkit.report.run_folder import RunFolder
from dlkit.report.sections import Section
from dlkit.report.terminal import format_figure, say
from dlkit.storage import whole

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Drawn:
    """A figure, or only a table, and what stands beside it on the page.

    Attributes:
        title: Its caption.
        figure: What to draw; None where the table is all there is to show.
        alt: What it shows, for people who do not see it.
        columns: Heads of the table behind it.
        rows: Its rows.
    """

    title: str
    figure: Figure | None
    alt: str
    columns: tuple[str, ...]
    rows: Rows


@dataclass(frozen=True)
class Drawing:
    """A picture to be drawn.

    Attributes:
        name: What its file is called, the ending aside.
        draw: Draws it.
        section: Which question of the page it answers.
    """

    name: str
    draw: Callable[[], Drawn]
    section: Section = "answers"


def headed(drawing: Drawing, head: str) -> Drawing:
    """Put the name of an output in front of a drawing's, where there are several."""
    if not head:
        return drawing

    def draw() -> Drawn:
        drawn = drawing.draw()
        return replace(drawn, title=f"{head}: {drawn.title}", alt=f"{head}: {drawn.alt}")

    return Drawing(f"{head}_{drawing.name}", draw, drawing.section)


FAILURES = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What drawing raises where it meets what it cannot show; a disk that fails is none of it."""


@contextlib.contextmanager
def _collecting_later() -> Iterator[None]:
    """Let garbage wait while the context lasts.

    Figures are full of cycles, so Python would look for some again and again, every time in
    all that training left behind.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def spared(name: str) -> Iterator[None]:
    """Tell of what fails in the context, and go on behind it.

    Args:
        name: What is left out then.
    """
    try:
        yield
    except FAILURES as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        say(f"warning: {name} is left out, it cannot be drawn: {reason}")


def draw_all(
    folder: RunFolder, metrics: Sequence[Drawing], others: Sequence[Drawing]
) -> list[Picture]:
    """Draw pictures, as PNG files and for the page; one that fails is told and left out.

    Args:
        folder: Gets the PNG files under ``plots/``.
        metrics: Drawings under names that people chose.
        others: Drawings under names of our own.

    Raises:
        StorageError: If the disk does not take them.
    """
    files = file_names([each.name for each in metrics], [each.name for each in others])
    pictures = []
    with _collecting_later(), house_style():
        for file, drawing in zip(files, [*metrics, *others], strict=True):
            path = folder.plots / file
            with spared(f"the picture {drawing.name!r}"):
                drawn = drawing.draw()
                svg = ""
                if drawn.figure is not None:
                    with writing(path), whole(path, durable=False) as unfinished:
                        save_png(drawn.figure, unfinished)
                    svg = to_svg(drawn.figure)
                table = drawn.columns, drawn.rows
                pictures.append(Picture(drawn.title, svg, drawn.alt, *table, drawing.section))
    return pictures


def file_names(metrics: Sequence[str], others: Sequence[str]) -> list[str]:
    """Give every picture a file of its own, on file systems that ignore case too.

    Args:
        metrics: Names that people chose; what no file can be called gets a number.
        others: Our own names, which keep their files whatever a metric is called.
    """
    names = []
    taken = {name.casefold() for name in others}
    wanted = {name.casefold() for name in metrics}
    for index, metric in enumerate(metrics, start=1):
        name, number = metric, index
        if not SAFE_NAME.fullmatch(name) or name.casefold() in taken:
            while (name := f"figure_{number}") in taken | wanted:
                number += len(metrics)
        taken.add(name.casefold())
        names.append(name)
    return [f"{name}.png" for name in (*names, *others)]


def quantile_table(values: dict[str, np.ndarray]) -> tuple[tuple[str, ...], Rows]:
    """Return head and rows of a table of ranges, a row for each array of numbers."""
    return ("", "least", "median", "most"), tuple(
        (name, *(format_figure(float(q)) for q in np.quantile(array, (0, 0.5, 1))))
        for name, array in values.items()
    )
