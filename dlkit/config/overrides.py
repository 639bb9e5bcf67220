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
from dlkit.config.names import did_you_mean, snake_case
from dlkit.config.source import Source, walk
from dlkit.config.yaml_reader import read_scalar
from dlkit.errors import ConfigError, Mark, Path, Problem

COMMAND_LINE = Mark("command line")

CLASS_LEFT_OUT: tuple[Path, ...] = (("optimizer",), ("lr_schedule",))
"""Where an argument may follow at once, whatever the class of the object is."""

_PART = re.compile(
    r"""\[(?P<index>\d+)\]|\["(?P<double>[^"]*)"\]|\['(?P<single>[^']*)'\]|(?P<name>[^.\[\]=]+)"""
)

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


def parse_path(text: str) -> Path:
    """Read ``a.b[2]['c.d']`` as a path; return an empty one where the text is none."""
    path: list[str | int] = []
    position = 0
    while position < len(text):
        match = _PART.match(text, position + (text[position] == "." and position > 0))
        if not match:
            return ()
        kind = match.lastgroup or ""
        path.append(int(match[kind]) if kind == "index" else match[kind])
        position = match.end()
    return tuple(path)


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
    data = copy.deepcopy(source.data)
    marks = dict(source.marks)
    problems = []
    for written, value in overrides.items():
        path = _with_positions(data, written)
        problem = _put(data, path, value)
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


def _with_positions(data: Any, path: Path) -> Path:
    """Return a path with the names of list items replaced by their positions.

    A layer goes by its ``name:``, or by its class and place: ``architecture.layers.dense_2``.
    Where its class is left out it is added.
    """
    found: list[str | int] = []
    for part in path:
        head = _class_of(data) if found[-2:-1] == ["layers"] else ""
        if head and isinstance(part, str) and not (part == head or part[:1].isupper()):
            found.append(head)
            data = data[head] if isinstance(data, dict) else None
        elif part is path[-1] and _is_argument(part, data, tuple(found)):
            found.append(_class_of(data))
            data = data[found[-1]] if isinstance(data, dict) else None
        if isinstance(data, list) and isinstance(part, str):
            part = next((i for i, item in enumerate(data) if part in _names(item, i)), part)
        found.append(part)
        try:
            data = data[part]
        except (IndexError, KeyError, TypeError):
            data = None
    return tuple(found)


def _is_argument(part: str | int, data: Any, here: Path) -> bool:
    """Tell whether the last part of a path is an argument of the optimizer that stands there.

    It is one if it has a small letter first, as arguments have, and is no name of that
    optimizer: ``optimizer.learning_rate`` and ``optimizer.adam``.
    """
    if not (isinstance(part, str) and part[:1].islower() and _class_of(data)):
        return False
    return here in CLASS_LEFT_OUT and part != _class_of(data)


def _class_of(item: Any) -> str:
    """Return the class, or the block, that an item of a list of layers names; else nothing."""
    if isinstance(item, str):
        return item
    return str(next(iter(item))) if isinstance(item, dict) and len(item) == 1 else ""


def _names(item: Any, index: int) -> set[str]:
    """Return the names by which a list item may be called."""
    if isinstance(item, str):
        return {f"{snake_case(item)}_{index}"}
    if not isinstance(item, dict) or len(item) != 1:
        return set()
    ((head, arguments),) = item.items()
    own = arguments.get("name") if isinstance(arguments, dict) else None
    return {str(own)} if own else {f"{snake_case(head)}_{index}"}


def _put(data: Any, path: Path, value: Any) -> Problem | None:
    """Set a value in nested data, or say which part of its path fits nowhere."""
    for depth, part in enumerate(path):
        here, below = path[: depth + 1], path[depth + 1 :]
        if isinstance(data, list) and isinstance(part, int):
            if part > len(data) or (part == len(data) and below):
                message = f"there are {len(data)} items, counted from 0."
                return Problem(message, here, mark=COMMAND_LINE)
            if part == len(data):
                data.append(None)
        elif isinstance(data, dict) and isinstance(part, str):
            if is_named_place(path[:depth]):
                for other in data.keys() - {part}:
                    del data[other]  # another named object replaces
        else:
            return _misfit(data, here)
        data[part] = _opened(data, here, below[0]) if below else value
        data = data[part]
    return None


def _opened(data: Any, path: Path, below: str | int) -> Any:
    """Return what stands at the end of a path, made ready for something below it."""
    part = path[-1]
    found = data.get(part) if isinstance(data, dict) else data[part]
    if found is None:
        return [] if isinstance(below, int) else {}
    if isinstance(below, str):
        found = with_name(found, path)
    if isinstance(found, str) and (found == below or is_named_place(path)):
        return {below: {}}  # `optimizer: Adam` and `Adam.learning_rate=..`
    return found


def _misfit(data: Any, path: Path) -> Problem:
    """Explain a path that goes through a value in the wrong way."""
    if isinstance(data, dict):
        hint = did_you_mean(path[-1], data)
        return Problem("a name is needed here, not a position.", path, hint, COMMAND_LINE)
    if isinstance(data, list):
        return Problem(
            "a position like [0] is needed here, not a name.", path, "", COMMAND_LINE
        )
    return Problem(f"{path[-1]!r} cannot be set inside {data!r}.", path[:-1], "", COMMAND_LINE)
