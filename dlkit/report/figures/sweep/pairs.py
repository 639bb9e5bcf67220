"""What trials came to over two parameters at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from dlkit.report.figures.style import BLUE, INK, VERMILLION, house_style, new_figure, settle
from dlkit.report.figures.sweep.axes import (
    ParameterAxis,
    ValueAxis,
    best_last,
    show_parameter,
)

COLUMNS = 3

FINE = 48
"""Points of an interpolated ground along each axis."""

REACH = 0.13
"""How far a trial is heard, as a share of an axis."""

LEVELS = 7
"""Shades of an interpolated ground."""

STRONGEST = 0.62
"""Opacity of the best shade, so that ink can be read on it, on light and on dark."""

FEWEST = 12
"""Trials below which nothing is interpolated."""

LETTER_POINTS = 0.62


@dataclass(frozen=True)
class Pair:
    """Two parameters, and the complete trials that have both.

    Attributes:
        across: The horizontal one.
        up: The vertical one.
        places: Where each trial stands, float64 ``(trials, 2)``.
        values: What each came to, float64 ``(trials,)``, finite.
    """

    across: ParameterAxis
    up: ParameterAxis
    places: np.ndarray
    values: np.ndarray

    @property
    def is_table(self) -> bool:
        """Whether both have names for their values, so that means fit into cells."""
        return bool(self.across.labels and self.up.labels)


@house_style()
def draw_pairs(pairs: Sequence[Pair], scale: ValueAxis) -> Figure:
    """Draw a panel for each pair: means in cells, or trials over an interpolated ground.

    Args:
        pairs: At least one.
        scale: The objective; the better, the stronger the color.
    """
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    width = {1: 5.4, 2: 7.6}.get(columns, 8.8)
    figure, first = new_figure(width, (3.4 if columns == 1 else 2.75) * rows)
    first.remove()
    grid = figure.subplots(rows, columns, squeeze=False)
    for index, axes in enumerate(grid.flat):
        if index >= len(pairs):
            axes.remove()
            continue
        inches = width / columns - 1.2
        pair = pairs[index]
        show_parameter(axes, pair.across, inches=inches)
        show_parameter(axes, pair.up, inches=1.9, vertical=True)
        axes.grid(visible=False)
        if pair.is_table:
            _draw_cells(axes, pair, scale, inches)
        else:
            _draw_trials(axes, pair, scale)
    return settle(figure)


def cell_means(pair: Pair) -> np.ndarray:
    """Return the mean of the trials in each cell.

    Returns:
        float64 ``(names up, names across)``; NaN where no trial is.
    """
    shape = len(pair.up.labels), len(pair.across.labels)
    sums, counts = np.zeros(shape), np.zeros(shape)
    x, y = pair.places.astype(int).T
    np.add.at(sums, (y, x), pair.values)
    np.add.at(counts, (y, x), 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def _draw_cells(axes: Axes, pair: Pair, scale: ValueAxis, inches: float) -> None:
    """Draw means as colored cells with the numbers in them, as far as these fit."""
    means = cell_means(pair)
    there = np.isfinite(means)
    low, high = float(np.nanmin(means)), float(np.nanmax(means))
    own = ValueAxis(scale.name, low, high, log=scale.log and low > 0, rising=scale.rising)
    rgba = np.zeros((*means.shape, 4))
    rgba[..., :3] = to_rgba(BLUE)[:3]
    goodness = own.shares(np.where(there, means, low)) if high > low else np.ones(means.shape)
    rgba[..., 3] = np.where(there, 0.05 + (STRONGEST - 0.05) * goodness, 0)
    axes.imshow(rgba, aspect="auto", origin="lower", interpolation="none")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    texts = {tuple(at): figure_text(means[tuple(at)], high - low) for at in np.argwhere(there)}
    widest = max(map(len, texts.values()), default=1)
    size = min(9.0, 72 * inches / means.shape[1] / (LETTER_POINTS * (widest + 1)))
    if size < 4.5:
        return
    best = np.unravel_index(np.nanargmax(np.where(there, goodness, -1)), means.shape)
    for (row, column), text in texts.items():
        axes.text(
            column,
            row,
            text,
            ha="center",
            va="center_baseline",
            size=size,
            color=INK,
            weight="bold" if (row, column) == best else "normal",
            in_layout=False,
        )


def figure_text(value: float, spread: float) -> str:
    """Write a number with as many digits as tell it from others that are so far apart."""
    if not spread:
        return f"{value:.4g}"
    if spread >= 1000 or abs(value) >= 1e5:
        return f"{value:.3g}"
    digits = int(np.clip(np.ceil(-np.log10(spread)) + 1, 0, 5))
    return f"{value:.{digits}f}"


def _draw_trials(axes: Axes, pair: Pair, scale: ValueAxis) -> None:
    """Draw trials as dots, the better the stronger, over what lies between them."""
    goodness = scale.shares(pair.values)
    numbers = not (pair.across.labels or pair.up.labels)
    if numbers and len(goodness) >= FEWEST:
        _draw_ground(axes, pair, goodness)
    blue = to_rgba(INK if numbers and len(goodness) >= FEWEST else BLUE)[:3]
    order = best_last(goodness)
    x, y = pair.places[order].T
    if pair.across.labels:
        x = x + _spread(len(x))
    if pair.up.labels:
        y = y + _spread(len(y))
    colors = [(*blue, 0.25 + 0.65 * share**2) for share in goodness[order]]
    axes.scatter(x, y, s=20, c=colors, linewidths=0, zorder=3)
    axes.plot(x[-1], y[-1], "o", color=VERMILLION, markersize=7, zorder=4)


def _spread(count: int) -> np.ndarray:
    """Return by how much dots on a name are moved, so that none hides another."""
    return np.asarray(((np.arange(count) * 0.6180339887 + 0.5) % 1 - 0.5) * 0.5)


def _draw_ground(axes: Axes, pair: Pair, goodness: np.ndarray) -> None:
    """Draw what trials nearby came to, as far as there are any."""
    edges = np.linspace(-0.03, 1.03, FINE)
    ground = smoothed(pair, goodness, edges)
    x, y = pair.across.places(edges), pair.up.places(edges)
    if not np.isfinite(ground).any() or np.nanmax(ground) <= np.nanmin(ground):
        return
    blue = to_rgba(BLUE)[:3]
    levels = np.linspace(np.nanmin(ground), np.nanmax(ground), LEVELS + 1)
    alphas = np.linspace(0.04, STRONGEST, LEVELS)
    axes.contourf(
        x,
        y,
        np.ma.masked_invalid(ground),
        levels=levels,
        colors=[(*blue, alpha) for alpha in alphas],
        zorder=1,
    )


def smoothed(pair: Pair, goodness: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the mean of trials nearby, weighed by how near they are (Nadaraya, 1964).

    Args:
        pair: Provides the places.
        goodness: What each trial came to, float64 ``(trials,)``.
        edges: Shares of both axes at which the mean is taken, float64 ``(points,)``.

    Returns:
        float64 ``(points, points)``, rows upwards; NaN where no trial is near.
    """
    x = pair.across.shares(pair.places[:, 0])
    y = pair.up.shares(pair.places[:, 1])
    near_x = np.exp(-0.5 * ((edges[:, None] - x) / REACH) ** 2)
    near_y = np.exp(-0.5 * ((edges[:, None] - y) / REACH) ** 2)
    weight = np.einsum("it,jt->ij", near_y, near_x)
    total = np.einsum("it,jt,t->ij", near_y, near_x, goodness)
    heard = weight > np.exp(-0.5 * (1.2**2))
    return np.where(heard, total / np.maximum(weight, 1e-12), np.nan)
