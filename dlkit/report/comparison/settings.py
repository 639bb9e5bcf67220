"""What differs between configs, in as few rows as say it.

A config names objects: ``optimizer: {Adam: {learning_rate: 0.01}}``. Where the objects are
of different classes, that is the difference; of their arguments only those are worth a row
that both have. Layers are compared one by one where the same kinds of layers follow each
other; else the part of the list is shown in which they do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlkit.errors import Path, format_path
from dlkit.report.resume.identity import FREE

MISSING = object()
"""Stands where a config does not have a setting."""

NOT_SET = "–"  # noqa: RUF001
"""Is shown there."""

BY_CHANCE = frozenset({"seed"})
"""Keys, at any depth, that change nothing but what is drawn by chance."""

BESIDE = frozenset({("repeat",), *FREE})
"""Settings that change nothing of what is trained."""

SIZES = ("units", "filters", "rate", "pool_size", "output_dim", "target_shape", "activation")
"""The argument that says most of a layer: the first one it has."""


@dataclass(frozen=True)
class Difference:
    """One setting that is not the same in all configs.

    Attributes:
        path: Where it stands, as people type it.
        values: What it is, for each config.
    """

    path: str
    values: tuple[str, ...]


def differing_settings(configs: Sequence[dict[str, Any]]) -> list[Difference]:
    """Return what differs between configs, seeds aside.

    Args:
        configs: Resolved configs as nested dicts and lists; at least one.
    """
    return _compare([without_beside(config) for config in configs], ())


def without_beside(node: Any, path: Path = ()) -> Any:
    """Return a config without what changes nothing of what is trained."""
    if not isinstance(node, dict):
        return node
    return {
        key: without_beside(value, (*path, str(key)))
        for key, value in node.items()
        if (*path, str(key)) not in BESIDE
    }


def _compare(nodes: Sequence[Any], path: Path) -> list[Difference]:
    """Return the differences of what stands at one place."""
    if all(node == nodes[0] for node in nodes[1:]):
        return []
    if any(_is_object(node) for node in nodes) and all(_name_of(node) for node in nodes):
        return _compare_objects(nodes, path)
    if all(isinstance(node, dict) for node in nodes):
        return _compare_keys(nodes, path)
    if all(isinstance(node, list) for node in nodes):
        return _compare_lists(nodes, path)
    return _row(path, [short_value(node) for node in nodes])


def _compare_keys(nodes: Sequence[dict[str, Any]], path: Path) -> list[Difference]:
    keys = {str(key): key for node in nodes for key in node}
    return [
        difference
        for name, key in keys.items()
        if name not in BY_CHANCE
        for difference in _compare([node.get(key, MISSING) for node in nodes], (*path, name))
    ]


def _compare_objects(nodes: Sequence[Any], path: Path) -> list[Difference]:
    """Compare objects: their classes, and arguments that all of them have."""
    names = [_name_of(node) for node in nodes]
    bodies = [node[name] if _is_object(node) else {} for node, name in zip(nodes, names)]  # noqa: B905  # of one length by construction
    if len({*names}) == 1:
        return _compare(bodies, (*path, names[0]))
    shared = [key for key in bodies[0] if all(key in body for body in bodies) and key != "name"]
    common = [{key: body[key] for key in shared} for body in bodies]
    return [*_row(path, names), *_compare_keys(common, path)]


def _compare_lists(nodes: Sequence[list[Any]], path: Path) -> list[Difference]:
    """Compare lists item by item where the same kinds of items follow each other."""
    kinds = {tuple(_name_of(item) for item in node) for node in nodes}
    if len(kinds) == 1:
        return [
            difference
            for index, items in enumerate(zip(*nodes, strict=True))
            for difference in _compare(items, (*path, index))
        ]
    parts = _differing_parts([[short_value(item) for item in node] for node in nodes])
    return _row(path, [", ".join(part) or NOT_SET for part in parts])


def _differing_parts(lists: Sequence[list[str]]) -> list[list[str]]:
    """Return what is left of lists without what all of them begin and end with."""
    shortest = min(map(len, lists))
    start = 0
    while start < shortest and len({each[start] for each in lists}) == 1:
        start += 1
    end = 0
    while end < shortest - start and len({each[-1 - end] for each in lists}) == 1:
        end += 1
    return [each[start : len(each) - end] for each in lists]


def _row(path: Path, values: Sequence[str]) -> list[Difference]:
    """Return a row, unless its texts are the same: what is left out of them is by chance."""
    different = len({*values}) > 1
    return [Difference(format_path(path), tuple(values))] if different else []


def _is_object(node: Any) -> bool:
    """Tell whether a value is an object with arguments: ``{Adam: {...}}``."""
    return isinstance(node, dict) and [isinstance(each, dict) for each in node.values()] == [
        True
    ]


def _name_of(node: Any) -> str:
    """Return the name of an object, with or without arguments; empty of anything else."""
    if isinstance(node, str):
        return node
    return str(next(iter(node))) if _is_object(node) else ""


def short_value(node: Any) -> str:
    """Write a setting in few characters."""
    if node is MISSING or node is None:
        return NOT_SET
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, float):
        return f"{node:.6g}"
    if _is_object(node):
        name = _name_of(node)
        size = next((node[name][key] for key in SIZES if key in node[name]), None)
        return name if size is None else f"{name} {short_value(size)}"
    if isinstance(node, dict):
        inside = (f"{k} {short_value(v)}" for k, v in node.items() if k not in BY_CHANCE)
        return ", ".join(inside)
    if isinstance(node, list):
        return f"[{', '.join(map(short_value, node))}]"
    return str(node)


def short_paths(paths: Sequence[str]) -> list[str]:
    """Return as much of the end of each path as tells it from the others.

    ``optimizer.Adam.learning_rate`` is ``learning_rate`` where no other path ends so.
    """
    split = [path.split(".") for path in paths]
    lengths = [1] * len(split)
    for _ in range(max(map(len, split), default=0)):
        ends = [".".join(parts[-length:]) for parts, length in zip(split, lengths, strict=True)]
        lengths = [
            min(length + (ends.count(end) > 1), len(parts))
            for end, length, parts in zip(ends, lengths, split, strict=True)
        ]
    return [".".join(parts[-length:]) for parts, length in zip(split, lengths, strict=True)]
