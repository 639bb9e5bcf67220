"""A long curve with few points that looks the same."""

from __future__ import annotations

import numpy as np

COLUMNS = 400
"""More than the dots across a figure of a page that can be told apart."""

TOLERANCE = 0.001
"""What a point may lie off the line that is drawn, as a share of the axes: a fifth of a dot."""

Points = tuple[np.ndarray, np.ndarray]


def thinned(
    across: np.ndarray, up: np.ndarray, most: int, tolerance: float = TOLERANCE
) -> Points:
    """Return a curve without the points that nobody would miss.

    Args:
        across: float ``(points,)`` in [0, 1], never falling.
        up: float ``(points,)`` in [0, 1].
        most: How many points may be left; where a restless curve needs more, it is drawn
            coarser. At least 4.
        tolerance: What a point may lie off the line, if there are not too many.
    """
    across, up = _extremes(across, up)
    thin = _simplified(across, up, tolerance)
    while len(thin[0]) > most:
        tolerance *= 2
        thin = _simplified(across, up, tolerance)
    return thin


def _extremes(across: np.ndarray, up: np.ndarray) -> Points:
    """Keep the first, the lowest, the highest and the last point of each column of dots."""
    if len(across) <= 4 * COLUMNS:
        return across, up
    # A line that only rises or falls is cut along its length, for it may be steep.
    steps = np.diff(up)
    is_smooth = (steps >= 0).all() or (steps <= 0).all()
    way = (across + np.abs(up - up[0])) / 2 if is_smooth else across
    column = (way * COLUMNS).astype(np.int64)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    ends = np.append(starts[1:], len(column)) - 1
    by_height = np.lexsort((up, column))
    kept = np.unique(np.concatenate([starts, by_height[starts], by_height[ends], ends]))
    return across[kept], up[kept]


def _simplified(across: np.ndarray, up: np.ndarray, tolerance: float) -> Points:
    """Keep points until no other one is farther off the line than the tolerance.

    Starts from both ends and adds the farthest point of every part, again and again
    (Ramer, 1972; Douglas and Peucker, 1973), all parts at a time.
    """
    points = np.stack([across, up], axis=1)
    kept = np.zeros(len(points), bool)
    kept[[0, -1]] = True
    while True:
        corners = np.flatnonzero(kept)
        part = np.minimum(np.cumsum(kept) - 1, len(corners) - 2)
        off = _distances(points, points[corners[part]], points[corners[part + 1]])
        order = np.lexsort((off, part))
        farthest = order[np.flatnonzero(np.diff(part[order], append=len(corners)))]
        added = farthest[off[farthest] > tolerance]
        if not added.size:
            return across[kept], up[kept]
        kept[added] = True


def _distances(points: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return how far each point is from its own line; all are ``(points, 2)``."""
    along = ends - starts
    length = np.maximum((along**2).sum(axis=1), 1e-30)
    share = np.clip(((points - starts) * along).sum(axis=1) / length, 0, 1)
    return np.asarray(np.hypot(*(points - starts - share[:, None] * along).T))
