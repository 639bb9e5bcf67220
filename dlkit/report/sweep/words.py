"""What a sweep came to, in words: which trial is the best, and how far that can be believed."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence

from dlkit.config.sweep.space import Parameter, Scalar, format_label
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.sweep.shown import axis_of, is_number, names_of, place_on
from dlkit.report.sweep.sight import Sight
from dlkit.report.terminal import format_figure

EDGE = 0.03
"""How near to an end of its range a value lies at its edge, as a share of the range."""

SMALL = 0.1
"""Share of the differences below which nobody needs to know of a parameter's edge."""

MOST_SAME = 4
"""Trials with the best value that are named."""

NATURAL = (0.0, 1.0)
"""Ends beyond which many settings mean nothing: nobody is told to widen these."""


def verdict(sight: Sight) -> str:
    """Say which trial is the best, and how far it is ahead."""
    record = sight.record
    best, over = record.best, len(record.over)
    if best is None:
        if sight.status == "running":
            return (
                f"No trial has come to a result yet; {_trials(over)} of {record.wanted} over."
            )
        return f"None of {_trials(over)} came to a result."
    name = next(iter(record.objectives))
    if len(record.objectives) > 1:
        front = len(record.front)
        are = "trial is" if front == 1 else "trials are"
        both = "both" if len(record.objectives) == 2 else "all"
        return (
            f"{front} {are} beaten by no other in {both} of {_listed([*record.objectives])}."
            f" By {name} alone the best is trial {best.number}:"
            f" {format_figure(best.values[0])}."
        )
    value = format_figure(best.values[0])
    text = f"The only trial comes to a {name} of {value}"
    if over > 1:
        text = f"The best {name} of {over} trials is {value}, in {_where(record, best)}"
    values = [trial.values[0] for trial in record.of("complete")]
    if len(values) > 2:
        text += f": {_ahead(record, best.values[0], statistics.median(values), 'the median')}"
    tried = base_trial(sight)
    if tried and tried.number != best.number:
        word = f"the file's own settings (trial {tried.number})"
        text += f", {_ahead(record, best.values[0], tried.values[0], word)}"
    elif tried:
        text += "; these are the file's own settings"
    return f"{text}."


def _where(record: SweepRecord, best: TrialRecord) -> str:
    """Name the best trial, and those that came to the same."""
    same = [trial.number for trial in record.ranked if trial.values == best.values]
    if len(same) == 1:
        return f"trial {best.number}"
    if len(same) > MOST_SAME:
        return f"trial {best.number} and {len(same) - 1} others"
    return f"trials {_listed([str(number) for number in same])}"


def _trials(count: int) -> str:
    return f"{count} trial" if count == 1 else f"{count} trials"


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _ahead(record: SweepRecord, best: float, other: float, word: str) -> str:
    """Say by how much a value is better than another."""
    if best == other:
        return f"no better than {word}"
    side = "above" if next(iter(record.objectives.values())) == "max" else "below"
    return f"{format_figure(abs(best - other))} {side} {word}"


def base_trial(sight: Sight) -> TrialRecord | None:
    """Return the complete trial that tried what the file itself says; None for none."""
    if sight.base is None:
        return None
    return next(
        (trial for trial in sight.record.of("complete") if dict(trial.labels) == sight.base),
        None,
    )


def remarks(sight: Sight) -> tuple[str, ...]:
    """Return what is to be known before anything is believed, a sentence each."""
    return (*_of_status(sight), *_of_weights(sight), *_of_edges(sight), *_of_noise(sight))


def _of_status(sight: Sight) -> Iterator[str]:
    record, over = sight.record, len(sight.record.over)
    if sight.status == "running":
        yield f"The sweep is going on: {over} of {record.wanted} trials are over."
    elif sight.status == "interrupted":
        yield (
            f"The sweep was interrupted: {over} of {record.wanted} trials are over."
            " The same command goes on with it."
        )
    pruned, failed = len(record.of("pruned")), len(record.of("failed"))
    words = {"were ended early": pruned, "failed": failed}
    ends = [f"{count} {word}" for word, count in words.items() if count]
    if ends and record.of("complete"):
        yield f"Of {_trials(over)} {_listed(ends)}; values below are of complete ones."


def _of_weights(sight: Sight) -> Iterator[str]:
    weights, names = sight.weights, names_of(sight.record)
    if weights.shares and not weights.beyond:
        yield (
            f"Nothing mattered beyond chance: in {_trials(weights.trials)} no parameter tells"
            " better from worse (permutation test, 5 %)."
        )
    elif weights.shares:
        sure = [names[name] for name in weights.shares if name in weights.beyond]
        rest = [names[name] for name in weights.shares if name not in weights.beyond]
        text = f"More than chance: {_listed(sure)}"
        if rest:
            shown = rest if len(rest) <= 4 else [*rest[:3], f"{len(rest) - 3} others"]
            text += f". What {_listed(shown)} did may be chance"
        yield f"{text} (permutation test, 5 %, {_trials(weights.trials)})."


def _of_edges(sight: Sight) -> Iterator[str]:
    """Say where the best lies at an end of what was tried."""
    best = sight.record.best
    if best is None or len(sight.record.of("complete")) < 3:
        return
    names = names_of(sight.record)
    for each in sight.record.parameters:
        share = sight.weights.shares.get(each.name)
        matters = share is None or (share >= SMALL and each.name in sight.weights.beyond)
        label = best.labels.get(each.name)
        if not matters or not is_number(label):
            continue
        if edge := edge_of(each, label):
            word, end = edge
            value = format_label(label)
            beside = "" if format_label(end) == value else f" (it ends at {format_label(end)})"
            yield (
                f"The best {names[each.name]}, {value}, lies at the {word} edge of what was"
                f" tried{beside}: better ones may lie beyond, so widen it."
            )


def edge_of(parameter: Parameter, label: Scalar) -> tuple[str, float] | None:
    """Return at which end of its values a number lies, and where that end is.

    Returns:
        ``lower`` or ``upper`` and the end; None where it is at neither, or where beyond the
        end there is nothing.
    """
    axis = axis_of(parameter, parameter.name)
    numbers = [float(n) for n in parameter.labels if is_number(n) and n is not None]
    if parameter.config.values is not None:
        if len(numbers) < 3 or len(numbers) < len(parameter.labels):
            return None
        ends = min(numbers), max(numbers)
    else:
        ends = axis.low, axis.high
    if ends[0] == ends[1]:
        return None
    place = place_on(axis, parameter, label)
    share = (
        (place - axis.low) / (axis.high - axis.low)
        if axis.labels
        else _share(axis.log, place, *ends)
    )
    word, end = ("lower", ends[0]) if share < 0.5 else ("upper", ends[1])
    if min(share, 1 - share) > EDGE or (end in NATURAL and not parameter.config.int):
        return None
    return word, end


def _share(log: bool, place: float, low: float, high: float) -> float:
    if log:
        return math.log(place / low) / math.log(high / low)
    return (place - low) / (high - low)


def _of_noise(sight: Sight) -> Iterator[str]:
    """Say how much of a difference may be chance."""
    record = sight.record
    ranked = record.ranked
    if len(ranked) < 2 or len(record.objectives) > 1:
        return
    name = next(iter(record.objectives))
    if name in ("parameters", "seconds"):
        return
    error = standard_error(record, ranked[0])
    if error is not None:
        yield _within(record, name, error, f"of its {record.step}s")
        return
    n, value = sight.validation_examples, ranked[0].values[0]
    if n and "accuracy" in name and 0 < value < 1:
        chance = math.sqrt(value * (1 - value) / n)
        yield _within(record, name, chance, f"of {n:,} validation examples")
    yield (
        "Each trial has one seed, and the best of many looks better than it is: `repeat: 3`"
        " in the file makes every trial a mean of three seeds."
    )


def _within(record: SweepRecord, name: str, error: float, source: str) -> str:
    """Say how many trials a standard error does not tell from the best one."""
    best = record.ranked[0].values[0]
    near = sum(abs(trial.values[0] - best) <= error for trial in record.ranked[1:])
    lie = "lies" if near == 1 else "lie"
    told = f"{_trials(near)} more {lie} within it, and may be as good"
    if not near:
        told = "no other trial lies within it"
    return (
        f"The standard error of the best {name} is {format_figure(error)} ({source}): {told}."
    )


def standard_error(record: SweepRecord, trial: TrialRecord) -> float | None:
    """Return how uncertain the mean of a trial's folds or seeds is; None where it has none.

    Its curve has the means of the first, of the first two, and so on; the last mean is its
    value.
    """
    if record.step == "epoch":
        return None
    means = [trial.curve[step] for step in sorted(trial.curve)]
    if not means or not math.isclose(means[-1], trial.values[0], rel_tol=1e-9):
        means.append(trial.values[0])
    if len(means) < 2:
        return None
    each = [
        count * mean - (count - 1) * before
        for count, (before, mean) in enumerate(zip([0.0, *means], means, strict=False), start=1)
    ]
    return statistics.stdev(each) / math.sqrt(len(each))
