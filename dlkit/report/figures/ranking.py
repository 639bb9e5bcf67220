"""What every threshold on a score would find, and what it would cost.

Curves may have a point for each of a million examples; they are thinned to what can be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    RULE,
    VERMILLION,
    house_style,
    new_figure,
    settle,
    shorten,
)
from dlkit.report.figures.thinning import TOLERANCE, thinned

Look = tuple[str, str | tuple[float, tuple[float, float]], float]
"""Color, dashes and width of a line."""

CLASSES: tuple[Look, ...] = tuple(
    (color, style, 1.2)
    for style in ("-", (0, (4, 1.2)))
    for color in (BLUE, VERMILLION, "#009e73", "#cc79a7", MUTED)
)
"""Green and purple are of the same palette as the others."""

AVERAGES: tuple[Look, ...] = ((INK, "-", 2.0), (INK, (0, (1, 1)), 2.0))
ALONE: Look = (BLUE, "-", 1.8)
CHANCE: Look = (MUTED, (0, (4, 3)), 0.9)

HUGGING = 0.99
"""Where all curves have more than this under them, only their corner is of interest."""

CORNER = 0.1
"""Width and height of the corner."""

MOST_POINTS = 2000
"""Of all curves of a figure together."""


@dataclass(frozen=True)
class Line:
    """A curve with its name and its figure.

    Attributes:
        name: Any text.
        score: The area under it, or its average precision.
        across: float ``(points,)`` in [0, 1], never falling.
        up: float ``(points,)`` in [0, 1].
    """

    name: str
    score: float
    across: np.ndarray
    up: np.ndarray


@dataclass(frozen=True)
class Band:
    """Between which heights a number of curves lie, which are too many to draw.

    Attributes:
        name: What they are.
        across: float ``(points,)`` in [0, 1], rising.
        low: float ``(points,)``.
        high: float ``(points,)``.
    """

    name: str
    across: np.ndarray
    low: np.ndarray
    high: np.ndarray


@house_style()
def draw_roc(
    classes: Sequence[Line], averages: Sequence[Line] = (), others: Band | None = None
) -> Figure:
    """Draw which share of the positives is found, at which share of wrong ones.

    A line alone has its area above it; several are named at the side. Where all of them run
    along the edges, their corner is drawn larger.

    Args:
        classes: At most ten; the first ones are the easiest to see.
        averages: Of all classes, at most two.
        others: Where the curves lie that are not among ``classes``.
    """
    figure, axes = _open(is_alone=not averages)
    enlarges = _hug_the_corner(classes)
    lines = _looks(classes, averages, TOLERANCE * (CORNER if enlarges else 1))
    if enlarges:
        _enlarge(axes, lines, others, left=0.0)
    else:
        color, style, width = CHANCE
        axes.plot([0, 1], [0, 1], color=color, linestyle=style, linewidth=width, zorder=1)
    _draw_lines(axes, lines, others)
    _name_lines(axes, lines, others, "AUC")
    axes.set_xlabel("false positive rate: share of the others")
    axes.set_ylabel("true positive rate: share of the class")
    return settle(figure)


@house_style()
def draw_precision_recall(
    classes: Sequence[Line],
    averages: Sequence[Line] = (),
    others: Band | None = None,
    *,
    prevalence: float,
) -> Figure:
    """Draw how many of the examples named are right, by the share that is found.

    Args:
        classes: At most ten; the first ones are the easiest to see.
        averages: Of all classes, at most two.
        others: Where the curves lie that are not among ``classes``.
        prevalence: The share of positives, which is the precision by chance; its mean for
            several classes.
    """
    figure, axes = _open(is_alone=not averages)
    enlarges = _hug_the_corner(classes)
    lines = _looks(classes, averages, TOLERANCE * (CORNER if enlarges else 1))
    if enlarges:
        _enlarge(axes, lines, others, left=1 - CORNER)
    else:
        chance = Line("by chance", prevalence, np.array([0, 1]), np.full(2, prevalence))
        lines.append((chance, CHANCE))
    _draw_lines(axes, lines, others)
    _name_lines(axes, lines, others, "average precision")
    axes.set_xlabel("recall: share of the class that is found")
    axes.set_ylabel("precision: share that is right")
    return settle(figure)


def _open(*, is_alone: bool) -> tuple[Figure, Axes]:
    """Return a figure with a square from 0 to 1, and room for names if there are several."""
    figure, axes = new_figure(4.4 if is_alone else 5.5, 3.7 if is_alone else 3.3)
    ticks = np.linspace(0, 1, 6)
    axes.set(xlim=(0, 1), ylim=(0, 1), xticks=ticks, yticks=ticks, box_aspect=1)
    axes.grid(visible=True, axis="both")
    return figure, axes


def _looks(
    classes: Sequence[Line], averages: Sequence[Line], tolerance: float
) -> list[tuple[Line, Look]]:
    """Return the lines, thinned, with what each of them looks like."""
    lines = [*averages, *classes]
    looks = [*AVERAGES[: len(averages)], *CLASSES] if averages else [ALONE]
    most = MOST_POINTS // len(lines)
    return [
        (replace(line, across=points[0], up=points[1]), look)
        for line, look in zip(lines, looks, strict=False)
        for points in [thinned(line.across, line.up, most, tolerance)]
    ]


def _draw_lines(
    axes: Axes, lines: Sequence[tuple[Line, Look]], others: Band | None, *, clip: bool = False
) -> None:
    """Draw the curves, the averages above the others."""
    for line, (color, style, width) in lines:
        look: dict[str, Any] = {"color": color, "ls": style, "lw": width, "zorder": 2 + width}
        axes.plot(line.across, line.up, clip_on=clip, **look)
    if others:
        area = others.across, others.low, others.high
        axes.fill_between(*area, color=RULE, linewidth=0, zorder=0.5)


def _name_lines(
    axes: Axes, lines: Sequence[tuple[Line, Look]], others: Band | None, score: str
) -> None:
    """Say at the side which curve is whose, above the axes if there is one alone."""
    if lines[0][1] == ALONE:
        (line, _), *more = lines
        scores = [f"{score} {line.score:.4f}", *(f"{m.name} {m.score:.3g}" for m, _ in more)]
        axes.set_title(", ".join(scores), loc="left", size=9, color=INK)
        return
    handles: list[Artist] = [
        Line2D([], [], color=color, ls=style, lw=width) for _, (color, style, width) in lines
    ]
    texts = [f"{shorten(line.name, 16)}: {line.score:.4f}" for line, _ in lines]
    if others:
        handles.append(Patch(facecolor=RULE))
        texts.append(shorten(others.name, 22))
    axes.legend(
        handles,
        texts,
        title=score,
        loc="upper left",
        bbox_to_anchor=(1.03, 1),
        alignment="left",
        fontsize=8,
        title_fontsize=8,
        handlelength=1.6,
    )


def _hug_the_corner(classes: Sequence[Line]) -> bool:
    """Tell whether all curves run so close to the edges that nothing can be seen of them."""
    return min(line.score for line in classes) > HUGGING


def _enlarge(
    axes: Axes, lines: Sequence[tuple[Line, Look]], others: Band | None, left: float
) -> None:
    """Draw an upper corner once more, larger, where nothing else is."""
    axes.grid(visible=False)
    inset = axes.inset_axes((0.26, 0.22, 0.6, 0.6))
    inset.patch.set_visible(False)
    right, bottom = left + CORNER, 1 - CORNER
    inset.set(xlim=(left, right), ylim=(bottom, 1))
    inset.set(xticks=np.linspace(left, right, 3), yticks=np.linspace(bottom, 1, 3))
    inset.tick_params(labelsize=7)
    inset.grid(visible=True, axis="both")
    _draw_lines(inset, lines, others, clip=True)
    inset.set_title("the corner, enlarged", size=7.5, color=MUTED, pad=4)
