"""Which class a classifier takes for which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from dlkit.report.figures.style import BLUE, INK, house_style, new_figure, settle, shorten

MOST_NUMBERED_CLASSES = 20
"""Beyond, a number no longer fits into a cell."""

MOST_LABELS = 34
"""Class names on one side; with more classes only every second, third, ... is named."""


@house_style()
def draw_confusion_matrix(counts: np.ndarray, class_names: Sequence[str]) -> Figure:
    """Draw how often each class was taken for each.

    A cell's color is its share of the row, so a rare class shows its errors as clearly as a
    frequent one. The color grows with the square root of the share: one error in a hundred
    is visible.

    Args:
        counts: Integers of shape ``(classes, classes)``; rows are true, columns predicted.
        class_names: One for each class, in the order of the rows.
    """
    classes = len(counts)
    side_inches = float(np.interp(classes, [2, 10, 20], [2.0, 3.2, 5.2]))
    cell_points = 72 * side_inches / classes
    named = range(0, classes, -(-classes // MOST_LABELS))
    labels = [shorten(class_names[index], 18) for index in named]
    label_size = 9.0 if classes <= 10 else 7.5
    label_inches = 0.6 * label_size * max(map(len, labels)) / 72
    # Names wider than a cell would run into each other.
    tilted = 72 * label_inches > cell_points

    figure, axes = new_figure(
        max(4.4, side_inches + label_inches + 1.15),
        side_inches + (0.7 * label_inches if tilted else 0.15) + 0.4,
    )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(_color(shares), interpolation="none", aspect="equal")
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    axes.set_xticks(named, labels, size=label_size)
    axes.set_yticks(named, labels, size=label_size)
    axes.tick_params(length=0 if len(named) == classes else 2, pad=4)
    if tilted:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
    if classes <= MOST_NUMBERED_CLASSES:
        _write_counts(axes, counts, shares, cell_points)
    _draw_scale(axes)
    return settle(figure)


def _color(shares: np.ndarray) -> np.ndarray:
    """Return float RGBA for shares in [0, 1]; the page shows through where nothing is.

    A single error in thousands still gets a tint that can be told from none.
    """
    rgba = np.empty((*shares.shape, 4))
    rgba[..., :3] = to_rgb(BLUE)
    rgba[..., 3] = np.where(shares > 0, 0.08 + 0.92 * np.sqrt(shares), 0)
    return rgba


def _write_counts(
    axes: Axes, counts: np.ndarray, shares: np.ndarray, cell_points: float
) -> None:
    """Write each count into its cell, as large as the widest of them allows."""
    digits = len(str(counts.max()))
    size = min(9.0, 0.9 * cell_points / (0.62 * digits))
    for (row, column), count in np.ndenumerate(counts):
        share = shares[row, column]
        axes.text(
            column,
            row,
            str(count),
            size=size,
            ha="center",
            va="center_baseline",
            # Where white is easier to read on the blue than ink, on light and dark pages.
            color="white" if np.sqrt(share) > 0.85 else INK,
            alpha=1 if count else 0.35,
        )


def _draw_scale(axes: Axes) -> None:
    scale = axes.inset_axes((1.04, 0, 0.035, 1))
    ramp = np.linspace(0, 1, 128)[:, None]
    scale.imshow(
        _color(ramp**2),
        interpolation="none",
        aspect="auto",
        origin="lower",
        extent=(0, 1, 0, 1),
    )
    shares = np.array([0.01, 0.1, 0.25, 0.5, 1])
    scale.set_xticks([])
    scale.set_yticks(np.sqrt(shares), [f"{share:.0%}" for share in shares], size=7.5)
    scale.yaxis.tick_right()
    scale.yaxis.set_label_position("right")
    scale.set_ylabel("share of the true class", size=7.5)
    scale.grid(visible=False)
    scale.spines[:].set_visible(False)
