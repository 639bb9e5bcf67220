"""Keras objects as a config writes them, checked against the catalogue.

One notation for every kind: ``Name``, ``Name: value`` (the first argument; a list fills
the required arguments where there are several) and ``Name: {argument: value}``. It
nests: an argument may be another object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from dlkit.config.catalogue import KINDS, Catalogue, Entry, Parameter
from dlkit.config.expansion import INPUT, Expansion, PlacedLayer
from dlkit.config.interpolation import has_reference
from dlkit.config.names import did_you_mean, nearest
from dlkit.config.notation import find_entry, name_arguments, places_of, split_notation
from dlkit.config.own_keys import OWN_KEYS, split_entry
from dlkit.config.own_layers import KIND, SHARED, UNWRITABLE, WHOLE, read_names, read_trainable
from dlkit.config.own_schedules import SUPPLIED
from dlkit.config.values import (
    TYPE_NAMES,
    Duration,
    convert,
    expected,
    show,
    with_durations,
)
from dlkit.errors import Path, Problem

LISTED = ("layers", *WHOLE)
"""Kinds of what stands in lists of layers."""

MOST_NESTED = 20
"""Models in models; a block that uses itself through them would go on for ever."""


@dataclass(frozen=True)
class KerasObject:
    """A Keras object to be built.

    Attributes:
        kind: The catalogue's kind, e.g. ``optimizers``.
        name: Keras's own class or function name.
        written: The name as the config has it, e.g. ``mae``.
        arguments: Plain values, durations, other objects, or lists of these.
        path: Where its name stands in the config.
        places: Where each written argument stands: below the name, in a list there, at the
            name for a lone value, or under the defaults of the architecture.
        entry: What it was checked against; None where dlkit itself adds the object.
    """

    kind: str
    name: str
    written: str
    arguments: Mapping[str, Any]
    path: Path
    places: Mapping[str, Path] = field(default_factory=dict)
    entry: Entry | None = field(default=None, compare=False, repr=False)

    @property
    def own_code(self) -> Any:
        """The class or function of a plugin that makes it; None: Keras's."""
        return self.entry.factory if self.entry else None


@dataclass(frozen=True)
class LayerEntry:
    """A layer and its place in the graph.

    Attributes:
        layer: The layer, or the application used as one.
        name: Given, or made from its class and place: ``dense_2`` is ``layers[2]``.
        inputs: Names of the tensors it reads; None reads what the layer before it gives.
        roles: The argument of its call that takes each input; empty where they come as
            they are written.
        also: Names of the tensors that it gives beside the first, which goes by its name.
    """

    layer: KerasObject
    name: str
    inputs: tuple[str, ...] | None
    roles: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def called_again(layer: KerasObject) -> KerasObject | None:
    """Return the notation that says which layer is called again: itself, or what it wraps."""
    inner = layer.arguments.get("layer")
    for one in (layer, inner):
        if isinstance(one, KerasObject) and (one.kind, one.name) == (KIND, SHARED):
            return one
    return None


@dataclass
class ObjectReader:
    """Reads objects of one config and collects what is wrong with them."""

    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)
    defaults: dict[str, dict[str, Any]] = field(default_factory=dict)
    blocks: Mapping[str, Any] = field(default_factory=dict)
    _depth: int = 0

    def read(
        self, notation: Any, kind: str, path: Path, supplied: tuple[str, ...] = ()
    ) -> KerasObject | None:
        """Read one object.

        Args:
            notation: As read from YAML.
            kind: The kind it must be of.
            path: Where it stands.
            supplied: Required arguments that dlkit itself will fill in.

        Returns:
            The object, or None where its name is already wrong.
        """
        named = split_notation(notation, kind, path)
        if isinstance(named, Problem):
            self.problems.append(named)
            return None
        name, value, path = named
        entry = self._find(kind, name, path)
        if entry is None:
            return None
        given = name_arguments(entry, value, path, supplied)
        if isinstance(given, Problem):
            self.problems.append(given)
            if isinstance(value, list) and entry.required[1:]:
                return None  # which of them is which
            given = {}
        places = places_of(given, value, path)
        arguments = {
            key: self._argument(entry, key, item, places[key], given)
            for key, item in given.items()
            if self._is_known(entry, key, path)
        }
        defaults = self.defaults.get(entry.name, {}) if entry.kind == "layers" else {}
        for key, value in defaults.items():  # in their order: initializers draw seeds in it
            if key not in arguments:
                arguments[key] = value
                places[key] = ("architecture", "defaults", entry.name, key)
        unknown = given.keys() - entry.parameters.keys()
        meant = {nearest(key, entry.parameters) for key in unknown}
        meant |= {*given, *supplied, *defaults}
        missing = [key for key in entry.required if key not in meant]
        if missing:
            names = " and ".join(repr(key) for key in missing)
            self._report(path, f"{entry.name} needs {names}.")
        return KerasObject(entry.kind, entry.name, name, arguments, path, places, entry)

    def read_layer(self, placed: PlacedLayer) -> LayerEntry | None:
        """Read one layer at its place in the graph."""
        before = len(self.problems)
        head, _, path = split_entry(placed.notation, placed.path)
        if head in UNWRITABLE:
            self._report(path, *UNWRITABLE[head])
            layer = None
        else:
            layer = self.read(placed.notation, "layers", placed.path)
        if placed.used:
            self.problems[before:] = [
                replace(problem, hint=_with_place(problem.hint, placed.used))
                for problem in self.problems[before:]
            ]
        if layer is None:
            return None
        return LayerEntry(layer, placed.name, placed.inputs, placed.roles, placed.also)

    def read_defaults(self, defaults: Any, path: Path) -> None:
        """Read arguments that every layer of a type gets unless it has its own."""
        if not isinstance(defaults, dict):
            message = f"expected layers with their arguments, received {show(defaults)}."
            self._report(path, message)
            return
        for name, arguments in defaults.items():
            entry = self._find("layers", name, (*path, name))
            if entry and not isinstance(arguments, dict):
                message = f"expected arguments by name, received {show(arguments)}."
                self._report((*path, name), message)
            elif entry:
                self.defaults[entry.name] = {
                    key: self._argument(entry, key, value, (*path, name, key))
                    for key, value in arguments.items()
                    if self._is_known(entry, key, (*path, name))
                }

    def _find(self, kind: str, name: str, path: Path) -> Entry | None:
        """Look a name up in its kind, and report it where it is not there."""
        found = find_entry(self.catalogue, kind, name, path, self.blocks)
        if isinstance(found, Problem):
            self.problems.append(found)
            return None
        return found

    def _is_known(self, entry: Entry, key: str, path: Path) -> bool:
        if key in entry.parameters:
            return True
        hint = did_you_mean(key, entry.parameters)
        if key in OWN_KEYS and entry.kind in LISTED:
            hint = "A layer inside another has none of its own: write it of the outer one."
        self._report((*path, key), f"{entry.name} has no argument {key!r}.", hint)
        return False

    def _argument(
        self,
        entry: Entry,
        key: str,
        value: Any,
        path: Path,
        beside: Mapping[str, Any] = MappingProxyType({}),
    ) -> Any:
        """Check one argument, written beside others, and return it ready to be built."""
        parameter = entry.parameters[key]
        if has_reference(value):
            return value  # a fact that comes with the data
        if value is None:
            number = parameter.accepts and {*parameter.accepts} <= {
                "integer",
                "number",
                "boolean",
            }
            if parameter.required or (number and parameter.default is not None):
                anything = "expected a value, received nothing."
                accepts = parameter.accepts
                self._report(path, expected(None, accepts) if accepts else anything)
            return None
        if entry.kind in WHOLE and key in {"layers", "inputs", "outputs", "trainable"}:
            return self._own_argument(key, value, path, beside.get("inputs"))
        if entry.kind == "schedules" and key.endswith(("steps", "boundaries")):
            value = with_durations(value)
            if isinstance(value, Duration):
                return value
        if parameter.object_kind:
            inner = entry.kind == parameter.object_kind == "schedules"
            return self._object_argument(parameter, value, path, SUPPLIED if inner else ())
        converted, wrong = convert(value, parameter.accepts)
        if wrong:
            length = entry.kind == "schedules" and key.endswith("steps")
            self._report(path, wrong, "Or a duration like `5 epochs`." if length else "")
        return converted

    def _own_argument(self, key: str, value: Any, path: Path, inputs: Any) -> Any:
        """Read an argument of a layer that holds layers; ``inputs`` are those beside it."""
        if key == "layers":
            first = inputs[0] if isinstance(inputs, list) and inputs else inputs or INPUT
            return self._inner_layers(value, path, str(first))
        read, wrong = read_trainable(value) if key == "trainable" else read_names(value)
        if wrong:
            self._report(path, wrong)
        return read

    def _inner_layers(self, value: Any, path: Path, begin: str) -> tuple[LayerEntry, ...]:
        """Read the layers of a model in the model, whose first input is called ``begin``."""
        if not isinstance(value, list) or not value:
            self._report(path, f"expected a list of layers, received {show(value)}.")
            return ()
        if self._depth == MOST_NESTED:
            self._report(path, f"models are nested more than {MOST_NESTED} deep.")
            return ()
        expansion = Expansion(self.blocks, begin)
        expansion.expand(value, path)
        self.problems += expansion.problems
        self._depth += 1
        entries = [self.read_layer(placed) for placed in expansion.layers]
        self._depth -= 1
        return tuple(entry for entry in entries if entry)

    def _object_argument(
        self, parameter: Parameter, value: Any, path: Path, supplied: tuple[str, ...]
    ) -> Any:
        """Read an argument that takes a Keras object, a number too where it may."""
        if isinstance(value, list) and parameter.object_kind == "layers":
            return [self.read(item, "layers", (*path, i)) for i, item in enumerate(value)]
        if parameter.accepts:
            converted, wrong = convert(value, parameter.accepts)
            if not wrong:  # Keras refuses a learning rate of 1 that is an integer
                return float(converted) if type(converted) is int else converted
            if not isinstance(value, dict) and not (
                isinstance(value, str) and self.catalogue.find(parameter.object_kind, value)
            ):
                types = " or ".join(TYPE_NAMES[name] for name in parameter.accepts)
                one = KINDS[parameter.object_kind]
                self._report(path, f"expected {types} or a {one}, received {show(value)}.")
                return None
        return self.read(value, parameter.object_kind, path, supplied)

    def _report(self, path: Path, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, path, hint))


def _with_place(hint: str, used: str) -> str:
    """Add where a block is used, once: it may be found again on the way out of models."""
    return hint if "(in block" in hint else f"{hint} ({used})".strip()
