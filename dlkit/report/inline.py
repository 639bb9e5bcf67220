"""What a notebook takes of a folder: its pictures as figures, and the address of a page.

Nothing here needs TensorFlow.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from matplotlib.figure import Figure

from dlkit.config.names import did_you_mean
from dlkit.errors import ConfigError
from dlkit.report.drawing import Drawing
from dlkit.report.figures.overview import show_picture
from dlkit.report.figures.style import house_style
from dlkit.report.run_folder import RunFolder

INLINE_DPI = 110


def named_figure(name: str, folder: RunFolder, drawings: Sequence[Drawing] = ()) -> Figure:
    """Return one of a run's figures.

    Args:
        name: What it is called: the name of its file in ``plots``, the ending aside.
        folder: The run's.
        drawings: What can be drawn anew; anything else is shown as it is in ``plots``.

    Returns:
        A figure unknown to pyplot, to be changed and saved at will.

    Raises:
        ConfigError: If there is no figure of that name.
    """
    known = {drawing.name: drawing for drawing in drawings}
    if name in known:
        figure = known[name].draw().figure
        if figure is None:
            raise ConfigError(f"{name!r} is no picture but a table: it is in {folder.report}.")
        return inline(figure)
    pictures = {path.stem: path for path in sorted(folder.plots.glob("*.png"))}
    if name in pictures:
        try:
            return inline(show_picture(str(pictures[name])))
        except (OSError, SyntaxError) as error:  # Pillow's word for a broken PNG
            raise ConfigError(f"{pictures[name]}: cannot be read ({error}).") from error
    names = [*dict.fromkeys([*known, *pictures])]
    hint = did_you_mean(name, names, len(names)) or f"{folder.plots} has none."
    raise ConfigError(f"{folder.path}: there is no figure {name!r}. {hint}")


def inline(figure: Figure) -> Figure:
    """Let a notebook show a figure as a picture, whether pyplot was ever imported or not."""
    vars(figure)["_repr_png_"] = partial(_png, figure)
    return figure


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    with house_style():
        figure.savefig(buffer, format="png", dpi=INLINE_DPI, facecolor="white")
    return buffer.getvalue()


def link_to(page: Path) -> str:
    """Return the address of a page as a notebook beside it has it; empty where it is gone."""
    try:
        if not page.is_file():
            return ""
        return quote(os.path.relpath(page).replace(os.sep, "/"))
    except (OSError, ValueError):  # on another drive, or the working folder is gone
        return ""
