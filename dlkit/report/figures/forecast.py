"""Forecasts over what came."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.style import (
    BLUE,
    INK,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)

MOST_MARKED = 30
"""Up to here every forecast gets a dot; beyond, dots would hide the lines."""


@house_style()
def draw_forecast(
    true: np.ndarray, predicted: np.ndarray, naive: np.ndarray, name: str
) -> Figure:
    """Draw forecasts one after the other, with what came and the naive forecast.

    Args:
        true: float ``(forecasts,)``: what came.
        predicted: float ``(forecasts,)``: what the model said.
        naive: float ``(forecasts,)``: the last value that the model could see.
        name: What is foretold.
    """
    figure, axes = new_figure(8.8, 3.2)
    numbers = np.arange(1, len(true) + 1)
    marker = "o" if len(true) <= MOST_MARKED else "none"
    lines = (
        (naive, "last value, unchanged", VERMILLION, (0.0, (1.5, 1.5)), 1.0),
        (true, "truth", INK, "-", 1.0),
        (predicted, "forecast", BLUE, "-", 1.9),
    )
    for values, label, color, linestyle, width in lines:
        axes.plot(
            numbers,
            drawable(values),
            label=label,
            color=color,
            linestyle=linestyle,
            linewidth=width,
            marker=marker,
            markersize=3,
        )
    axes.set_xlabel("test window")
    axes.set_ylabel(shorten(name, 40))
    axes.set_xlim(0.5, len(true) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3)
    return settle(figure)
