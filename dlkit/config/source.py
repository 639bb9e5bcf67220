"""A config as it was written: plain values, and where each of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from dlkit.errors import Mark, Path, Problem


@dataclass(frozen=True)
class Source:
    """Plain values with the place of every key and list item.

    Attributes:
        data: Nested dicts, lists and scalars, as YAML gave them.
        marks: For each path in ``data``, where its key (or list item) was written.
        text: The file's own text, to be kept with the run.
    """

    data: dict[str, Any]
    marks: Mapping[Path, Mark]
    text: str = ""

    def mark(self, path: Path) -> Mark | None:
        """Return the place of a path, or of its nearest parent that was written."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.marks:
                return self.marks[path[:length]]
        return None

    def locate(self, problems: Iterable[Problem]) -> list[Problem]:
        """Give each problem of a value its place, and sort them in reading order."""
        located = {
            replace(problem, mark=self.mark(problem.path))
            if problem.path and not problem.mark
            else problem: None
            for problem in problems
        }
        return sorted(located, key=_reading_order)


def _reading_order(problem: Problem) -> tuple[str, int, int]:
    mark = problem.mark or Mark("")
    return mark.file, mark.line, mark.column


def lookup(data: Any, path: Path) -> Any:
    """Return the value at a path.

    Raises:
        KeyError: If nothing stands there.
    """
    for part in path:
        if isinstance(data, str):  # it has letters, but no items
            raise KeyError(part)
        try:
            data = data[part]
        except (IndexError, TypeError) as error:
            raise KeyError(part) from error
    return data


def without(data: Any, paths: set[Path], here: Path = ()) -> Any:
    """Return a copy of nested data without what stands at some paths."""
    if isinstance(data, dict):
        return {
            key: without(value, paths, (*here, key))
            for key, value in data.items()
            if (*here, key) not in paths
        }
    if isinstance(data, list):
        return [
            without(value, paths, (*here, index))
            for index, value in enumerate(data)
            if (*here, index) not in paths
        ]
    return data


def walk(data: Any, here: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every path in nested data with its value, parents first."""
    yield here, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, (*here, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from walk(value, (*here, index))
