"""From a section ``sweep`` to the points that its trials may stand at, and their settings."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlkit.config.path_text import parse_path
from dlkit.config.sweep.section import ParameterConfig, SweepConfig
from dlkit.errors import Path, format_path

Scalar = bool | int | float | str | None

Point = Mapping[str, Any]
"""What a trial tries: for each parameter that matters in it, its value."""

MAX_LABEL = 60

INSIDE = (3 - math.sqrt(5)) / 2
"""How far inside a range a number stands for all of it: no simple fraction of the way."""


@dataclass(frozen=True)
class Parameter:
    """What is tried in some places, ready to be drawn from.

    Attributes:
        name: What it is called: its path, or a name of its own.
        paths: The settings that get its value.
        config: What was written.
        labels: For values, what each is called: itself, or a text for a whole object.
    """

    name: str
    paths: tuple[Path, ...]
    config: ParameterConfig
    labels: tuple[Scalar, ...] = ()

    def value_of(self, label: Scalar) -> Any:
        """Return the value that goes by a label; of a range it is the same.

        Raises:
            ValueError: If there is none.
        """
        if self.config.values is None:
            return label
        return self.config.values[index_of(self.labels, label)]

    def label_of(self, value: Any) -> Scalar:
        """Return what a value is called.

        Raises:
            ValueError: If it is none of the parameter's.
        """
        if self.config.values is None:
            number: Scalar = value
            return number
        return self.labels[index_of(self.config.values, value)]

    @property
    def count(self) -> int | None:
        """How many values it may have; None for a range that is continuous."""
        if self.config.values is not None:
            return len(self.config.values)
        low, high, step = self.bounds
        if self.config.log or not step:
            return None
        return math.floor((high - low) / step + 1e-9) + 1

    @property
    def points(self) -> tuple[Any, ...] | None:
        """Every value it may have; None for a range that is continuous."""
        if self.config.values is not None:
            return self.config.values
        return None if self.count is None else tuple(map(self._number, range(self.count)))

    def _number(self, index: int) -> float:
        """Return a number of a range with steps."""
        low, _, step = self.bounds
        number = low + index * (step or 1.0)
        return int(number) if self.config.int else round(number, 12)

    @property
    def bounds(self) -> tuple[float, float, float | None]:
        """Low, high and step of a range; None for a step where any number will do."""
        config = self.config
        low, high = config.low or 0.0, config.high or 0.0
        return low, high, config.step or (1.0 if config.int else None)

    def matters(self, point: Point) -> bool:
        """Tell whether a trial at a point has this parameter."""
        wanted = self.config.when or {}
        return all(
            name in point and any(fits(point[name], each) for each in as_list(values))
            for name, values in wanted.items()
        )

    @property
    def samples(self) -> tuple[Any, ...]:
        """Values that stand for all: each of a list; ends and inside of a range.

        What is inside of a continuous range has many digits, as what is drawn from it.
        """
        if self.config.values is not None:
            return self.config.values
        if self.count is not None:
            indices = (0, self.count // 2, self.count - 1)
            return tuple(dict.fromkeys(map(self._number, indices)))
        low, high, _ = self.bounds
        ratio = high / low if self.config.log else 1.0
        inside = low * ratio**INSIDE if self.config.log else low + (high - low) * INSIDE
        kind: Callable[[float], float] = round if self.config.int else float
        return tuple(dict.fromkeys(map(kind, (low, inside, high))))


def index_of(values: Sequence[Any], value: Any) -> int:
    """Return where a value stands; True is not 1 here, and 1.0 not 1.

    Raises:
        ValueError: If it is not there.
    """
    for index, each in enumerate(values):
        if each is value or (type(each) is type(value) and each == value):
            return index
    raise ValueError(f"{value!r} is none of {values!r}")


def as_list(value: Any) -> list[Any]:
    """Return a list as it is, and anything else as a list of one."""
    return value if isinstance(value, list) else [value]


def fits(value: Any, wanted: Any) -> bool:
    """Tell whether a value is the wanted one: the same, or an object of that name."""
    if isinstance(value, dict) and len(value) == 1 and isinstance(wanted, str):
        return wanted in value
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def parameters_of(sweep: SweepConfig) -> tuple[Parameter, ...]:
    """Return the parameters of a sweep, each behind those that its ``when`` asks for."""
    waiting = {
        name: Parameter(
            name,
            tuple(parse_path(path) for path in config.paths or (name,)),
            config,
            labels_of(config.values or ()),
        )
        for name, config in sweep.parameters.items()
    }
    ready: list[Parameter] = []
    while waiting:
        known = {each.name for each in ready}
        free = [n for n, p in waiting.items() if set(p.config.when or {}) <= known]
        if not free:  # a circle, or a name that is none: the rules tell of it
            free = list(waiting)
        ready += [waiting.pop(name) for name in free]
    return tuple(ready)


def labels_of(values: Sequence[Any]) -> tuple[Scalar, ...]:
    """Return what each of some values is called, no two the same."""
    labels: list[Scalar] = []
    for value in values:
        label: Scalar = value if is_scalar(value) else short_label(value)
        number = 2
        while label in labels:  # and not True beside 1, which look the same in a table
            label, number = f"{short_label(value)} #{number}", number + 1
        labels.append(label)
    return tuple(labels)


def is_scalar(value: Any) -> bool:
    """Tell whether a value is no mapping and no list."""
    return value is None or isinstance(value, (bool, int, float, str))


def short_label(value: Any) -> str:
    """Write a value in a few letters: ``SGD(momentum=0.9)``, ``[64, 32]``."""
    text = " ".join(_written(value).split())
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def _written(value: Any) -> str:
    if isinstance(value, dict) and len(value) == 1:
        ((name, arguments),) = value.items()
        if isinstance(arguments, dict):
            inside = ", ".join(f"{k}={_written(v)}" for k, v in arguments.items())
            return f"{name}({inside})" if inside else str(name)
        return f"{name}({_written(arguments)})" if arguments is not None else str(name)
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def settings_of(parameters: Sequence[Parameter], point: Point) -> dict[Path, Any]:
    """Return the settings that a point makes, in the order in which they are put.

    A whole object comes before what stands inside of it.
    """
    found = [
        (path, point[each.name])
        for each in parameters
        if each.name in point
        for path in each.paths
    ]
    return dict(sorted(found, key=lambda item: len(item[0])))


def grid_of(parameters: Sequence[Parameter]) -> Iterator[dict[str, Any]]:
    """Yield every point of a grid, the last parameter changing first.

    A parameter that does not matter at a point is not in it, and no point comes twice.

    Args:
        parameters: Each with values to list.
    """
    yield from _grid(parameters, {})


def _grid(parameters: Sequence[Parameter], point: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if not parameters:
        yield point
        return
    first, rest = parameters[0], parameters[1:]
    if not first.matters(point):
        yield from _grid(rest, point)
        return
    for value in first.points or ():
        yield from _grid(rest, {**point, first.name: value})


def describe_point(parameters: Sequence[Parameter], point: Point) -> str:
    """Write a point as people read it: ``optimizer=SGD  units=64``."""
    short = shown_names(parameters)
    return "  ".join(
        f"{short[each.name]}={format_label(each.label_of(point[each.name]))}"
        for each in parameters
        if each.name in point
    )


def format_label(label: Scalar) -> str:
    """Write a label in a line, with as many digits and letters as say something."""
    return f"{label:.4g}" if isinstance(label, float) else short_label(label)


def shown_names(parameters: Sequence[Parameter]) -> dict[str, str]:
    """Return a short name for each parameter, by its own: the end of its path.

    As much of a path is taken as tells it from the others.
    """
    paths = {
        each.name: (not each.config.paths and parse_path(each.name)) or (each.name,)
        for each in parameters
    }
    found: dict[str, str] = {}
    for name, path in paths.items():
        others = [other for key, other in paths.items() if key != name]
        for length in range(1, len(path) + 1):
            end = path[-length:]
            if isinstance(end[0], int) and length < len(path):
                continue
            if not any(other[-length:] == end for other in others):
                break
        found[name] = format_path(end) or name
    return found
