"""Whether a difference is noise: against SciPy's own test, a formula by hand, and chance."""

from __future__ import annotations

import math
import statistics
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from compared_folders import lay_run
from scipy import stats

from dlkit.report.comparison.groups import Group, group_runs
from dlkit.report.comparison.noise import (
    confidence_of,
    fold_interval,
    judge,
    welch_interval,
)
from dlkit.report.comparison.runs import read_run
from dlkit.report.run_folder import RunFolder


def groups_of(*paths: Path) -> tuple[Group, ...]:
    return group_runs([read_run(RunFolder(path)) for path in paths])


@pytest.mark.parametrize("sizes", [(2, 2), (5, 3), (10, 10)], ids=str)
def test_interval_over_seeds_is_scipys(sizes: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    first, second = (random.normal(i, 1 + i, n).tolist() for i, n in enumerate(sizes))
    mine = welch_interval(first, second, 0.95)
    theirs = stats.ttest_ind(first, second, equal_var=False).confidence_interval(0.95)
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high), rel=1e-9)
    assert mine.difference == pytest.approx(np.mean(first) - np.mean(second))


def test_interval_over_folds_is_the_formula() -> None:
    # Differences 1, 2, 3: mean 2, deviation 1; t(2) at 0.975 is 4.302653 in every table.
    interval = fold_interval([2, 4, 6], [1, 2, 3], 0.95)
    reach = 4.302653 * math.sqrt(1 / 3 + 1 / 2)
    assert interval.difference == 2
    assert (interval.low, interval.high) == pytest.approx((2 - reach, 2 + reach), rel=1e-6)


def test_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    held = 0
    for _ in range(1000):
        interval = welch_interval(random.normal(0, 1, 5), random.normal(0, 3, 4), 0.95)
        held += not interval.excludes_zero
    assert 920 <= held <= 980


def test_many_comparisons_need_wider_intervals() -> None:
    assert confidence_of(1) == pytest.approx(0.95)
    assert confidence_of(10) == pytest.approx(0.995)
    assert confidence_of(0) == pytest.approx(0.95)


def lay_group(tmp_path: Path, name: str, values: list[float | None], units: int) -> list[Path]:
    return [
        lay_run(tmp_path, f"{name}/{n}", value, seed=n, units=units)
        for n, value in enumerate(values, start=1)
    ]


@pytest.mark.parametrize(
    ("other", "judgement"),
    [([0.5, 0.51, 0.49], "larger"), ([0.91, 0.85, 0.93], "within")],
    ids=["far", "near"],
)
def test_difference_of_seeds_is_judged(
    tmp_path: Path, other: list[float | None], judgement: str
) -> None:
    first, second = groups_of(
        *lay_group(tmp_path, "a", [0.9, 0.91, 0.92], 8), *lay_group(tmp_path, "b", other, 4)
    )
    noise = judge(first, second, "test_accuracy", 0.95)
    assert (noise.judgement, noise.basis) == (judgement, "3 and 3 seeds")
    assert noise.interval is not None
    assert noise.interval.difference == pytest.approx(
        statistics.fmean([0.9, 0.91, 0.92]) - statistics.fmean(map(float, other))  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ([0.9], [0.5], "Each has one seed, so nobody can tell whether that is noise."),
        ([0.9], [0.5, 0.6], "One of them has one seed, so nobody can tell whether"),
        ([0.9, 0.9], [0.5, 0.5], "There is no spread at all over 2 and 2 seeds."),
        ([0.9, None], [0.5, 0.6], "Not all of their figures are finite."),
    ],
    ids=["one each", "one", "no spread", "diverged"],
)
def test_what_nobody_can_tell_is_not_told(
    tmp_path: Path, one: list[float | None], other: list[float | None], reason: str
) -> None:
    groups = groups_of(*lay_group(tmp_path, "a", one, 8), *lay_group(tmp_path, "b", other, 4))
    noise = judge(*groups, "test_accuracy", 0.95)
    assert (noise.judgement, noise.interval) == ("unknown", None)
    assert noise.reason.startswith(reason)


def folded(values: list[float]) -> dict[str, Any]:
    return {
        "test_accuracy_std": statistics.stdev(values),
        "folds": [{"test_accuracy": value} for value in values],
    }


def lay_folds(tmp_path: Path, run: str, values: list[float], **settings: Any) -> Path:
    mean = statistics.fmean(values)
    return lay_run(tmp_path, run, mean, facts=folded(values), **settings)


def test_same_folds_are_compared_in_pairs(tmp_path: Path) -> None:
    # They lie far apart, and all in the same way: only pairs can show it.
    one, other = [0.5, 0.7, 0.9, 0.6], [0.4, 0.61, 0.79, 0.5]
    groups = groups_of(
        lay_folds(tmp_path, "a/1", one), lay_folds(tmp_path, "a/2", other, units=4)
    )
    noise = judge(*groups, "test_accuracy", 0.95)
    assert (noise.judgement, noise.basis) == ("larger", "the same 4 folds")
    assert noise.interval == fold_interval(one, other, 0.95)


@pytest.mark.parametrize(
    "settings", [{"seed": 1}, {"source": "pima"}], ids=["other split", "other data"]
)
def test_other_folds_are_not_compared(tmp_path: Path, settings: dict[str, Any]) -> None:
    groups = groups_of(
        lay_folds(tmp_path, "a/1", [0.5, 0.6]),
        lay_folds(tmp_path, "a/2", [0.7, 0.8], units=4, **settings),
    )
    assert judge(*groups, "test_accuracy", 0.95).judgement == "unknown"


def test_seeds_of_a_repeat_are_samples(tmp_path: Path) -> None:
    parts = [{"seed": n, "test_accuracy": v} for n, v in ((3, 0.5), (4, 0.7))]
    facts = {"test_accuracy_std": 0.1, "repeat": parts}
    repeated = lay_run(tmp_path, "a/1", 0.6, seed=3, facts=facts)
    lone = lay_run(tmp_path, "a/2", 0.9, seed=5)
    again = lay_run(tmp_path, "a/3", 0.5, seed=3)
    (group,) = groups_of(repeated, lone, again)
    assert group.samples("test_accuracy") == [0.5, 0.7, 0.9]
    spread = group.spread("test_accuracy")
    assert (spread.mean, spread.count, spread.over) == (pytest.approx(0.7), 3, "seeds")
    assert spread.deviation == pytest.approx(0.2)


def test_spread_of_folds_is_what_the_run_says(tmp_path: Path) -> None:
    (group,) = groups_of(lay_folds(tmp_path, "a/1", [0.5, 0.7]))
    spread = group.spread("test_accuracy")
    assert (spread.count, spread.over) == (2, "folds")
    assert spread.deviation == pytest.approx(statistics.stdev([0.5, 0.7]))


def test_runs_of_one_seed_are_one_sample(tmp_path: Path) -> None:
    (group,) = groups_of(lay_run(tmp_path, "a/1", 0.5), lay_run(tmp_path, "a/2", 0.5))
    assert group.samples("test_accuracy") == [0.5]
    assert math.isnan(group.spread("test_accuracy").deviation)


@pytest.mark.parametrize(
    ("numbers", "title"),
    [([1, 2, 3, 7], "a/1-3, 7"), ([1, 2], "a/1, 2"), ([5, 4, 3], "a/5, 4, 3")],
    ids=str,
)
def test_groups_are_called_by_their_runs(
    tmp_path: Path, numbers: list[int], title: str
) -> None:
    (group,) = groups_of(*(lay_run(tmp_path, f"a/{n}", 0.5, seed=n) for n in numbers))
    assert group.title == title
