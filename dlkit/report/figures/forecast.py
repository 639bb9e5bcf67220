"""Forecasts over what came, and how their errors change with time and distance."""

from __future__ import annotations

from collections.abc import Sequence

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

MOST_NAMES = 12
"""Of values that are foretold; of more only every second, third, ... is named."""

MOST_POINTS = 100
"""Of errors over time; of more windows some neighbors share one."""

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


@house_style()
def draw_error_over_time(errors: np.ndarray, naive: np.ndarray, name: str) -> Figure:
    """Draw how large errors are in the order of time, beside those of the last value.

    Args:
        errors: float ``(forecasts,)``: the absolute errors of the model.
        naive: float ``(forecasts,)``: those of the last value that it could see.
        name: What is foretold.
    """
    figure, axes = new_figure(8.8, 2.8)
    together = -(-len(errors) // MOST_POINTS)
    starts = np.arange(0, len(errors), together)
    sizes = np.diff([*starts, len(errors)])
    middles = starts + (sizes + 1) / 2
    for values, label, color, linestyle, width in (
        (naive, "last value, unchanged", VERMILLION, (0.0, (1.5, 1.5)), 1.2),
        (errors, "forecast", BLUE, "-", 1.9),
    ):
        means = np.add.reduceat(drawable(values), starts) / sizes
        marker = "o" if len(starts) <= MOST_MARKED else "none"
        axes.plot(
            middles,
            means,
            label=label,
            color=color,
            linestyle=linestyle,
            linewidth=width,
            marker=marker,
            markersize=3,
        )
    mean = f"mean of {together} windows" if together > 1 else ""
    axes.set_xlabel(", ".join(filter(None, ("test window", mean))))
    axes.set_ylabel(f"absolute error of {shorten(name, 24)}")
    axes.set_xlim(0.5, len(errors) + 0.5)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[::-1], labels[::-1], loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return settle(figure)


@house_style()
def draw_error_by_value(errors: np.ndarray, naive: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw the mean error of each value that is foretold, beside that of the last value.

    Args:
        errors: float ``(values,)``: the mean absolute errors of the model.
        naive: float ``(values,)``: those of the last value that it could see.
        names: Of the values, the nearest first.
    """
    figure, axes = new_figure(4.4, 3.2)
    places = np.arange(len(errors))
    axes.plot(places, drawable(errors), color=BLUE, marker="o", markersize=4, label="forecast")
    axes.plot(
        places,
        drawable(naive),
        color=VERMILLION,
        linestyle=(0.0, (1.5, 1.5)),
        linewidth=1.2,
        marker="o",
        markersize=3,
        label="last value, unchanged",
    )
    named = places[:: -(-len(places) // MOST_NAMES)]
    tilted = len(named) > 4
    axes.set_xticks(
        named,
        [shorten(names[place], 18) for place in named],
        rotation=45 if tilted else 0,
        ha="right" if tilted else "center",
        rotation_mode="anchor" if tilted else "default",
    )
    axes.set_xlim(-0.4, len(places) - 0.6)
    axes.set_ylim(bottom=0)
    axes.set_ylabel("mean absolute error")
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2)
    return settle(figure)
