"""What a model's layers are and what each of them reads, short enough to be drawn."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from dlkit.report.figures.graph import Box
from dlkit.report.figures.graph_layout import Edge, rank_nodes

MOST_BOXES = 40
"""Boxes that a reader can take in; of a longer model the first and the last are left."""

MOST_ALIKE = 5
"""Layers that read the same, lead to the same and are of one kind: more become one box."""

Graph = tuple[list[Box], list[Edge]]
"""Boxes, each behind all that it reads, and pairs of their numbers."""


def graph_of(model: keras.Model) -> Graph | None:
    """Return a model's layers, a box for each time one is called; a model inside it is one.

    Args:
        model: Sequential or functional.

    Returns:
        The graph; None where the model is code of its own, which tells nothing of it.
    """
    functional = getattr(model, "_functional", model)
    by_depth: Mapping[int, Sequence[Any]] = getattr(functional, "_nodes_by_depth", {})
    nodes = [node for depth in sorted(by_depth, reverse=True) for node in by_depth[depth]]
    if not nodes:
        return None
    numbers: dict[tuple[int, int], int] = {}
    seen: set[int] = set()
    boxes: list[Box] = []
    edges: dict[Edge, None] = {}
    for number, node in enumerate(nodes):
        operation = node.operation
        read = [tensor._keras_history for tensor in node.input_tensors]
        for one in read:
            edges[numbers[id(one.operation), one.node_index], number] = None
        numbers[id(operation), operation._inbound_nodes.index(node)] = number
        boxes.append(_box(node, again=id(operation) in seen))
        seen.add(id(operation))
    return boxes, list(edges)


def _box(node: Any, *, again: bool) -> Box:
    """Return the box of one call; the weights of a layer are counted at its first."""
    operation = node.operation
    kind = "input" if node.is_input else type(operation).__name__
    inner = getattr(operation, "layer", getattr(operation, "forward_layer", None))
    if isinstance(inner, keras.layers.Layer):
        kind = f"{kind}({type(inner).__name__})"
    shapes = [tensor.shape for tensor in node.output_tensors]
    words = [" × ".join("?" if n is None else str(n) for n in s[1:]) for s in shapes]  # noqa: RUF001
    shape = words[0] if len(words) == 1 else f"{words[0]}, …"
    if again or not isinstance(operation, keras.layers.Layer):
        return Box(operation.name, f"{kind}, again" if again else kind, shape)
    learns = any(math.prod(weight.shape) for weight in operation.trainable_weights)
    return Box(operation.name, kind, shape, int(operation.count_params()), learns)


def shorten_graph(graph: Graph, most: int = MOST_BOXES) -> Graph:
    """Return a graph with fewer boxes: what is alike is one, and the middle of a long one.

    Args:
        graph: Of any size.
        most: Boxes that are left at most, as far as its first and last rows allow.
    """
    boxes, edges = _join_alike(graph)
    if len(boxes) <= most:
        return boxes, edges
    ranks = rank_nodes(len(boxes), edges)
    rows = [[n for n, rank in enumerate(ranks) if rank == row] for row in range(max(ranks) + 1)]
    first, last, kept = 0, len(rows) - 1, 1
    while first < last:
        row = rows[first] if first <= len(rows) - 1 - last else rows[last]
        if kept + len(row) > most and first:
            break
        kept += len(row)
        first, last = (first + 1, last) if row is rows[first] else (first, last - 1)
    middle = sorted(node for row in rows[first : last + 1] for node in row)
    joined = [boxes[node] for node in middle]
    name = f"… {len(middle)} more layers"
    box = Box(name, "", "", sum(b.parameters for b in joined), any(b.learns for b in joined))
    return _contract((boxes, edges), [(middle, box)], ranks)


def _join_alike(graph: Graph) -> Graph:
    """Make one box of many that read the same, lead to the same and are of one kind."""
    boxes, edges = graph
    groups: dict[tuple[Any, ...], list[int]] = {}
    for number, box in enumerate(boxes):
        reads = tuple(start for start, end in edges if end == number)
        leads = tuple(end for start, end in edges if start == number)
        groups.setdefault((reads, leads, box.type), []).append(number)
    joined = []
    for members in groups.values():
        if len(members) > MOST_ALIKE:
            some = [boxes[n] for n in members]
            shape = some[0].shape if len({b.shape for b in some}) == 1 else ""
            name = f"{some[0].name}, …"
            weights = sum(b.parameters for b in some)
            kind = f"{len(some)} × {some[0].type}"  # noqa: RUF001
            joined.append((members, Box(name, kind, shape, weights, some[0].learns)))
    return _contract(graph, joined, rank_nodes(len(boxes), edges)) if joined else graph


def _contract(
    graph: Graph, joined: Sequence[tuple[list[int], Box]], ranks: Sequence[int]
) -> Graph:
    """Put one box in the place of several, with all their edges to others.

    Args:
        graph: Boxes and edges.
        joined: The numbers of boxes, and what takes their place.
        ranks: The row of each box, by which they are put in order.
    """
    boxes, edges = graph
    stands_for = {node: (members[0], box) for members, box in joined for node in members}
    kept = [n for n in range(len(boxes)) if stands_for.get(n, (n,))[0] == n]
    kept.sort(key=lambda node: (ranks[node], node))
    places = {node: place for place, node in enumerate(kept)}
    place_of = [places[stands_for.get(n, (n,))[0]] for n in range(len(boxes))]
    moved = dict.fromkeys((place_of[start], place_of[end]) for start, end in edges)
    shown = [stands_for[n][1] if n in stands_for else boxes[n] for n in kept]
    return shown, [(start, end) for start, end in moved if start != end]
