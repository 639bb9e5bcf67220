"""Two objectives against each other: what can be had of one for how much of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from dlkit.report.figures.style import (
    BLUE,
    INK,
    VERMILLION,
    house_style,
    new_figure,
    settle,
    shorten,
)
from dlkit.report.figures.sweep.axes import ValueAxis, show_value
from dlkit.report.figures.sweep.marks import LEGEND

MOST_NAMED = 12
"""Trials of the front whose numbers are written."""


@house_style()
def draw_front(
    across: ValueAxis,
    up: ValueAxis,
    values: np.ndarray,
    front: Sequence[int],
    numbers: Sequence[int],
) -> Figure:
    """Draw all trials by two objectives, and those that no other beats in both.

    Args:
        across: The horizontal axis.
        up: The vertical one.
        values: What each trial came to, float64 ``(trials, 2)``.
        front: The places of those on the front.
        numbers: What each trial is called.
    """
    figure, axes = new_figure(4.4, 3.2, plain=False)
    show_value(axes, across, lost=False, vertical=False)
    show_value(axes, up, lost=False)
    shown = np.column_stack([across.kept(values[:, 0]), up.kept(values[:, 1])])
    others = [i for i in range(len(values)) if i not in set(front)]
    axes.plot(*shown[others].T, "o", color=BLUE, alpha=0.55, markersize=5, markeredgewidth=0,
              label="beaten by another in both")  # fmt: skip
    best = shown[sorted(front, key=lambda i: (shown[i, 0], shown[i, 1]))]
    # Between two of them nothing better is had than what the one on the worse side has.
    where: Literal["pre", "post"] = "pre" if across.rising else "post"
    axes.step(*best.T, where=where, color=VERMILLION, linewidth=1.2)
    axes.plot(*best.T, "o", color=VERMILLION, markersize=6.5, label="the front")
    if len(front) <= MOST_NAMED:
        for index in front:
            axes.annotate(
                str(numbers[index]),
                (shown[index, 0], shown[index, 1]),
                xytext=(5, 5),
                textcoords="offset points",
                size=7.5,
                color=INK,
            )
    axes.grid(visible=True, axis="both")
    axes.set_xlabel(shorten(across.name, 40))
    axes.set_ylabel(shorten(up.name, 34))
    figure.legend(**LEGEND)
    return settle(figure)
