"""What a first layer looks for, as pictures."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from dlkit.report.figures.grid import picture_grid
from dlkit.report.figures.style import BLUE, VERMILLION, house_style, new_figure, settle

WIDEST_GRID = 16
"""Pictures in a row."""

GAP = 0.14
"""Between two pictures, as a share of their side."""


@house_style()
def draw_filters(filters: np.ndarray) -> Figure:
    """Draw weights as pictures in rows, all on one scale that is symmetric about 0.

    Args:
        filters: Float of shape ``(filters, height, width)``: blue is negative, white 0,
            vermillion positive; or ``(filters, height, width, 3)`` for red, green and blue,
            where gray is 0.
    """
    count, height, width = filters.shape[:3]
    columns = min(WIDEST_GRID, count, max(4, math.ceil(math.sqrt(count))))
    rows = -(-count // columns)
    side = 0.5 if count > columns else 0.7
    tall = side * float(np.clip(height / width, 0.4, 2.5))
    wide, high = columns * side * (1 + GAP) + 0.3, rows * tall * (1 + GAP) + 0.8
    figure, axes = new_figure(max(3.0, wide), high, plain=False)
    axes.set_axis_off()
    weights = np.nan_to_num(filters)
    limit = float(np.abs(weights).max()) or 1.0
    rows_of = [weights[first : first + columns] for first in range(0, count, columns)]
    grid, there = picture_grid(rows_of, max(1, round(GAP * width)))
    colored = filters.ndim == 4
    grid = (
        np.dstack([grid / limit / 2 + 0.5, there]) if colored else np.where(there, grid, np.nan)
    )
    ramp = LinearSegmentedColormap.from_list("signed", [BLUE, "#ffffff", VERMILLION])
    shown = axes.imshow(
        grid,
        cmap=ramp,
        vmin=-limit,
        vmax=limit,
        interpolation="none",
        aspect=(tall / height) / (side / width),
    )
    if not colored:
        bar = figure.colorbar(shown, ax=axes, location="bottom", shrink=0.6, aspect=40)
        most = f"{limit:.2g}"
        bar.set_ticks([-limit, 0, limit], labels=[f"\N{MINUS SIGN}{most}", "0", most])
        bar.outline.set_visible(False)
    return settle(figure)
