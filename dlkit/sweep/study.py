"""The study: Optuna's memory of a sweep, on the disk, with one owner.

Every event (a trial begins, is told of, ends) is in the journal whole or not at all, so that a
sweep that is killed anywhere goes on as if it had not been.
"""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.storages import JournalStorage
from optuna.trial import FrozenTrial, TrialState

from dlkit.config.sweep.section import Mode, Pruner, Sampler
from dlkit.config.sweep.space import Parameter, Scalar
from dlkit.errors import StorageError
from dlkit.report.sweep.record import State, TrialRecord
from dlkit.sweep.journal import Journal
from dlkit.sweep.samplers import Labels, ListedSampler, draw, pruner_for, sampler_for

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
ENDS = "ends"
"""Attributes of a trial: what is known of it, why it failed, how often its worker ended under
it, and at which step it was told to end."""

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
        self._path = path
        self._search = search
        self._running: dict[int, optuna.trial.Trial] = {}
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            self._journal = Journal(path)
            with self._written_together(durable=True):
                self._study = optuna.create_study(
                    storage=JournalStorage(self._journal),
                    study_name="sweep",
                    directions=[DIRECTIONS[mode] for mode in search.objectives.values()],
                    load_if_exists=True,
                    pruner=pruner_for(search.pruner, search.steps),
                )
        except OSError as error:
            raise StorageError(f"{path}: cannot be written ({error.strerror}).") from error
        except (ValueError, KeyError, RuntimeError, AssertionError) as error:
            raise StorageError(
                f"{path}: is damaged ({error}). The trials' own folders are whole; remove"
                " this sweep's folder to begin anew."
            ) from error

    @contextlib.contextmanager
    def _written_together(self, *, durable: bool) -> Iterator[None]:
        """Write what the context notes, all or nothing.

        Raises:
            StorageError: If the disk does not take it.
        """
        try:
            with self._journal.together(durable=durable):
                yield
        except OSError as error:
            reason = error.strerror or error
            raise StorageError(
                f"{self._path}: cannot be written ({reason}). The same command goes on with"
                " the sweep when it can."
            ) from error

    def unfinished(self) -> list[int]:
        """Return the trials that had begun when the process before this one ended."""
        return [
            trial.number + 1
            for trial in self._all
            if STATES[trial.state] == "running" and trial.number + 1 not in self._running
        ]

    @property
    def count(self) -> int:
        """How many trials have begun."""
        return len(self._all)

    @property
    def _all(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def begin(self, number: int | None = None) -> tuple[int, dict[str, Any]]:
        """Choose the point of the next trial, or say again what was chosen.

        Args:
            number: One that had begun before; None: a new one.

        Returns:
            The trial's number, and its point.

        Raises:
            StorageError: If the disk does not take it.
        """
        with warnings.catch_warnings(), self._written_together(durable=True):
            warnings.simplefilter("ignore")  # what is experimental is the library's affair
            if number is None:
                self._study.sampler = self._sampler(self.count)
                trial = self._study.ask()
            else:
                trial = self._again(number)
            point: dict[str, Any] = {}
            for each in self._search.parameters:
                if each.matters(point):
                    point[each.name] = each.value_of(draw(trial, each))
        self._running[trial.number + 1] = trial
        return trial.number + 1, point

    def _again(self, number: int) -> optuna.trial.Trial:
        """Return a trial that has begun before, its point with it.

        What it was given is asked for from nobody: to be asked changes a sampler.
        """
        frozen = self._frozen(number)
        self._study.sampler = ListedSampler(())
        trial = optuna.trial.Trial(self._study, frozen._trial_id)  # what `ask` makes as well
        self._study.sampler = self._sampler(number - 1)
        return trial

    def _sampler(self, index: int) -> optuna.samplers.BaseSampler:
        search = self._search
        return sampler_for(search.sampler, search.points, search.seed, index)

    def see(self, number: int, step: int, value: float) -> bool:
        """Note a figure of a running trial, and tell whether the trial promises too little.

        Args:
            number: The trial's.
            step: The epoch, fold or seed, from 1.
            value: The first objective.
        """
        if self._search.pruner == "none" or not math.isfinite(value):
            return False  # nobody asks, and what a trial came to brings its whole curve
        trial, frozen = self._running[number], self._frozen(number)
        if step < max(frozen.intermediate_values, default=0):
            return False  # it began again, and went on beyond this step before
        with self._written_together(durable=False):
            if step not in frozen.intermediate_values:
                trial.report(value, step)
            ends = frozen.user_attrs.get(ENDS) == step or bool(trial.should_prune())
            if ends:
                trial.set_user_attr(ENDS, step)
        return ends

    def attempts(self, number: int) -> tuple[int, str]:
        """Return how often the worker of a trial has ended under it, and why the last time."""
        known = self._frozen(number).user_attrs
        return int(known.get(ATTEMPTS, 0)), str(known.get(REASON, ""))

    def attempt(self, number: int, reason: str) -> int:
        """Note that the worker of a trial has ended under it, and return how often by now.

        Raises:
            StorageError: If the disk does not take it.
        """
        trial = self._running[number]
        with self._written_together(durable=True):
            trial.set_user_attr(ATTEMPTS, self.attempts(number)[0] + 1)
            trial.set_user_attr(REASON, reason)
        return self.attempts(number)[0]

    def complete(self, number: int, values: Sequence[float], facts: Mapping[str, Any]) -> None:
        """Note what a trial came to.

        Raises:
            StorageError: If the disk does not take it.
        """
        self._over(number, TrialState.COMPLETE, {FACTS: dict(facts)}, values)

    def prune(self, number: int, facts: Mapping[str, Any]) -> None:
        """Note that a trial was ended early.

        Raises:
            StorageError: If the disk does not take it.
        """
        self._over(number, TrialState.PRUNED, {FACTS: dict(facts)})

    def fail(self, number: int, reason: str, facts: Mapping[str, Any]) -> None:
        """Note that a trial came to nothing.

        Raises:
            StorageError: If the disk does not take it.
        """
        self._over(number, TrialState.FAIL, {FACTS: dict(facts), REASON: reason})

    def _over(
        self,
        number: int,
        state: TrialState,
        known: Mapping[str, Any],
        values: Sequence[float] | None = None,
    ) -> None:
        trial = self._running.pop(number)
        with self._written_together(durable=True):
            for name, each in known.items():
                trial.set_user_attr(name, each)
            self._study.tell(trial, None if values is None else list(values), state)

    def records(self) -> tuple[TrialRecord, ...]:
        """Return all trials that have begun, in their order."""
        return tuple(map(_record, self._all))

    @property
    def optuna(self) -> optuna.Study:
        """The study itself, for what Optuna counts of it."""
        return self._study

    def _frozen(self, number: int) -> FrozenTrial:
        return self._all[number - 1]


def _record(trial: FrozenTrial) -> TrialRecord:
    """Return a trial as plain values."""
    facts = dict(trial.user_attrs.get(FACTS, {}))
    if ATTEMPTS in trial.user_attrs:
        facts[ATTEMPTS] = trial.user_attrs[ATTEMPTS]
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
        reason=trial.user_attrs.get(REASON, "") if trial.state == TrialState.FAIL else "",
    )
