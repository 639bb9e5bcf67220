"""The study: Optuna's memory of a sweep, on the disk, with one owner.

The journal is written by the process that runs the sweep alone, which has locked the sweep's
folder: a lock of the journal's own that is there at first is one that a killed process left.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from dlkit.config.sweep.section import Mode, Pruner, Sampler
from dlkit.config.sweep.space import Parameter, Scalar
from dlkit.errors import StorageError
from dlkit.report.sweep.record import State, TrialRecord
from dlkit.sweep.samplers import Labels, pruner_for, sampler_for

STATES: dict[TrialState, State] = {
    TrialState.COMPLETE: "complete",
    TrialState.PRUNED: "pruned",
    TrialState.FAIL: "failed",
    TrialState.RUNNING: "running",
    TrialState.WAITING: "running",
}

DIRECTIONS: dict[Mode, Literal["minimize", "maximize"]] = {
    "min": "minimize",
    "max": "maximize",
}

FACTS = "facts"
REASON = "reason"
ATTEMPTS = "attempts"
"""Attributes of a trial."""

CURVE = "curve"
"""Among its facts: the first objective by steps, as pairs."""


@dataclass(frozen=True)
class Search:
    """How the points of a sweep are chosen, and which is the best.

    Attributes:
        parameters: What is tried, in the order in which it is drawn.
        objectives: What is made best.
        sampler: How values are chosen.
        pruner: What ends trials early.
        steps: How many epochs (or folds, or seeds) a trial has at most.
        seed: What chance begins with.
        points: For a grid, its points.
    """

    parameters: tuple[Parameter, ...]
    objectives: Mapping[str, Mode]
    sampler: Sampler
    pruner: Pruner
    steps: int
    seed: int
    points: Sequence[Labels] = ()


class Study:
    """The trials of a sweep: chosen, followed and kept.

    Trials are numbered from 1.

    Args:
        path: The journal; made if it is not there.
        search: How points are chosen.

    Raises:
        StorageError: If the journal is damaged or cannot be written.
    """

    def __init__(self, path: Path, search: Search) -> None:
        self._search = search
        self._running: dict[int, optuna.trial.Trial] = {}
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            trim(path)
            path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
            backend = JournalFileBackend(str(path), JournalFileOpenLock(str(path)))
            self._study = optuna.create_study(
                storage=JournalStorage(backend),
                study_name="sweep",
                directions=[DIRECTIONS[mode] for mode in search.objectives.values()],
                load_if_exists=True,
                pruner=pruner_for(search.pruner, search.steps),
            )
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error.strerror}).") from error
        except (ValueError, KeyError, RuntimeError) as error:
            raise StorageError(
                f"{path}: is damaged ({error}). The trials' own folders are whole; remove"
                " this sweep's folder to begin anew."
            ) from error

    def unfinished(self) -> list[int]:
        """Return the trials that had begun when the process before this one ended."""
        trials = self._study.get_trials(deepcopy=False)
        return [
            trial.number + 1
            for trial in trials
            if STATES[trial.state] == "running" and trial.number + 1 not in self._running
        ]

    @property
    def count(self) -> int:
        """How many trials have begun."""
        return len(self._study.get_trials(deepcopy=False))

    def begin(self, number: int | None = None) -> tuple[int, dict[str, Any]]:
        """Choose the point of the next trial, or say again what was chosen.

        Args:
            number: One that had begun before; None: a new one.

        Returns:
            The trial's number, and its point.

        Raises:
            StorageError: If the disk does not take it.
        """
        search = self._search
        index = self.count if number is None else number - 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is experimental is the library's affair
            self._study.sampler = sampler_for(search.sampler, search.points, search.seed, index)
            try:
                trial = self._trial(number)
                point: dict[str, Any] = {}
                for each in search.parameters:
                    if each.matters(point):
                        point[each.name] = each.value_of(draw(trial, each))
            except OSError as error:
                raise StorageError(f"the study cannot be written ({error}).") from error
        self._running[trial.number + 1] = trial
        return trial.number + 1, point

    def _trial(self, number: int | None) -> optuna.trial.Trial:
        if number is None:
            return self._study.ask()
        frozen = self._study.get_trials(deepcopy=False)[number - 1]
        return optuna.trial.Trial(self._study, frozen._trial_id)

    def see(self, number: int, step: int, value: float) -> bool:
        """Note a figure of a running trial, and tell whether the trial promises too little.

        Args:
            number: The trial's.
            step: The epoch, fold or seed, from 1.
            value: The first objective.
        """
        if self._search.pruner == "none" or not math.isfinite(value):
            return False  # nobody asks, and what a trial came to brings its whole curve
        trial = self._running[number]
        if step not in self._frozen(number).intermediate_values:
            trial.report(value, step)  # else it is told again, for the trial began again
        return bool(trial.should_prune())

    def attempts(self, number: int) -> int:
        """Return how often the worker of a trial has ended under it."""
        return int(self._frozen(number).user_attrs.get(ATTEMPTS, 0))

    def attempt(self, number: int) -> None:
        """Note that the worker of a trial has ended under it."""
        self._running[number].set_user_attr(ATTEMPTS, self.attempts(number) + 1)

    def complete(self, number: int, values: Sequence[float], facts: Mapping[str, Any]) -> None:
        """Note what a trial came to."""
        trial = self._running.pop(number)
        trial.set_user_attr(FACTS, dict(facts))
        self._study.tell(trial, list(values))

    def prune(self, number: int, facts: Mapping[str, Any]) -> None:
        """Note that a trial was ended early."""
        trial = self._running.pop(number)
        trial.set_user_attr(FACTS, dict(facts))
        self._study.tell(trial, state=TrialState.PRUNED)

    def fail(self, number: int, reason: str, facts: Mapping[str, Any]) -> None:
        """Note that a trial came to nothing."""
        trial = self._running.pop(number)
        trial.set_user_attr(FACTS, dict(facts))
        trial.set_user_attr(REASON, reason)
        self._study.tell(trial, state=TrialState.FAIL)

    def records(self) -> tuple[TrialRecord, ...]:
        """Return all trials that have begun, in their order."""
        return tuple(_record(each) for each in self._study.get_trials(deepcopy=False))

    @property
    def optuna(self) -> optuna.Study:
        """The study itself, for what Optuna counts of it."""
        return self._study

    def _frozen(self, number: int) -> FrozenTrial:
        return self._study.get_trials(deepcopy=False)[number - 1]


def draw(trial: optuna.trial.Trial, parameter: Parameter) -> Scalar:
    """Let a trial choose what the value of a parameter is called."""
    config = parameter.config
    if config.values is not None:
        chosen: Scalar = trial.suggest_categorical(parameter.name, parameter.labels)
        return chosen
    low, high, step = parameter.bounds
    if config.int:
        return trial.suggest_int(
            parameter.name, int(low), int(high), step=int(step or 1), log=config.log
        )
    return trial.suggest_float(parameter.name, low, high, step=step, log=config.log)


def _record(trial: FrozenTrial) -> TrialRecord:
    """Return a trial as plain values."""
    facts = dict(trial.user_attrs.get(FACTS, {}))
    curve = dict(facts.pop(CURVE, ())) or dict(sorted(trial.intermediate_values.items()))
    values = trial.values if trial.state == TrialState.COMPLETE else ()
    labels: dict[str, Scalar] = dict(trial.params)
    return TrialRecord(
        number=trial.number + 1,
        state=STATES[trial.state],
        labels=labels,
        values=tuple(values or ()),
        curve=curve,
        facts=facts,
        reason=trial.user_attrs.get(REASON, ""),
    )


def trim(path: Path) -> None:
    """Take a line away that a killed process has written in part.

    A journal whose last line is torn cannot be read any more once another follows.

    Raises:
        OSError: If the file cannot be read or written.
    """
    try:
        with path.open("r+b") as file:
            text = file.read()
            whole = text.rfind(b"\n") + 1
            if whole < len(text):
                file.truncate(whole)
    except FileNotFoundError:
        return
