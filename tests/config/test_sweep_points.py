"""What holds of every sweep: its grid, its labels and its ranges, whatever is in them."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlkit.config.source import Source
from dlkit.config.sweep.counting import grid_size
from dlkit.config.sweep.points import place_of, sample_points, source_at
from dlkit.config.sweep.section import ParameterConfig, SweepConfig
from dlkit.config.sweep.space import (
    Parameter,
    describe_point,
    fits,
    format_label,
    grid_of,
    is_scalar,
    parameters_of,
    settings_of,
)

SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text(max_size=4)
)

VALUES = st.recursive(
    SCALARS,
    lambda inside: (
        st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=2)
    ),
    max_leaves=5,
)


def sweep(**parameters: Any) -> tuple[Parameter, ...]:
    """Return the parameters of a sweep."""
    return parameters_of(SweepConfig.model_validate({"parameters": parameters}))


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_labels_are_scalars_of_their_own_and_lead_back(values: list[Any]) -> None:
    distinct = [v for i, v in enumerate(values) if not any(same(v, o) for o in values[:i])]
    (parameter,) = sweep(seed={"values": distinct})
    labels = [parameter.label_of(value) for value in parameter.config.values or ()]
    assert all(is_scalar(label) for label in labels)
    assert len({json.dumps(label) for label in labels}) == len(labels)
    assert all(one != other for one, other in itertools.combinations(labels, 2))
    assert all(same(parameter.value_of(parameter.label_of(v)), v) for v in distinct)


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are one, of one type."""
    return type(one) is type(other) and bool(one == other)


@st.composite
def swept(draw: st.DrawFn) -> tuple[Parameter, ...]:
    """Return parameters, each with values of its own and conditions on those before it."""
    parameters: dict[str, Any] = {}
    for name in "abcde"[: draw(st.integers(1, 5))]:
        values = draw(st.lists(st.integers(0, 4), min_size=1, max_size=4, unique=True))
        parameters[name] = {"values": values}
        others = [each for each in parameters if each != name]
        if others and draw(st.booleans()):
            other = draw(st.sampled_from(others))
            wanted = draw(st.sampled_from(parameters[other]["values"]))
            parameters[name]["when"] = {other: wanted}
    return sweep(**dict(draw(st.permutations(list(parameters.items())))))


@given(swept())
def test_grid_has_every_point_once_and_is_counted_without_it(
    parameters: tuple[Parameter, ...],
) -> None:
    points = list(grid_of(parameters))
    assert len({json.dumps(point, sort_keys=True) for point in points}) == len(points)
    assert grid_size(parameters, 10_000) == len(points)
    assert grid_size(parameters, 2) == min(2, len(points))
    lists = [[(each.name, value) for value in each.points or ()] for each in parameters]
    reduced = {
        json.dumps(within(parameters, dict(point)), sort_keys=True)
        for point in itertools.product(*lists)
    }
    assert {json.dumps(point, sort_keys=True) for point in points} == reduced


def within(parameters: tuple[Parameter, ...], point: dict[str, Any]) -> dict[str, Any]:
    """Return what is left of a point when each condition is asked by hand."""
    left = dict(point)
    for _ in parameters:
        left = {
            each.name: left[each.name]
            for each in parameters
            if each.name in left
            and all(left.get(k, "gone") == v for k, v in (each.config.when or {}).items())
        }
    return left


@given(swept(), st.integers(1, 40))
def test_samples_are_points_of_the_grid(parameters: tuple[Parameter, ...], most: int) -> None:
    grid = list(grid_of(parameters))
    points = sample_points(parameters, most)
    assert all(point in grid for point in points)
    assert points == grid if len(grid) <= most else 0 < len(points) <= most
    assert points == sample_points(parameters, most)


@given(swept())
def test_every_point_is_written_and_told(parameters: tuple[Parameter, ...]) -> None:
    source = Source({"a": None, "sweep": {}}, {})
    for point in grid_of(parameters):
        written, problems = source_at(source, parameters, point)
        assert not problems
        assert written.data == {"a": None} | point
        assert settings_of(parameters, point) == {(name,): v for name, v in point.items()}
        assert sorted(describe_point(parameters, point).split("  ")) == sorted(
            f"{name}={value}" for name, value in point.items()
        )


@settings(max_examples=200)
@given(
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.booleans(),
    st.sampled_from([None, 1, 2, 7]),
    st.booleans(),
)
def test_samples_of_a_range_lie_in_it(
    low: int, more: int, whole: bool, step: int | None, log: bool
) -> None:
    written = {"low": low, "high": low + more, "int": whole}
    written |= {"log": True} if log else {"step": step}
    (parameter,) = sweep(seed=written)
    samples = parameter.samples
    assert samples[0] == low
    assert all(low <= each <= low + more for each in samples)
    assert not whole or all(isinstance(each, int) for each in samples)
    count = parameter.count
    assert (count is None) == (log or (step is None and not whole))
    if count is not None:
        assert parameter.points == tuple(range(low, low + more + 1, step or 1))
        assert len(parameter.points) == count
    else:
        assert samples[-1] == low + more


def test_inside_of_a_range_is_no_whole_number() -> None:
    (parameter,) = sweep(seed={"low": 4, "high": 64})
    assert not parameter.samples[1].is_integer()
    (even,) = sweep(seed={"low": 1e-4, "high": 1e-1, "log": True})
    inside = (math.log(even.samples[1]) - math.log(1e-4)) / math.log(1e3)
    assert inside == pytest.approx((3 - math.sqrt(5)) / 2)


@pytest.mark.parametrize(
    ("value", "wanted", "is_it"),
    [
        (1, 1.0, True),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        (None, None, True),
        ("SGD", "SGD", True),
        ({"SGD": {"momentum": 0.9}}, "SGD", True),
        ({"SGD": {"momentum": 0.9}}, {"SGD": {"momentum": 0.9}}, True),
        ({"SGD": {"momentum": 0.9}}, {"SGD": {}}, False),
        ({"SGD": 1, "Adam": 2}, "SGD", False),
        ([64, 32], [64, 32], True),
        (0, None, False),
    ],
)
def test_value_fits_a_condition(value: Any, wanted: Any, is_it: bool) -> None:
    assert fits(value, wanted) is is_it


def test_huge_range_is_counted_and_sampled_without_its_numbers() -> None:
    parameters = sweep(seed={"low": 0, "high": 2_000_000_000, "int": True})
    assert parameters[0].count == 2_000_000_001
    assert parameters[0].samples == (0, 1_000_000_000, 2_000_000_000)
    assert grid_size(parameters, 100) == 100


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (0.000123456, "0.0001235"),
        (3, "3"),
        (True, "True"),
        ("two\nlines", "two lines"),
        ("x" * 300, "x" * 59 + "…"),
        ("<script>", "<script>"),
    ],
)
def test_label_is_shown_in_one_short_line(label: Any, told: str) -> None:
    assert format_label(label) == told


def test_value_has_the_place_where_it_is_written() -> None:
    (listed, ranged, said) = sweep(
        a=[1, 2], b={"values": [1, 2], "when": {"a": 1}}, c={"low": 1, "high": 9}
    )
    assert place_of(listed, 2) == ("sweep", "parameters", "a", 1)
    assert place_of(said, 2) == ("sweep", "parameters", "b", "values", 1)
    assert place_of(ranged, 9.0) == ("sweep", "parameters", "c", "high")
    assert place_of(ranged, 4.5) == ("sweep", "parameters", "c")


def test_parameter_comes_behind_what_it_asks_for() -> None:
    config = {"a": {"values": [1], "when": {"c": 1}}, "b": [1], "c": {"values": [1, 2]}}
    assert [each.name for each in sweep(**config)] == ["b", "c", "a"]
    assert ParameterConfig(values=(1,)).is_range is False
