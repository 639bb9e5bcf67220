"""The machines that train together, as TensorFlow's environment variable names them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from dlkit.config.schema import Config
from dlkit.errors import ConfigError, Path, Problem

VARIABLE = "TF_CONFIG"

DISTRIBUTE: Path = ("training", "distribute")

EXAMPLE = (
    'TF_CONFIG=\'{"cluster": {"worker": ["host1:12345", "host2:12345"]},'
    ' "task": {"type": "worker", "index": 0}}\''
)


@dataclass(frozen=True)
class Place:
    """Which of several workers a process is.

    Attributes:
        rank: From 0; that one writes the run.
        workers: How many there are.
    """

    rank: int
    workers: int


def read_place() -> Place:
    """Return which worker this process is.

    Raises:
        ConfigError: If the environment does not say it.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        raise ConfigError(
            _problem(
                f"`multi_worker` needs the environment variable {VARIABLE}, which tells each"
                " process all workers' addresses and which of them it is; there is none.",
            )
        )
    try:
        told: Any = json.loads(text)
        cluster, task = told["cluster"], told["task"]
        kind, index = task["type"], int(task["index"])
        addresses = {name: cluster.get(name, []) for name in ("chief", "worker")}
        others = sorted(cluster.keys() - addresses.keys())
        before = len(addresses["chief"]) if kind == "worker" else 0
        known = 0 <= index < len(addresses.get(kind, ()))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        reason = f"{VARIABLE} cannot be read ({type(error).__name__}: {error})."
        raise ConfigError(_problem(reason)) from error
    if alone := [name for name, each in addresses.items() if not isinstance(each, list)]:
        message = f"{VARIABLE} needs a list of addresses behind {alone[0]!r}."
        raise ConfigError(_problem(message))
    if others:
        raise ConfigError(
            _problem(f"{VARIABLE} names a {others[0]!r}; there can be workers and a chief.")
        )
    if not known:
        raise ConfigError(
            _problem(f"{VARIABLE} says that this is {kind} {index}, and names no such one.")
        )
    return Place(before + index, sum(map(len, addresses.values())))


def _problem(message: str) -> Problem:
    hint = f"On the first of two machines: {EXAMPLE} dlkit run FILE"
    return Problem(message, DISTRIBUTE, hint)


def check_distribution(config: Config) -> Iterator[Problem]:
    """What several devices do together needs the loop with a gradient tape, without XLA."""
    training = config.training
    if training.distribute is None:
        return
    if training.loop == "fit":
        message = (
            f"`{training.distribute}` needs the `tape` loop: `fit` clips gradients before the"
            " devices add theirs up, and fails with several workers."
        )
        yield Problem(message, ("training", "loop"), "Leave it out.")
    if training.xla is True:
        message = f"XLA does not compile what `{training.distribute}` sends between devices."
        yield Problem(message, ("training", "xla"), "Leave it out.")
    if training.distribute == "multi_worker" and config.dataset.folds:
        message = "`multi_worker` trains one model, and folds make several."
        yield Problem(message, DISTRIBUTE, "Leave one of the two out.")
