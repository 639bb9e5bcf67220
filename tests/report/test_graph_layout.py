"""Where the boxes of a graph stand: no box on another, no reader above what it reads."""

from __future__ import annotations

import numpy as np
import pytest

from dlkit.report.figures.graph_layout import PASSING, Edge, lay_out, rank_nodes


def chain(count: int) -> list[Edge]:
    return [(number, number + 1) for number in range(count - 1)]


def residual(blocks: int) -> tuple[int, list[Edge]]:
    """Return a stem and blocks of two layers, each added to what it reads."""
    edges: list[Edge] = []
    last = 0
    for _ in range(blocks):
        edges += [
            (last, last + 1),
            (last + 1, last + 2),
            (last, last + 3),
            (last + 2, last + 3),
        ]
        last += 3
    return last + 1, edges


def random_graph(seed: int) -> tuple[int, list[Edge]]:
    generator = np.random.default_rng(seed)
    count = int(generator.integers(2, 40))
    edges = {
        (int(generator.integers(0, end)), end)
        for end in range(1, count)
        for _ in range(int(generator.integers(0, 3)))
    }
    return count, sorted(edges)


GRAPHS = {
    "one": (1, []),
    "chain": (5, chain(5)),
    "long chain": (45, chain(45)),
    "diamond": (4, [(0, 1), (0, 2), (1, 3), (2, 3)]),
    "residual": residual(8),
    "apart": (4, [(0, 1), (2, 3)]),
    **{f"random {seed}": random_graph(seed) for seed in range(8)},
}


def test_node_is_below_the_lowest_that_it_reads() -> None:
    # 0 -> 1 -> 2 -> 4, 0 -> 4, and a second input 3 that only the last one reads
    edges = [(0, 1), (1, 2), (2, 4), (0, 4), (3, 4)]
    assert rank_nodes(5, edges) == [0, 1, 2, 2, 3]


@pytest.mark.parametrize(("count", "edges"), GRAPHS.values(), ids=GRAPHS)
def test_readers_are_below_and_boxes_apart(count: int, edges: list[Edge]) -> None:
    layout = lay_out(count, edges)
    at = list(zip(layout.columns, layout.places, strict=True))
    for start, end in edges:
        (left, (_, high)), (right, (_, low)) = at[start], at[end]
        assert (left == right and high < low) or left < right
    rows: dict[tuple[int, int], list[float]] = {}
    for column, (x, row) in at:
        assert 0.5 - 1e-9 <= x <= layout.widths[column] - 0.5 + 1e-9
        rows.setdefault((column, row), []).append(x)
    for places in rows.values():
        assert (np.diff(sorted(places)) >= 1 - 1e-9).all()


@pytest.mark.parametrize(("count", "edges"), GRAPHS.values(), ids=GRAPHS)
def test_edges_lead_from_row_to_row_past_the_boxes(count: int, edges: list[Edge]) -> None:
    layout = lay_out(count, edges)
    for edge, path in zip(edges, layout.paths, strict=True):
        assert (path[0], path[-1]) == tuple(layout.places[node] for node in edge)
        column = layout.columns[edge[1]]
        inner = path if layout.columns[edge[0]] == column else path[1:]
        assert [row for _, row in inner] == list(range(inner[0][1], inner[-1][1] + 1))
        boxes = [p for p, c in zip(layout.places, layout.columns, strict=True) if c == column]
        for x, row in path[1:-1]:
            near = [abs(x - other) for other, at in boxes if at == row]
            assert min(near, default=1.0) >= (1 + PASSING) / 2 - 1e-9


def test_chain_is_straight_and_long_one_goes_on_beside() -> None:
    layout = lay_out(20, chain(20))
    assert layout.widths == (1, 1, 1)
    assert {x for x, _ in layout.places} == {0.5}
    assert [layout.columns.count(column) for column in range(3)] == [7, 7, 6]
    assert lay_out(8, chain(8)).widths == (1,)


def test_graph_is_cut_only_where_one_node_leads_to_all_the_rest() -> None:
    count, edges = residual(8)
    layout = lay_out(count, edges)
    crossing = {start for start, end in edges if layout.columns[start] != layout.columns[end]}
    assert len(layout.widths) == 3
    assert len(crossing) == 2
    wide = 12  # a ladder: two chains side by side have no such node
    ladder = [(n, n + 2) for n in range(2 * wide - 2)]
    assert lay_out(2 * wide, ladder).widths == (2,)


def test_residual_block_is_drawn_without_crossing() -> None:
    layout = lay_out(*residual(1))
    ((x, _),) = layout.paths[2][1:-1][:1]
    assert all(abs(x - other) > 0.6 for other in (layout.places[1][0], layout.places[2][0]))
    assert layout.places[1][0] == pytest.approx(layout.places[2][0])
