"""Several runs in one picture: their curves over each other, and what they came to.

Means and deviations come from the caller, who also shows them in tables.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.curves import note_if_empty, set_epoch_axis
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

GREEN = "#009e73"
PURPLE = "#b0609a"
"""With blue and vermillion told apart with any color vision, on light and on dark."""

Dashes = str | tuple[float, tuple[float, float]]

DASHES: tuple[Dashes, ...] = ("-", (0.0, (4.0, 1.5)))

LOOKS: tuple[tuple[str, Dashes], ...] = tuple(
    (color, dashes) for dashes in DASHES for color in (BLUE, VERMILLION, GREEN, PURPLE)
)
"""Of the groups that have a name; the others are grey."""

FAINT = MUTED
"""Of curves without a name, drawn thin."""

LABEL_CHARACTERS = 56
"""Of a label: what tells two of them apart must stand within."""

MOST_SCORES = 40
"""Groups whose scores one picture shows."""


@dataclass(frozen=True)
class GroupCurve:
    """One figure over the epochs, of runs that differ in nothing but chance.

    Attributes:
        label: What tells them from the others.
        mean: A value an epoch; NaN leaves a gap.
        deviation: The standard deviations that belong to the means; None of a lone run.
    """

    label: str
    mean: Sequence[float]
    deviation: Sequence[float] | None = None


@dataclass(frozen=True)
class GroupScore:
    """What a group came to in one figure.

    Attributes:
        label: What tells it from the others.
        samples: A value for each seed, or each fold.
        mean: Of them.
        look: Which of ``LOOKS`` its curve has; None where it is grey.
    """

    label: str
    samples: Sequence[float]
    mean: float
    look: int | None = None


@house_style()
def draw_curves_together(
    panels: Sequence[tuple[str, Sequence[GroupCurve]]], named: Sequence[int]
) -> Figure:
    """Draw curves over each other, a panel a figure, with one legend below.

    Args:
        panels: For each panel its figure's name and the curves, in the same order in all.
        named: The curves that get a color and a name, at most as many as ``LOOKS``; the
            others are grey and lie below.
    """
    looks = dict(zip(named, LOOKS, strict=False))
    labels = [curve.label for curve in panels[0][1]]
    rows = -(-(len(looks) + (len(labels) > len(looks))) // 2)
    figure, first = new_figure(8.8, 2.9 + 0.19 * rows, plain=False)
    first.remove()
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for each, (name, curves) in zip(axes, panels, strict=True):
        _draw_panel(each, name, curves, looks)
    entries = [(*look, 1.6, labels[index]) for index, look in looks.items()]
    if len(labels) > len(looks):
        entries.append((FAINT, "-", 0.9, f"{len(labels) - len(looks)} others"))
    handles = [
        axes[0].plot([], [], color=c, linestyle=d, linewidth=w, label=_plain(label))[0]
        for c, d, w, label in entries
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, handlelength=2.6)
    return settle(figure)


def _draw_panel(
    axes: Axes,
    name: str,
    curves: Sequence[GroupCurve],
    looks: dict[int, tuple[str, Dashes]],
) -> None:
    longest = max((len(curve.mean) for curve in curves), default=0)
    order = [i for i in range(len(curves)) if i not in looks] + [*looks][::-1]
    for index in order:
        curve = curves[index]
        color, dashes = looks.get(index, (FAINT, "-"))
        faint = index not in looks
        _draw_curve(axes, curve, color, dashes, faint=faint)
    axes.set_title(shorten(name, 30), loc="left", size=9, color=INK)
    set_epoch_axis(axes, range(1, 1 + longest))
    note_if_empty(axes)


def _draw_curve(
    axes: Axes, curve: GroupCurve, color: str, dashes: Dashes, *, faint: bool
) -> None:
    mean = drawable(curve.mean)
    epochs = np.arange(1, 1 + len(mean))
    if curve.deviation is not None and not faint:
        reach = drawable(curve.deviation)
        axes.fill_between(
            epochs, mean - reach, mean + reach, color=color, alpha=0.15, linewidth=0
        )
    axes.plot(
        epochs,
        mean,
        color=color,
        linestyle=dashes,
        linewidth=0.9 if faint else 1.6,
        alpha=0.35 if faint else 1,
        marker="o" if len(mean) == 1 else "none",
        markersize=4,
    )


@house_style()
def draw_group_scores(name: str, scores: Sequence[GroupScore]) -> Figure:
    """Draw what every group came to: a dot a sample, their mean a line.

    Args:
        name: The figure.
        scores: A row each, from the top; at least one.
    """
    figure, axes = new_figure(8.8, 0.9 + 0.27 * max(len(scores), 3))
    for row, score in enumerate(scores):
        color, dashes = (FAINT, "-") if score.look is None else LOOKS[score.look]
        samples = drawable(score.samples)
        axes.plot(
            samples,
            np.full(len(samples), row),
            "o",
            color=color,
            markerfacecolor=color if dashes == "-" else "none",
            markersize=5.5,
            alpha=0.8,
        )
        mean = drawable([score.mean])[0]
        if len(samples) > 1 and np.isfinite(mean):
            axes.plot([mean, mean], [row - 0.32, row + 0.32], color=INK, linewidth=1.6)
        if not np.isfinite(samples).any():
            axes.annotate(
                "no finite value",
                (0, row),
                xycoords=axes.get_yaxis_transform(),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                color=MUTED,
            )
    axes.set_yticks(range(len(scores)), [_plain(score.label) for score in scores])
    axes.set_ylim(len(scores) - 0.4, -0.6)
    axes.set_xlabel(shorten(name, 44))
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7))
    axes.grid(visible=True, axis="both")
    axes.margins(x=0.06)
    return settle(figure)


def _plain(label: str) -> str:
    """Fit a label in; one that starts with an underscore would be kept out of a legend."""
    text = shorten(label, LABEL_CHARACTERS)
    return f" {text}" if text.startswith("_") else text
