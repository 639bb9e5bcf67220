"""What training did to every layer: one kind of figure over the epochs, a line a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.figure import Figure

from dlkit.report.figures.curves import (
    NO_STAGES,
    draw_curve,
    mark_stages,
    note_if_empty,
    set_epoch_axis,
)
from dlkit.report.figures.logarithm import name_powers
from dlkit.report.figures.samples import CLASS_COLORS
from dlkit.report.figures.style import (
    BLUE,
    GROUND,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    new_figure,
    settle,
    shorten,
)

MOST_NAMED = 6
"""Layers that have colors and names of their own; of more the colors run from the first to
the last, and these two are named."""

NAME_LENGTH = 18

HEALTHY = 1e-3
"""The ratio of update to weights that is a good sign."""


@house_style()
def draw_layers(
    label: str,
    epochs: Sequence[int],
    layers: Mapping[str, Sequence[float]],
    stages: Mapping[int, int] = NO_STAGES,
    *,
    shares: bool = False,
    healthy: bool = False,
) -> Figure:
    """Draw one figure of every layer over the epochs.

    Args:
        label: What is drawn.
        epochs: Ascending, counting from 1.
        layers: A value an epoch, by the layer's name, from the first layer to the last.
        stages: The first epoch of each later stage of training, by the stage's number.
        shares: Whether the values are shares, from 0 to 1; else the axis is logarithmic,
            and a value that is not above 0 leaves a gap.
        healthy: Whether 1e-3 is marked as the value to be near.
    """
    figure, axes = new_figure()
    named = len(layers) <= MOST_NAMED
    ramp = LinearSegmentedColormap.from_list("depth", [BLUE, MUTED, VERMILLION])
    for place, (name, values) in enumerate(layers.items()):
        depth = place / max(1, len(layers) - 1)
        color = CLASS_COLORS[place] if named else to_hex(ramp(depth))
        shown = drawable(values)
        if not shares:
            shown = np.where(shown > 0, shown, np.nan)
        is_end = place in (0, len(layers) - 1)
        # An underscore keeps a line out of the legend.
        legend = shorten(name, NAME_LENGTH) if named or is_end else f"_{place}"
        draw_curve(axes, epochs, list(shown), legend, color, "-")
    axes.set_ylabel(label)
    set_epoch_axis(axes, epochs)
    if shares:
        axes.set_ylim(-0.02, 1.02)
    else:
        _set_log_axis(axes, HEALTHY if healthy else None)
    if healthy:
        _mark_healthy(axes)
    mark_stages(axes, stages)
    note_if_empty(axes)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=3)
    return settle(figure)


def _set_log_axis(axes: Axes, within: float | None) -> None:
    """Make the vertical axis logarithmic, over at least a factor of ten.

    Args:
        axes: With their lines.
        within: A value that has to be on it, or None.
    """
    lines = [np.asarray(line.get_ydata(), float) for line in axes.lines]
    values = np.concatenate([*lines, [within or np.nan]])
    values = values[np.isfinite(values)]
    if not values.size:
        return
    axes.set_yscale("log")
    low, high = float(values.min()), float(values.max())
    middle = (low * high) ** 0.5
    low, high = min(low / 1.4, middle / 3.2), max(high * 1.4, middle * 3.2)
    axes.set_ylim(low, high)
    name_powers(axes.yaxis, low, high)


def _mark_healthy(axes: Axes) -> None:
    """Draw a line where the ratio of update to weights is healthy, named where it is free."""
    curves = np.asarray([line.get_ydata() for line in axes.lines], float)
    far = np.abs(np.log10(np.where(curves > 0, curves, np.nan) / HEALTHY))
    far = np.nan_to_num(far, nan=np.inf)
    third = -(-far.shape[-1] // 3)
    left = far[:, :third].min(initial=np.inf) > far[:, -third:].min(initial=np.inf)
    axes.axhline(HEALTHY, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
    axes.annotate(
        "healthy: about 1e-3",
        xy=(0 if left else 1, HEALTHY),
        xycoords=axes.get_yaxis_transform(),
        xytext=(4 if left else 0, 2),
        textcoords="offset points",
        ha="left" if left else "right",
        va="bottom",
        color=MUTED,
        bbox={"facecolor": GROUND, "edgecolor": "none", "pad": 0.5},
    )
