"""How often each class is found and rightly named: counts, precision, recall and F1.

What is undefined, because a class never occurs or is never said, counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScores:
    """What became of the examples of each class, or each label.

    All are int64 of shape ``(classes,)``.

    Attributes:
        right: Examples of the class that were said to be of it.
        said: Examples that were said to be of the class.
        support: Examples of the class.
    """

    right: np.ndarray
    said: np.ndarray
    support: np.ndarray

    @property
    def precision(self) -> np.ndarray:
        """Of the examples said to be of a class the share that is: float64, in [0, 1]."""
        return share(self.right, self.said)

    @property
    def recall(self) -> np.ndarray:
        """Of the examples of a class the share that was found: float64, in [0, 1]."""
        return share(self.right, self.support)

    @property
    def f1(self) -> np.ndarray:
        """The harmonic mean of precision and recall: float64, in [0, 1]."""
        return share(2 * self.right, self.said + self.support)

    @property
    def known(self) -> np.ndarray:
        """Which classes occur or are said at all, bool: of the others there is no score."""
        return np.asarray(self.said + self.support > 0)


Triple = tuple[float, float, float]
"""Precision, recall and F1."""


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return the share of counts in others, 0 where these are 0.

    Args:
        part: Counts of any shape.
        whole: Counts that ``part`` can be divided by.
    """
    return np.asarray(part / np.maximum(whole, 1))


def count_confusions(true: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Return how often each class was taken for which.

    Args:
        true: Class numbers, int ``(examples,)``, below ``classes``.
        predicted: The same.
        classes: How many there are.

    Returns:
        int64 ``(classes, classes)``; rows are true, columns predicted.
    """
    pairs = true.astype(np.int64) * classes + predicted
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def score_classes(counts: np.ndarray) -> ClassScores:
    """Return the scores of classes that exclude each other.

    Args:
        counts: As ``count_confusions`` gives them.
    """
    return ClassScores(np.diag(counts), counts.sum(axis=0), counts.sum(axis=1))


def score_labels(true: np.ndarray, predicted: np.ndarray) -> ClassScores:
    """Return the scores of labels that an example may have any number of.

    Args:
        true: int 0 or 1 of shape ``(examples, labels)``.
        predicted: The same.
    """
    return ClassScores((true & predicted).sum(0), predicted.sum(0), true.sum(0))


def macro_average(scores: ClassScores) -> Triple:
    """Return precision, recall and F1 where every class that is known counts the same."""
    known = scores.known
    if not known.any():
        return 0.0, 0.0, 0.0
    each = scores.precision, scores.recall, scores.f1
    precision, recall, f1 = (float(values[known].mean()) for values in each)
    return precision, recall, f1


def weighted_average(scores: ClassScores) -> Triple:
    """Return precision, recall and F1 where each class counts with its examples."""
    total = max(int(scores.support.sum()), 1)
    each = scores.precision, scores.recall, scores.f1
    precision, recall, f1 = (float(values @ scores.support) / total for values in each)
    return precision, recall, f1


def micro_average(scores: ClassScores) -> Triple:
    """Return precision, recall and F1 of all answers taken together.

    For classes that exclude each other, all three are the accuracy.
    """
    right, said, support = (
        np.asarray(counts.sum()) for counts in (scores.right, scores.said, scores.support)
    )
    each = share(right, said), share(right, support), share(2 * right, said + support)
    precision, recall, f1 = map(float, each)
    return precision, recall, f1


def confused_pairs(counts: np.ndarray) -> list[tuple[int, int, int]]:
    """Return who was taken for whom and how often, the most frequent first.

    Args:
        counts: As ``count_confusions`` gives them.

    Returns:
        True class, predicted class, examples; pairs that never occur are left out.
    """
    wrong = counts - np.diag(np.diag(counts))
    true, predicted = np.nonzero(wrong)
    times = wrong[true, predicted]
    order = np.argsort(-times, kind="stable")
    triples = zip(
        true[order].tolist(), predicted[order].tolist(), times[order].tolist(), strict=True
    )
    return list(triples)
