"""What must hold within a section ``sweep``; rules as in ``config.rules``.

Whether the settings that it makes are sound is asked of the settings (``checking``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlkit.config.columns import monitored_names
from dlkit.config.names import did_you_mean
from dlkit.config.overrides import parse_path
from dlkit.config.schema import Config
from dlkit.config.sweep.choosing import (
    MOST_POINTS,
    default_objective,
    is_direction_known,
    pruner_of,
    sampler_of,
)
from dlkit.config.sweep.section import OWN_OBJECTIVES, ParameterConfig, SweepConfig
from dlkit.config.sweep.space import as_list, fits, grid_size, index_of, parameters_of
from dlkit.config.values import show
from dlkit.errors import Path, Problem

OWN_PARTS = ("sweep", "name", "base", "remove")
"""What a sweep cannot change."""

PARAMETERS: Path = ("sweep", "parameters")

RANGE_KEYS = ("low", "high", "log", "int", "step")


def check_parameters(config: Config) -> Iterator[Problem]:
    """Each parameter has values, or a range with numbers in it, and a place."""
    parameters = config.sweep.parameters if config.sweep else {}
    for name, parameter in parameters.items():
        path: Path = (*PARAMETERS, name)
        yield from _check_range(parameter, path)
        yield from _check_values(parameter, path)
        for text in parameter.paths or (name,):
            place = parse_path(text)
            where = (*path, "paths") if parameter.paths else path
            if not place:
                message = f"expected a path like 'training.epochs', received {show(text)}."
                yield Problem(message, where)
            elif place[0] in OWN_PARTS:
                yield Problem(f"{place[0]!r} cannot be swept.", where)


def _check_range(parameter: ParameterConfig, path: Path) -> Iterator[Problem]:
    if parameter.values is not None:
        for key in (key for key in RANGE_KEYS if getattr(parameter, key)):
            message = "`values` are a list, and this belongs to a range."
            yield Problem(message, (*path, key), "Keep one of the two.")
        return
    low, high = parameter.low, parameter.high
    if low is None or high is None:
        missing = "low" if low is None else "high"
        hint = "Example: `{low: 1e-4, high: 1e-1, log: true}`; or `values: [..]`."
        yield Problem(f"{missing!r} is missing.", path, hint)
        return
    if low >= high:
        message = f"expected more than low, {low:g}, received {high:g}."
        yield Problem(message, (*path, "high"))
    if parameter.log and low <= 0:
        message = f"expected a number above 0 for `log: true`, received {low:g}."
        yield Problem(message, (*path, "low"))
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
        if index_of(values, value) < index:
            message = f"{show(value)} is there already."
            yield Problem(message, (*path, *_below(parameter), index), "Remove one.")


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
            values = parameters[other].values
            for each in as_list(wanted):
                if values is not None and not any(fits(value, each) for value in values):
                    yield Problem(f"{other!r} is never {show(each)}.", path)
    if config.sweep and not _is_ordered(config.sweep):
        hint = "Let one of them be without `when`."
        yield Problem("parameters wait for one another in a circle.", PARAMETERS, hint)


def _is_ordered(sweep: SweepConfig) -> bool:
    known: set[str] = set()
    for each in parameters_of(sweep):
        if not {name for name in each.config.when or {} if name in sweep.parameters} <= known:
            return False
        known.add(each.name)
    return True


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
            if other[0] != name and not _exclude(parameter, other[1]):
                message = f"{other[0]!r} sets {text} already."
                yield Problem(message, (*PARAMETERS, name), "Keep one of the two.")


def _exclude(one: ParameterConfig, other: ParameterConfig) -> bool:
    """Tell whether two parameters never matter together."""
    mine, theirs = one.when or {}, other.when or {}
    return any(
        not any(value in as_list(theirs[name]) for value in as_list(mine[name]))
        for name in mine.keys() & theirs.keys()
    )


def check_objectives(config: Config) -> Iterator[Problem]:
    """What is made best is a figure of validation, and which side is better is known."""
    sweep = config.sweep
    if sweep is None:
        return
    path: Path = ("sweep", "objective")
    for name, mode in (sweep.objective or {default_objective(config): None}).items():
        yield from _check_objective(config, name, path)
        known = name in OWN_OBJECTIVES or name in monitored_names(config)
        if known and mode is None and not is_direction_known(config, name):
            hint = f"Write `objective: {{{name}: max}}` or `{{{name}: min}}`."
            yield Problem(
                f"whether more or less of {name!r} is better is not known.", path, hint
            )


def _check_objective(config: Config, name: str, path: Path) -> Iterator[Problem]:
    legal = [n for n in monitored_names(config) if n.startswith("val_")]
    if name in legal or name in OWN_OBJECTIVES:
        return
    if name.startswith("test_"):
        message = "the test split is never used to choose: its figures would be too good."
        meant = f"val_{name.removeprefix('test_')}"
        hint = f"Write {meant!r}." if meant in legal else ""
    elif not config.dataset.validation:
        message = f"{name!r} needs validation data, and dataset.validation is 0."
        hint = "Set `dataset.validation: 0.2`."
    elif f"val_{name}" in legal:
        message = f"{name!r} is a figure of training, which says little of new data."
        hint = f"Write 'val_{name}'."
    else:
        message = f"no metric makes {name!r}."
        every = [*legal, *OWN_OBJECTIVES]
        hint = f"{did_you_mean(name, every)} There are: {', '.join(every)}."
    yield Problem(message, path, hint.strip())


def check_search(config: Config) -> Iterator[Problem]:
    """Sampler, pruner and trials fit one another and the parameters."""
    sweep = config.sweep
    if sweep is None:
        return
    sampler = sampler_of(sweep)
    several = sweep.objective is not None and len(sweep.objective) > 1
    if several and sampler == "cmaes":
        hint = "Use nsga2, tpe, or random."
        yield Problem("cmaes makes one objective best.", ("sweep", "sampler"), hint)
    pruner = pruner_of(config, sweep)
    own = any(name in OWN_OBJECTIVES for name in sweep.objective or ())
    if pruner != "none" and (several or own):
        message = f"{pruner} follows one figure of validation over the epochs."
        yield Problem(message, ("sweep", "pruner"), "Write `pruner: none`.")
    if sampler == "grid":
        yield from _check_grid(sweep)
    if config.training.distribute == "multi_worker":
        message = "trials run in processes of their own, and `multi_worker` needs several."
        yield Problem(message, ("training", "distribute"), "Leave one of the two out.")


def _check_grid(sweep: SweepConfig) -> Iterator[Problem]:
    endless = [each for each in parameters_of(sweep) if each.points is None]
    for each in endless:
        hint = "Give it `step`, or list `values`; or use another sampler."
        path: Path = (*PARAMETERS, each.name)
        yield Problem("a grid cannot try every number of a range.", path, hint)
    if endless:
        return
    points = grid_size(parameters_of(sweep), MOST_POINTS)
    if points >= MOST_POINTS:
        message = f"the grid has {MOST_POINTS:,} points or more."
        yield Problem(message, PARAMETERS, "Use fewer values, or `sampler: random`.")
    elif sweep.trials is not None and sweep.trials != points:
        message = f"the grid has {points} points, and trials is {sweep.trials}."
        hint = "Leave `trials` out."
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
