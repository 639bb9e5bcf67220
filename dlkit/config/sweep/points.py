"""Points that stand for all that a sweep may try, and what is written at one."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

from dlkit.config.named_places import is_named_place
from dlkit.config.overrides import apply_settings
from dlkit.config.setting_places import CLASS_LEFT_OUT, LAYERS, class_of
from dlkit.config.source import Source
from dlkit.config.sweep.counting import grid_size
from dlkit.config.sweep.parameter_names import PARAMETERS
from dlkit.config.sweep.space import (
    Parameter,
    Point,
    as_list,
    fits,
    grid_of,
    index_of,
    settings_of,
)
from dlkit.errors import Mark, Path, Problem


def source_at(
    source: Source, parameters: Sequence[Parameter], point: Point
) -> tuple[Source, list[Problem]]:
    """Return what would be written for a trial at a point, and what fits nowhere."""
    setters = {path: each for each in parameters for path in each.paths if each.name in point}
    settings = settings_of(parameters, point)
    marks = {path: source.mark(place_of(setters[path], settings[path])) for path in settings}
    return apply_settings(
        without_sweep(source),
        [(path, value, marks[path] or Mark("sweep")) for path, value in settings.items()],
    )


def without_sweep(source: Source) -> Source:
    """Return what was written but for the sweep."""
    data = {key: value for key, value in source.data.items() if key != "sweep"}
    marks = {path: mark for path, mark in source.marks.items() if path[:1] != ("sweep",)}
    return Source(data, marks, source.text)


def place_of(parameter: Parameter, value: Any) -> Path:
    """Return where a value of a parameter is written; of a range its ends have places."""
    config = parameter.config
    path: Path = (*PARAMETERS, parameter.name)
    if config.values is None:
        ends = {config.low: "low", config.high: "high"}
        return (*path, ends[value]) if value in ends else path
    below: Path = () if config.model_fields_set == {"values"} else ("values",)
    return (*path, *below, index_of(config.values, value))


def clashes(parameters: Sequence[Parameter]) -> Iterator[Problem]:
    """Yield parameters inside of an object that another one makes an object of another class.

    Put there all the same, they would make it one of theirs again.
    """
    for inner in parameters:
        for outer in parameters:
            found = _clash(parameters, inner, outer)
            if found:
                yield found


def _clash(
    parameters: Sequence[Parameter], inner: Parameter, outer: Parameter
) -> Problem | None:
    """Return where an inner parameter is put into what it is no part of."""
    by_name = {each.name: each for each in parameters}
    around = conditions_of(parameters, outer) | conditions_of(parameters, inner)
    pairs = [(i, o) for i in inner.paths for o in outer.paths if i[: len(o)] == o != i]
    for path, place in pairs:
        part = str(path[len(place)])
        for value in outer.samples:
            point = {**around, outer.name: value}
            meet = all(by_name[name].matters(point) for name in point)
            if meet and inner.matters(point) and not _is_part(part, place, value):
                head = class_of(value) or "nothing"
                message = f"{outer.name!r} is {head} in some trials, which has no {part}."
                fitting = [v for v in outer.samples if _is_part(part, place, v)]
                wanted = class_of(fitting[0]) if fitting else "..."
                name = outer.name if "[" not in outer.name else json.dumps(outer.name)
                hint = f"Add `when: {{{name}: {wanted}}}`."
                return Problem(message, (*PARAMETERS, inner.name), hint)
    return None


def _is_part(part: str, place: Path, value: Any) -> bool:
    """Tell whether the next part of a path can lie inside of a value, if that is an object.

    Args:
        part: A class, or an argument.
        place: Where the value goes.
        value: What another parameter puts there.
    """
    layer = place[-2:-1] == (LAYERS,)
    head = class_of(value)
    if not (layer or is_named_place(place)) or (value is not None and not head):
        return True
    is_argument = (layer or place in CLASS_LEFT_OUT) and not part[:1].isupper()
    return bool(head) and (is_argument or part.lower() == head.lower())


def conditions_of(parameters: Sequence[Parameter], wanted: Parameter) -> dict[str, Any]:
    """Return values of others with which a parameter matters."""
    point: dict[str, Any] = {}
    by_name = {each.name: each for each in parameters}
    for name, values in (wanted.config.when or {}).items():
        other = by_name[name]
        point |= conditions_of(parameters, other)
        point[name] = next(
            (v for v in other.config.values or () if any(fits(v, w) for w in as_list(values))),
            as_list(values)[0],
        )
    return point


def sample_points(parameters: Sequence[Parameter], most: int) -> list[dict[str, Any]]:
    """Return points that stand for all: every one of a small grid, else some at random.

    The same parameters give the same points.
    """
    listed = all(each.count is not None for each in parameters)
    if listed and grid_size(parameters, most + 1) <= most:
        return list(grid_of(parameters))
    draw = random.Random(0)  # noqa: S311 - no secret
    points: list[dict[str, Any]] = []
    for _ in range(most):
        point = draw_point(parameters, {}, draw)
        if point not in points:
            points.append(point)
    return points


def draw_point(
    parameters: Sequence[Parameter], known: Point, draw: random.Random
) -> dict[str, Any]:
    """Return a point at random, some of whose values are known."""
    point: dict[str, Any] = {}
    for each in parameters:
        if each.matters(point):
            given = each.name in known
            point[each.name] = known[each.name] if given else draw.choice(each.samples)
    return point


def extreme_points(parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Return the points whose models lie furthest apart: all at one end, all at the other.

    The ends of numbers are the least and the most, of other values the first and the last.
    """
    found: list[dict[str, Any]] = []
    for index in (0, -1):
        point: dict[str, Any] = {}
        for each in parameters:
            if each.matters(point):
                point[each.name] = _in_order(each.samples)[index]
        if point not in found:
            found.append(point)
    return found


def _in_order(values: Sequence[Any]) -> Sequence[Any]:
    """Return numbers from the least to the most, and anything else as it is."""
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values)
    return sorted(values) if numbers else values
