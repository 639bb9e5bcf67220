"""How well each class, or each of several labels, is found, and which are confused.

The scores come from the caller, who also shows them as numbers.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    RULE,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)

MARKS = (
    ("precision", "o", BLUE, 5.5),
    ("recall", "s", VERMILLION, 5.0),
    ("F1", "|", INK, 10.0),
)
"""Name, marker, color and size of each score: told apart without color too."""

STARTS = (0.98, 0.95, *(tenth / 10 for tenth in range(9, 0, -1)))
"""Where the scale may begin, else at 0."""


@house_style()
def draw_class_scores(
    names: Sequence[str],
    precision: np.ndarray,
    recall: np.ndarray,
    f1: np.ndarray,
    support: np.ndarray,
) -> Figure:
    """Draw three marks for each class on one scale that ends at 1.

    Args:
        names: The classes, from top to bottom; at least one.
        precision: float ``(classes,)`` in [0, 1]: of the examples said to be of the class,
            the share that is.
        recall: float ``(classes,)`` in [0, 1]: of the examples of the class, the share that
            was found.
        f1: float ``(classes,)`` in [0, 1]: their harmonic mean.
        support: int ``(classes,)``: examples of the class.
    """
    places = np.arange(len(names), dtype=float)
    scores = [drawable(values) for values in (precision, recall, f1)]
    labels = [shorten(name, 24) for name in names]
    # Long names take from the axes, over which the legend needs its place.
    width_inches = 4.4 + 0.08 * max(0, max(map(len, labels)) - 12)
    figure, axes = new_figure(width_inches, 1.0 + 0.21 * max(len(names), 3))
    axes.hlines(
        places, np.fmin(*scores[:2]), np.fmax(*scores[:2]), color=RULE, linewidth=2.5, zorder=1
    )
    for values, (label, marker, color, size) in zip(scores, MARKS, strict=True):
        axes.plot(
            values,
            places,
            label=label,
            marker=marker,
            color=color,
            linestyle="none",
            markersize=size,
            markeredgewidth=1.6 if marker == "|" else 0,
            alpha=1 if marker == "|" else 0.85,
            clip_on=False,
        )
    start = _start(np.concatenate(scores))
    axes.set_xlim(start - 0.015 * (1 - start), 1)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_yticks(places, labels, size=8)
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    _write_support(axes, places, support)
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        borderpad=0.4,
        handletextpad=0.3,
        columnspacing=1.2,
    )
    return settle(figure)


def _start(values: np.ndarray) -> float:
    """Return where a scale begins that holds all values and a little air."""
    finite = values[np.isfinite(values)]
    least = float(finite.min()) if finite.size else 0.0
    return next((start for start in STARTS if least - start >= 0.1 * (1 - start)), 0.0)


def _write_support(axes: Axes, places: np.ndarray, support: np.ndarray) -> None:
    """Write at the right how many examples there are of each class."""
    right = axes.secondary_yaxis("right")
    right.set_yticks(places, [f"{count:,}" for count in support.tolist()], size=8)
    right.tick_params(length=0, labelcolor=MUTED, pad=10)
    right.spines[:].set_visible(False)
    # Beside the legend, which may be as wide as the axes.
    axes.annotate(
        "examples",
        (1, 1),
        xycoords="axes fraction",
        xytext=(10, 5),
        textcoords="offset points",
        size=8,
        color=MUTED,
    )


@house_style()
def draw_confused_pairs(
    pairs: Sequence[tuple[str, str]], times: Sequence[int], shares: Sequence[float]
) -> Figure:
    """Draw a bar for each class that was taken for another one.

    Args:
        pairs: Names of the true and the predicted class, from top to bottom.
        times: How many examples each bar stands for.
        shares: They as a share of the examples of the true class, in [0, 1].
    """
    places = np.arange(len(pairs), dtype=float)
    names = [f"{shorten(true, 18)} → {shorten(said, 18)}" for true, said in pairs]
    width_inches = 4.4 + 0.05 * max(0, max(map(len, names)) - 18)
    figure, axes = new_figure(width_inches, 0.75 + 0.24 * max(len(pairs), 3))
    bars = axes.barh(places, times, 0.62, color=VERMILLION, alpha=0.85)
    texts = [f"{count:,}  ({share:.1%})" for count, share in zip(times, shares, strict=True)]
    axes.bar_label(bars, texts, padding=4, size=8)
    axes.set_yticks(places, names, size=8)
    axes.set_ylim(len(pairs) - 0.4, -0.6)
    axes.set_xlim(0, 1.35 * max(times))
    axes.set_xticks([])
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_title("true → predicted", loc="left", size=8, color=MUTED)
    return settle(figure)
