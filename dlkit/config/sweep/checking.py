"""Prove before the first trial that what a sweep sets can be set.

Each value is tried alone, then whole points together: whatever a file may not say, a sweep
may not make.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.schema import Config
from dlkit.config.setting_places import with_positions
from dlkit.config.source import Source
from dlkit.config.sweep.choosing import objectives_of
from dlkit.config.sweep.objective_rules import check_objective
from dlkit.config.sweep.parameter_names import PARAMETERS
from dlkit.config.sweep.points import (
    clashes,
    conditions_of,
    draw_point,
    sample_points,
    without_sweep,
)
from dlkit.config.sweep.points import extreme_points as extreme_points
from dlkit.config.sweep.points import source_at as source_at
from dlkit.config.sweep.rules import exclude
from dlkit.config.sweep.section import SweepConfig
from dlkit.config.sweep.space import (
    Parameter,
    Point,
    describe_point,
    parameters_of,
)
from dlkit.config.sweep.value_faults import fault_of_all, fault_of_value
from dlkit.errors import ConfigError, Path, Problem, format_path

MOST_POINTS_TRIED = 64
"""Points whose settings are checked together; all of a smaller grid."""

LEAST_POINTS_TRIED = 8

MOST_LAYERS_READ = 1000
"""Layers that are read in all these points: of a deep network fewer points are tried."""

MOST_VALUES_TRIED = 24
"""Values of a parameter that are tried alone, where they are no more than numbers."""

ENDS: tuple[Callable[[Sequence[float]], float], ...] = (min, max)

OTHERS_TRIED = 6
"""Points at random in which a value that is wrong alone may be right."""


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


def base_of(loaded: LoadedConfig) -> LoadedConfig:
    """Return an experiment without its sweep, as it is written."""
    if loaded.config.sweep is None:
        return loaded
    config = loaded.config.model_copy(update={"sweep": None})
    return replace(loaded, config=config, source=without_sweep(loaded.source))


def _faults(sweep: Sweep) -> Iterator[Problem]:
    """Yield what is wrong with places, with single values, or else with points."""
    found = [
        *_same_places(sweep),
        *clashes(sweep.parameters),
        *(problem for each in sweep.parameters for problem in _faults_alone(sweep, each)),
    ]
    yield from found or _faults_together(sweep)


def _same_places(sweep: Sweep) -> Iterator[Problem]:
    """Yield parameters that set one place in two spellings."""
    seen: dict[Path, tuple[Parameter, Path]] = {}
    data = sweep.loaded.source.data
    for each in sweep.parameters:
        for path in each.paths:
            other, spelling = seen.setdefault(with_positions(data, path), (each, path))
            if other is each or spelling == path or exclude(each.config, other.config):
                continue
            message = f"{format_path(path)} is {format_path(spelling)}, set by {other.name!r}."
            yield Problem(message, (*PARAMETERS, each.name), "Keep one of the two.")


def _faults_alone(sweep: Sweep, parameter: Parameter) -> Iterator[Problem]:
    """Yield what is wrong with each value of a parameter, all others as they are written.

    Where it matters only with values of others, these are set as well.
    """
    around = conditions_of(sweep.parameters, parameter)
    if around and _problems_at(sweep, around):
        return  # what surrounds it is wrong, and told of for itself
    values = _tried_alone(parameter)
    found: list[tuple[Any, dict[tuple[Path, str], Problem]]] = []
    for value in values:
        problems = _problems_at(sweep, {**around, parameter.name: value})
        wrong = problems and not _is_right_elsewhere(sweep, parameter, value)
        found.append((value, {(p.path, p.message): p for p in problems} if wrong else {}))
    if not any(told for _, told in found):
        yield from _idle(sweep, parameter, values, around)
        return
    always = set.intersection(*({*each} for _, each in found)) if len(found) > 1 else set()
    for problem in (p for key, p in found[0][1].items() if key in always):
        yield fault_of_all(sweep.loaded.source, parameter, problem)
    for value, told in found:
        left = [problem for key, problem in told.items() if key not in always]
        for problem in left:
            yield fault_of_value(parameter, value, problem, _int_hint(sweep, parameter, around))
        if left and parameter.config.is_range:
            return  # the rest of a range is wrong in the same way


def _idle(
    sweep: Sweep, parameter: Parameter, values: Sequence[Any], around: Point
) -> Iterator[Problem]:
    """Say so where all values make the same experiment."""
    if len(values) < 2:
        return
    made: list[Config] = []
    for value in values:
        try:
            made.append(sweep.at({**around, parameter.name: value}).config)
        except ConfigError:
            return  # right with values of others only
        if made[-1] != made[0]:
            return
    message = "it changes nothing: the experiment is the same with each of its values."
    yield Problem(message, (*PARAMETERS, parameter.name), "Is its path right?")


def _tried_alone(parameter: Parameter) -> tuple[Any, ...]:
    """Return the values to try: all but numbers, and of many numbers the outermost."""
    values = parameter.samples
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    if len(numbers) <= MOST_VALUES_TRIED:
        return values
    whole: list[float] = [v for v in numbers if isinstance(v, int)]
    even = [v for v in numbers if isinstance(v, float) and v.is_integer()]
    broken = [v for v in numbers if isinstance(v, float) and not v.is_integer()]
    outermost = {id(end(v)) for v in (whole, even, broken) if v for end in ENDS}
    inner = {id(v) for v in numbers} - outermost
    return tuple(v for v in values if id(v) not in inner)


def _is_right_elsewhere(sweep: Sweep, parameter: Parameter, value: Any) -> bool:
    """Tell whether a value that is wrong alone is right with values of others."""
    if len(sweep.parameters) == 1:
        return False
    draw = random.Random(0)  # noqa: S311 - no secret
    known = {parameter.name: value} | conditions_of(sweep.parameters, parameter)
    points = [draw_point(sweep.parameters, known, draw) for _ in range(OTHERS_TRIED)]
    return any(parameter.name in point and not _problems_at(sweep, point) for point in points)


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
        config = sweep.at(point).config
    except ConfigError as error:
        return list(error.problems)
    names = objectives_of(sweep.loaded.config)
    return [problem for name in names for problem in check_objective(config, name)]


def _faults_together(sweep: Sweep) -> Iterator[Problem]:
    """Warn of points that cannot be; where none can be, that is an error."""
    points = sample_points(sweep.parameters, points_tried(sweep.loaded.source))
    wrong = [(point, found) for point in points if (found := _problems_at(sweep, point))]
    if not wrong:
        return
    point, problems = wrong[0]
    problem = sweep.loaded.source.locate(problems)[0]
    example = describe_point(sweep.parameters, point)
    own = problem.path[: len(PARAMETERS)] == PARAMETERS
    place = format_path(problem.path[len(PARAMETERS) :] if own else problem.path)
    reason = f"{place}: {problem.message} {problem.hint}".strip()
    if len(wrong) == len(points):
        message = f"no combination of these values can be run. With {example}: {reason}"
        yield Problem(message, PARAMETERS)
        return
    message = (
        f"{len(wrong)} of {len(points)} combinations tried cannot be run, such as"
        f" {example}: {reason}"
    )
    hint = "Their trials fail and the sweep goes on; `when:` leaves them out."
    yield Problem(message, PARAMETERS, hint, warning=True)


def points_tried(source: Source) -> int:
    """Return at how many points all is checked together: at fewer where it takes longer."""
    architecture = source.data.get("architecture")
    layers = architecture.get("layers") if isinstance(architecture, dict) else None
    count = MOST_LAYERS_READ // len(layers or [None])
    return max(LEAST_POINTS_TRIED, min(MOST_POINTS_TRIED, count))
