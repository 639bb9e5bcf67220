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

MOST_WITH_ZEROS = 10
"""Beyond, cells of nothing stay empty: their zeros would hide the others."""

MOST_LABELS = 34
"""Class names on one side; with more classes only every second, third, ... is named."""

SHARES = (0.01, 0.1, 0.25, 0.5, 1)
"""What the scale of shares is marked with."""


@house_style()
def draw_confusion_matrix(
    counts: np.ndarray,
    class_names: Sequence[str],
    *,
    as_shares: bool = False,
    support: np.ndarray | None = None,
) -> Figure:
    """Draw how often each class was taken for each.

    A cell's color is its share of the row, so a rare class shows its errors as clearly as a
    frequent one. The color grows with the square root of the share: one error in a hundred
    is visible. Where counts are asked for and do not fit into the cells, the color tells
    them.

    Args:
        counts: Integers of shape ``(classes, classes)``; rows are true, columns predicted.
        class_names: One for each class, in the order of the rows.
        as_shares: Whether to write and color the shares of the rows, and not the counts.
        support: Examples of each true class, int ``(classes,)``, where more classes were
            predicted than are shown; else they are the sums of the rows.
    """
    classes = len(counts)
    totals = counts.sum(axis=1) if support is None else support
    shares = counts / np.maximum(totals, 1)[:, None]
    is_numbered = classes <= MOST_NUMBERED_CLASSES
    figure, axes, cell_points = _open_matrix(class_names)
    if as_shares or is_numbered:
        most = 1.0
        _draw_scale(axes, "share of the true class", SHARES, [f"{s:.0%}" for s in SHARES])
    else:
        most = float(max(counts.max(), 1))
        _draw_scale(axes, "examples", *_count_ticks(int(most)))
    values = shares if as_shares or is_numbered else counts / most
    axes.imshow(_color(values), interpolation="none", aspect="equal")
    if is_numbered:
        texts = _share_texts(shares) if as_shares else counts.astype(str)
        _write_cells(axes, texts, shares, cell_points)
    return settle(figure)


def _open_matrix(class_names: Sequence[str]) -> tuple[Figure, Axes, float]:
    """Return a figure with the classes on both sides, and the size of a cell in points."""
    classes = len(class_names)
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
    return figure, axes, cell_points


def _color(shares: np.ndarray) -> np.ndarray:
    """Return float RGBA for shares in [0, 1]; the page shows through where nothing is.

    A single error in thousands still gets a tint that can be told from none.
    """
    rgba = np.empty((*shares.shape, 4))
    rgba[..., :3] = to_rgb(BLUE)
    rgba[..., 3] = np.where(shares > 0, 0.08 + 0.92 * np.sqrt(shares), 0)
    return rgba


def _share_texts(shares: np.ndarray) -> np.ndarray:
    """Return shares in percent; what is more than nothing is never written as nothing."""
    texts = np.char.mod("%.1f", 100 * shares)
    texts[(texts == "0.0") & (shares > 0)] = "<0.1"
    texts[(texts == "100.0") & (shares < 1)] = ">99.9"
    return np.where(shares == 1, "100", np.where(shares == 0, "0", texts))


def _write_cells(axes: Axes, texts: np.ndarray, shares: np.ndarray, cell_points: float) -> None:
    """Write each text into its cell, as large as the widest of them allows."""
    size = min(9.0, 0.9 * cell_points / (0.62 * max(map(len, texts.flat))))
    has_room = len(texts) <= MOST_WITH_ZEROS
    for row, column in np.argwhere((shares > 0) | has_room):
        text, share = texts[row, column], shares[row, column]
        axes.text(
            column,
            row,
            str(text),
            size=size,
            ha="center",
            va="center_baseline",
            # Where white is easier to read on the blue than ink, on light and dark pages.
            color="white" if np.sqrt(share) > 0.85 else INK,
            alpha=1 if share else 0.35,
            in_layout=False,  # it lies inside, and to measure it takes time
        )


def _count_ticks(most: int) -> tuple[list[float], list[str]]:
    """Return round counts up to the most as shares of it, and as texts."""
    powers = [10**power for power in range(len(str(most)))]
    counts = [*[power for power in powers if 4 * power <= most][-3:], most]
    return [count / most for count in counts], [f"{count:,}" for count in counts]


def _draw_scale(axes: Axes, label: str, ticks: Sequence[float], texts: Sequence[str]) -> None:
    """Draw which color means what, between 0 and 1."""
    scale = axes.inset_axes((1.04, 0, 0.035, 1))
    ramp = np.linspace(0, 1, 128)[:, None]
    scale.imshow(
        _color(ramp**2),
        interpolation="none",
        aspect="auto",
        origin="lower",
        extent=(0, 1, 0, 1),
    )
    scale.set_xticks([])
    scale.set_yticks(np.sqrt(ticks), texts, size=7.5)
    scale.yaxis.tick_right()
    scale.yaxis.set_label_position("right")
    scale.set_ylabel(label, size=7.5)
    scale.grid(visible=False)
    scale.patch.set_visible(False)  # the page shows through the palest colors
    scale.spines[:].set_visible(False)
