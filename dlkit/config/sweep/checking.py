"""Prove before the first trial that what a sweep sets can be set.

Each value is tried alone, then whole points together: whatever a file may not say, a sweep
may not make.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.overrides import apply_overrides
from dlkit.config.source import Source
from dlkit.config.sweep.section import SweepConfig
from dlkit.config.sweep.space import (
    Parameter,
    Point,
    as_list,
    describe_point,
    fits,
    format_label,
    grid_of,
    grid_size,
    parameters_of,
    settings_of,
)
from dlkit.errors import ConfigError, Mark, Path, Problem, format_path

MOST_POINTS_TRIED = 64
"""Points whose settings are checked together; all of a smaller grid."""


@dataclass(frozen=True)
class Sweep:
    """A sweep that is checked, ready to be run.

    Attributes:
        loaded: The experiment with its section ``sweep``.
        section: That section.
        parameters: What is tried, in the order in which it is drawn.
    """

    loaded: LoadedConfig
    section: SweepConfig
    parameters: tuple[Parameter, ...]

    def at(self, point: Point) -> LoadedConfig:
        """Return the experiment at a point, without the sweep.

        Raises:
            ConfigError: If it cannot be, with every fault.
        """
        source, problems = source_at(self.loaded.source, self.parameters, point)
        return check_source(source, problems, catalogue=self.loaded.catalogue)


def sweep_of(loaded: LoadedConfig) -> Sweep:
    """Return the sweep of a config, and prove that it can be run.

    Args:
        loaded: The checked config.

    Raises:
        ConfigError: If it has none, or what it sets cannot be set, with every fault.
    """
    section = loaded.config.sweep
    if section is None:
        hint = "Example: `sweep: {parameters: {optimizer.learning_rate: [1e-3, 1e-2]}}`"
        raise ConfigError(Problem("there is nothing to sweep.", ("sweep",), hint))
    sweep = Sweep(loaded, section, parameters_of(section))
    problems = loaded.source.locate(_faults(sweep))
    if any(not each.warning for each in problems):
        raise ConfigError(each for each in problems if not each.warning)
    return replace(sweep, loaded=replace(loaded, warnings=(*loaded.warnings, *problems)))


def source_at(
    source: Source, parameters: Sequence[Parameter], point: Point
) -> tuple[Source, list[Problem]]:
    """Return what would be written for a trial at a point, and what fits nowhere."""
    problems: list[Problem] = []
    places = {path: each.name for each in parameters for path in each.paths}
    result = without_sweep(source)
    for path, value in settings_of(parameters, point).items():
        mark = source.mark(("sweep", "parameters", places[path]))
        result, found = apply_overrides(result, {path: value}, mark or Mark("sweep"))
        problems += found
    return result, problems


def without_sweep(source: Source) -> Source:
    """Return what was written but for the sweep."""
    data = {key: value for key, value in source.data.items() if key != "sweep"}
    marks = {path: mark for path, mark in source.marks.items() if path[:1] != ("sweep",)}
    return Source(data, marks, source.text)


def base_of(loaded: LoadedConfig) -> LoadedConfig:
    """Return an experiment without its sweep, as it is written."""
    if loaded.config.sweep is None:
        return loaded
    config = loaded.config.model_copy(update={"sweep": None})
    return replace(loaded, config=config, source=without_sweep(loaded.source))


def _faults(sweep: Sweep) -> Iterator[Problem]:
    """Yield what is wrong with single values, or else with points."""
    found = [problem for each in sweep.parameters for problem in _faults_alone(sweep, each)]
    yield from found or [*_faults_together(sweep)]


def _faults_alone(sweep: Sweep, parameter: Parameter) -> Iterator[Problem]:
    """Yield what is wrong with each value of a parameter, all others as they are written.

    Where it matters only with values of others, these are set as well.
    """
    told: set[tuple[Path, str]] = set()
    around = _conditions(sweep.parameters, parameter)
    if around and _problems_at(sweep, around):
        return  # what surrounds it is wrong, and told of for itself
    for value in parameter.samples:
        for problem in _problems_at(sweep, {**around, parameter.name: value}):
            key = problem.path, problem.message
            if key in told:
                continue
            told.add(key)
            yield _about(parameter, value, problem, _int_hint(sweep, parameter, around))


def _about(parameter: Parameter, value: Any, problem: Problem, hint: str) -> Problem:
    """Say of a parameter what is wrong with a setting that it makes."""
    path: Path = ("sweep", "parameters", parameter.name)
    setting = format_path(problem.path)
    at = format_label(parameter.label_of(value))
    where = "" if setting in {format_path(each) for each in parameter.paths} else f"{setting}: "
    return Problem(f"{at}: {where}{problem.message}", path, hint or problem.hint)


def _int_hint(sweep: Sweep, parameter: Parameter, around: Point) -> str:
    """Say that a range should be one of whole numbers, where it would be sound then."""
    config = parameter.config
    if not config.is_range or config.int:
        return ""
    low, _, _ = parameter.bounds
    if not float(low).is_integer() or _problems_at(sweep, {**around, parameter.name: int(low)}):
        return ""
    return "Add `int: true` for whole numbers."


def _problems_at(sweep: Sweep, point: Point) -> list[Problem]:
    """Return every fault of the experiment at a point."""
    try:
        sweep.at(point)
    except ConfigError as error:
        return list(error.problems)
    return []


def _conditions(parameters: Sequence[Parameter], wanted: Parameter) -> dict[str, Any]:
    """Return values of others with which a parameter matters."""
    point: dict[str, Any] = {}
    by_name = {each.name: each for each in parameters}
    for name, values in (wanted.config.when or {}).items():
        other = by_name[name]
        point |= _conditions(parameters, other)
        point[name] = next(
            (v for v in other.points or () if any(fits(v, w) for w in as_list(values))),
            as_list(values)[0],
        )
    return point


def _faults_together(sweep: Sweep) -> Iterator[Problem]:
    """Warn of points that cannot be; where none can be, that is an error."""
    points = sample_points(sweep.parameters, MOST_POINTS_TRIED)
    wrong = [(point, found) for point in points if (found := _problems_at(sweep, point))]
    if not wrong:
        return
    point, problems = wrong[0]
    problem = sweep.loaded.source.locate(problems)[0]
    example = describe_point(sweep.parameters, point)
    path: Path = ("sweep", "parameters")
    reason = f"{format_path(problem.path)}: {problem.message} {problem.hint}".strip()
    if len(wrong) == len(points):
        message = f"no combination of these values can be run. {example}: {reason}"
        yield Problem(message, path)
        return
    message = (
        f"{len(wrong)} of {len(points)} combinations tried cannot be run, such as"
        f" {example}: {reason}"
    )
    hint = "Their trials fail and the sweep goes on; `when:` leaves them out."
    yield Problem(message, path, hint, warning=True)


def sample_points(parameters: Sequence[Parameter], most: int) -> list[dict[str, Any]]:
    """Return points that stand for all: every one of a small grid, else some at random.

    The same parameters give the same points.
    """
    listed = all(each.points is not None for each in parameters)
    if listed and grid_size(parameters, most + 1) <= most:
        return list(grid_of(parameters))
    draw = random.Random(0)  # noqa: S311 - no secret
    points: list[dict[str, Any]] = []
    for _ in range(most):
        point: dict[str, Any] = {}
        for each in parameters:
            if each.matters(point):
                point[each.name] = draw.choice(each.samples)
        if point not in points:
            points.append(point)
    return points


def extreme_points(parameters: Sequence[Parameter]) -> list[dict[str, Any]]:
    """Return the points whose models lie furthest apart: all at their first, all at their last.

    Of a range these are its ends.
    """
    found: list[dict[str, Any]] = []
    for index in (0, -1):
        point: dict[str, Any] = {}
        for each in parameters:
            if each.matters(point):
                point[each.name] = each.samples[index]
        if point not in found:
            found.append(point)
    return found
