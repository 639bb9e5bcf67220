"""Room around axes for what is written there; everything is measured once.

Matplotlib's constrained layout measures all twice, each axis several times in a row, and
every drawing looks for the places of the labels again. Here a label keeps its distance from
its axes, whatever becomes of them, so nothing has to be looked at a second time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import Bbox, ScaledTranslation

PAD_INCHES = 0.08
"""Left free on every side of what is written around a pair of axes."""

EDGES = {"left": (0, 0), "bottom": (0, 1), "right": (1, 0), "top": (1, 1)}
"""Which corner of a box an edge goes through, the lower left or the upper right, and which of
its coordinates is the edge's."""

MOST_AROUND = 0.8
"""The share of a figure's width or height that may be lost to what is around its axes."""


def make_room(figure: Figure) -> None:
    """Place labels, and axes so that nothing around them is cut off or overlaps.

    Args:
        figure: Complete, with all axes in one grid, each in one cell. It may be drawn but
            not added to afterwards: its ticks and labels are fixed.
    """
    canvas: Any = FigureCanvasAgg(figure)
    cells: Any = [axes.get_subplotspec() for axes in figure.axes]
    rows, columns = cells[0].get_gridspec().get_geometry()
    across, along = np.zeros((columns, 2)), np.zeros((rows, 2))  # in inches, at both ends
    for axes, cell in zip(figure.axes, cells, strict=True):
        drawn = _extent(axes, canvas.get_renderer()).get_points()
        low, high = axes.bbox.get_points()
        around = np.maximum([low - drawn[0], drawn[1] - high], 0) / figure.dpi
        for margins, at, lost in (
            (across, cell.colspan.start, around[:, 0]),
            (along, cell.rowspan.start, around[::-1, 1]),  # rows are counted from above
        ):
            margins[at] = np.maximum(margins[at], lost)
    width, height = figure.get_size_inches()
    left, right, wspace = _shares(across, width)
    top, bottom, hspace = _shares(along, height)
    figure.subplots_adjust(left, bottom, 1 - right, 1 - top, wspace, hspace)


def _shares(margins: np.ndarray, inches: float) -> tuple[float, float, float]:
    """Return what is lost in front of all axes and behind, and between two of them.

    Args:
        margins: Float ``(axes, 2)``: inches in front of each and behind it.
        inches: Of the whole figure.

    Returns:
        Two shares of the figure, and one of the mean pair of axes.
    """
    padded = (margins + PAD_INCHES) / inches
    count = len(padded)
    gap = float((padded[:-1, 1] + padded[1:, 0]).max(initial=0))
    ends = np.array([padded[0, 0], padded[-1, 1]])
    lost = ends.sum() + gap * (count - 1)
    scale = min(1.0, MOST_AROUND / lost)
    front, behind = scale * ends
    return float(front), float(behind), scale * gap * count / (1 - scale * lost)


def _extent(axes: Axes, renderer: Any) -> Bbox:
    """Place the labels of axes, and return the pixels that all takes which is drawn there."""
    locator: Any = axes.get_axes_locator()
    axes.apply_aspect(locator(axes, renderer) if locator else None)  # axes within others
    boxes = [Bbox(axes.bbox.get_points())]
    if axes.axison:
        boxes += [box for axis in (axes.xaxis, axes.yaxis) for box in _fix(axis, renderer)]
    for artist in axes.get_children():
        if not artist.get_visible() or not artist.get_in_layout():
            continue
        if isinstance(artist, Axes):
            boxes.append(_extent(artist, renderer))
        elif isinstance(artist, Legend) or (isinstance(artist, Text) and artist.get_text()):
            boxes.append(artist.get_tightbbox(renderer) or boxes[0])
    return Bbox.union([box for box in boxes if np.isfinite(box.get_points()).all()])


def _fix(axis: Axis, renderer: Any) -> list[Bbox]:
    """Fix ticks and label of an axis, and return the pixels they take."""
    if not axis.get_visible():
        return []
    if isinstance(axis.get_major_locator(), MaxNLocator):
        axis.set_major_locator(FixedLocator(axis.get_majorticklocs().tolist()))
    label = axis.label
    place = list(label.get_position())
    axis.set_label_coords(place[0], place[1])  # no drawing looks for a place from now on
    label.set_visible(False)
    ticks = axis.get_tightbbox(renderer)
    label.set_visible(True)
    boxes = [] if ticks is None else [ticks]
    if not label.get_text():
        return boxes
    corner, way = EDGES[axis.get_label_position()]
    edge = axis.axes.bbox.get_points()[corner, way]
    reached = Bbox.union([axis.axes.bbox, *boxes]).get_points()[corner, way]
    figure: Any = axis.get_figure(root=True)
    away = (reached - edge) / figure.dpi + (axis.labelpad if corner else -axis.labelpad) / 72
    moved = ScaledTranslation(away * (way == 0), away * (way == 1), figure.dpi_scale_trans)
    place[way] = corner
    axis.set_label_coords(place[0], place[1], axis.axes.transAxes + moved)
    taken = label.get_window_extent(renderer).get_points()
    taken[:, 1 - way] = taken[:, 1 - way].mean()  # longer than its axis it is anyway
    return [*boxes, Bbox(taken)]
