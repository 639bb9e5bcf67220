"""What stands in each column of a table, a small chart each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from dlkit.report.figures.legends import fitting_columns
from dlkit.report.figures.samples import CLASS_COLORS, LABEL_LENGTH, MOST_CLASSES
from dlkit.report.figures.style import BLUE, INK, MUTED, house_style, shorten

MOST_PANELS = 24
PANELS_A_ROW = 4
BINS = 30
MOST_BARS = 8

TAIL = 0.005
"""Share of the values at each end that may be left out of a histogram that is mostly empty."""

FAR = 3.0
"""How much wider the whole range is then than that of the others."""


@dataclass(frozen=True)
class Panel:
    """A column to draw.

    Attributes:
        name: Its head.
        kind: What is drawn: values of numbers, frequent names, days.
        values: float64, objects (str) or datetime64 of shape ``(rows,)``; none missing.
        labels: The class of each row, int32 of the same shape, or None.
        note: A word beside the head: ``36 missing``.
    """

    name: str
    kind: Literal["numbers", "names", "dates"]
    values: np.ndarray
    labels: np.ndarray | None = None
    note: str = ""


@house_style()
def draw_columns(panels: Sequence[Panel], class_names: Sequence[str] = ()) -> Figure:
    """Draw the first 24 columns, colored by class where colors can tell the classes apart.

    Args:
        panels: At least one.
        class_names: In the order of the labels; empty where there are none.
    """
    shown = panels[:MOST_PANELS]
    colored = 0 < len(class_names) <= MOST_CLASSES
    columns = min(PANELS_A_ROW, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(
        figsize=(max(4.4, 2.25 * columns), 1.75 * rows + 0.35 * colored), layout="constrained"
    )
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, panel in zip(grid, shown, strict=False):
        groups = _groups(panel, len(class_names) if colored else 0)
        DRAWINGS[panel.kind](axes, groups)
        axes.set_title(shorten(panel.name, 24), loc="left", size=8.5, color=INK)
        axes.tick_params(labelsize=7, length=2)
        if panel.note:
            axes.set_title(panel.note, loc="right", size=7, color=MUTED)
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    if colored:
        names = [shorten(name, LABEL_LENGTH) for name in class_names]
        figure.legend(
            handles=[
                Patch(color=c, label=n) for c, n in zip(CLASS_COLORS, names, strict=False)
            ],
            loc="outside upper left",
            ncols=fitting_columns(names, figure.get_figwidth()),
            borderaxespad=0.8,
        )
    figure.draw_without_rendering()  # lays it out; no axes have a fixed aspect to settle
    figure.set_layout_engine("none")
    return figure


def _groups(panel: Panel, classes: int) -> list[np.ndarray]:
    """Return the values of each class, or all of them in one group."""
    if panel.labels is None or not classes:
        return [panel.values]
    return [panel.values[panel.labels == label] for label in range(classes)]


def _draw_numbers(axes: Axes, groups: list[np.ndarray]) -> None:
    """Draw a histogram, the classes on top of each other."""
    edges = _edges(np.concatenate(groups))
    inside = [np.clip(values, edges[0], edges[-1]) for values in groups]
    axes.hist(inside, bins=list(edges), stacked=True, color=_colors(groups), rwidth=1.0)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=bool(edges[1] - edges[0] == 1)))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _edges(values: np.ndarray) -> np.ndarray:
    """Return the boundaries of bins; one for each number where few whole ones stand."""
    low, high = float(values.min()), float(values.max())
    near, far = np.quantile(values, (TAIL, 1 - TAIL))
    if far > near and high - low > FAR * (far - near):
        low, high = float(near), float(far)  # what is beyond, is counted in the last bins
    whole = high - low < BINS and bool((values == np.round(values)).all())
    if whole:
        return np.arange(np.floor(low) - 0.5, np.ceil(high) + 1)
    return np.linspace(low, high, BINS + 1)


def _draw_names(axes: Axes, groups: list[np.ndarray]) -> None:
    """Draw the most frequent names as bars, and all others as one."""
    names, counts = np.unique(np.concatenate(groups).astype(str), return_counts=True)
    top = np.argsort(-counts, kind="stable")[:MOST_BARS]
    places = np.arange(len(top), 0, -1)
    start = np.zeros(len(top))
    others = len(names) - len(top)
    for color, values in zip(_colors(groups), groups, strict=True):
        texts = values.astype(str)
        heights = np.array([(texts == name).sum() for name in names[top]])
        axes.barh(places, heights, left=start, color=color, height=0.75)
        start += heights
    labels = [shorten(str(name), 12) or "(missing)" for name in names[top]]
    axes.set_yticks(places, labels)
    axes.set_xlim(0, 1.05 * max(1.0, float(start.max())))
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x")
    if others > 0:
        rest = int(counts.sum() - counts[top].sum())
        axes.set_xlabel(f"and {others:,} more in {rest:,} rows", size=7)


def _draw_dates(axes: Axes, groups: list[np.ndarray]) -> None:
    """Draw a histogram over time."""
    days = [values.astype("datetime64[s]").astype(np.float64) / 86_400 for values in groups]
    edges = np.histogram_bin_edges(np.concatenate(days), BINS)
    axes.hist(days, bins=list(edges), stacked=True, color=_colors(groups))
    locator = dates.AutoDateLocator(minticks=2, maxticks=4)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    named = dates.ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(named)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))


def _colors(groups: list[np.ndarray]) -> list[str]:
    return [BLUE] if len(groups) == 1 else list(CLASS_COLORS[: len(groups)])


DRAWINGS: dict[str, Callable[[Axes, list[np.ndarray]], None]] = {
    "numbers": _draw_numbers,
    "names": _draw_names,
    "dates": _draw_dates,
}
