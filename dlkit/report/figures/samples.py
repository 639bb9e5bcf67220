"""What examples look like: pictures, augmented ones beside their originals, points, series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlkit.report.figures.grid import picture_grid, shrink
from dlkit.report.figures.legends import fitting_columns
from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    VERMILLION,
    house_style,
    new_figure,
    settle,
    shorten,
)

CLASS_COLORS = (
    *(BLUE, VERMILLION, "#009e73", "#cc79a7"),
    *("#e69f00", "#56b4e9", "#8c6d31", "#59636e"),
)
"""Okabe and Ito's colors, the light yellow and black replaced."""

MOST_CLASSES = len(CLASS_COLORS)
"""Classes that can be told apart by color."""

MOST_SERIES = 6

PICTURE_INCHES = 0.85
MANY = 48
"""More pictures than this are drawn smaller."""

SMALL_INCHES = 0.58

GAP = 0.07
"""Between two pictures, as a share of their longer side."""

SHARP = 64
"""Pixels on a side up to which each of them is seen as a square."""

MOST_PIXELS = 120
"""Of a picture with more on a side it is means that are drawn."""

LABEL_LENGTH = 16


@house_style()
def draw_picture_rows(
    rows: Sequence[tuple[str, Sequence[np.ndarray]]],
    value_range: tuple[float, float],
    heads: Sequence[str] = (),
) -> Figure:
    """Draw pictures in rows, each row with a label, under heads.

    Args:
        rows: A label, and pictures of shape ``(height, width)`` or ``(height, width, 1, 3
            or 4)``, of any numeric dtype; rows may have different lengths.
        value_range: Values that are black and white.
        heads: Over the columns, from the left; may be fewer.
    """
    columns = max(len(pictures) for _, pictures in rows)
    small = not heads and len(rows) * columns > MANY
    inches = SMALL_INCHES if small else PICTURE_INCHES
    height, width = rows[0][1][0].shape[:2]
    tall = inches * float(np.clip(height / width, 0.4, 2.5))
    longest = max(len(shorten(label, LABEL_LENGTH)) for label, _ in rows)
    left = 0.15 + 0.075 * longest
    top = 0.3 if heads else 0.1
    right, bottom = left + columns * inches, top + len(rows) * tall
    size = right + 0.1, bottom + 0.1
    figure = Figure(figsize=size)
    axes = figure.add_axes((0, 0, 1, 1))  # counted in inches, from the upper left corner
    axes.set_axis_off()
    _show(axes, [pictures for _, pictures in rows], value_range, (left, right, bottom, top))
    for place, (label, _) in enumerate(rows):
        at, text = (left - 0.07, top + (place + 0.5) * tall), shorten(label, LABEL_LENGTH)
        axes.text(*at, text, ha="right", va="center", size=8, color=INK)
    for column, head in enumerate(heads[:columns]):
        at = left + (column + 0.5) * inches, top - 0.05
        axes.text(*at, shorten(head, LABEL_LENGTH), ha="center", size=8, color=MUTED)
    axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
    return figure


def _show(
    axes: Axes,
    rows: Sequence[Sequence[np.ndarray]],
    value_range: tuple[float, float],
    extent: tuple[float, float, float, float],
) -> None:
    """Draw pictures in gray or in color, with nothing between them."""
    low, high = value_range
    small = [[shrink(picture, MOST_PIXELS) for picture in pictures] for pictures in rows]
    side = max(small[0][0].shape[:2])
    grid, there = picture_grid(small, max(1, round(GAP * side)))
    gray = grid.ndim == 2 or grid.shape[2] not in {3, 4}
    grid = np.atleast_3d(grid)[..., :1] if gray else grid[..., :3]
    scaled = np.nan_to_num(np.clip((grid - low) / ((high - low) or 1.0), 0, 1))
    colors = np.repeat(scaled, 3, axis=2) if gray else scaled
    axes.imshow(
        np.dstack([colors, there]),
        extent=extent,
        aspect="auto",
        interpolation="none" if side <= SHARP else "auto",
    )


@house_style()
def draw_points(
    points: np.ndarray,
    names: tuple[str, str],
    labels: np.ndarray | None,
    class_names: Sequence[str] = (),
) -> Figure:
    """Draw examples as points of a plane, colored by their classes.

    Args:
        points: Float of shape ``(points, 2)``.
        names: Of the two axes.
        labels: int32 of shape ``(points,)``, or None where there are no classes.
        class_names: In the order of the labels.
    """
    figure, axes = new_figure(4.8, 4.4, plain=False)
    shown = labels is not None and len(class_names) <= MOST_CLASSES
    groups = np.zeros(len(points), int) if labels is None or not shown else labels
    few = len(points) <= 100
    for place in np.unique(groups):
        members = points[groups == place]
        axes.plot(
            members[:, 0],
            members[:, 1],
            linestyle="none",
            marker="o",
            markersize=7 if few else 3,
            markeredgewidth=0,
            color=CLASS_COLORS[int(place)],
            alpha=float(np.clip(25 / np.sqrt(len(points)), 0.15, 0.8)),
            rasterized=True,
            label=shorten(class_names[int(place)], LABEL_LENGTH) if shown else None,
        )
    axes.grid(visible=True, axis="both")
    axes.margins(0.06)
    axes.set_xlabel(shorten(names[0], 40))
    axes.set_ylabel(shorten(names[1], 40))
    if shown:
        told = [shorten(name, LABEL_LENGTH) for name in class_names]
        side_by_side = fitting_columns(told, figure.get_figwidth())
        legend = figure.legend(loc="outside upper left", ncols=side_by_side, borderaxespad=0.8)
        for handle in legend.legend_handles:
            if handle is not None:
                handle.set_alpha(1)
    return settle(figure)


@house_style()
def draw_series(
    times: np.ndarray,
    columns: Mapping[str, np.ndarray],
    parts: Mapping[str, tuple[int, int]],
    name: str,
) -> Figure:
    """Draw columns of a series over time, with the rows of validation and test shaded.

    Args:
        times: Ascending float64, or datetime64, of shape ``(rows,)``.
        columns: float64 of shape ``(rows,)`` by name; the first 6 are drawn.
        parts: The first row and the one behind the last of each part.
        name: Of the time.
    """
    shown = list(columns.items())[:MOST_SERIES]
    figure = Figure(figsize=(8.6, 0.9 + 1.5 * len(shown)))
    axes = figure.subplots(len(shown), 1, sharex=True, squeeze=False)[:, 0]
    for one, (column, values) in zip(axes, shown, strict=True):
        one.plot(times, values, color=BLUE, linewidth=0.8, rasterized=True)
        one.set_title(shorten(column, 40), loc="left", size=9, color=INK)
        one.margins(x=0)
        for part, (start, end) in parts.items():
            if part == "train" or start >= end:
                continue
            color = VERMILLION if part == "test" else MUTED
            one.axvspan(times[start], times[end - 1], color=color, alpha=0.12, linewidth=0)
    for part, (start, end) in parts.items():
        if start < end:
            axes[0].annotate(
                "training" if part == "train" else part,
                (times[start], 1),
                xycoords=("data", "axes fraction"),
                xytext=(3, -9),
                textcoords="offset points",
                size=8,
                color=MUTED,
            )
    axes[-1].set_xlabel(shorten(name, 40))
    return settle(figure)
