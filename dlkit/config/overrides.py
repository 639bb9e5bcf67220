"""Changes from the command line: ``training.epochs=1``, ``architecture.layers[2].Dense=64``.

A value is read as the same text would be read in the file. An override replaces what
stands at its path; it never mixes with it, nor one named object with another. A layer's
class may be left out: ``architecture.layers.hidden.units=64``, and an optimizer's:
``optimizer.learning_rate=0.1``. A name that holds dots, such
as a column's, stands in brackets: ``dataset.features['size.m2']=numeric``.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import yaml

from dlkit.config.named_places import is_named_place, with_name
from dlkit.config.names import did_you_mean
from dlkit.config.path_text import parse_path
from dlkit.config.setting_places import (
    no_such_layer,
    other_layer,
    with_argument_name,
    with_positions,
)
from dlkit.config.source import Source, walk
from dlkit.config.sweep.parameter_names import with_parameter_name
from dlkit.config.yaml_reader import read_scalar
from dlkit.errors import ConfigError, Mark, Path, Problem

COMMAND_LINE = Mark("command line")

_BEFORE_EQUALS = re.compile(r"""(?:\["[^"]*"\]|\['[^']*'\]|[^=])*""")


def parse_override(text: str) -> tuple[Path, Any]:
    """Split ``path=value`` at its first ``=`` and read both sides.

    Raises:
        ConfigError: If the text has no ``=``, no path, or a value that is no YAML or
            holds what no file may hold.
    """
    before = _BEFORE_EQUALS.match(text)
    name = before[0] if before else ""
    equals, value = text[len(name) : len(name) + 1], text[len(name) + 1 :]
    path = parse_path(name.strip()) if equals else ()
    if not path:
        raise ConfigError(
            Problem(
                f"expected path=value, received {text!r}. Example: training.epochs=1",
                mark=COMMAND_LINE,
            )
        )
    try:
        return path, read_scalar(value)
    except yaml.YAMLError as error:
        plain = value.isprintable() and not set(value) & set("\"'[]{}\\")
        hint = f"""Write a text in quotes: '{name.strip()}="{value}"'.""" if plain else ""
        raise ConfigError(
            Problem(f"{value!r} is no YAML value.", path, hint, COMMAND_LINE)
        ) from error
    except ConfigError as error:
        raise ConfigError(
            Problem(problem.message, (*path, *problem.path), mark=COMMAND_LINE)
            for problem in error.problems
        ) from error


def apply_overrides(
    source: Source, overrides: Mapping[Path, Any], mark: Mark = COMMAND_LINE
) -> tuple[Source, list[Problem]]:
    """Return a source with values replaced or added, and the overrides that fit nowhere.

    What is missing on a path is added (the schema judges it later); a list position may
    be at most one past the end, which appends.

    Args:
        source: What was written.
        overrides: Values by their paths.
        mark: Where it is said that they are to be set.
    """
    return apply_settings(source, [(path, value, mark) for path, value in overrides.items()])


def apply_settings(
    source: Source, settings: Iterable[tuple[Path, Any, Mark]]
) -> tuple[Source, list[Problem]]:
    """Do the same with settings that are said in different places.

    Args:
        source: What was written.
        settings: Paths, values, and where each is said; a later one sees the ones before.
    """
    data = copy.deepcopy(source.data)
    marks = dict(source.marks)
    problems = []
    for written, value, mark in settings:
        path = with_positions(data, with_parameter_name(data, written))
        problem = _put(data, path, copy.deepcopy(value))
        if problem:
            problems.append(replace(problem, mark=mark))
            continue
        for below in [known for known in marks if known[: len(path)] == path]:
            del marks[below]
        marks |= {(*path, *below): mark for below, _ in walk(value)}
        for length in range(1, len(path)):
            marks.setdefault(path[:length], mark)  # what the override added on its way
    for path, _ in walk(data):
        if path not in marks and path[:-1] in marks:
            marks[path] = marks[path[:-1]]  # a lone value that got its name
    return Source(data, marks, source.text), problems


def parse_overrides(
    overrides: Mapping[str, Any] | Iterable[str],
) -> tuple[dict[Path, Any], list[Problem]]:
    """Read several overrides; a later one wins over an earlier of the same path.

    Args:
        overrides: ``path=value`` texts, or a mapping of paths to values.

    Returns:
        Values by path, and what is wrong with those that could not be read.
    """
    if isinstance(overrides, str):
        overrides = [overrides]
    values: dict[Path, Any] = {}
    problems: list[Problem] = []
    if isinstance(overrides, Mapping):
        for name, value in overrides.items():
            if parse_path(name):
                values[parse_path(name)] = value
            else:
                message = f"expected a path like 'training.epochs', received {name!r}."
                problems.append(Problem(message, mark=COMMAND_LINE))
        return values, problems
    for text in overrides:
        try:
            path, value = parse_override(text)
        except ConfigError as error:
            problems += error.problems
        else:
            values[path] = value
    return values, problems


def _put(data: Any, path: Path, value: Any) -> Problem | None:
    """Set a value in nested data, or say which part of its path fits nowhere."""
    above: Any = None
    for depth, part in enumerate(path):
        here, below = path[: depth + 1], path[depth + 1 :]
        other = other_layer(above, here) if isinstance(above, list) else None
        if other:
            return other
        if isinstance(data, list) and isinstance(part, int):
            if part > len(data) or (part == len(data) and below):
                message = f"there are {len(data)} items, counted from 0."
                return Problem(message, here)
            if part == len(data):
                data.append(None)
        elif isinstance(data, dict) and isinstance(part, str):
            if is_named_place(path[:depth]):
                for key in data.keys() - {part}:
                    del data[key]  # another named object replaces
        else:
            return _misfit(data, here)
        data[part] = _opened(data, here, below[0]) if below else value
        above, data = data, data[part]
    return None


def _opened(data: Any, path: Path, below: str | int) -> Any:
    """Return what stands at the end of a path, made ready for something below it."""
    part = path[-1]
    found = data.get(part) if isinstance(data, dict) else data[part]
    if found is None:
        return [] if isinstance(below, int) else {}
    if isinstance(below, str):
        found = with_name(found, path)
        found = with_argument_name(part, found) if isinstance(part, str) else found
    if isinstance(found, str) and (found == below or is_named_place(path)):
        return {below: {}}  # `optimizer: Adam` and `Adam.learning_rate=..`
    return found


def _misfit(data: Any, path: Path) -> Problem:
    """Explain a path that goes through a value in the wrong way."""
    if isinstance(data, dict):
        hint = did_you_mean(path[-1], data)
        return Problem("a name is needed here, not a position.", path, hint)
    if isinstance(data, list):
        message = "a position like [0] is needed here, not a name."
        return no_such_layer(data, path) or Problem(message, path)
    return Problem(f"{path[-1]!r} cannot be set inside {data!r}.", path[:-1])
