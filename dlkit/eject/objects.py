"""Keras objects of a config as Python calls, with what differs from Keras's defaults."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue, Entry, Parameter
from dlkit.config.columns import COMPILED, metric_name
from dlkit.config.datasets import Task
from dlkit.config.names import snake_case
from dlkit.config.objects import KerasObject
from dlkit.config.own_layers import KIND, call_arguments
from dlkit.config.values import Duration
from dlkit.eject.code import Expression, Group, call, identifier, listed, literal, text
from dlkit.model.schedules import OWN_CLASSES

MODULES = {
    "layers": "layers",
    "applications": "keras.applications",
    "optimizers": "keras.optimizers",
    "schedules": "keras.optimizers.schedules",
    "losses": "keras.losses",
    "metrics": "keras.metrics",
    "initializers": "keras.initializers",
    "regularizers": "keras.regularizers",
    "constraints": "keras.constraints",
    "callbacks": "keras.callbacks",
}
"""Where Keras keeps each kind of object."""

DRAWS = ("initializers", "layers")
"""Kinds of objects that take their random seed when they are made, so their order counts."""


@dataclass(frozen=True)
class Code:
    """A variable of the script, in the place of what it holds."""

    name: str


def construct(
    notation: KerasObject,
    catalogue: Catalogue,
    extra: Mapping[str, Expression] | None = None,
) -> Expression:
    """Return the call that makes an object; an activation is its name.

    Args:
        notation: The checked notation.
        catalogue: Knows Keras's defaults.
        extra: Arguments beside the object's own.
    """
    own = notation.own_code
    if notation.kind == "activations":
        return f"{own_module(own)}.{notation.name}" if own else text(notation.name)
    if notation.kind == KIND:
        layers = [construct(one.layer, catalogue) for one in notation.arguments["layers"]]
        return call("keras.Sequential", listed(layers))
    entry = catalogue.find(notation.kind, notation.name)
    told = call_arguments(notation.kind, notation.name)
    given = {
        name: argument(value, notation.kind, catalogue)
        for name, value in notation.arguments.items()
        if name not in told
        and (notation.kind in TELLING or not _is_default(value, entry, name, catalogue))
    }
    first = _positional(notation, entry, given)
    rest = {name: value for name, value in given.items() if name not in first}
    module = own_module(own) if own else MODULES[notation.kind]
    function = f"{module}.{notation.name}"
    if notation.kind == "schedules" and not own and notation.name in OWN_CLASSES:
        function = notation.name  # the script defines it
    if own and not inspect.isclass(own):  # a function of labels and outputs
        return function if not given else call("functools.partial", function, named=given)
    return call(function, *first.values(), named={**rest, **(extra or {})})


def own_module(own_code: Any) -> str:
    """Return the variable of the plugin that defines a class or function."""
    return identifier(str(own_code.__module__).rpartition(".")[2])


def argument(value: Any, kind: str, catalogue: Catalogue) -> Expression:
    """Return an argument of an object of a kind."""
    if isinstance(value, Code):
        return value.name
    if isinstance(value, KerasObject):
        return construct(value, catalogue)
    if isinstance(value, Duration):
        return duration(value)
    if isinstance(value, list) and any(isinstance(v, (KerasObject, Duration)) for v in value):
        return listed(argument(item, kind, catalogue) for item in value)
    return literal(value, tuples=kind == "layers")


def duration(value: Duration) -> str:
    """Return a length of training as a number of steps."""
    if value.unit == "step" or not value.count:
        return str(value.steps(1))
    count = int(value.count) if float(value.count).is_integer() else value.count
    whole = "STEPS_PER_EPOCH" if count == 1 else f"{count} * STEPS_PER_EPOCH"
    return whole if isinstance(count, int) else f"max(1, round({whole}))"


def loss_code(loss: KerasObject, catalogue: Catalogue) -> Expression:
    """Return a loss: its name where it takes no arguments, else the call that makes it."""
    made = construct(loss, catalogue)
    plain = isinstance(made, Group) and not made.items
    known = {snake_case(loss.name), loss.written} & {*catalogue.aliases["losses"]}
    if plain and loss.written in known and loss.written.islower():
        return text(loss.written)
    if plain and snake_case(loss.name) in known:
        return text(snake_case(loss.name))
    return made


def metric_code(metric: KerasObject, task: Task, catalogue: Catalogue) -> Expression:
    """Return a metric under the name of its column."""
    name = metric_name(metric)
    if metric.name in COMPILED:
        if task != "multi_label":
            return text(metric.name)
        return call("keras.metrics.BinaryAccuracy", named={"name": text(name)})
    entry = catalogue.find("metrics", metric.name)
    own = entry.parameters["name"].default if entry and "name" in entry.parameters else None
    function_of = metric.own_code or getattr(keras.metrics, metric.name)
    if not inspect.isclass(function_of):  # Keras takes a function as a metric
        module = own_module(metric.own_code) if metric.own_code else "keras.metrics"
        function = f"{module}.{metric.name}"
        named: dict[str, Expression] = {"name": text(name)}
        named |= {
            key: argument(value, "metrics", catalogue)
            for key, value in metric.arguments.items()
            if key != "name"
        }
        return call("keras.metrics.MeanMetricWrapper", function, named=named)
    made = construct(metric, catalogue)
    if isinstance(made, Group) and not made.items and name in ("mae", "mse", "mape", "msle"):
        return text(name)
    named_already = name == own or "name" in metric.arguments
    return made if named_already else construct(metric, catalogue, {"name": text(name)})


def _is_default(value: Any, entry: Entry | None, name: str, catalogue: Catalogue) -> bool:
    """Tell whether Keras does the same without an argument."""
    parameter = entry.parameters.get(name) if entry else None
    if parameter is None or parameter.required:
        return False
    if isinstance(value, KerasObject):
        if value.kind in DRAWS:
            return False
        default = parameter.default
        known = catalogue.find(value.kind, default) if isinstance(default, str) else None
        return known is not None and known.name == value.name and not value.arguments
    if isinstance(value, (list, tuple)) and isinstance(parameter.default, (list, tuple)):
        return list(value) == list(parameter.default)
    same_type = isinstance(value, bool) == isinstance(parameter.default, bool)
    return same_type and type(value) in SCALARS and value == parameter.default


SCALARS = (bool, int, float, str, type(None))

TELLING = ("regularizers",)
"""Kinds of objects whose arguments are all that they say."""

LEADING = ("pool_size", "size", "l1", "l2")
"""Arguments that are not required, and clear without their names where they stand alone."""


def _positional(
    notation: KerasObject, entry: Entry | None, given: Mapping[str, Expression]
) -> dict[str, Expression]:
    """Return the arguments that a person writes without their names: the required ones.

    The order of what draws a seed stays as it is written.
    """
    if entry is None or notation.kind not in ("layers", "regularizers", "initializers"):
        return {}
    made = [n for n, v in notation.arguments.items() if isinstance(v, (KerasObject, list))]
    first: dict[str, Expression] = {}
    parameters: list[Parameter] = list(entry.parameters.values())
    for place, parameter in enumerate(parameters):
        alone = place == 0 and parameter.name in LEADING and len(given) == 1
        if parameter.name not in given or not (parameter.required or alone):
            break
        if parameter.name in made and made[0] != parameter.name:
            break
        first[parameter.name] = given[parameter.name]
    return first
