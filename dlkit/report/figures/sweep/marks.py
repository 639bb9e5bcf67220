"""Trials as dots: complete ones, pruned ones, failed ones and the best, told apart at sight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D

from dlkit.report.figures.style import BLUE, GROUND, INK, MUTED, VERMILLION
from dlkit.report.figures.sweep.axes import ValueAxis

PALEST = 0.25
"""Opacity of the first of trials that fade."""

SIZE = 5.2
"""Of a dot, in points."""

SHAPES = {"failed": "x"}
"""Of marks that are no dots."""

LEGEND: dict[str, Any] = {
    "loc": "outside upper left",
    "ncols": 4,
    "handlelength": 1.4,
    "borderaxespad": 0.4,
}
"""How the legend of a whole figure stands above it."""

MANY = 80
"""Trials from which on their dots are smaller."""


@dataclass(frozen=True)
class Mark:
    """One trial.

    Attributes:
        number: The trial's.
        state: ``complete``, ``pruned``, ``failed`` or ``running``.
        value: What it came to; of a pruned one the best until then; NaN for none.
    """

    number: int
    state: str
    value: float


def draw_marks(
    axes: Axes,
    across: Sequence[float],
    marks: Sequence[Mark],
    scale: ValueAxis,
    strip: float,
    *,
    best: int | None = None,
    fades: bool = False,
) -> None:
    """Draw trials: dots, rings for pruned ones, crosses at the worse edge for failed ones.

    A trial that is further out than the axis shows is a triangle that points there.

    Args:
        axes: Laid out already.
        across: Where each stands on the horizontal axis.
        marks: The trials, in the same order.
        scale: Of the vertical axis.
        strip: Where failed ones stand, as a share of the vertical axis.
        best: The number of the one that is marked.
        fades: Whether earlier ones are paler.
    """
    size = 4.0 if len(marks) > MANY else SIZE
    pairs = list(zip(across, marks, strict=True))
    shown = [(x, m) for x, m in pairs if m.state == "complete" and math.isfinite(m.value)]
    pruned = [(x, m) for x, m in pairs if m.state == "pruned" and math.isfinite(m.value)]
    lost = [x for x, m in pairs if m.state == "failed"]
    last = max((m.number for m in marks), default=1)
    if lost:
        axes.plot(
            lost,
            [strip] * len(lost),
            "x",
            transform=axes.get_xaxis_transform(),
            **look("failed", size),
        )
    for inside in (True, False):
        _scatter(axes, shown, scale, size, inside=inside, last=last if fades else 0)
        _hollow(axes, pruned, scale, size, inside=inside)
    for x, mark in shown:
        if mark.number == best:
            value = float(scale.kept(np.array(mark.value)))
            axes.plot([x], [value], "o", zorder=5, **look("best", size))


def look(kind: str, size: float = SIZE) -> dict[str, Any]:
    """Return how a kind of mark is drawn."""
    looks: dict[str, dict[str, Any]] = {
        "complete": {"color": BLUE, "markeredgewidth": 0, "markersize": size, "alpha": 0.75},
        "pruned": {
            "markeredgecolor": MUTED,
            "markerfacecolor": "none",
            "markeredgewidth": 0.9,
            "markersize": size - 0.6,
        },
        "failed": {
            "color": INK,
            "markersize": size,
            "markeredgewidth": 1.2,
            "clip_on": False,
        },
        "best": {
            "color": VERMILLION,
            "markersize": size + 2.4,
            "markeredgecolor": GROUND,
            "markeredgewidth": 0.8,
        },
    }
    return looks[kind]


def _inside(scale: ValueAxis, value: float) -> bool:
    return scale.low <= value <= scale.high


def _scatter(
    axes: Axes,
    shown: Sequence[tuple[float, Mark]],
    scale: ValueAxis,
    size: float,
    *,
    inside: bool,
    last: int,
) -> None:
    """Draw complete trials, those inside of the axis or those at its edge."""
    chosen = [(x, m) for x, m in shown if _inside(scale, m.value) == inside]
    if not chosen:
        return
    values = scale.kept(np.array([m.value for _, m in chosen]))
    alphas = (
        np.array([PALEST + (0.95 - PALEST) * m.number / last for _, m in chosen])
        if last
        else np.full(len(chosen), 0.75)
    )
    colors = np.array([(*to_rgba(BLUE)[:3], alpha) for alpha in alphas])
    axes.scatter(
        [x for x, _ in chosen],
        values,
        s=size**2,
        c=colors,
        linewidths=0,
        marker="o" if inside else _edge(scale),
        zorder=3,
    )


def _hollow(
    axes: Axes,
    pruned: Sequence[tuple[float, Mark]],
    scale: ValueAxis,
    size: float,
    *,
    inside: bool,
) -> None:
    chosen = [(x, m) for x, m in pruned if _inside(scale, m.value) == inside]
    if chosen:
        values = scale.kept(np.array([m.value for _, m in chosen]))
        axes.plot(
            [x for x, _ in chosen],
            values,
            linestyle="none",
            marker="o" if inside else _edge(scale),
            zorder=2.5,
            **look("pruned", size),
        )


def _edge(scale: ValueAxis) -> str:
    """Return a triangle that points out of the axis on its worse side."""
    return "v" if scale.rising else "^"


def name_marks(marks: Sequence[Mark], lost: str, *, best: str = "the best") -> list[Line2D]:
    """Return handles for a legend of what is there.

    Args:
        marks: The trials.
        lost: What failed ones are called: ``failed``, or ``diverged``.
        best: What the marked one is called; empty for none.
    """
    states = {m.state for m in marks if m.state == "failed" or math.isfinite(m.value)}
    names = {
        "best": best if "complete" in states else "",
        "complete": "complete",
        "pruned": "pruned, its best until then",
        "failed": lost,
    }
    return [
        Line2D([], [], marker=SHAPES.get(kind, "o"), linestyle="none", label=name, **look(kind))
        for kind, name in names.items()
        if name and (kind == "best" or kind in states)
    ]
