"""Counts, precision, recall and F1 are scikit-learn's, and those of a small case by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from dlkit.evaluate.class_scores import (
    ClassScores,
    confused_pairs,
    count_confusions,
    macro_average,
    micro_average,
    score_classes,
    score_labels,
    weighted_average,
)


def classes_of(classes: int, examples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return labels and predictions; with many classes some occur nowhere."""
    rng = np.random.default_rng(seed)
    true = rng.choice(classes, examples, p=rng.dirichlet(np.full(classes, 0.5)))
    guess = rng.integers(0, classes, examples)
    return true, np.where(rng.random(examples) < 0.6, true, guess)


CASES = [(2, 50), (10, 3000), (100, 150), (3, 1)]


@pytest.mark.parametrize(("classes", "examples"), CASES)
def test_confusions_are_those_of_scikit_learn(classes: int, examples: int) -> None:
    true, predicted = classes_of(classes, examples, seed=1)
    expected = confusion_matrix(true, predicted, labels=range(classes))
    np.testing.assert_array_equal(count_confusions(true, predicted, classes), expected)


@pytest.mark.parametrize(("classes", "examples"), CASES)
def test_scores_of_classes_are_those_of_scikit_learn(classes: int, examples: int) -> None:
    true, predicted = classes_of(classes, examples, seed=2)
    scores = score_classes(count_confusions(true, predicted, classes))
    expected = precision_recall_fscore_support(
        true, predicted, labels=range(classes), zero_division=0
    )
    ours = scores.precision, scores.recall, scores.f1, scores.support
    for values, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(values, theirs)


@pytest.mark.parametrize(("classes", "examples"), CASES)
def test_averages_of_classes_are_those_of_scikit_learn(classes: int, examples: int) -> None:
    true, predicted = classes_of(classes, examples, seed=3)
    scores = score_classes(count_confusions(true, predicted, classes))
    averages = {"macro": macro_average, "weighted": weighted_average, "micro": micro_average}
    for name, average in averages.items():
        expected = precision_recall_fscore_support(
            true, predicted, average=name, zero_division=0
        )
        assert average(scores) == pytest.approx(expected[:3])


def test_scores_and_averages_of_labels_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 2, (50, 6)), rng.integers(0, 2, (50, 6))
    true[:, 4] = predicted[:, 5] = 0  # a label that never occurs, one that is never given
    scores = score_labels(true, predicted)
    expected = precision_recall_fscore_support(true, predicted, zero_division=0)
    ours = scores.precision, scores.recall, scores.f1, scores.support
    for values, theirs in zip(ours, expected, strict=True):
        np.testing.assert_allclose(values, theirs)
    averages = {"macro": macro_average, "weighted": weighted_average, "micro": micro_average}
    for name, average in averages.items():
        expected = precision_recall_fscore_support(
            true, predicted, average=name, zero_division=0
        )
        assert average(scores) == pytest.approx(expected[:3])


def test_class_that_is_nowhere_has_no_say_in_the_macro_average() -> None:
    scores = ClassScores(np.array([3, 0, 0]), np.array([4, 0, 0]), np.array([3, 1, 0]))
    # Class 0: 3/4, 1, 6/7. Class 1 occurs and is never found. Class 2 is nowhere.
    assert scores.known.tolist() == [True, True, False]
    assert macro_average(scores) == pytest.approx((3 / 8, 1 / 2, 3 / 7))
    assert weighted_average(scores) == pytest.approx((9 / 16, 3 / 4, 9 / 14))
    assert micro_average(scores) == pytest.approx((3 / 4, 3 / 4, 3 / 4))


def test_nothing_at_all_averages_to_nothing() -> None:
    scores = score_classes(np.zeros((3, 3), np.int64))
    for average in (macro_average, weighted_average, micro_average):
        assert average(scores) == (0, 0, 0)


def test_confused_pairs_begin_with_the_most_frequent() -> None:
    counts = np.array([[9, 1, 0], [4, 9, 2], [0, 2, 9]])
    assert confused_pairs(counts) == [(1, 0, 4), (1, 2, 2), (2, 1, 2), (0, 1, 1)]
    assert confused_pairs(np.diag([5, 6, 7])) == []
