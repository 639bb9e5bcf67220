"""How far apart the final figures of several models lie: those of folds, or of seeds.

Means and deviations come from the caller, who also writes them to disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.style import (
    BLUE,
    INK,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)

MOST_NAMED = 20
"""Beyond, only every second, third, ... model is named."""


@dataclass(frozen=True)
class Scores:
    """One final figure of several models.

    Attributes:
        name: What it is.
        values: One for each model.
        mean: Over the models.
        deviation: The sample standard deviation.
        ensemble: What the mean of their answers comes to, where that was measured.
    """

    name: str
    values: Sequence[float]
    mean: float
    deviation: float
    ensemble: float | None = None


@house_style()
def draw_score_spread(scores: Sequence[Scores], labels: Sequence[str]) -> Figure:
    """Draw what each model came to: a dot a model, the mean a line, one deviation shaded.

    Args:
        scores: One panel for each, from left to right; at least one.
        labels: What each model is called.
    """
    count = len(labels)
    height = 1.2 + 0.2 * min(max(count, 4), MOST_NAMED)
    figure, first = new_figure(8.8, height)
    first.remove()
    panels = figure.subplots(1, len(scores), sharey=True, squeeze=False)[0]
    places = np.arange(1, count + 1)
    for axes, score in zip(panels, scores, strict=True):
        _draw_panel(axes, score, places)
    step = -(-count // MOST_NAMED)
    panels[0].set_yticks(places[::step], [shorten(label, 20) for label in labels[::step]])
    panels[0].set_ylim(count + 0.6, 0.4)
    panels[0].set_title(_legend(scores), loc="left", size=8, color=MUTED)
    return settle(figure)


def _legend(scores: Sequence[Scores]) -> str:
    """Say what lines and shades mean."""
    words = "line: mean, shaded: one deviation"
    has_ensemble = any(score.ensemble is not None for score in scores)
    return f"{words}, dashes: the ensemble" if has_ensemble else words


def _draw_panel(axes: Axes, score: Scores, places: np.ndarray) -> None:
    """Draw one final figure of all models."""
    mean, deviation = drawable([score.mean, score.deviation])
    if np.isfinite(mean):
        if np.isfinite(deviation):
            axes.axvspan(
                mean - deviation, mean + deviation, color=BLUE, alpha=0.12, linewidth=0
            )
        axes.axvline(mean, color=INK, linewidth=1)
    axes.plot(drawable(score.values), places, "o", color=BLUE, markersize=5)
    if score.ensemble is not None and np.isfinite(drawable([score.ensemble])).all():
        axes.axvline(score.ensemble, color=VERMILLION, linewidth=1.4, linestyle=(0, (4, 2)))
    axes.set_xlabel(shorten(score.name, 28))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=4))
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.12)
    if not np.isfinite(drawable(score.values)).any():
        axes.set_xticks([])
        axes.text(0.5, 0.5, "no finite value", ha="center", transform=axes.transAxes)
