"""How the loss followed a learning rate that grew in every step."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from dlkit.report.figures.logarithm import name_powers
from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
)

ABOVE = 0.6
"""How far above the loss of the start the picture reaches, as a share of the whole fall."""


@house_style()
def draw_range_test(
    rates: np.ndarray,
    losses: np.ndarray,
    smoothed: np.ndarray,
    suggestion: float | None,
    now: float | None,
) -> Figure:
    """Draw the loss over the rate, and mark the rate to train with.

    Args:
        rates: Ascending, shape ``(steps,)``; the axis is logarithmic.
        losses: Of each step, of the same shape: faint dots.
        smoothed: The same, smoothed: a line.
        suggestion: The rate that is suggested, or None.
        now: The rate that the config has, or None where it has none of its own.
    """
    figure, axes = new_figure(5.4, 3.2)
    losses, smoothed = drawable(losses), drawable(smoothed)
    axes.plot(
        rates,
        losses,
        "o",
        color=BLUE,
        alpha=0.28,
        markersize=2.6,
        markeredgewidth=0,
        label="each step",
    )
    axes.plot(rates, smoothed, color=BLUE, label="smoothed")
    axes.set_xscale("log")
    last = max(rates[-1], rates[0] * 10)
    axes.set_xlim(rates[0], last)
    name_powers(axes.xaxis, rates[0], last)
    axes.set_ylim(*_bounds(losses, smoothed))
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    if now is not None and rates[0] <= now <= rates[-1]:
        axes.axvline(now, color=MUTED, linewidth=0.9, linestyle=":", zorder=1, label="now")
    if suggestion is not None:
        axes.axvline(suggestion, color=VERMILLION, linewidth=1.2, zorder=1)
        height = np.interp(np.log(suggestion), np.log(rates), smoothed)
        axes.plot(suggestion, height, "o", color=VERMILLION, markersize=6)
        axes.annotate(
            f"suggested: {suggestion:g}",
            xy=(suggestion, 1),
            xycoords=axes.get_xaxis_transform(),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            color=INK,
        )
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.08), ncols=3)
    return settle(figure)


def _bounds(losses: np.ndarray, smoothed: np.ndarray) -> tuple[float, float]:
    """Return the vertical range: all of the fall, and only the beginning of the explosion."""
    start, least = float(smoothed[0]), float(np.nanmin(smoothed))
    calm = losses[: max(1, len(losses) // 3)]
    low = min(least, float(np.nanquantile(losses, 0.02)))
    top = max(start, float(np.nanmax(calm)), least + ABOVE * abs(least))
    high = top + ABOVE * (start - least)
    margin = 0.06 * (high - low) or 1.0
    return low - margin, high + margin
