"""What chance does to figures, as SciPy computes it; and courses that are worked by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from dlkit.reading.chance import (
    distance,
    distance_by_chance,
    errors_above,
    errors_apart,
    interval,
)
from dlkit.reading.course import course, end, jump, noise, rising_share, slope
from dlkit.reading.story import Story
from dlkit.reading.wording import lines, number, percent, quoted, setting


@pytest.mark.parametrize(("right", "count"), [(8, 9), (0, 20), (20, 20), (731, 1000)])
def test_interval_is_wilsons(right: int, count: int) -> None:
    expected = stats.binomtest(right, count).proportion_ci(0.95, method="wilson")
    assert interval(right / count, count) == pytest.approx([*expected], abs=1e-4)


def test_errors_apart_are_those_of_the_test_of_two_shares() -> None:
    table = [[45, 5], [60, 40]]  # right and wrong; its chi-square is the square
    expected = stats.chi2_contingency(table, correction=False).statistic
    assert errors_apart(0.9, 50, 0.6, 100) ** 2 == pytest.approx(expected)
    assert errors_apart(1.0, 50, 1.0, 100) == 0


def test_errors_above_are_of_a_known_share() -> None:
    assert errors_above(60, 100, 0.5) == pytest.approx(2.0)  # the error is 0.05
    assert errors_above(10, 10, 1.0) == 0
    assert errors_above(9, 10, 1.0) == -math.inf


def test_distance_is_the_total_variation() -> None:
    assert distance((1, 1), (3, 1)) == pytest.approx(0.25)
    assert distance((5, 0), (0, 7)) == 1


def test_distance_by_chance_is_what_draws_have() -> None:
    generator = np.random.default_rng(0)
    shares = [0.5, 0.3, 0.2]
    draws = [
        (generator.multinomial(200, shares), generator.multinomial(80, shares))
        for _ in range(400)
    ]
    found = np.mean([distance(tuple(one), tuple(other)) for one, other in draws])
    assert distance_by_chance((100, 60, 40), (40, 24, 16)) == pytest.approx(found, rel=0.1)


def test_course_ends_with_the_numbers(story: Callable[..., Story]) -> None:
    run = story({"loss": [2.0, 1.0, math.inf, 0.5]})
    assert course(run, "loss") == (2.0, 1.0)
    assert course(run, "val_loss") == ()


def test_figures_of_a_course() -> None:
    values = [5.0, 4.0, 4.5, 3.0, 2.0, 9.0]
    assert end(values) == 3.0  # the middle of 3, 2 and 9
    assert end(values[:5]) == 2.0
    assert end([3.0, 2.7, 2.4, 2.1, 1.8, 1.5]) == 1.5
    assert jump(values) == 1.0  # of 1, 0.5, 1.5, 1 and 7
    assert rising_share(values) == pytest.approx(2 / 5)
    assert slope(values) == pytest.approx(4 / 5)


def test_noise_is_the_deviation_around_any_line() -> None:
    generator = np.random.default_rng(1)
    values = [float(v) for v in 3 + 0.5 * np.arange(2000) + generator.normal(0, 0.2, 2000)]
    assert noise(values) == pytest.approx(0.2, rel=0.1)
    assert noise([1.0, 2.0]) == 0


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.03125, "0.03125"), (12345.6, "12,346"), (1e-7, "1e-07"), (0.5, "0.5"), (3e9, "3e+09")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.87, "87 %"),
        (0.995, "99.5 %"),
        (0.004, "0.4 %"),
        (1e-9, "less than 0.1 %"),
        (0, "0 %"),
    ],
)
def test_shares_are_short(share: float, text: str) -> None:
    assert percent(share) == text


def test_names_are_cut() -> None:
    assert quoted("a\nb") == "'a b'"
    assert quoted("x" * 30) == f"'{'x' * 23}…'"


def test_settings_of_a_section_stand_together() -> None:
    both = lines(setting(("training", "epochs"), 3), setting(("training", "batch_size"), 8))
    assert both == "training:\n  epochs: 3\n  batch_size: 8"
