from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.source import Source, lookup, walk, without
from dlkit.errors import Mark, Path, Problem

DATA = {"a": {"b": [10, {"c": 11}]}, "d": 12}

SOURCE = Source(
    DATA,
    {
        (): Mark("f"),
        ("a",): Mark("f", 2, 1),
        ("a", "b", 1): Mark("f", 4, 5),
        ("d",): Mark("f", 1),
    },
)


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        (("a",), Mark("f", 2, 1)),
        (("a", "x", "y"), Mark("f", 2, 1)),
        (("a", "b", 1, "c"), Mark("f", 4, 5)),
        (("unknown",), Mark("f")),
        ((), Mark("f")),
    ],
)
def test_mark_of_a_path_is_that_of_its_nearest_written_parent(path: Path, mark: Mark) -> None:
    assert SOURCE.mark(path) == mark


def test_locate_marks_sorts_and_says_nothing_twice() -> None:
    problems = [
        Problem("late", ("a", "b", 1)),
        Problem("early", ("d",)),
        Problem("early", ("d",)),
        Problem("own place", ("d",), mark=Mark("f", 3)),
    ]
    assert [problem.message for problem in SOURCE.locate(problems)] == [
        "early",
        "own place",
        "late",
    ]


@pytest.mark.parametrize(
    ("path", "value"), [((), DATA), (("d",), 12), (("a", "b", 1, "c"), 11)]
)
def test_lookup_returns_what_stands_at_a_path(path: Path, value: object) -> None:
    assert lookup(DATA, path) == value


@pytest.mark.parametrize("path", [("x",), ("a", "b", 2), ("d", "x"), ("a", "b", "c"), ("t", 0)])
def test_lookup_fails_when_nothing_stands_there(path: Path) -> None:
    with pytest.raises(KeyError, match=str(path[-1])):
        lookup(DATA | {"t": "text"}, path)


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        (set(), DATA),
        ({("a",)}, {"d": 12}),
        ({("a", "b", 0)}, {"a": {"b": [{"c": 11}]}, "d": 12}),
        ({("a", "b", 1, "c"), ("d",)}, {"a": {"b": [10, {}]}}),
        ({("x", "y")}, DATA),
    ],
)
def test_without_leaves_out_what_stands_at_the_paths(paths: set[Path], left: Any) -> None:
    assert without(DATA, paths) == left


def test_walk_yields_parents_before_what_they_hold() -> None:
    assert [path for path, _ in walk(DATA)] == [
        (),
        ("a",),
        ("a", "b"),
        ("a", "b", 0),
        ("a", "b", 1),
        ("a", "b", 1, "c"),
        ("d",),
    ]
