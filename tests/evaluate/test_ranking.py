"""Areas, average precisions and curves are scikit-learn's, and those of small cases by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    roc_auc_score,
    roc_curve,
)

from dlkit.evaluate.ranking import Ranking, mean_curve, rank, rank_classes, rank_labels


def area_of(ranking: Ranking) -> float:
    return ranking.area


def precision_of(ranking: Ranking) -> float:
    return ranking.average_precision


def probabilities_of(
    classes: int, examples: int, seed: int, *, ties: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return labels, and float32 probabilities that know something of them."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, examples)
    logits = rng.normal(size=(examples, classes))
    logits[np.arange(examples), true] += 1.5
    if ties:
        logits = np.round(logits)
    exponentials = np.exp(logits)
    shares = exponentials / exponentials.sum(axis=1, keepdims=True)
    return true, shares.astype(np.float32)


def two_of(seed: int, size: int, *, ties: bool) -> tuple[np.ndarray, np.ndarray]:
    true, probabilities = probabilities_of(2, size, seed, ties=ties)
    return probabilities[:, 1], true == 1


TIES = pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])


@TIES
@pytest.mark.parametrize("size", [20, 5000])
def test_scores_of_a_class_are_those_of_scikit_learn(size: int, ties: bool) -> None:
    for seed in range(5):
        scores, positive = two_of(seed, size, ties=ties)
        ranking = rank(scores, positive)
        assert ranking.area == pytest.approx(roc_auc_score(positive, scores), abs=1e-9)
        expected = average_precision_score(positive, scores)
        assert ranking.average_precision == pytest.approx(expected, abs=1e-9)
        assert ranking.prevalence == pytest.approx(positive.mean())


def test_million_examples_have_the_scores_of_scikit_learn() -> None:
    scores, positive = two_of(0, 1_000_000, ties=False)
    ranking = rank(scores, positive)
    assert ranking.area == pytest.approx(roc_auc_score(positive, scores), abs=1e-9)
    expected = average_precision_score(positive, scores)
    assert ranking.average_precision == pytest.approx(expected, abs=1e-9)


def test_ranking_worked_by_hand() -> None:
    # From the top: a positive, a tie of a positive and a negative, a negative, a positive.
    scores = np.array([0.9, 0.7, 0.7, 0.4, 0.1])
    ranking = rank(scores, np.array([True, True, False, False, True]))
    assert ranking.found.tolist() == [1, 2, 3]
    assert ranking.wrong.tolist() == [0, 1, 2]
    assert ranking.wrong_above.tolist() == [0, 0, 2]
    # Of 6 pairs the first positive wins 2, the second 1.5, the third none.
    assert ranking.area == pytest.approx(3.5 / 6)
    assert ranking.average_precision == pytest.approx((1 + 2 / 3 + 3 / 5) / 3)
    assert ranking.recall_at(0.0) == pytest.approx(1 / 3)
    assert ranking.recall_at(0.5) == pytest.approx(2 / 3)
    assert ranking.recall_at(1.0) == 1
    assert ranking.precision_at(0.5) == pytest.approx(2 / 3)
    assert ranking.precision_at(1.0) == pytest.approx(3 / 5)


def test_best_and_worst_orders() -> None:
    scores, positive = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True])
    best, worst = rank(scores, positive), rank(-scores, positive)
    assert (best.area, best.average_precision) == (1, 1)
    assert worst.area == 0
    assert worst.average_precision == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert worst.recall_at(0.4) == 0


def test_scores_of_any_size_are_told_apart() -> None:
    scores = np.array([1e30, 2e30, 3e30], np.float32)
    assert rank(scores, np.array([False, True, True])).found.tolist() == [1, 2]


@TIES
def test_roc_curve_is_that_of_scikit_learn(ties: bool) -> None:
    scores, positive = two_of(3, 200, ties=ties)
    across, up = rank(scores, positive).roc()
    expected = np.stack(roc_curve(positive, scores, drop_intermediate=False)[:2], axis=1)
    lengths = np.hypot(np.diff(across), np.diff(up))
    # Each of scikit-learn's points lies on our line, whose area is theirs as well.
    for point in expected:
        starts = np.stack([across[:-1], up[:-1]], axis=1)
        ends = np.stack([across[1:], up[1:]], axis=1)
        through = np.hypot(*(point - starts).T) + np.hypot(*(ends - point).T)
        assert (through - lengths).min() < 1e-9
    assert np.trapezoid(up, across) == pytest.approx(roc_auc_score(positive, scores), abs=1e-9)
    assert (across[0], up[0], across[-1], up[-1]) == (0, 0, 1, 1)


@TIES
def test_precision_recall_curve_is_that_of_scikit_learn(ties: bool) -> None:
    scores, positive = two_of(4, 200, ties=ties)
    recall, precision = rank(scores, positive).precision_recall()
    assert np.trapezoid(precision, recall) == pytest.approx(
        average_precision_score(positive, scores), abs=1e-9
    )
    theirs = precision_recall_curve(positive, scores)
    points = set(zip(*(values.round(12).tolist() for values in theirs[:2]), strict=True))
    corners = zip(precision[1::2].round(12).tolist(), recall[1::2].round(12), strict=True)
    assert set(corners) <= points


@pytest.mark.parametrize("limit", [0.0, 0.01, 0.1, 0.37, 1.0])
def test_operating_points_are_those_of_all_thresholds(limit: float) -> None:
    scores, positive = two_of(5, 300, ties=True)
    ranking = rank(scores, positive)
    wrong, found, _ = roc_curve(positive, scores, drop_intermediate=False)
    assert ranking.recall_at(limit) == pytest.approx(found[wrong <= limit].max())
    precision, recall, _ = precision_recall_curve(positive, scores)
    # scikit-learn ends its curve with a point of no threshold: nothing found, all right.
    best = precision[:-1][recall[:-1] >= limit].max()
    assert ranking.precision_at(limit) == pytest.approx(best)


@TIES
@pytest.mark.parametrize("classes", [3, 10])
def test_averages_of_classes_are_those_of_scikit_learn(classes: int, ties: bool) -> None:
    true, probabilities = probabilities_of(classes, 2000, seed=6, ties=ties)
    ranks = rank_classes(true, probabilities)
    one_hot = np.eye(classes)[true]
    assert ranks.micro is not None
    for average, area, precision in (
        ("macro", ranks.mean(area_of), ranks.mean(precision_of)),
        ("micro", ranks.micro.area, ranks.micro.average_precision),
    ):
        wide = probabilities.astype(np.float64)
        assert area == pytest.approx(roc_auc_score(one_hot, wide, average=average), abs=1e-9)
        expected = average_precision_score(one_hot, wide, average=average)
        assert precision == pytest.approx(expected, abs=1e-9)
    each = roc_auc_score(one_hot, probabilities, average=None)
    np.testing.assert_allclose([r.area for r in ranks.each.values()], each, atol=1e-9)


def test_two_classes_are_one_ranking_of_the_second() -> None:
    true, probabilities = probabilities_of(2, 100, seed=7)
    ranks = rank_classes(true, probabilities)
    assert list(ranks.each) == [1]
    assert ranks.micro is None
    expected = roc_auc_score(true, probabilities[:, 1])
    assert ranks.each[1].area == pytest.approx(expected, abs=1e-9)


def test_class_without_examples_is_left_out() -> None:
    true, probabilities = probabilities_of(4, 100, seed=8)
    true[true == 2] = 1
    ranks = rank_classes(true, probabilities)
    assert list(ranks.each) == [0, 1, 3]
    areas = [roc_auc_score(true == number, probabilities[:, number]) for number in (0, 1, 3)]
    assert ranks.mean(area_of) == pytest.approx(np.mean(areas), abs=1e-9)


def test_labels_that_all_or_none_have_are_left_out() -> None:
    rng = np.random.default_rng(9)
    true, scores = rng.integers(0, 2, (60, 4)), rng.random((60, 4), np.float32)
    true[:, 0], true[:, 2] = 1, 0
    ranks = rank_labels(true, scores)
    assert list(ranks.each) == [1, 3]
    for number in (1, 3):
        expected = roc_auc_score(true[:, number], scores[:, number])
        assert ranks.each[number].area == pytest.approx(expected, abs=1e-9)
    assert ranks.micro is not None
    expected = average_precision_score(true, scores, average="micro")
    assert ranks.micro.average_precision == pytest.approx(expected, abs=1e-9)
    assert rank_labels(np.ones((3, 2), int), scores[:3, :2]).each == {}


@pytest.mark.parametrize(
    ("positive", "counts"), [([True, True], "2 and 0"), ([False, False], "0 and 2")]
)
def test_order_of_one_kind_alone_is_none(positive: list[bool], counts: str) -> None:
    with pytest.raises(ValueError, match=f"needs positives and negatives, there are {counts}"):
        rank(np.array([0.1, 0.2]), np.array(positive))


def test_mean_curve_is_the_mean_height() -> None:
    rising = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    steep = np.array([0.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0])
    across, up = mean_curve([rising, steep], 5)
    assert across.tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert up.tolist() == [0.5, 0.625, 0.75, 0.875, 1]
