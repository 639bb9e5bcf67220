"""Where the boxes of a directed graph stand: in rows from top to bottom, rows in columns.

Each node is one row below the lowest that it reads, edges that pass a row get a place in
it, and neighbors stand above each other as far as their order allows: the steps of
Sugiyama, Tagawa and Toda (1981), with the places of a row as the least squares of where its
neighbors are. A long graph is cut where one node leads to all the rest, and goes on beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

import numpy as np
from sklearn.isotonic import isotonic_regression

Edge = tuple[int, int]

SWEEPS = 4
"""Times that a graph is gone through, down and up, to put it in order and into place."""

PASSING = 0.3
"""How wide an edge is that passes a row, in boxes."""

ROWS_OF_COLUMNS = (8, 16)
"""Up to so many rows one column is enough, and two; more get three."""

Rows = list[list[int]]
"""The nodes of each row, from left to right."""


@dataclass(frozen=True)
class Layout:
    """A graph in the plane, counted in boxes from the left and in rows from the top.

    Attributes:
        places: For each node the middle of its box and its row, within its column.
        columns: For each node the column that it stands in.
        widths: How wide each column is.
        paths: For each edge the places that it goes through, its ends included; of one that
            leads into the next column all but the first are there.
    """

    places: tuple[tuple[float, int], ...]
    columns: tuple[int, ...]
    widths: tuple[float, ...]
    paths: tuple[tuple[tuple[float, int], ...], ...]


def lay_out(count: int, edges: Sequence[Edge]) -> Layout:
    """Give each node of a graph a place.

    Args:
        count: How many nodes there are; they are numbered from 0.
        edges: From a lower number to a higher one.
    """
    ranks = rank_nodes(count, edges)
    ends = _column_ends(ranks, edges)
    columns = [sum(rank > end for end in ends[:-1]) for rank in ranks]
    passed, chains = _pass_through(ranks, edges)
    rows: Rows = [[] for _ in range(max(passed, default=0) + 1)]
    for node, rank in enumerate(passed):
        rows[rank].append(node)
    steps = [step for chain in chains for step in pairwise(chain)]
    above, below = _neighbors(len(passed), steps)
    rows = _untangle(rows, above, below)
    wide = [1.0 if node < count else PASSING for node in range(len(passed))]
    middles = _straighten(rows, above, below, wide)
    firsts = [0, *(end + 1 for end in ends[:-1])]
    widths = []
    for first, end in zip(firsts, ends, strict=True):
        members = [node for row in rows[first : end + 1] for node in row]
        left = min(middles[node] - wide[node] / 2 for node in members)
        widths.append(max(middles[node] + wide[node] / 2 for node in members) - left)
        for node in members:
            middles[node] -= left
    starts = [firsts[sum(rank > end for end in ends[:-1])] for rank in passed]
    at = [(middles[node], rank - starts[node]) for node, rank in enumerate(passed)]
    paths = tuple(tuple(at[node] for node in chain) for chain in chains)
    return Layout(tuple(at[:count]), tuple(columns), tuple(widths), paths)


def rank_nodes(count: int, edges: Sequence[Edge]) -> list[int]:
    """Return the row of each node: below all that it reads.

    One that does not join anything, a source above all, comes down to what reads it: that
    makes no edge longer than it makes another one shorter.

    Args:
        count: How many nodes there are.
        edges: From a lower number to a higher one.
    """
    above, below = _neighbors(count, edges)
    ranks: list[int] = []
    for node in range(count):
        ranks.append(1 + max((ranks[other] for other in above[node]), default=-1))
    for node in reversed(range(count)):
        if below[node] and len(above[node]) <= len(below[node]):
            ranks[node] = min(ranks[other] for other in below[node]) - 1
    return ranks


def _neighbors(count: int, edges: Sequence[Edge]) -> tuple[list[list[int]], list[list[int]]]:
    """Return what each node reads, and what reads it."""
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        above[end].append(start)
        below[start].append(end)
    return above, below


def _column_ends(ranks: Sequence[int], edges: Sequence[Edge]) -> list[int]:
    """Return the last row of each column: one that a single node leads out of."""
    last = max(ranks, default=0)
    columns = 1 + sum(last + 1 > rows for rows in ROWS_OF_COLUMNS)
    high = -(-(last + 1) // columns)
    ends: list[int] = []
    for number in range(1, columns):
        least = ends[-1] + 1 if ends else 0
        wanted = min(number * high - 1, last - 1)
        near = sorted(range(least, last), key=lambda row: (abs(row - wanted), row))
        near = [row for row in near if abs(row - wanted) <= high // 2]
        ends += [row for row in near if _is_narrow(row, ranks, edges)][:1]
    return [*ends, last]


def _is_narrow(row: int, ranks: Sequence[int], edges: Sequence[Edge]) -> bool:
    """Tell whether all that leads below a row comes from one node, which is in it."""
    sources = {start for start, end in edges if ranks[start] <= row < ranks[end]}
    return len(sources) == 1 and ranks[next(iter(sources))] == row


def _pass_through(
    ranks: Sequence[int], edges: Sequence[Edge]
) -> tuple[list[int], list[list[int]]]:
    """Give edges a place in every row that they pass.

    Returns:
        The row of each node and behind them of each such place, and the chain of nodes and
        places that each edge is made of.
    """
    passed = list(ranks)
    chains = []
    for start, end in edges:
        between = range(ranks[start] + 1, ranks[end])
        places = range(len(passed), len(passed) + len(between))
        passed += between
        chains.append([start, *places, end])
    return passed, chains


def _untangle(rows: Rows, above: list[list[int]], below: list[list[int]]) -> Rows:
    """Order each row by the mean place of its neighbors, so that fewer edges cross."""
    rows = [list(row) for row in rows]
    for sweep in range(2 * SWEEPS):
        down = sweep % 2 == 0
        place = {node: n - len(row) / 2 for row in rows for n, node in enumerate(row)}
        for row in rows if down else reversed(rows):
            others = above if down else below
            middle = {
                node: fmean(place[other] for other in others[node])
                if others[node]
                else place[node]
                for node in row
            }
            row.sort(key=lambda node, middle=middle: middle[node])  # type: ignore[misc]
            place |= {node: n - len(row) / 2 for n, node in enumerate(row)}
    return rows


def _straighten(
    rows: Rows, above: list[list[int]], below: list[list[int]], wide: Sequence[float]
) -> list[float]:
    """Return the middle of each node, near those of its neighbors.

    With the order kept, the nearest to the wishes of a row is an isotonic regression.
    """
    middles = [0.0] * len(wide)
    offsets = []
    for row in rows:
        sizes = np.array([wide[node] for node in row])
        gaps = np.cumsum(sizes) - sizes / 2
        offsets.append(gaps - gaps.mean())
        for node, place in zip(row, offsets[-1], strict=True):
            middles[node] = float(place)
    for sweep in range(2 * SWEEPS + 1):
        others = above if sweep % 2 == 0 else below
        numbers = range(len(rows)) if sweep % 2 == 0 else reversed(range(len(rows)))
        for number in numbers:
            row = rows[number]
            wishes = np.array(
                [
                    fmean(middles[other] for other in others[node])
                    if others[node]
                    else middles[node]
                    for node in row
                ]
            )
            found = isotonic_regression(wishes - offsets[number]) + offsets[number]
            for node, place in zip(row, found, strict=True):
                middles[node] = float(place)
    return middles
