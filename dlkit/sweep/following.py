"""Follow the training of a trial: tell of it step by step, and end it where it is to end."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from dlkit.config.sweep.section import OWN_OBJECTIVES, Mode
from dlkit.errors import DlkitError
from dlkit.model.summary import StageRow
from dlkit.sweep.messages import Progress, Tell
from dlkit.train.epochs import Row


class PrunedError(DlkitError):
    """A trial promises too little to go on."""


class Follower:
    """Hears of every epoch of a trial, of all its folds or seeds.

    Of one run the objective is followed over the epochs; of several, over the runs: the mean
    of what those came to that are over.

    Args:
        number: The trial's.
        objective: The first objective.
        mode: Which side of it is better.
        members: How many runs the trial has.
        epochs: How many epochs a run has at most.
        tell: Is told of every step.

    Attributes:
        curve: The objective by steps.
        heard: How many epochs there were, of all runs.
    """

    def __init__(
        self, number: int, objective: tuple[str, Mode], members: int, epochs: int, tell: Tell
    ) -> None:
        self._number = number
        self._objective, self._mode = objective
        self._members = members
        self._epochs = epochs
        self._tell = tell
        self._best: list[float] = []
        self._epoch = 0
        self.curve: dict[int, float] = {}
        self.heard = 0

    def hear_again(self, rows: Sequence[Row]) -> None:
        """Hear of the epochs that a run had before it was interrupted.

        They are told of again: whoever is told may have been interrupted before them.

        Raises:
            PrunedError: If the trial was to end at one of them.
        """
        for row in rows:
            self.on_epoch(row)

    def on_stage(self, stage: StageRow, epochs: int, kept: int) -> None:
        """Do nothing: a stage is no step of its own."""

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Do nothing: epochs are told of as they end."""

    def on_epoch(self, row: Row) -> None:
        """Tell of an epoch.

        Raises:
            PrunedError: If the trial is to end here.
        """
        self.heard += 1
        epoch = int(row["epoch"])
        value = float(row.get(self._objective, math.nan))
        if epoch <= self._epoch or not self._best:
            if self._best and self._members > 1:
                self._step(len(self._best), _mean(self._best))
            self._best.append(math.nan)
        self._epoch = epoch
        self._best[-1] = better(self._best[-1], value, self._mode)
        if self._members == 1:
            self._step(epoch, value)
        else:
            self._tell(self._progress(0, value))

    def _step(self, step: int, value: float) -> None:
        self.curve[step] = value
        if self._tell(self._progress(step, value)):
            raise PrunedError(f"pruned after step {step}")

    def _progress(self, step: int, value: float) -> Progress:
        return Progress(self._number, step, value, self._epoch, self._epochs)

    @property
    def facts(self) -> dict[str, object]:
        """What is known of a trial that ends here."""
        curve = [[step, value] for step, value in self.curve.items() if math.isfinite(value)]
        return {"epochs": self.heard, "curve": curve}


def better(one: float, other: float, mode: Mode) -> float:
    """Return the better of two figures; one that is no number is never better."""
    if math.isnan(one) or math.isnan(other):
        return other if math.isnan(one) else one
    return max(one, other) if mode == "max" else min(one, other)


def best_row(rows: Sequence[Row], name: str, mode: Mode) -> Row | None:
    """Return the first of the rows with the best figure; None where none has a number."""
    sign = -1 if mode == "max" else 1
    found = [row for row in rows if math.isfinite(row.get(name, math.nan))]
    return min(found, key=lambda row: sign * row[name], default=None)


def has_figure(name: str, rows: Sequence[Row]) -> bool:
    """Tell whether a figure was ever a number."""
    return any(math.isfinite(row.get(name, math.nan)) for row in rows)


def values_of(
    objectives: Mapping[str, Mode], histories: Sequence[Sequence[Row]], own: Mapping[str, float]
) -> tuple[float, ...]:
    """Return the objectives of a trial: figures of its best epoch, means over its runs.

    The best epoch is that of the first objective which is a figure of the epochs; all
    figures are those of that epoch.

    Args:
        objectives: What is made best, and which side of it is better.
        histories: The epochs of each run.
        own: ``parameters`` and ``seconds``.

    Returns:
        A value for each objective; empty where one of them is no number.
    """
    first = next((name for name in objectives if name not in OWN_OBJECTIVES), None)
    bests = [best_row(rows, first, objectives[first]) for rows in histories] if first else []
    rows = [row for row in bests if row is not None]
    if len(rows) < len(bests):
        return ()
    values = tuple(
        own[name]
        if name in OWN_OBJECTIVES
        else _mean([row.get(name, math.nan) for row in rows])
        for name in objectives
    )
    return values if all(map(math.isfinite, values)) else ()


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
