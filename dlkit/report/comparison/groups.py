"""Runs that differ in nothing but chance are one group: they are samples of the same thing.

A run with ``repeat:`` is as many samples as it has seeds. Two runs with the same seed are
one sample, for they come to the same. A run with folds is one sample as well: its folds
share most of their training examples, and say nothing of other seeds.
"""

from __future__ import annotations

import json
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlkit.report.comparison.runs import ComparedRun
from dlkit.report.comparison.settings import BY_CHANCE, without_beside
from dlkit.report.direction import DEVIATION
from dlkit.report.listing import number_of


@dataclass(frozen=True)
class Spread:
    """One figure of a group.

    Attributes:
        mean: Over the samples; NaN where one of them is not finite.
        deviation: The sample standard deviation; NaN where there is one sample.
        count: Of the samples.
        over: What they are: ``seeds``, ``folds``.
    """

    mean: float
    deviation: float
    count: int
    over: str


@dataclass(frozen=True)
class Group:
    """Runs that differ in nothing but chance; at least one."""

    runs: tuple[ComparedRun, ...]

    @property
    def title(self) -> str:
        """Its runs: ``mnist/1, 3-5``."""
        numbers: dict[str, list[str]] = {}
        for run in self.runs:
            experiment, _, number = run.title.rpartition("/")
            numbers.setdefault(experiment, []).append(number)
        return ", ".join(f"{name}/{_ranges(found)}" for name, found in numbers.items())

    @property
    def folds(self) -> int:
        """Of how many folds its only run is; 0 for none."""
        return len(self.runs[0].parts("folds")) if len(self.runs) == 1 else 0

    def samples(self, figure: str) -> list[float]:
        """Return a figure for each seed; the mean of what runs with the same seed came to."""
        by_seed: dict[int, list[float]] = {}
        for run in self.runs:
            for seed, value in _seeds(run, figure):
                by_seed.setdefault(seed, []).append(value)
        return [mean_of(values) for values in by_seed.values()]

    def fold_values(self, figure: str) -> list[float]:
        """Return a figure for each fold of its only run."""
        return [_value(part, figure) for part in self.runs[0].parts("folds")]

    def spread(self, figure: str) -> Spread:
        """Return mean and deviation of a figure: over seeds, else over folds."""
        samples = self.samples(figure)
        if len(samples) < 2 and self.folds > 1:
            deviation = self.runs[0].figures.get(f"{figure}{DEVIATION}", math.nan)
            return Spread(samples[0], deviation, self.folds, "folds")
        mean = mean_of(samples)
        known = len(samples) > 1 and math.isfinite(mean)
        deviation = statistics.stdev(samples) if known else math.nan
        return Spread(mean, deviation, len(samples), "seeds")


def _ranges(numbers: Sequence[str]) -> str:
    """Write numbers in order, three or more that follow each other as a range."""
    ranges: list[list[str]] = []
    for number in numbers:
        last = ranges[-1][-1] if ranges else ""
        if last.isdecimal() and number.isdecimal() and int(number) == int(last) + 1:
            ranges[-1].append(number)
        else:
            ranges.append([number])
    return ", ".join(
        f"{each[0]}-{each[-1]}" if len(each) > 2 else ", ".join(each) for each in ranges
    )


def group_runs(runs: Sequence[ComparedRun]) -> tuple[Group, ...]:
    """Put runs together that differ in nothing but chance, in the order they come."""
    groups: dict[str, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(_signature(run), []).append(run)
    return tuple(Group(tuple(each)) for each in groups.values())


def same_seeds(group: Group) -> list[str]:
    """Return the runs of a group that have a seed which another one has as well."""
    found = [(run, seed) for run in group.runs for seed, _ in _seeds(run, "")]
    seeds = [seed for _, seed in found]
    return [*dict.fromkeys(run.title for run, seed in found if seeds.count(seed) > 1)]


def _signature(run: ComparedRun) -> str:
    """Return a text that is the same for runs that differ in nothing but chance."""
    config = _without_chance(without_beside(run.config))
    return json.dumps([config, run.data], sort_keys=True, default=str)


def _without_chance(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            str(key): _without_chance(value)
            for key, value in node.items()
            if key not in BY_CHANCE
        }
    return [_without_chance(item) for item in node] if isinstance(node, list) else node


def _seeds(run: ComparedRun, figure: str) -> list[tuple[int, float]]:
    """Return a figure of a run for each of its seeds."""
    parts = run.parts("repeat")
    if not parts:
        return [(run.seed, run.figures.get(figure, math.nan))]
    return [
        (part["seed"] if isinstance(part.get("seed"), int) else run.seed + index, value)
        for index, part in enumerate(parts)
        for value in [_value(part, figure)]
    ]


def _value(part: Any, figure: str) -> float:
    value = number_of(part, figure)
    return math.nan if value is None else float(value)


def mean_of(values: Sequence[float]) -> float:
    """Return the mean; NaN where a value is not finite."""
    return statistics.fmean(values) if all(map(math.isfinite, values)) else math.nan
