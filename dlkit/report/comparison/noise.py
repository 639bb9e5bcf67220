"""Whether a difference is larger than what chance alone makes of it.

Of seeds: Welch's interval for the difference of two means, which takes neither the spreads
nor the numbers of seeds to be equal (B. L. Welch, "The generalization of Student's problem
when several different population variances are involved", Biometrika 34, 1947). With the
variances v = s^2/n of the means it is

    d +- t(f) sqrt(v1 + v2),   f = (v1 + v2)^2 / (v1^2/(n1 - 1) + v2^2/(n2 - 1)).

Of the same folds: the paired differences of the folds, with the variance corrected for
training sets that overlap (C. Nadeau, Y. Bengio, "Inference for the generalization error",
Machine Learning 52, 2003): of k folds

    d +- t(k - 1) s sqrt(1/k + 1/(k - 1)).

Where several groups are compared, each interval is so much wider that all of them hold
together (Bonferroni): one of twenty would exclude zero by chance alone.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dlkit.report.comparison.groups import Group

CONFIDENCE = 0.95
"""That all intervals hold the true differences."""

Judgement = Literal["larger", "within", "unknown"]


@dataclass(frozen=True)
class Interval:
    """A difference of means, and what it may be in truth."""

    difference: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Whether a true difference of zero is out of it."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Noise:
    """What is to be said of how two groups differ in a figure.

    Attributes:
        judgement: Whether the difference is larger than noise, within it, or nobody knows.
        interval: Of the difference; None where nobody knows.
        basis: Of what: ``5 and 3 seeds``, ``the same 5 folds``.
        reason: Why nobody knows, a sentence.
    """

    judgement: Judgement
    interval: Interval | None = None
    basis: str = ""
    reason: str = ""


def confidence_of(comparisons: int) -> float:
    """Return the confidence of each interval with which so many hold together."""
    return 1 - (1 - CONFIDENCE) / max(comparisons, 1)


def welch_interval(
    first: Sequence[float], second: Sequence[float], confidence: float
) -> Interval:
    """Return Welch's interval for the difference of two means.

    Args:
        first: At least two values.
        second: At least two values; the two may not both be without any spread.
        confidence: In (0, 1).
    """
    one, two = (statistics.variance(values) / len(values) for values in (first, second))
    freedom = (one + two) ** 2 / (one**2 / (len(first) - 1) + two**2 / (len(second) - 1))
    difference = statistics.fmean(first) - statistics.fmean(second)
    return _interval(difference, math.sqrt(one + two), freedom, confidence)


def fold_interval(
    first: Sequence[float], second: Sequence[float], confidence: float
) -> Interval:
    """Return the corrected interval for the difference of two means over the same folds.

    Args:
        first: A value a fold; at least two.
        second: As many.
        confidence: In (0, 1).
    """
    differences = [a - b for a, b in zip(first, second, strict=True)]
    folds = len(differences)
    error = statistics.stdev(differences) * math.sqrt(1 / folds + 1 / (folds - 1))
    return _interval(statistics.fmean(differences), error, folds - 1, confidence)


def _interval(difference: float, error: float, freedom: float, confidence: float) -> Interval:
    from scipy.special import stdtrit  # takes a third of a second

    reach = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return Interval(difference, difference - reach, difference + reach)


def judge(first: Group, second: Group, figure: str, confidence: float) -> Noise:
    """Tell whether two groups differ by more than noise.

    Args:
        first: One group.
        second: What it is compared with.
        figure: In which figure.
        confidence: Of the interval.
    """
    samples = [group.samples(figure) for group in (first, second)]
    counts = [len(values) for values in samples]
    make, basis = welch_interval, f"{counts[0]} and {counts[1]} seeds"
    if min(counts) < 2 and _same_folds(first, second):
        samples = [group.fold_values(figure) for group in (first, second)]
        make, basis = fold_interval, f"the same {first.folds} folds"
    elif min(counts) < 2:
        return Noise("unknown", reason=_too_few(counts))
    if not all(math.isfinite(value) for values in samples for value in values):
        return Noise("unknown", reason="Not all of their figures are finite.")
    spreads = [statistics.variance(values) for values in samples]
    if make is fold_interval:
        pairs = zip(*samples, strict=True)
        spreads = [statistics.variance([a - b for a, b in pairs])]
    if not sum(spreads):
        return Noise("unknown", reason=f"There is no spread at all over {basis}.")
    interval = make(samples[0], samples[1], confidence)
    judgement: Judgement = "larger" if interval.excludes_zero else "within"
    return Noise(judgement, interval, basis)


def _too_few(counts: Sequence[int]) -> str:
    if max(counts) < 2:
        return "Each has one seed, so nobody can tell whether that is noise."
    return "One of them has one seed, so nobody can tell whether that is noise."


def _same_folds(first: Group, second: Group) -> bool:
    """Tell whether two runs were tested on the same folds."""
    one, two = first.runs[0], second.runs[0]
    return (
        first.folds == second.folds
        and first.folds > 1
        and one.seed == two.seed
        and one.data == two.data
        and one.config.get("dataset") == two.config.get("dataset")
    )
