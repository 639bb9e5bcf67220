"""From layers as they are written to layers as they are built: blocks and ``repeat:``.

A block is a list of layers with parameters, used by its name like a layer. Inside it
``input`` is what it reads, or its ``inputs`` by their names; names are its own, and
``${parameter}`` is what its user gave. Outside, a layer of it goes by the name of the use
and its own: ``down_pool`` is ``pool`` in the block that is used as ``down``. An expanded
layer keeps the place where it is written, so that its faults are found there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dlkit.config.blocks import Block, read_block
from dlkit.config.names import did_you_mean, nearest, snake_case
from dlkit.config.own_keys import (
    MAX_LAYERS,
    OWN_KEYS,
    Reads,
    read_from,
    read_name,
    read_repeat,
    split_entry,
    substitute,
    without_own_keys,
)
from dlkit.config.own_layers import SHARED
from dlkit.config.values import show
from dlkit.errors import Path, Problem

INPUT = "input"
"""The name by which a layer's ``from`` means the data itself, or a block's input."""


@dataclass(frozen=True)
class PlacedLayer:
    """One layer to be built, with its place in the graph.

    Attributes:
        notation: The layer in the notation of a Keras object.
        path: Where it is written.
        name: Its name in the model.
        inputs: Names of the layers it reads; None reads the one before it.
        used: Where the block that it belongs to is used, in words; else empty.
        roles: The argument of its call that takes each input; empty where none is named.
        also: Names of the tensors that it gives beside the first.
    """

    notation: Any
    path: Path
    name: str
    inputs: tuple[str, ...] | None
    used: str = ""
    roles: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass
class _Scope:
    """What is valid inside one list of layers.

    Attributes:
        prefix: Of the names in the model.
        names: What names here are called in the model.
        used: Where a block is used, in words.
        start: What its first entry reads that says nothing.
        inputs: What a block reads, where that is several.
        blocks: The blocks behind the names that mean the use of one.
    """

    prefix: str
    names: dict[str, str]
    used: str = ""
    start: Reads | None = None
    inputs: tuple[str, ...] = ()
    blocks: dict[str, str] = field(default_factory=dict)


@dataclass
class Expansion:
    """Expands one architecture and collects what is wrong with it.

    Attributes:
        blocks: As written, by their names.
        begin: What the first layer reads.
    """

    blocks: Mapping[str, Any]
    begin: str = INPUT
    layers: list[PlacedLayer] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def expand(self, entries: list[Any], path: Path) -> None:
        """Expand the layers of the architecture itself."""
        self._list(entries, path, _Scope("", {self.begin: self.begin}))

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
        head, value, here = split_entry(entry, path)
        if head is None:
            self._place(entry, path, (f"{scope.prefix}layer_{path[-1]}",), None, scope)
            return
        arguments = dict(value) if isinstance(value, dict) else {}
        reads = self._reads(arguments, here, scope)
        if reads is None and path[-1] == 0:
            reads = scope.start
            if scope.inputs and "from" not in arguments:
                message = (
                    f"the block reads {len(scope.inputs)}, and the layer does not say which."
                )
                self._report(here, message, f"`from:` one of: {', '.join(scope.inputs)}.")
        times = self._said(read_repeat(arguments.get("repeat", 1)), (*here, "repeat"))
        names = self._said(read_name(arguments.get("name")), (*here, "name"))
        local, *others = names or (f"{snake_case(head)}_{path[-1]}",)
        notation = without_own_keys(head, value)
        notation = self._called_again(notation, here, scope)
        for turn in range(1, times + 1):
            end = f"_{turn}" if times > 1 else ""
            if turn > 1 and reads:
                reads = reads.next_turn(self.layers[-1].name)
            if head in self.blocks:
                given = value if isinstance(value, dict) else self._first(head, value, here)
                self._block(head, given, here, f"{local}{end}", reads, scope)
            else:
                called = tuple(f"{scope.prefix}{one}{end}" for one in (local, *others))
                self._place(notation, path, called, reads, scope)
                scope.names[f"{local}{end}"] = called[0]
                scope.names |= dict(zip(others, called[1:], strict=True))
        if self.layers:
            scope.names[local] = self.layers[-1].name
        scope.blocks.pop(local, None)
        if head in self.blocks:
            scope.blocks[local] = head

    def _block(
        self,
        head: str,
        arguments: dict[str, Any],
        path: Path,
        local: str,
        reads: Reads | None,
        scope: _Scope,
    ) -> None:
        """Expand one use of a block."""
        if head in self._open:
            self._report(path, f"block {head!r} contains itself.")
            return
        block = self._definition(head)
        parameters, inputs = block.parameters, block.inputs
        given = {k: v for k, v in arguments.items() if k not in OWN_KEYS}
        if parameters is not None:
            self._check_given(head, given, parameters, path)
        values = {k: v for k, v in ((parameters or {}) | given).items() if v is not None}
        before = self.layers[-1].name if self.layers else self.begin
        sources = self._sources(head, inputs, reads, before, path)
        name = f"{scope.prefix}{local}"
        inner = _Scope(f"{name}_", dict(sources), f"in block {head!r} as {name!r}", reads)
        if len(inputs) > 1:
            inner.start, inner.inputs = None, inputs
        self._open.append(head)
        self._list(
            substitute(block.layers, values), ("architecture", "blocks", head, "layers"), inner
        )
        self._open.pop()
        for key in inner.names.keys() - sources.keys():
            scope.names.setdefault(f"{local}_{key}", inner.names[key])

    def _sources(
        self,
        head: str,
        inputs: tuple[str, ...],
        reads: Reads | None,
        before: str,
        path: Path,
    ) -> dict[str, str]:
        """Return what the inputs of a block are in one use of it."""
        if not inputs:
            return {INPUT: reads.names[0] if reads else before}
        names = reads.names if reads else (before,)
        roles = (reads.roles if reads else ()) or inputs
        if len(names) != len(inputs):
            wanted = " and ".join(map(repr, inputs))
            message = f"block {head!r} reads {wanted}, and is given {len(names)}."
            self._report(path, message, "Name as many under `from`.")
        elif {*roles} != {*inputs}:
            message = f"expected {' and '.join(inputs)}, received {' and '.join(roles)}."
            self._report((*path, "from"), message)
        else:
            return dict(zip(roles, names, strict=True))
        return dict.fromkeys(inputs, names[0])

    def _check_given(
        self, head: str, given: dict[str, Any], parameters: dict[str, Any], path: Path
    ) -> None:
        """Report what a use gives that its block does not know, and what it lacks."""
        unknown = [key for key in given if key not in parameters]
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
        parameters = self._definition(head).parameters
        if parameters is None:
            return {}
        if not parameters:
            self._report(path, f"block {head!r} has no parameters, received {show(value)}.")
            return {}
        return {next(iter(parameters)): value}

    def _definition(self, head: str) -> Block:
        """Return a block by its name, and report what is wrong with it."""
        path: Path = ("architecture", "blocks", head)
        block, problems = read_block(self.blocks[head], path)
        for problem in problems:
            self._report(problem.path, problem.message, problem.hint)
        return block

    def _reads(self, arguments: dict[str, Any], path: Path, scope: _Scope) -> Reads | None:
        """Return what ``from`` names, in the names of the whole model."""
        if "from" not in arguments:
            return None
        reads: Reads | None = self._said(read_from(arguments["from"]), (*path, "from"))
        if reads is None:
            return None
        return Reads(tuple(scope.names.get(name, name) for name in reads.names), reads.roles)

    def _called_again(self, notation: Any, path: Path, scope: _Scope) -> Any:
        """Return a notation where ``Shared`` has its layer's name in the whole model."""
        head, value, _ = split_entry(notation, path)
        inner = value.get("layer") if isinstance(value, dict) else value
        if head == SHARED and isinstance(inner, str):
            if inner in scope.blocks:
                message = (
                    f"{inner!r} is a use of the block {scope.blocks[inner]!r}, and no layer."
                )
                hint = "Write the layers as a `Model` to call them again, all together."
                self._report(path, message, hint)
            arguments = value if isinstance(value, dict) else {}
            return {SHARED: {**arguments, "layer": scope.names.get(inner, inner)}}
        if isinstance(value, dict) and isinstance(inner, dict):
            return {head: {**value, "layer": self._called_again(inner, path, scope)}}
        return notation

    def _said(self, read: tuple[Any, str], path: Path) -> Any:
        """Return what was read, and report what is wrong with it."""
        value, wrong = read
        if wrong:
            self._report(path, wrong)
        return value

    def _place(
        self,
        notation: Any,
        path: Path,
        names: tuple[str, ...],
        reads: Reads | None,
        scope: _Scope,
    ) -> None:
        inputs, roles = (reads.names, reads.roles) if reads else (None, ())
        name, *also = names
        self.layers.append(
            PlacedLayer(notation, path, name, inputs, scope.used, roles, tuple(also))
        )

    def _report(self, path: Path, message: str, hint: str = "") -> None:
        problem = Problem(message, path, hint)
        if problem not in self.problems:
            self.problems.append(problem)
