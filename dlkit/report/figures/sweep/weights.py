"""Which parameters mattered, a bar each."""

from __future__ import annotations

from collections.abc import Mapping, Set

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    house_style,
    new_figure,
    settle,
    shorten,
)

MOST_BARS = 16


@house_style()
def draw_weights(shares: Mapping[str, float], beyond: Set[str]) -> Figure:
    """Draw the share of each parameter; those that chance might explain are hollow.

    Args:
        shares: The most important first; they add up to 1.
        beyond: Those whose effect is more than chance.
    """
    names = [*shares][:MOST_BARS]
    figure, axes = new_figure(4.4, max(1.6, 0.85 + 0.27 * len(names)))
    for row, name in enumerate(names):
        sure = name in beyond
        axes.barh(
            row,
            shares[name],
            height=0.62,
            color=BLUE if sure else "none",
            edgecolor=BLUE if sure else MUTED,
            linewidth=0.8,
        )
        axes.annotate(
            f"{shares[name]:.0%}",
            (shares[name], row),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=INK,
            size=8,
        )
    axes.set_yticks(range(len(names)), [shorten(name, 26) for name in names])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_xlim(0, max(shares.values()) * 1.16)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.set_xlabel("share of the differences")
    return settle(figure)
