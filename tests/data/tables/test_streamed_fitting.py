from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.tables.fitting import FittedColumn, fit_columns
from dlkit.data.tables.moments import Moments, Sample


def fit(kind: str, values: np.ndarray, block: int, seed: int = 0, **told: Any) -> FittedColumn:
    def blocks() -> Iterator[dict[str, np.ndarray]]:
        for start in range(0, len(values), block):
            yield {"x": values[start : start + block]}

    feature = Choice(kind, FEATURES[kind](**told))
    return fit_columns({"x": feature}, blocks, seed)[0]


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """Numbers whose variance is small beside their mean, some of them missing."""
    generator = np.random.default_rng(1)
    numbers = generator.normal(1e4, 3, 50_000)
    numbers[generator.random(50_000) < 0.1] = np.nan
    return numbers


@pytest.mark.parametrize("block", [7_001, 50_000 - 1, 1_000])
@pytest.mark.parametrize(
    "told",
    [{"missing": "mean"}, {"missing": "median"}, {"missing": 5.0, "log": True}],
    ids=["mean", "median", "number-and-logarithm"],
)
def test_figures_of_a_stream_are_those_of_the_table(
    values: np.ndarray, block: int, told: dict[str, Any]
) -> None:
    whole, streamed = (
        fit("numeric", values, 50_000, **told),
        fit("numeric", values, block, **told),
    )
    assert streamed.fill == pytest.approx(whole.fill, rel=1e-12)
    assert streamed.mean == pytest.approx(whole.mean, rel=1e-12)
    assert streamed.variance == pytest.approx(whole.variance, rel=1e-12)
    assert (streamed.low, streamed.high) == (whole.low, whole.high)


def test_variance_survives_a_mean_a_billion_times_larger() -> None:
    values = np.array([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16])
    column = fit("numeric", values, 1)
    assert (column.mean, column.variance) == (1e9 + 10, 22.5)


def test_names_of_a_stream_are_counted_together() -> None:
    values = np.array(["b", "a", "a", "b", "c", ""], object)
    assert fit("categorical", values, 2).vocabulary == ("a", "b", "", "c")


def test_dates_and_texts_of_a_stream_are_looked_at_together() -> None:
    dates = np.array(["2024-01-01 00:00:00", "2024-02-05 00:00:00"], object)
    assert fit("date", dates, 1).parts == ("time", "month")
    texts = np.array(["one two", "", "one two three"], object)
    assert fit("text", texts, 1, output_mode="int").length == 3


def test_bins_of_a_stream_that_fits_the_sample_are_exact(values: np.ndarray) -> None:
    told = {"bins": 5, "missing": "median"}
    assert (
        fit("numeric", values, 999, **told).edges
        == fit("numeric", values, 50_000, **told).edges
    )


def test_bins_of_a_long_stream_hold_nearly_equal_counts() -> None:
    values = np.arange(300_000.0)  # in order: its first rows are no sample of it
    edges = fit("numeric", values, 10_000, bins=4).edges
    counts = np.bincount(np.digitize(values, edges))
    # a quartile of 100,000 draws has a standard error of 300,000 * 0.00137 = 411 rows
    np.testing.assert_allclose(counts, 75_000, atol=5 * 411)


def test_sample_is_chosen_by_the_seed_and_not_by_the_blocks() -> None:
    numbers = np.arange(1000.0)

    def draw(seed: int, block: int) -> list[float]:
        sample = Sample(50, [seed])
        for start in range(0, 1000, block):
            sample.add(numbers[start : start + block])
        return sorted(sample.numbers.tolist())

    assert draw(3, 1000) == draw(3, 64) == draw(3, 1)
    assert draw(3, 64) != draw(4, 64)
    assert len(set(draw(3, 64))) == 50


def test_sample_takes_every_number_equally_often() -> None:
    taken = np.zeros(20)
    for seed in range(2000):
        sample = Sample(5, [seed])
        for start in range(0, 20, 4):
            sample.add(np.arange(start, start + 4.0))
        taken[sample.numbers.astype(int)] += 1
    # 500 each, with a binomial standard deviation of sqrt(2000 * 0.25 * 0.75) = 19.4
    np.testing.assert_allclose(taken, 500, atol=5 * 19.4)


def test_equal_numbers_count_as_often_as_they_come() -> None:
    moments = Moments()
    moments.add(np.array([1.0, 3.0]))
    moments.add(np.empty(0))
    moments.add_equal(8.0, 2)
    moments.add_equal(99.0, 0)
    assert (moments.count, moments.mean, moments.variance) == (4, 5, 9.5)
    assert (moments.low, moments.high) == (1, 8)
