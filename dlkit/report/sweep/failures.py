"""Why trials of a sweep failed, the same reasons together, and what such trials share."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlkit.config.sweep.space import Parameter, format_label
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.shown import is_number, names_of, varied

MOST_NUMBERS = 12
"""Trials that are named beside a reason."""

_NUMBERS = re.compile(r"\d+(\.\d+)?(e[-+]?\d+)?")


def grouped_failures(record: SweepRecord) -> list[tuple[str, ...]]:
    """Return a row for each reason: how many, which trials, why, what they have in common."""
    groups: dict[str, list[TrialRecord]] = {}
    for trial in record.of("failed"):
        groups.setdefault(_NUMBERS.sub("#", trial.reason), []).append(trial)
    parameters = varied(record)
    names = names_of(record)
    return [
        (
            str(len(trials)),
            _numbers(trials),
            trials[0].reason,
            ", ".join(
                words
                for each in parameters
                if (words := _common(record, each, trials, names[each.name]))
            ),
        )
        for _, trials in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]


def _numbers(trials: Sequence[TrialRecord]) -> str:
    shown = ", ".join(str(trial.number) for trial in trials[:MOST_NUMBERS])
    return f"{shown}, …" if len(trials) > MOST_NUMBERS else shown


def _common(
    record: SweepRecord, parameter: Parameter, failed: Sequence[TrialRecord], name: str
) -> str:
    """Say what failed trials share in one parameter that no complete trial has; or nothing."""
    theirs = [t.labels[parameter.name] for t in failed if parameter.name in t.labels]
    others = [
        t.labels[parameter.name] for t in record.of("complete") if parameter.name in t.labels
    ]
    if len(theirs) < len(failed) or not others:
        return ""
    if all(is_number(label) for label in (*theirs, *others)):
        numbers = [float(label) for label in theirs if label is not None]
        passed = [float(label) for label in others if label is not None]
        if min(numbers) > max(passed):
            return f"{name} from {format_label(min(numbers))} on"
        if max(numbers) < min(passed):
            return f"{name} up to {format_label(max(numbers))}"
        return ""
    kinds = {(type(label), label) for label in theirs}
    if kinds & {(type(label), label) for label in others}:
        return ""
    return f"{name} {' or '.join(sorted({format_label(label) for label in theirs}))}"
