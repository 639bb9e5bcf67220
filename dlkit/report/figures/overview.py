"""A run at a glance: its main curves beside each other, of one training or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.image
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dlkit.report.figures.curves import (
    NO_STAGES,
    SHORT_GAPS,
    draw_curve,
    mark_stages,
    note_if_empty,
    set_epoch_axis,
)
from dlkit.report.figures.style import (
    BLUE,
    MUTED,
    VERMILLION,
    drawable,
    house_style,
    settle,
    shorten,
)

PANEL_INCHES = (3.6, 2.7)
"""Width and height of a panel."""

PIXELS_PER_INCH = 200
"""Of a picture that was written before; only its size on a screen hangs on it."""

Histories = Sequence[Sequence[float | None]]
"""A value an epoch, of one training or of several; None and NaN leave a gap."""


@dataclass(frozen=True)
class Panel:
    """One figure of a history.

    Attributes:
        name: Its name, e.g. ``accuracy``.
        train: Of each training.
        validation: The same on the validation examples; empty where there are none.
    """

    name: str
    train: Histories
    validation: Histories = ()


@house_style()
def draw_overview(
    panels: Sequence[Panel], best_epoch: int | None, stages: Mapping[int, int] = NO_STAGES
) -> Figure:
    """Draw figures over the epochs, a panel each.

    Args:
        panels: At least one.
        best_epoch: Gets a line, counted from 1; None: none is best.
        stages: The first epoch of each later stage of training, by the stage's number.
    """
    width, height = PANEL_INCHES
    figure = Figure(figsize=(width * len(panels), height))
    for axes, panel in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
    ):
        _draw_panel(axes, panel)
        if best_epoch is not None:
            axes.axvline(best_epoch, color=MUTED, linewidth=0.8, linestyle=":", zorder=1)
        mark_stages(axes, stages)
        note_if_empty(axes)
    axes = figure.axes[0]
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.02), ncols=2)
    return settle(figure)


def _draw_panel(axes: Axes, panel: Panel) -> None:
    """Draw the curves of one figure; several trainings of a kind share a name and a color."""
    kinds = (
        ("train", panel.train, BLUE, "-"),
        ("validation", panel.validation, VERMILLION, SHORT_GAPS),
    )
    longest = 0
    for label, histories, color, linestyle in kinds:
        for number, values in enumerate(histories):
            epochs = range(1, len(values) + 1)
            shown = label if number == 0 else f"_{label}"  # matplotlib leaves out what has a _
            if len(histories) == 1:
                draw_curve(axes, epochs, values, shown, color, linestyle)
            else:
                axes.plot(epochs, drawable(values), color=color, label=shown, linewidth=1)
            longest = max(longest, len(values))
    axes.set_ylabel(shorten(panel.name, 40))
    set_epoch_axis(axes, range(1, longest + 1))


def show_picture(path: str) -> Figure:
    """Return a figure that shows a picture, as large as it was drawn.

    Args:
        path: A PNG file.

    Raises:
        OSError: If it cannot be read.
    """
    pixels = matplotlib.image.imread(path)
    height, width = (side / PIXELS_PER_INCH for side in pixels.shape[:2])
    figure = Figure(figsize=(width, height), dpi=PIXELS_PER_INCH)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(pixels)
    axes.set_axis_off()
    return figure
