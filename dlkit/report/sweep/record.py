"""What a sweep came to, as plain values: everything that its table and its page show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from dlkit.config.sweep.section import Mode
from dlkit.config.sweep.space import Parameter, Scalar

State = Literal["running", "complete", "pruned", "failed"]


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Attributes:
        number: From 1, in the order in which they began.
        state: How it ended.
        labels: For each parameter that matters in it, what its value is called.
        values: Its objectives, in their order; empty where it came to none.
        curve: The first objective's figure by epochs (or folds, or seeds), counted from 1.
        facts: What else is known of it: ``epochs`` (of all its folds or seeds),
            ``seconds``, ``parameters``, ``figures``, ``attempts``.
        reason: Why it failed.
    """

    number: int
    state: State
    labels: Mapping[str, Scalar]
    values: tuple[float, ...] = ()
    curve: Mapping[int, float] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class SweepRecord:
    """All trials of a sweep, and what they were for.

    Attributes:
        name: Of the experiment.
        parameters: What is tried.
        objectives: What is made best, and which side of it is better.
        trials: In the order of their numbers.
        wanted: How many there are to be in all.
        sampler: How values are chosen.
        pruner: What ends trials early.
        step: What a curve goes by: ``epoch``, ``fold`` or ``seed``.
    """

    name: str
    parameters: tuple[Parameter, ...]
    objectives: Mapping[str, Mode]
    trials: tuple[TrialRecord, ...]
    wanted: int
    sampler: str
    pruner: str
    step: str = "epoch"

    def of(self, *states: State) -> tuple[TrialRecord, ...]:
        """Return the trials that ended in one of some ways."""
        return tuple(trial for trial in self.trials if trial.state in states)

    @property
    def over(self) -> tuple[TrialRecord, ...]:
        """The trials that ended."""
        return self.of("complete", "pruned", "failed")

    @property
    def ranked(self) -> tuple[TrialRecord, ...]:
        """The complete trials, the best one first; of several objectives by the first."""
        mode = next(iter(self.objectives.values()))
        sign = -1 if mode == "max" else 1
        return tuple(
            sorted(self.of("complete"), key=lambda each: (sign * each.values[0], each.number))
        )

    @property
    def best(self) -> TrialRecord | None:
        """The best trial; None where none is complete."""
        return next(iter(self.ranked), None)

    @property
    def front(self) -> tuple[TrialRecord, ...]:
        """Trials that no other beats in every objective; by the first one, the best first."""
        signs = [-1 if mode == "max" else 1 for mode in self.objectives.values()]

        def costs(trial: TrialRecord) -> list[float]:
            return [sign * value for sign, value in zip(signs, trial.values, strict=True)]

        def beats(one: TrialRecord, other: TrialRecord) -> bool:
            mine, theirs = costs(one), costs(other)
            no_worse = all(a <= b for a, b in zip(mine, theirs, strict=True))
            return no_worse and mine != theirs

        ranked = self.ranked
        return tuple(one for one in ranked if not any(beats(other, one) for other in ranked))
