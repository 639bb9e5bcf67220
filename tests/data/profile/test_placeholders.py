"""Which numbers are taken for a missing value, and which are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlkit.data.profile.placeholders import placeholder


def with_number(number: float, count: int, others: np.ndarray) -> np.ndarray:
    return np.concatenate([np.full(count, number), others])


GENERATOR = np.random.default_rng(0)
WEIGHTS = GENERATOR.normal(70, 12, 500).round(1)
AGES = GENERATOR.integers(18, 90, 500).astype(float)
COUNTS = GENERATOR.poisson(3, 500).astype(float)
AMOUNTS = GENERATOR.exponential(20, 500).round(2)


@pytest.mark.parametrize(
    ("number", "count", "others"),
    [
        pytest.param(0, 40, WEIGHTS, id="zeros among weights"),
        pytest.param(0, 2, WEIGHTS, id="two zeros far from all weights"),
        pytest.param(-1, 60, AGES - 18, id="the only negative age"),
        pytest.param(999, 5, AGES, id="999 above all ages"),
        pytest.param(-999, 3, GENERATOR.normal(0, 1, 500), id="-999 among both signs"),
    ],
)
def test_number_apart_from_all_others_is_found(
    number: float, count: int, others: np.ndarray
) -> None:
    found = placeholder(with_number(number, count, others))
    assert found is not None
    assert (found.number, found.count) == (number, count)
    assert (found.low, found.high) == (others.min(), others.max())


@pytest.mark.parametrize(
    "values",
    [
        pytest.param(COUNTS, id="counts from 0"),
        pytest.param(WEIGHTS, id="nothing stands out"),
        pytest.param(with_number(0, 1, WEIGHTS), id="one zero alone"),
        pytest.param(with_number(0, 40, AMOUNTS[AMOUNTS > 0]), id="amounts down to zero"),
        pytest.param(with_number(7, 40, WEIGHTS), id="a number nobody writes for nothing"),
        pytest.param(with_number(0, 40, np.tile([10.0, 20, 30], 100)), id="a list of codes"),
        pytest.param(GENERATOR.normal(0, 1, 500).round(1), id="zeros in the middle"),
        pytest.param(np.arange(500.0), id="row numbers"),
    ],
)
def test_numbers_that_belong_to_their_column_are_not(values: np.ndarray) -> None:
    assert placeholder(values) is None


def test_pimas_zeros_are_found_in_five_columns_and_no_other(shared_data: Path) -> None:
    rows = np.loadtxt(shared_data / "pima.csv", delimiter=",")
    found = {column: placeholder(rows[:, column]) for column in range(8)}
    counts = {column: one.count for column, one in found.items() if one is not None}
    zeros = {column: int((rows[:, column] == 0).sum()) for column in (1, 2, 3, 4, 5)}
    assert counts == zeros
