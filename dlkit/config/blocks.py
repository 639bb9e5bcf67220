"""What a block is: layers under a name, with parameters, and names for what it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlkit.config.names import did_you_mean, nearest
from dlkit.config.values import show
from dlkit.errors import Path, Problem

KEYS = ("layers", "parameters", "inputs")


@dataclass(frozen=True)
class Block:
    """A block as it is written.

    Attributes:
        layers: Its entries, references to its parameters not yet replaced.
        parameters: Their defaults by name, None for one that has none; None where it cannot
            be said what they are.
        inputs: Names of what it reads; none: it reads one, and calls it ``input``.
    """

    layers: list[Any]
    parameters: dict[str, Any] | None
    inputs: tuple[str, ...] = ()


def read_block(value: Any, path: Path) -> tuple[Block, list[Problem]]:
    """Read a block.

    Args:
        value: As written.
        path: Where it stands.

    Returns:
        The block, as far as it can be read, and what is wrong with it.
    """
    if not isinstance(value, dict) or not isinstance(value.get("layers"), list):
        message = f"expected `layers:` and a list below it, received {show(value)}."
        return Block([], None), [Problem(message, path)]
    problems = [
        Problem("unknown key.", (*path, key), did_you_mean(key, KEYS))
        for key in value
        if key not in KEYS
    ]
    parameters = value.get("parameters") or {}
    if not isinstance(parameters, dict):
        message = f"expected names with their defaults, received {show(parameters)}."
        problems.append(Problem(message, (*path, "parameters")))
    misspelt = any(nearest(problem.path[-1], KEYS) == "parameters" for problem in problems)
    inputs = value.get("inputs") or []
    names = [inputs] if isinstance(inputs, str) else inputs
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        message = f"expected a list of names, received {show(inputs)}."
        problems.append(Problem(message, (*path, "inputs")))
        names = []
    return Block(value["layers"], None if misspelt else parameters, tuple(names)), problems
