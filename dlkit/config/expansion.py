"""From layers as they are written to layers as they are built: blocks and ``repeat:``.

A block is a list of layers with parameters, used by its name like a layer. Inside it
``input`` is what it reads, names are its own, and ``${parameter}`` is what its user gave.
An expanded layer keeps the place where it is written, so that its faults are found there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlkit.config.interpolation import REFERENCE
from dlkit.config.names import did_you_mean, nearest, snake_case
from dlkit.config.own_layers import SHARED
from dlkit.config.values import show
from dlkit.errors import Path, Problem

INPUT = "input"
"""The name by which a layer's ``from`` means the data itself, or a block's input."""

MAX_LAYERS = 10_000

LAYER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,99}")
"""Names that TensorFlow accepts for an operation."""

OWN_KEYS = ("from", "name", "repeat")
"""Keys among a layer's arguments that say where it stands, not what it does."""


@dataclass(frozen=True)
class PlacedLayer:
    """One layer to be built, with its place in the graph.

    Attributes:
        notation: The layer in the notation of a Keras object.
        path: Where it is written.
        name: Its name in the model.
        inputs: Names of the layers it reads; None reads the one before it.
        used: Where the block that it belongs to is used, in words; else empty.
    """

    notation: Any
    path: Path
    name: str
    inputs: tuple[str, ...] | None
    used: str = ""


@dataclass
class _Scope:
    """Names that are valid inside one list of layers."""

    prefix: str
    names: dict[str, str]
    used: str = ""


@dataclass
class Expansion:
    """Expands one architecture and collects what is wrong with it."""

    blocks: Mapping[str, Any]
    layers: list[PlacedLayer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def expand(self, entries: list[Any], path: Path) -> None:
        """Expand the layers of the architecture itself."""
        self._list(entries, path, _Scope("", {INPUT: INPUT}))

    def _list(self, entries: list[Any], path: Path, scope: _Scope) -> None:
        for index, entry in enumerate(entries):
            if len(self.layers) >= MAX_LAYERS:
                message = f"expected at most {MAX_LAYERS:,} layers."
                if not any(problem.message == message for problem in self.problems):
                    self._report((*path, index), message)
                return
            self._entry(entry, (*path, index), scope)

    def _entry(self, entry: Any, path: Path, scope: _Scope) -> None:
        """Expand one written layer or block as often as it is repeated."""
        head, value, here = _split(entry, path)
        if head is None:
            self._place(entry, path, f"{scope.prefix}layer_{path[-1]}", None, scope)
            return
        arguments = dict(value) if isinstance(value, dict) else {}
        inputs = self._inputs(arguments, here, scope)
        times = self._times(arguments, here)
        local = self._name(arguments, here) or f"{snake_case(head)}_{path[-1]}"
        notation = _without_own_keys(head, value)
        if head == SHARED:
            notation = _in_scope(notation, scope)
        for turn in range(times):
            name = f"{scope.prefix}{local}" + (f"_{turn + 1}" if times > 1 else "")
            reads = inputs if turn == 0 else None
            if head in self.blocks:
                given = value if isinstance(value, dict) else self._first(head, value, here)
                self._block(head, given, here, name, reads, scope)
            else:
                self._place(notation, path, name, reads, scope)
        if self.layers:
            scope.names[local] = self.layers[-1].name

    def _block(
        self,
        head: str,
        arguments: dict[str, Any],
        path: Path,
        name: str,
        inputs: tuple[str, ...] | None,
        scope: _Scope,
    ) -> None:
        """Expand one use of a block."""
        if head in self._open:
            self._report(path, f"block {head!r} contains itself.")
            return
        body, parameters = self._definition(head)
        given = {k: v for k, v in arguments.items() if k not in OWN_KEYS}
        if parameters is not None:
            self._check_given(head, given, parameters, path)
        values = {k: v for k, v in ((parameters or {}) | given).items() if v is not None}
        before = self.layers[-1].name if self.layers else INPUT
        source = inputs[0] if inputs else before
        inner = _Scope(f"{name}_", {INPUT: source}, f"in block {head!r} as {name!r}")
        start = len(self.layers)
        self._open.append(head)
        self._list(substitute(body, values), ("architecture", "blocks", head, "layers"), inner)
        self._open.pop()
        first = self.layers[start] if len(self.layers) > start else None
        if inputs and first and first.inputs is None:
            self.layers[start] = PlacedLayer(
                first.notation, first.path, first.name, inputs, first.used
            )

    def _check_given(
        self, head: str, given: dict[str, Any], parameters: dict[str, Any], path: Path
    ) -> None:
        """Report what a use gives that its block does not know, and what it lacks."""
        unknown = given.keys() - parameters.keys()
        for key in unknown:
            hint = did_you_mean(key, parameters)
            self._report((*path, key), f"block {head!r} has no parameter {key!r}.", hint)
        meant = {nearest(key, parameters) for key in unknown}
        values = parameters | given
        missing = [key for key in parameters if values[key] is None and key not in meant]
        if missing:
            names = " and ".join(map(repr, missing))
            self._report(path, f"block {head!r} needs {names}.")

    def _first(self, head: str, value: Any, path: Path) -> dict[str, Any]:
        """Return a lone value under the name of a block's first parameter."""
        if value is None:
            return {}
        _, parameters = self._definition(head)
        if parameters is None:
            return {}
        if not parameters:
            self._report(path, f"block {head!r} has no parameters, received {show(value)}.")
            return {}
        return {next(iter(parameters)): value}

    def _definition(self, head: str) -> tuple[list[Any], dict[str, Any] | None]:
        """Return the layers and the parameters of a block; None where these are wrong."""
        block = self.blocks[head]
        path: Path = ("architecture", "blocks", head)
        if not isinstance(block, dict) or not isinstance(block.get("layers"), list):
            self._report(
                path, f"expected `layers:` and a list below it, received {show(block)}."
            )
            return [], None
        for key in block.keys() - {"layers", "parameters"}:
            hint = did_you_mean(key, ("layers", "parameters"))
            self._report((*path, key), "unknown key.", hint)
            if nearest(key, ("layers", "parameters")) == "parameters":
                return block["layers"], None
        parameters = block.get("parameters") or {}
        if not isinstance(parameters, dict):
            message = f"expected names with their defaults, received {show(parameters)}."
            self._report((*path, "parameters"), message)
            return block["layers"], None
        return block["layers"], parameters

    def _inputs(
        self, arguments: dict[str, Any], path: Path, scope: _Scope
    ) -> tuple[str, ...] | None:
        """Return the layers that ``from`` names, in the names of the whole model."""
        if "from" not in arguments:
            return None
        value = arguments["from"]
        written = value if isinstance(value, list) else [value]
        names = [name for name in written if isinstance(name, str)]
        if not names or len(names) < len(written):
            message = f"expected the name of a layer or a list, received {show(value)}."
            self._report((*path, "from"), message)
            return None
        return tuple(scope.names.get(name, name) for name in names)

    def _name(self, arguments: dict[str, Any], path: Path) -> str:
        """Return the name an entry gives itself, or an empty text."""
        name = arguments.get("name")
        if name is None:
            return ""
        if not isinstance(name, str) or not LAYER_NAME.fullmatch(name):
            wanted = "letters, digits, dots, dashes or underscores"
            message = f"expected {wanted}, received {show(name)}."
            self._report((*path, "name"), message)
            return ""
        return name

    def _times(self, arguments: dict[str, Any], path: Path) -> int:
        """Return how often an entry stands here."""
        times = arguments.get("repeat", 1)
        if (
            isinstance(times, bool)
            or not isinstance(times, int)
            or not 1 <= times <= MAX_LAYERS
        ):
            message = f"expected a count from 1 to {MAX_LAYERS:,}, received {show(times)}."
            self._report((*path, "repeat"), message)
            return 1
        return times

    def _place(
        self,
        notation: Any,
        path: Path,
        name: str,
        inputs: tuple[str, ...] | None,
        scope: _Scope,
    ) -> None:
        self.layers.append(PlacedLayer(notation, path, name, inputs, scope.used))

    def _report(self, path: Path, message: str, hint: str = "") -> None:
        problem = Problem(message, path, hint)
        if problem not in self.problems:
            self.problems.append(problem)


def substitute(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Return nested data with ``${parameter}`` replaced by what was given for it."""
    if isinstance(value, dict):
        return {key: substitute(item, parameters) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, parameters) for item in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole and whole[1] in parameters:
        return parameters[whole[1]]
    return REFERENCE.sub(lambda match: str(parameters.get(match[1], match[0])), value)


def _split(entry: Any, path: Path) -> tuple[str | None, Any, Path]:
    """Take an entry apart into name, value and the path of the name."""
    if isinstance(entry, str):
        return entry, None, path
    if isinstance(entry, dict) and len(entry) == 1:
        ((head, value),) = entry.items()
        if isinstance(head, str):
            return head, value, (*path, head)
    return None, None, path


def _in_scope(notation: Any, scope: _Scope) -> Any:
    """Return a layer that is called again, by its name in the whole model."""
    called = notation[SHARED] if isinstance(notation, dict) else None
    if isinstance(called, str):
        return {SHARED: scope.names.get(called, called)}
    if isinstance(called, dict) and isinstance(called.get("layer"), str):
        name = called["layer"]
        return {SHARED: {**called, "layer": scope.names.get(name, name)}}
    return notation


def _without_own_keys(head: str, value: Any) -> Any:
    """Return the notation of a Keras object, free of dlkit's keys."""
    if not isinstance(value, dict):
        return head if value is None else {head: value}
    return {head: {key: item for key, item in value.items() if key not in OWN_KEYS}}
