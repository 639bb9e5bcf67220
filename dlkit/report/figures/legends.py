"""How a legend is laid out, so that no name in it is cut off."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

LETTER = 0.62
"""Width of a letter, in sizes of the font: the mean of DejaVu Sans is a little less."""

AROUND = 4.8
"""Handle, gap and the space to the next column, as matplotlib has them by default."""


def fitting_columns(labels: Sequence[str], width_inches: float, size: float = 9) -> int:
    """Return how many columns of a legend fit side by side, at least one.

    Args:
        labels: What it names.
        width_inches: The room for it.
        size: Of its letters, in points.
    """
    longest = max(map(cell_len, labels), default=0)  # letters of some scripts count twice
    column = size * (LETTER * longest + AROUND) / 72
    return max(1, min(len(labels), int(width_inches / column)))
