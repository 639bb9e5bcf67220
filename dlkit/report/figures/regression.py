"""How far predicted numbers are from the true ones.

The scores come from the caller, who also writes them to disk: a figure that computed its
own could disagree with the file.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)

BINS = 30

TAIL = 0.01
"""Share of the errors at each end that may be far beyond the others."""

WIDER = 1.0
"""How far beyond, in widths of what the others span, they are still drawn in their place."""

MOST_VECTOR_POINTS = 1000
"""Beyond, points are drawn as one picture, else the page grows by 70 bytes for each."""


@house_style()
def draw_predicted_against_true(
    true: np.ndarray, predicted: np.ndarray, name: str, *, r2: float | None, mae: float
) -> Figure:
    """Draw each example at its true and its predicted value; a perfect model hits the line.

    Args:
        true: Float targets of shape ``(examples,)`` or ``(examples, 1)``.
        predicted: Float predictions of shape ``(examples,)`` or ``(examples, 1)``.
        name: What is predicted.
        r2: The coefficient of determination, or None where it is undefined.
        mae: The mean absolute error, in the target's units.
    """
    true, predicted = drawable(true), drawable(predicted)
    figure, axes = new_figure(4.2, 4.0)
    low, high = _limits(np.concatenate([true, predicted]))
    axes.plot([low, high], [low, high], color=MUTED, linewidth=1, linestyle="--", zorder=1)
    _scatter(axes, true, predicted)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.grid(visible=True, axis="both")
    target = shorten(name, 40)
    axes.set_xlabel(f"true {target}")
    axes.set_ylabel(f"predicted {target}")
    scores = f"MAE {mae:.4g}" if r2 is None else f"R² {r2:.4g}, MAE {mae:.4g}"
    axes.set_title(scores, loc="left", size=9, color=INK)
    return settle(figure)


@house_style()
def draw_residuals(true: np.ndarray, predicted: np.ndarray) -> Figure:
    """Draw each example's error at its predicted value; a good model shows no pattern.

    Args:
        true: Float targets of shape ``(examples,)`` or ``(examples, 1)``.
        predicted: Float predictions of shape ``(examples,)`` or ``(examples, 1)``.
    """
    figure, axes = new_figure(4.2, 4.0)
    predicted = drawable(predicted)
    residuals = drawable(true) - predicted
    axes.axhline(0, color=MUTED, linewidth=1, linestyle="--", zorder=1)
    _scatter(axes, predicted, residuals)
    axes.set_xlim(_limits(predicted))
    _, reach = _limits(np.concatenate([residuals, -residuals]))
    axes.set_ylim(-reach, reach)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true minus predicted")
    return settle(figure)


@house_style()
def draw_error_spread(errors: np.ndarray, name: str, most: tuple[float, float]) -> Figure:
    """Draw how many examples have which error; a line marks the median.

    Errors far beyond all others are counted in the outermost bars, which would else be
    nearly all that is to be seen.

    Args:
        errors: True minus predicted, float of shape ``(examples,)``.
        name: What is predicted.
        most: Between which errors 90 % lie; they are shaded.
    """
    figure, axes = new_figure(4.2, 3.2)
    errors = drawable(errors)
    errors = errors[np.isfinite(errors)]
    axes.set_xlabel(f"true minus predicted {shorten(name, 28)}")
    axes.set_ylabel("examples")
    if not errors.size:
        return settle(figure)
    edges = _inner_edges(errors)
    counts, _ = np.histogram(np.clip(errors, edges[0], edges[-1]), edges)
    axes.axvspan(*most, color=BLUE, alpha=0.12, linewidth=0)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=BLUE, linewidth=0)
    median = float(np.median(errors))
    axes.axvline(median, color=INK, linewidth=1, linestyle="--")
    title = f"median {median:.4g}, 90 % from {most[0]:.4g} to {most[1]:.4g}"
    axes.set_title(title, loc="left", size=9, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_ylim(bottom=0)
    return settle(figure)


def _inner_edges(errors: np.ndarray) -> np.ndarray:
    """Return the boundaries of bins that leave out a few errors far beyond the others."""
    low, high = _limits(errors)
    near, far = np.quantile(errors, (TAIL, 1 - TAIL))
    reach = WIDER * float(far - near)
    if reach > 0:
        low, high = max(low, float(near) - reach), min(high, float(far) + reach)
    return np.linspace(low, high, BINS + 1)


@house_style()
def draw_errors(errors: np.ndarray) -> Figure:
    """Draw how many examples have which error; a line marks the median.

    Args:
        errors: Not negative, float of shape ``(examples,)``.
    """
    figure, axes = new_figure()
    errors = drawable(errors)
    errors = errors[np.isfinite(errors)]
    counts, edges = np.histogram(errors, bins=BINS)
    axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=BLUE, linewidth=0)
    if errors.size:
        axes.axvline(float(np.median(errors)), color=INK, linewidth=1, linestyle="--")
        median = f"median {float(np.median(errors)):.4g}"
        axes.set_title(median, loc="left", size=9, color=INK)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    axes.set_xlabel("mean squared error of an example")
    axes.set_ylabel("examples")
    return settle(figure)


def _limits(values: np.ndarray) -> tuple[float, float]:
    """Return the ends of an axis with a little air; non-finite values need no room."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return -1.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    air = 0.04 * (high - low) or 0.5 * abs(high) or 1.0
    return low - air, high + air


def _scatter(axes: Axes, x: np.ndarray, y: np.ndarray) -> None:
    many = len(x) > MOST_VECTOR_POINTS
    axes.plot(
        x,
        y,
        linestyle="none",
        marker="o",
        markersize=2.5 if many else 4,
        markeredgewidth=0,
        color=BLUE,
        # The more points, the more of them lie on each other.
        alpha=float(np.clip(12 / np.sqrt(max(len(x), 1)), 0.06, 0.75)),
        rasterized=many,
    )
