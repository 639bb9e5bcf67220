"""What a model is made of: its layers as boxes, and what reads what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path

from dlkit.report.figures.graph_layout import Edge, Layout, lay_out
from dlkit.report.figures.style import BLUE, INK, MUTED, house_style, shorten

BOX_WIDTH, BOX_HEIGHT = 2.05, 0.37
"""In inches, as all that follows."""

ROW_HEIGHT = 0.6
BETWEEN_BOXES = 0.14
BETWEEN_COLUMNS = 0.36
MARGIN = 0.22
AROUND = 0.12
"""How far below a column and above the next one an edge leads from one to the other."""

LEAST_WIDTH = 4.4

NAME_LENGTH, TYPE_LENGTH, SHAPE_LENGTH = 22, 20, 18

Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A layer as it is called once.

    Attributes:
        name: Of the layer.
        type: Its class, or whatever it is.
        shape: Of what it gives, in words.
        parameters: Number of its weights.
        learns: Whether training changes some of them.
    """

    name: str
    type: str
    shape: str
    parameters: int = 0
    learns: bool = False


@dataclass(frozen=True)
class _Plan:
    """A layout in inches: where the middles of the boxes are, and how large all is.

    Attributes:
        layout: In boxes and rows.
        lefts: Where each column begins, and where one more would.
        size: Width and height.
    """

    layout: Layout
    lefts: tuple[float, ...]
    size: Point

    def middle(self, place: tuple[float, int], column: int) -> Point:
        """Return where a place of a column is, from the upper left corner."""
        x = self.lefts[column] + place[0] * (BOX_WIDTH + BETWEEN_BOXES) - BETWEEN_BOXES / 2
        return x, MARGIN + place[1] * ROW_HEIGHT + BOX_HEIGHT / 2


@house_style()
def draw_graph(boxes: Sequence[Box], edges: Sequence[Edge]) -> Figure:
    """Draw layers from top to bottom, then from left to right; those that learn are blue.

    Args:
        boxes: At least one; each reads only those before it.
        edges: Pairs of their numbers: what is read, and what reads it.
    """
    plan = _plan(lay_out(len(boxes), edges))
    figure = Figure(figsize=plan.size)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set(xlim=(0, plan.size[0]), ylim=(plan.size[1], 0))
    paths = [_path(plan, number, edge) for number, edge in enumerate(edges)]
    lines = PathCollection(paths, facecolors="none", edgecolors=MUTED, linewidths=0.9, zorder=1)
    axes.add_collection(lines, autolim=False)
    ends = [np.asarray(path.vertices)[-1] for path in paths]
    heads = np.array(ends, float).reshape(-1, 2)
    axes.plot(
        *heads.T,
        linestyle="none",
        marker="v",
        markersize=4.5,
        markeredgewidth=0,
        color=MUTED,
    )
    _draw_boxes(axes, boxes, plan)
    return figure


def _plan(layout: Layout) -> _Plan:
    """Measure a layout in inches, in the middle of a figure that is not too narrow."""
    lefts = [0.0]
    for width in layout.widths:
        content = width * (BOX_WIDTH + BETWEEN_BOXES) - BETWEEN_BOXES
        lefts.append(lefts[-1] + content + BETWEEN_COLUMNS)
    used = lefts[-1] - BETWEEN_COLUMNS
    wide = max(LEAST_WIDTH, used + 2 * MARGIN)
    rows = 1 + max(row for _, row in layout.places)
    high = (rows - 1) * ROW_HEIGHT + BOX_HEIGHT + 2 * MARGIN
    shift = (wide - used) / 2
    return _Plan(layout, tuple(left + shift for left in lefts), (wide, high))


def _path(plan: _Plan, number: int, edge: Edge) -> Path:
    """Return the line of an edge, which ends at the head of its arrow."""
    first, last = (plan.layout.columns[node] for node in edge)
    places = plan.layout.paths[number]
    points = [plan.middle(places[0], first), *(plan.middle(p, last) for p in places[1:])]
    half, head = BOX_HEIGHT / 2, 0.03
    vertices = [(points[0][0], points[0][1] + half)]
    codes = [Path.MOVETO]
    for place, ((x, y), (to_x, to_y)) in enumerate(pairwise(points), start=1):
        is_last = place == len(points) - 1
        begin, end = y + half, to_y - half - (head if is_last else 0)
        if place == 1 and first != last:
            gutter = plan.lefts[last] - BETWEEN_COLUMNS / 2
            low, high = begin + AROUND, to_y - half - AROUND
            corners = [(x, low), (gutter, low), (gutter, high), (to_x, high)]
            codes += [Path.LINETO] * 5
        else:
            corners = [(x, (begin + end) / 2), (to_x, (begin + end) / 2)]
            codes += [Path.CURVE4] * 3
        vertices += [*corners, (to_x, end)]
        if not is_last:  # straight through the row that it passes
            vertices.append((to_x, to_y + half))
            codes.append(Path.LINETO)
    return Path(vertices, codes)


def _draw_boxes(axes: Axes, boxes: Sequence[Box], plan: _Plan) -> None:
    """Draw the boxes: name and weights above, class and shape below."""
    patches, colors = [], []
    places = zip(plan.layout.places, plan.layout.columns, strict=True)
    for box, (place, column) in zip(boxes, places, strict=True):
        x, y = plan.middle(place, column)
        left, right = x - BOX_WIDTH / 2, x + BOX_WIDTH / 2
        corner = left + 0.04, y - BOX_HEIGHT / 2 + 0.04
        size = BOX_WIDTH - 0.08, BOX_HEIGHT - 0.08
        patches.append(FancyBboxPatch(corner, *size, boxstyle="round,pad=0.04"))
        colors.append(BLUE if box.learns else MUTED)
        weights = f"{box.parameters:,}" if box.parameters else ""
        name = shorten(box.name, NAME_LENGTH)
        _write(axes, (left + 0.07, y - 0.015), name, above=True, left=True, strong=True)
        _write(axes, (right - 0.07, y - 0.015), weights, above=True, left=False)
        kind = shorten(box.type, TYPE_LENGTH)
        _write(axes, (left + 0.07, y + 0.03), kind, above=False, left=True)
        shape = shorten(box.shape, SHAPE_LENGTH)
        _write(axes, (right - 0.07, y + 0.03), shape, above=False, left=False)
    axes.add_collection(
        PatchCollection(patches, facecolors="none", edgecolors=colors, linewidths=1.1),
        autolim=False,
    )


def _write(
    axes: Axes, point: Point, text: str, *, above: bool, left: bool, strong: bool = False
) -> None:
    """Write into one of the four corners of a box."""
    if text:
        axes.text(
            *point,
            text,
            size=7.5 if strong else 6.5,
            color=INK if strong else MUTED,
            ha="left" if left else "right",
            va="baseline" if above else "top",
        )
