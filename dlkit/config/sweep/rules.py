"""What must hold within a section ``sweep``; rules as in ``config.rules``.

Whether the settings that it makes are sound is asked of the settings (``checking``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dlkit.config.names import MAX_LISTED, did_you_mean
from dlkit.config.path_text import parse_path
from dlkit.config.schema import Config
from dlkit.config.sweep.choosing import MOST_POINTS, pruner_of, sampler_of
from dlkit.config.sweep.counting import grid_size
from dlkit.config.sweep.objective_rules import check_objectives
from dlkit.config.sweep.parameter_names import PARAMETERS
from dlkit.config.sweep.section import OWN_OBJECTIVES, ParameterConfig, SweepConfig
from dlkit.config.sweep.space import (
    as_list,
    fits,
    format_label,
    labels_of,
    parameters_of,
)
from dlkit.config.values import show
from dlkit.errors import Path, Problem

FIXED: dict[Path, str] = {
    ("sweep",): "a sweep cannot change itself.",
    ("name",): "all trials are of one experiment, which has one name.",
    ("base",): "files are read before anything is tried.",
    ("remove",): "files are read before anything is tried.",
    ("training", "threads"): "one process runs many trials, and has its threads once.",
    ("training", "distribute"): "one process runs many trials, and has its devices once.",
}
"""What a sweep cannot change, and why."""

RANGE_KEYS = ("low", "high", "log", "int", "step")

TABLE_COLUMNS = ("trial", "state", "epochs", "parameters", "seconds", "folder", "reason")
"""What a table of trials says of each beside its values and objectives."""


def check_parameters(config: Config) -> Iterator[Problem]:
    """Each parameter has values, or a range with numbers in it, and a place."""
    parameters = config.sweep.parameters if config.sweep else {}
    for name, parameter in parameters.items():
        path: Path = (*PARAMETERS, name)
        if name in TABLE_COLUMNS:
            message = f"{name!r} is a column of the table of trials."
            yield Problem(message, path, "Choose another name for the parameter.")
        yield from _check_range(parameter, path)
        yield from _check_values(parameter, path)
        for index, text in enumerate(parameter.paths or (name,)):
            place = parse_path(text)
            several = ("paths", index) if len(parameter.paths or ()) > 1 else ("paths",)
            where = (*path, *several) if parameter.paths else path
            fixed = next((why for part, why in FIXED.items() if place[: len(part)] == part), "")
            if not place:
                message = f"expected a path like 'training.epochs', received {show(text)}."
                hint = "Positions count from 0, the first." if "[-" in text else ""
                yield Problem(message, where, hint)
            elif fixed:
                yield Problem(f"{text!r} cannot be swept: {fixed}", where)


def _check_range(parameter: ParameterConfig, path: Path) -> Iterator[Problem]:
    if parameter.values is not None:
        for key in (key for key in RANGE_KEYS if getattr(parameter, key)):
            message = "this belongs to a range, and here are `values`."
            yield Problem(message, (*path, key), "Keep one of the two.")
        return
    low, high = parameter.low, parameter.high
    if low is None or high is None:
        missing = "low" if low is None else "high"
        hint = "A range is `{low: 1e-4, high: 1e-1, log: true}`; a list `[32, 64, 128]`."
        yield Problem(f"{missing!r} is missing.", path, hint)
        return
    if low >= high:
        message = f"expected more than `low`, which is {low:g}, received {high:g}."
        yield Problem(message, (*path, "high"))
    if parameter.log and low <= 0:
        message = f"expected more than 0 for `log: true`, received {low:g}."
        yield Problem(message, (*path, "low"), "Example: `low: 1e-5`.")
    if parameter.log and parameter.step is not None:
        hint = "Remove one of the two, or list `values`."
        yield Problem("a logarithmic range has no even steps.", (*path, "step"), hint)
    if parameter.int:
        for key in ("low", "high", "step"):
            number = getattr(parameter, key)
            if number is not None and not float(number).is_integer():
                message = f"expected a whole number for `int: true`, received {number:g}."
                yield Problem(message, (*path, key))


def _check_values(parameter: ParameterConfig, path: Path) -> Iterator[Problem]:
    values = parameter.values or ()
    for index, value in enumerate(values):
        first = next(i for i, each in enumerate(values) if _is_same(each, value))
        if first < index:
            message = f"{show(value)} is there twice."
            yield Problem(message, (*path, *_below(parameter), index), "Remove one.")


def _is_same(one: Any, other: Any) -> bool:
    """Tell whether two values set the same: 1 and 1.0 do, true does not."""
    same_kind = isinstance(one, bool) is isinstance(other, bool)
    return one is other or (same_kind and bool(one == other))


def _below(parameter: ParameterConfig) -> Path:
    """Return where values stand below their parameter: a lone list is the parameter."""
    only = parameter.model_fields_set == {"values"}
    return () if only else ("values",)


def check_conditions(config: Config) -> Iterator[Problem]:
    """``when`` asks for values that another parameter may have, and not in a circle."""
    parameters = config.sweep.parameters if config.sweep else {}
    for name, parameter in parameters.items():
        for other, wanted in (parameter.when or {}).items():
            path: Path = (*PARAMETERS, name, "when", other)
            if other not in parameters:
                hint = did_you_mean(other, parameters)
                yield Problem(f"{other!r} is no parameter of this sweep.", path, hint)
                continue
            for each in as_list(wanted):
                if not _may_be(parameters[other], each):
                    hint = _values_told(parameters[other])
                    yield Problem(f"{other!r} is never {show(each)}.", path, hint)
    waiting = _waiting(config.sweep) if config.sweep else []
    if waiting:
        circle = f"parameters wait for one another in a circle: {', '.join(waiting)}."
        message = circle if len(waiting) > 1 else "it waits for itself."
        yield Problem(message, (*PARAMETERS, waiting[0], "when"), "Leave out a `when`.")


def _may_be(parameter: ParameterConfig, wanted: Any) -> bool:
    """Tell whether a parameter may have a value that a condition asks for."""
    if parameter.values is not None:
        return any(fits(value, wanted) for value in parameter.values)
    low, high = parameter.low, parameter.high
    if low is None or high is None:
        return True  # told of for itself
    is_number = isinstance(wanted, (int, float)) and not isinstance(wanted, bool)
    return is_number and low <= wanted <= high


def _values_told(parameter: ParameterConfig) -> str:
    """Say which values a parameter may have."""
    if parameter.values is None:
        return f"It goes from {parameter.low:g} to {parameter.high:g}."
    labels = [format_label(label) for label in labels_of(parameter.values)]
    told = ", ".join(labels[:MAX_LISTED]) + (", ..." if len(labels) > MAX_LISTED else "")
    return f"It is one of: {told}."


def _waiting(sweep: SweepConfig) -> list[str]:
    """Return the parameters that wait for one another."""
    known: set[str] = set()
    for each in parameters_of(sweep):
        if {name for name in each.config.when or {} if name in sweep.parameters} <= known:
            known.add(each.name)
    return [name for name in sweep.parameters if name not in known]


def check_places(config: Config) -> Iterator[Problem]:
    """No two parameters set the same place at the same time."""
    seen: dict[Path, tuple[str, ParameterConfig]] = {}
    parameters = config.sweep.parameters if config.sweep else {}
    for name, parameter in parameters.items():
        for text in parameter.paths or (name,):
            place = parse_path(text)
            if not place:
                continue
            other = seen.setdefault(place, (name, parameter))
            if other[0] != name and not exclude(parameter, other[1]):
                message = f"{other[0]!r} sets {text} already."
                yield Problem(message, (*PARAMETERS, name), "Keep one of the two.")


def exclude(one: ParameterConfig, other: ParameterConfig) -> bool:
    """Tell whether two parameters never matter together."""
    mine, theirs = one.when or {}, other.when or {}
    return any(
        not any(value in as_list(theirs[name]) for value in as_list(mine[name]))
        for name in mine.keys() & theirs.keys()
    )


def check_search(config: Config) -> Iterator[Problem]:
    """Sampler, pruner and trials fit one another and the parameters."""
    sweep = config.sweep
    if sweep is None:
        return
    sampler = sampler_of(sweep)
    several = sweep.objective is not None and len(sweep.objective) > 1
    if several and sampler == "cmaes":
        message = f"cmaes makes one objective best, received {len(sweep.objective or ())}."
        hint = "Write `sampler: nsga2`, tpe or random."
        yield Problem(message, ("sweep", "sampler"), hint)
    pruner = pruner_of(config, sweep)
    own = [name for name in sweep.objective or () if name in OWN_OBJECTIVES]
    if pruner != "none" and (several or own):
        aims = f"{len(sweep.objective or ())} objectives" if several else f"{own[0]!r}"
        message = f"{pruner} watches one figure of validation, and this sweep has {aims}."
        yield Problem(message, ("sweep", "pruner"), "Write `pruner: none`.")
    if sampler == "grid":
        yield from _check_grid(sweep)
    if config.training.distribute == "multi_worker":
        message = "each trial runs in one process, and `multi_worker` takes several."
        hint = "Leave it out; `executor: {ray: ADDRESS}` uses several machines."
        yield Problem(message, ("training", "distribute"), hint)


def _check_grid(sweep: SweepConfig) -> Iterator[Problem]:
    endless = [each for each in parameters_of(sweep) if each.points is None]
    for each in endless:
        hint = "Give it a `step`, or list its values; or write `sampler: random`."
        path: Path = (*PARAMETERS, each.name)
        yield Problem("a grid cannot try every number of this range.", path, hint)
    if endless:
        return
    points = grid_size(parameters_of(sweep), MOST_POINTS)
    if points >= MOST_POINTS:
        message = f"the grid has {MOST_POINTS:,} points or more, each of them a training."
        yield Problem(message, PARAMETERS, "List fewer values, or write `sampler: random`.")
    elif sweep.trials is not None and sweep.trials != points:
        message = f"the grid has {points} points, and `trials` is {sweep.trials}."
        hint = "Leave `trials` out." if points < sweep.trials else "Only the first are tried."
        yield Problem(message, ("sweep", "trials"), hint, warning=True)


_PARTS: tuple[Path, ...] = (("sweep",),)

SWEEP_RULES: dict[Callable[[Config], Iterator[Problem]], tuple[Path, ...]] = {
    check_parameters: _PARTS,
    check_conditions: _PARTS,
    check_places: _PARTS,
    check_objectives: (
        *_PARTS,
        ("metrics",),
        ("outputs",),
        ("loss",),
        ("dataset", "source"),
        ("dataset", "validation"),
    ),
    check_search: (*_PARTS, ("metrics",), ("training",)),
}
"""Every rule, and the parts of a config it reads."""
