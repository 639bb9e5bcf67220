"""A sweep's trials as its pictures need them: axes, marks, and places on axes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from dlkit.config.sweep.section import Mode
from dlkit.config.sweep.space import Parameter, Scalar, format_label, shown_names
from dlkit.report.figures.sweep.axes import ParameterAxis
from dlkit.report.figures.sweep.marks import Mark
from dlkit.report.sweep.record import SweepRecord, TrialRecord

MOST_NAMED = 8
"""Numbers of a list that get a place each; more stand where they are."""

FEWEST_ON_LINE = 5
"""Numbers of a list that show a course where their axis is logarithmic."""

WIDE = 100.0
"""Times the least of a list is in its most where a logarithm is taken."""


def is_number(label: Scalar) -> bool:
    """Tell whether a value is a number: True is none."""
    return isinstance(label, (int, float)) and not isinstance(label, bool)


def varied(record: SweepRecord) -> tuple[Parameter, ...]:
    """Return the parameters that had more than one value, or were not in every trial."""
    trials = [trial for trial in record.trials if trial.state != "running"]

    def kinds(parameter: Parameter) -> int:
        found = [trial.labels.get(parameter.name, ()) for trial in trials]
        return len({(type(value), value) for value in found})

    return tuple(each for each in record.parameters if kinds(each) > 1)


def axis_of(parameter: Parameter, name: str) -> ParameterAxis:
    """Return the axis of a parameter.

    Args:
        parameter: A range, or a list.
        name: What it is called.
    """
    if parameter.config.values is None:
        low, high, _ = parameter.bounds
        return ParameterAxis(name, (), low, high, log=parameter.config.log and low > 0)
    labels = parameter.labels
    if not all(is_number(label) and math.isfinite(float(label or 0)) for label in labels):
        texts = tuple(format_label(label) for label in labels)
        return ParameterAxis(name, texts, 0, len(texts) - 1, ordered=False)
    numbers = sorted(_floats(labels))
    low, high = numbers[0], numbers[-1]
    wide = low > 0 and high / low >= WIDE
    if len(numbers) > MOST_NAMED or (wide and len(numbers) >= FEWEST_ON_LINE):
        return ParameterAxis(name, (), low, high, log=wide)
    texts = tuple(format_label(label) for label in _in_order(labels))
    return ParameterAxis(name, texts, 0, len(texts) - 1)


def _floats(labels: Iterable[Scalar]) -> list[float]:
    return [float(label) for label in labels if label is not None]


def _in_order(labels: Sequence[Scalar]) -> list[Scalar]:
    return sorted(labels, key=lambda label: float(label or 0))


def place_on(axis: ParameterAxis, parameter: Parameter, label: Scalar) -> float:
    """Return where a value stands on its axis."""
    if not axis.labels:
        return float(label or 0)
    labels = _in_order(parameter.labels) if axis.ordered else [*parameter.labels]
    return float(
        next(i for i, each in enumerate(labels) if type(each) is type(label) and each == label)
    )


def reached(trial: TrialRecord, mode: Mode, objective: int = 0) -> float:
    """Return what a trial came to: its value, of a pruned one the best until then, or NaN."""
    if trial.state == "complete":
        return trial.values[objective]
    if trial.state == "pruned" and objective == 0:
        figures = [value for value in trial.curve.values() if math.isfinite(value)]
        if figures:
            return max(figures) if mode == "max" else min(figures)
    return math.nan


def marks_of(record: SweepRecord, objective: int = 0) -> list[Mark]:
    """Return the trials that ended, as marks."""
    mode = [*record.objectives.values()][objective]
    return [
        Mark(trial.number, trial.state, reached(trial, mode, objective))
        for trial in record.over
    ]


def lost_word(record: SweepRecord) -> str:
    """Return what trials without a value are called: all diverged, or they failed."""
    reasons = [trial.reason for trial in record.of("failed")]
    ill = ("diverged", "never a number")
    diverged = bool(reasons) and all(any(word in each for word in ill) for each in reasons)
    return "diverged" if diverged else "failed"


def by_weight(
    parameters: Sequence[Parameter], shares: Mapping[str, float]
) -> tuple[Parameter, ...]:
    """Return parameters, the most important first where that is known."""
    return tuple(sorted(parameters, key=lambda each: -shares.get(each.name, 0.0)))


def names_of(record: SweepRecord) -> dict[str, str]:
    """Return a short name for each parameter."""
    return shown_names(record.parameters)
