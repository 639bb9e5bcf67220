"""How well each of several labels is found.

The scores come from the caller, who also shows them as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from dlkit.report.figures.style import (
    BLUE,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)


@house_style()
def draw_label_scores(
    names: Sequence[str], precision: np.ndarray, recall: np.ndarray
) -> Figure:
    """Draw two bars for each label, on one scale from 0 to 1.

    Args:
        names: The labels, from top to bottom.
        precision: float ``(labels,)`` in [0, 1]: of the examples said to have the label, the
            share that has it.
        recall: float ``(labels,)`` in [0, 1]: of the examples that have the label, the share
            that was found.
    """
    places = np.arange(len(names), dtype=float)
    figure, axes = new_figure(4.4, 1.0 + 0.34 * max(len(names), 2))
    bars = ((precision, "precision", BLUE, -0.19), (recall, "recall", VERMILLION, 0.19))
    for values, label, color, offset in bars:
        lengths = drawable(values)
        bar = axes.barh(places + offset, lengths, 0.34, color=color, label=label)
        axes.bar_label(bar, [f"{value:.2f}" for value in lengths], padding=3, size=7)
    axes.set_yticks(places, [shorten(name, 24) for name in names])
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.set_xlim(0, 1.12)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(length=0)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderpad=0.4)
    return settle(figure)
