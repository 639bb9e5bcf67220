"""Keras objects as a config writes them, checked against the catalogue.

One notation for every kind: ``Name``, ``Name: value`` (the first argument; a list fills
the required arguments where there are several) and ``Name: {argument: value}``. It
nests: an argument may be another object.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dlkit.config.catalogue import KINDS, Catalogue, Entry, Parameter
from dlkit.config.expansion import Expansion, PlacedLayer
from dlkit.config.interpolation import has_reference
from dlkit.config.names import did_you_mean, nearest
from dlkit.config.own_layers import OWN_LAYERS, WHOLE, find_layer
from dlkit.config.values import (
    TYPE_NAMES,
    Duration,
    convert,
    expected,
    parse_duration,
    show,
)
from dlkit.errors import Path, Problem

MOST_NESTED = 20
"""Models in models; a block that uses itself through them would go on for ever."""

ACTIVATION_LAYERS = ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax")
"""Layers that stand in for an activation that takes arguments."""


@dataclass(frozen=True)
class KerasObject:
    """A Keras object to be built.

    Attributes:
        kind: The catalogue's kind, e.g. ``optimizers``.
        name: Keras's own class or function name.
        written: The name as the config has it, e.g. ``mae``.
        arguments: Plain values, durations, other objects, or lists of these.
        path: Where its name stands in the config.
        places: Where each written argument stands: below the name, at the name for a
            lone value, or under the defaults of the architecture.
    """

    kind: str
    name: str
    written: str
    arguments: Mapping[str, Any]
    path: Path
    places: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class LayerEntry:
    """A layer and its place in the graph.

    Attributes:
        layer: The layer, or the application used as one.
        name: Given, or made from its class and place: ``dense_2`` is ``layers[2]``.
        inputs: Names of the layers it reads; None reads the one written before it.
    """

    layer: KerasObject
    name: str
    inputs: tuple[str, ...] | None


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
        named = self._split(notation, kind, path)
        if named is None:
            return None
        name, value, path = named
        entry = self._find(kind, name, path)
        if entry is None:
            return None
        given = self._name_arguments(entry, value, path, supplied)
        if given is None:
            return None
        places = {key: (*path, key) if isinstance(value, dict) else path for key in given}
        arguments = {
            key: self._argument(entry, key, item, places[key])
            for key, item in given.items()
            if self._is_known(entry, key, path)
        }
        defaults = self.defaults.get(entry.name, {}) if entry.kind == "layers" else {}
        for key in defaults.keys() - arguments.keys():
            arguments[key] = defaults[key]
            places[key] = ("architecture", "defaults", entry.name, key)
        meant = {nearest(key, entry.parameters) for key in given} | {
            *given,
            *supplied,
            *defaults,
        }
        missing = [key for key in entry.required if key not in meant]
        if missing:
            names = " and ".join(repr(key) for key in missing)
            self._report(path, f"{entry.name} needs {names}.")
        return KerasObject(entry.kind, entry.name, name, arguments, path, places)

    def read_layer(self, placed: PlacedLayer) -> LayerEntry | None:
        """Read one layer at its place in the graph."""
        before = len(self.problems)
        layer = self.read(placed.notation, "layers", placed.path)
        if placed.used:
            self.problems[before:] = [
                replace(problem, hint=f"{problem.hint} ({placed.used})".strip())
                for problem in self.problems[before:]
            ]
        return LayerEntry(layer, placed.name, placed.inputs) if layer else None

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

    def _split(self, notation: Any, kind: str, path: Path) -> tuple[str, Any, Path] | None:
        """Take a notation apart into name, value and the path of the name."""
        if isinstance(notation, str):
            return notation, None, path
        if isinstance(notation, dict) and len(notation) == 1:
            ((name, value),) = notation.items()
            return name, value, (*path, name)
        one = KINDS[kind]
        if isinstance(notation, dict) and notation:
            first, *others = notation
            beside = " and ".join(repr(other) for other in others)
            self._report(
                (*path, others[0]),
                f"one {one} has one name, received {beside} beside {first!r}.",
                f"Indent what belongs to {first!r} under it.",
            )
        else:
            article = "an" if one[0] in "aio" else "a"
            self._report(
                path, f"expected the name of {article} {one}, received {show(notation)}."
            )
        return None

    def _find(self, kind: str, name: str, path: Path) -> Entry | None:
        """Look a name up in its kind, and explain it where it is not there."""
        layers = kind == "layers"
        entry = find_layer(self.catalogue, name) if layers else self.catalogue.find(kind, name)
        if entry:
            return entry
        kinds = ("layers", "applications") if layers else (kind,)
        if kind == "activations" and name in ACTIVATION_LAYERS:
            return self.catalogue.find("layers", name)
        legal = [known for candidate in kinds for known in self.catalogue.all_names(candidate)]
        if layers:
            legal += [*OWN_LAYERS, *self.blocks]
        hint = did_you_mean(name, legal)
        if not hint.startswith("Did"):
            hint = did_you_mean(name, self.catalogue.names(kind))
        elsewhere = self.catalogue.find_anywhere(name)
        if elsewhere and not hint.startswith("Did"):
            one = KINDS[elsewhere[0].kind]
            hint = f"{name} is {'an' if one[0] in 'aio' else 'a'} {one}."
            if kind == "layers" and elsewhere[0].kind == "activations":
                hint += f" Write `Activation: {name}`."
        self._report(path, f"Keras has no {KINDS[kind]} {name!r}.", hint)
        return None

    def _name_arguments(
        self, entry: Entry, value: Any, path: Path, supplied: tuple[str, ...]
    ) -> dict[str, Any] | None:
        """Give every written value the name of its argument; None where that fails."""
        if value is None:
            return {}
        if entry.kind == "activations":
            self._report(
                path,
                f"{entry.name} takes no arguments here.",
                f"Layers can: {', '.join(ACTIVATION_LAYERS)}.",
            )
            return {}
        if isinstance(value, dict):
            return value
        parameters = [name for name in entry.parameters if name not in supplied]
        if not parameters:
            self._report(path, f"{entry.name} takes no arguments, received {show(value)}.")
            return {}
        required = [name for name in entry.required if name not in supplied]
        if isinstance(value, list) and len(required) > 1:
            if len(value) == len(required):
                return dict(zip(required, value, strict=True))
            message = f"expected [{', '.join(required)}], received {show(value)}."
            self._report(path, message)
            return None
        return {parameters[0]: value}

    def _is_known(self, entry: Entry, key: str, path: Path) -> bool:
        if key in entry.parameters:
            return True
        hint = did_you_mean(key, entry.parameters)
        self._report((*path, key), f"{entry.name} has no argument {key!r}.", hint)
        return False

    def _argument(self, entry: Entry, key: str, value: Any, path: Path) -> Any:
        """Check one argument and return it ready to be built."""
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
        if entry.kind in WHOLE and key in {"layers", "inputs", "trainable"}:
            return self._own_argument(key, value, path)
        if entry.kind == "schedules" and key.endswith(("steps", "boundaries")):
            value = _with_durations(value)
            if isinstance(value, Duration):
                return value
        if parameter.object_kind:
            return self._object_argument(parameter, value, path)
        converted, wrong = convert(value, parameter.accepts)
        if wrong:
            length = entry.kind == "schedules" and key.endswith("steps")
            self._report(path, wrong, "Or a duration like `5 epochs`." if length else "")
        return converted

    def _own_argument(self, key: str, value: Any, path: Path) -> Any:
        """Read an argument of a layer that holds layers."""
        if key == "layers":
            return self._inner_layers(value, path)
        if key == "inputs":
            names = [value] if isinstance(value, str) else value
            if isinstance(names, list) and names and all(isinstance(n, str) for n in names):
                return tuple(names)
            self._report(path, f"expected a list of names, received {show(value)}.")
            return None
        start = value.get("from") if isinstance(value, dict) and len(value) == 1 else None
        if isinstance(value, bool) or isinstance(start, str):
            return value
        wanted = "true, false or `{from: name of a layer}`"
        self._report(path, f"expected {wanted}, received {show(value)}.")
        return True

    def _inner_layers(self, value: Any, path: Path) -> tuple[LayerEntry, ...]:
        """Read the layers of a model in the model."""
        if not isinstance(value, list) or not value:
            self._report(path, f"expected a list of layers, received {show(value)}.")
            return ()
        if self._depth == MOST_NESTED:
            self._report(path, f"models are nested more than {MOST_NESTED} deep.")
            return ()
        expansion = Expansion(self.blocks)
        expansion.expand(value, path)
        self.problems += expansion.problems
        self._depth += 1
        entries = [self.read_layer(placed) for placed in expansion.layers]
        self._depth -= 1
        return tuple(entry for entry in entries if entry)

    def _object_argument(self, parameter: Parameter, value: Any, path: Path) -> Any:
        """Read an argument that takes a Keras object, a number too where it may."""
        if isinstance(value, list) and parameter.object_kind == "layers":
            return [self.read(item, "layers", (*path, i)) for i, item in enumerate(value)]
        if parameter.accepts:
            converted, wrong = convert(value, parameter.accepts)
            if not wrong:
                return converted
            if not isinstance(value, dict) and not (
                isinstance(value, str) and self.catalogue.find(parameter.object_kind, value)
            ):
                types = " or ".join(TYPE_NAMES[name] for name in parameter.accepts)
                one = KINDS[parameter.object_kind]
                self._report(path, f"expected {types} or a {one}, received {show(value)}.")
                return None
        return self.read(value, parameter.object_kind, path)

    def _report(self, path: Path, message: str, hint: str = "") -> None:
        self.problems.append(Problem(message, path, hint))


def _with_durations(value: Any) -> Any:
    """Replace ``5 epochs`` by a duration, alone or in a list."""
    if isinstance(value, list):
        return [_with_durations(item) for item in value]
    return parse_duration(value) or value
