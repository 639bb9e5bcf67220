"""Faults of the settings that a sweep makes, said of the parameter that makes them."""

from __future__ import annotations

from typing import Any

from dlkit.config.names import did_you_mean
from dlkit.config.source import Source, walk
from dlkit.config.sweep.parameter_names import PARAMETERS
from dlkit.config.sweep.points import place_of, without_sweep
from dlkit.config.sweep.settings import setting_paths
from dlkit.config.sweep.space import Parameter, format_label
from dlkit.errors import Path, Problem, format_path


def fault_of_all(source: Source, parameter: Parameter, problem: Problem) -> Problem:
    """Say of a parameter what is wrong with all that it sets.

    Args:
        source: What was written.
        parameter: The parameter.
        problem: What is wrong with a setting.
    """
    path: Path = (*PARAMETERS, parameter.name)
    if problem.path == (parameter.name,) and problem.message == "unknown key.":
        message = f"{parameter.name!r} is no setting; a parameter goes by the path of one."
        return Problem(message, path, _path_hint(source, parameter.name))
    return Problem(f"{_where(parameter, problem)}{problem.message}", path, problem.hint)


def fault_of_value(parameter: Parameter, value: Any, problem: Problem, hint: str) -> Problem:
    """Say of one value of a parameter what is wrong with a setting that it makes.

    Args:
        parameter: The parameter.
        value: The value.
        problem: What is wrong with the setting.
        hint: What to do about it, if more is known than the problem says.
    """
    where = _where(parameter, problem)
    shown = where or parameter.config.is_range
    at = f"with {format_label(parameter.label_of(value))}: " if shown else ""
    place = place_of(parameter, value)
    return Problem(f"{at}{where}{problem.message}", place, hint or problem.hint)


def _where(parameter: Parameter, problem: Problem) -> str:
    """Name the setting that is wrong where the parameter is not called so."""
    if problem.path[: len(PARAMETERS)] == PARAMETERS or not problem.path:
        return ""
    return "" if (problem.path,) == parameter.paths else f"{format_path(problem.path)}: "


def _path_hint(source: Source, name: str) -> str:
    """Say which path may be meant by a name that is none."""
    data = without_sweep(source).data
    known = [*setting_paths(), *(format_path(path) for path, _ in walk(data) if path)]
    ends = [path for path in known if path.endswith(f".{name}")]
    if ends:
        return f"Did you mean {ends[0]!r}?"
    near = did_you_mean(name, known, most=0)
    return near or "Example: `training.batch_size`. A name of one's own goes with `paths`."
