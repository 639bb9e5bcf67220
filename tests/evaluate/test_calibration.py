"""Calibration equals arithmetic by hand, scikit-learn and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from dlkit.evaluate.calibration import BINS, brier_score, calibrate, plausible_shares


def test_error_is_the_mean_gap_of_the_bins_by_their_counts() -> None:
    # Two bins: (0, 0.5] says 0.3 on average and is right in 1 of 2; (0.5, 1] says 0.9 and
    # is right in 2 of 3. 2/5 * |0.5 - 0.3| + 3/5 * |2/3 - 0.9| = 0.08 + 0.14.
    found = calibrate(np.array([0.2, 0.4, 0.8, 0.9, 1.0]), np.array([0, 1, 1, 0, 1]), bins=2)
    assert found.counts.tolist() == [2, 3]
    np.testing.assert_allclose(found.said, [0.3, 0.9])
    np.testing.assert_allclose(found.came, [1 / 2, 2 / 3])
    assert found.error == pytest.approx(0.22)


def test_a_bin_holds_its_upper_edge_and_the_first_one_zero() -> None:
    found = calibrate(np.array([0.0, 0.5, 1.0]), np.array([0, 1, 1]), bins=2)
    assert found.counts.tolist() == [2, 1]


def test_empty_bins_have_no_share_and_no_weight() -> None:
    found = calibrate(np.array([0.9]), np.array([True]))
    assert np.isnan(found.came).sum() == BINS - 1
    assert found.error == pytest.approx(0.1)


def test_error_of_nothing_is_not_a_number() -> None:
    assert np.isnan(calibrate(np.zeros(0), np.zeros(0)).error)


def test_sure_and_right_has_no_error_and_sure_and_wrong_has_all_of_it() -> None:
    sure = np.ones(7)
    assert calibrate(sure, np.ones(7)).error == 0
    assert calibrate(sure, np.zeros(7)).error == 1


@pytest.mark.parametrize("bins", [5, 10, 15])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_bins_are_those_of_scikit_learn(bins: int, dtype: type) -> None:
    rng = np.random.default_rng(bins)
    probability = (rng.random(500) ** 3).astype(dtype)
    probability[:20] = np.linspace(0, 1, 20)
    outcome = rng.random(500) < probability
    came, said = calibration_curve(outcome, probability, n_bins=bins)
    found = calibrate(probability, outcome, bins)
    filled = found.counts > 0
    np.testing.assert_allclose(found.came[filled], came)
    np.testing.assert_allclose(found.said[filled], said, rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_brier_score_is_that_of_scikit_learn(classes: int) -> None:
    rng = np.random.default_rng(classes)
    raw = rng.random((200, classes))
    probabilities = raw / raw.sum(axis=1, keepdims=True)
    true = rng.integers(0, classes, 200)
    seen = probabilities[:, 1] if classes == 2 else probabilities
    expected = brier_score_loss(true, seen, labels=list(range(classes)))
    assert brier_score(probabilities, true) == pytest.approx(expected, rel=1e-9)
    assert brier_score(probabilities.astype(np.float32), true) == pytest.approx(expected, 1e-6)


@pytest.mark.parametrize(("right", "count"), [(0, 1), (1, 1), (3, 7), (99, 100), (500, 1000)])
def test_plausible_shares_are_the_score_interval_of_scipy(right: int, count: int) -> None:
    expected = binomtest(right, count).proportion_ci(method="wilson")
    low, high = plausible_shares(np.array([right / count]), np.array([count]))
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_plausible_shares_of_an_empty_bin_are_none() -> None:
    low, high = plausible_shares(np.array([np.nan]), np.array([0]))
    assert np.isnan([low[0], high[0]]).all()
