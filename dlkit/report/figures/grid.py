"""Many pictures as one: a page holds one image then, and an axis draws one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def picture_grid(
    rows: Sequence[Sequence[np.ndarray]], gap: int
) -> tuple[np.ndarray, np.ndarray]:
    """Put pictures beside and below each other.

    Args:
        rows: Pictures of one shape, ``(height, width)`` or ``(height, width, channels)``;
            rows may have different lengths.
        gap: Pixels between two of them.

    Returns:
        float64 of the shape of ``rows`` times that of a picture, gaps included, with 0 where
        there is no picture; and bool ``(height, width)`` of all: where there is one.
    """
    first = rows[0][0]
    high, wide = first.shape[0] + gap, first.shape[1] + gap
    size = len(rows) * high - gap, max(map(len, rows)) * wide - gap
    grid = np.zeros((*size, *first.shape[2:]))
    there = np.zeros(size, bool)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            top, left = row * high, column * wide
            place = slice(top, top + first.shape[0]), slice(left, left + first.shape[1])
            grid[place] = picture
            there[place] = True
    return grid, there


def shrink(picture: np.ndarray, side: int) -> np.ndarray:
    """Return the means of square blocks of a picture, so small that they fit.

    Args:
        picture: Numbers of shape ``(height, width)`` or ``(height, width, channels)``.
        side: What neither height nor width is to exceed by far.

    Returns:
        float64; a picture that fits as it is; of a larger one what is left over at the right
        and below is cut off.
    """
    height, width = picture.shape[:2]
    block = -(-max(height, width) // side)
    if block == 1:
        return picture.astype(np.float64)
    rows, columns = max(1, height // block), max(1, width // block)
    cut = picture[: rows * block, : columns * block].astype(np.float64)
    sums = np.add.reduceat(cut, np.arange(0, len(cut), block), axis=0)
    sums = np.add.reduceat(sums, np.arange(0, cut.shape[1], block), axis=1)
    return np.asarray(sums / (min(block, height) * min(block, width)))
