"""What the owner of a sweep and those who run its trials say to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dlkit.config.source import Source
from dlkit.config.sweep.section import Mode


@dataclass(frozen=True)
class Setup:
    """What holds for all trials of a sweep.

    Attributes:
        plugins: Files with code of the person's own.
        output: The folder that keeps experiments: a model may build on one of them.
        objectives: What is made best, and which side of it is better.
        waits: Whether a trial waits after each step to hear whether it goes on.
    """

    plugins: tuple[Path, ...]
    output: Path
    objectives: Mapping[str, Mode]
    waits: bool


@dataclass(frozen=True)
class Task:
    """One trial to be run.

    Attributes:
        number: The trial's, from 1; less where a model is only built.
        source: What is written for it, without the sweep.
        folder: Where it goes.
    """

    number: int
    source: Source
    folder: Path

    @property
    def only_builds(self) -> bool:
        """Whether a model is to be built, and nothing trained."""
        return self.number < 1


@dataclass(frozen=True)
class Progress:
    """How far a trial is.

    Attributes:
        number: The trial's.
        step: Its epoch; with folds or seeds, how many of these are over. 0: an epoch within
            one of them.
        value: The first objective by then.
        epoch: Its epoch.
        epochs: How many are planned.
    """

    number: int
    step: int
    value: float
    epoch: int
    epochs: int


Ending = Literal["complete", "pruned", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What a trial came to.

    Attributes:
        number: The trial's.
        ending: How it ended.
        values: Its objectives, where it is complete.
        facts: What else is known of it.
        reason: Why it failed, a line.
        unwritten: Whether it failed because the sweep's own folder did not take what it
            writes: then it is no fault of the trial's, and no other would fare better.
        is_of_data: Whether it failed because of the data.
    """

    number: int
    ending: Ending
    values: tuple[float, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    unwritten: bool = False
    is_of_data: bool = False


@dataclass(frozen=True)
class Unready:
    """That a worker cannot run anything.

    Attributes:
        reason: Why not, a line.
    """

    reason: str


@dataclass(frozen=True)
class Lost:
    """That whoever ran a trial is gone.

    Attributes:
        number: The trial's.
        reason: What is known of it: a signal, a node.
        blameless: Whether a whole machine is gone, which hardly is the trial's fault.
    """

    number: int
    reason: str
    blameless: bool = False


Message = Progress | Outcome | Lost

Tell = Callable[[Progress], bool]
"""Tells how far a trial is, and returns whether it is to end here."""
