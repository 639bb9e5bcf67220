"""Whether probabilities can be believed: how often they come true, and how sure a model is."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dlkit.report.figures.logarithm import name_powers
from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    VERMILLION,
    house_style,
    settle,
    shorten,
)

CONFIDENCE_BARS = 25
"""From the least to the largest confidence."""

WORDS_LENGTH = 34
TITLE_LENGTH = 64

LEAST_RANGE = 0.05
"""Of confidence, also where a model is nearly sure of everything."""

NEARLY_SURE = 0.999
"""Probabilities beyond are no longer told apart."""

LEGEND_WIDTH, LEGEND_HEIGHT = 0.42, 0.24
"""What lies so near to both edges of a corner would be behind the legend."""


def format_confidence(probability: float) -> str:
    """Write a probability in percent; one close to 1 is not told as certainty."""
    return f">{NEARLY_SURE:.1%}" if probability > NEARLY_SURE else f"{probability:.1%}"


@house_style()
def draw_calibration(
    edges: np.ndarray,
    counts: np.ndarray,
    points: tuple[np.ndarray, np.ndarray],
    plausible: tuple[np.ndarray, np.ndarray],
    words: tuple[str, str, str],
) -> Figure:
    """Draw how often probabilities came true, over a count of them.

    The counts have a logarithmic axis: a bin of three is to be seen beside one of ten
    thousand, for its share says little.

    Args:
        edges: Float ``(bins + 1,)`` from 0 to 1.
        counts: int ``(bins,)``: probabilities in each bin.
        points: Mean probability and share that came true, float ``(bins,)`` each, NaN
            where a bin is empty.
        plausible: Lower and upper bound of the share, of the same shapes.
        words: What the probabilities are of, what share came true, and a title.
    """
    said, came = (shorten(text, WORDS_LENGTH) for text in words[:2])
    figure = Figure(figsize=(4.4, 4.4))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="honest")
    filled = counts > 0
    x, y = (values[filled] for values in points)
    low, high = (bound[filled] for bound in plausible)
    upper.vlines(x, low, high, color=BLUE, linewidth=3, alpha=0.25, label="95 % plausible")
    upper.plot(x, y, color=BLUE, linewidth=1.2, marker="o", markersize=4, label="came true")
    upper.set_ylim(-0.03, 1.03)
    upper.set_ylabel(came)
    upper.set_title(shorten(words[2], TITLE_LENGTH), loc="left", size=9, color=INK)
    upper.legend(loc=_free_corner(x, low, high), borderaxespad=0.6)
    most = max(10, int(counts.max(initial=0)))
    lower.bar((edges[:-1] + edges[1:]) / 2, counts, 0.9 * np.diff(edges), color=BLUE)
    lower.set_yscale("log")
    lower.set_ylim(0.7, 1.6 * most)
    name_powers(lower.yaxis, 1, 10 * most)
    lower.set_ylabel("examples")
    lower.set_xlabel(said)
    lower.set_xlim(-0.02, 1.02)
    for axis in (upper.yaxis, lower.xaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return settle(figure)


def _free_corner(x: np.ndarray, low: np.ndarray, high: np.ndarray) -> str:
    """Return which of the corners away from the diagonal has room for the legend."""
    hides = (x < LEGEND_WIDTH) & (high > 1 - LEGEND_HEIGHT)
    would_hide = (x > 1 - LEGEND_WIDTH) & (low < LEGEND_HEIGHT)
    return "lower right" if hides.any() and not would_hide.any() else "upper left"


@house_style()
def draw_confidence(right: np.ndarray, wrong: np.ndarray) -> Figure:
    """Draw how sure a model is where it is right, and apart from it where it is wrong.

    Each has its own scale: a few wrong answers would vanish beside thousands of right ones.

    Args:
        right: Float ``(examples,)`` from 0 to 1: the probability of answers that are right.
        wrong: The same of answers that are wrong.
    """
    groups = [("right", right, BLUE), ("wrong", wrong, VERMILLION)]
    shown = [group for group in groups if len(group[1])]
    figure = Figure(figsize=(4.4, 4.4 if len(shown) == 2 else 2.6))
    rows = figure.subplots(max(1, len(shown)), 1, sharex=True, squeeze=False)[:, 0]
    least = min((float(values.min()) for _, values, _ in shown), default=0.0)
    edges = np.linspace(min(least, 1 - LEAST_RANGE), 1, CONFIDENCE_BARS + 1)
    for axes, (name, values, color) in zip(rows, shown, strict=False):
        _confidence_of(axes, np.clip(values, edges[0], 1), edges, name, color)
    rows[-1].set_xlabel("confidence: probability of the answer")
    rows[-1].set_xlim(edges[0], 1)
    rows[-1].xaxis.set_major_locator(MaxNLocator(6))
    rows[-1].xaxis.set_major_formatter(PercentFormatter(1.0))
    return settle(figure)


def _confidence_of(
    axes: Axes, values: np.ndarray, edges: np.ndarray, name: str, color: str
) -> None:
    """Draw the confidence of right, or of wrong answers."""
    counts, _ = np.histogram(values, edges)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=color, linewidth=0)
    median = float(np.median(values))
    title = f"{len(values):,} {name}, median confidence {format_confidence(median)}"
    axes.axvline(median, color=INK, linewidth=1, linestyle="--")
    axes.set_title(title, loc="left", size=9, color=INK)
    axes.set_ylabel("examples")
    axes.set_ylim(0, 1.08 * max(1, int(counts.max())))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
