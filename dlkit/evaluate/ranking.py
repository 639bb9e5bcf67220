"""How well scores put the examples of a class before all others.

A class is looked at alone: its examples are positive, all others negative. Every threshold
on the score gives a rate of positives found, one of negatives taken for positive, and a
precision. Only thresholds at which a positive has its score need to be known: between two
of them just negatives are added, on a straight line.

Nothing here depends on what scores are, only on their order; ties are kept together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

Curve = tuple[np.ndarray, np.ndarray]
"""Horizontal and vertical values of a polygonal line, float64 ``(points,)`` in [0, 1]."""


@dataclass(frozen=True)
class Ranking:
    """Counts at every score that a positive example has, the highest score first.

    All arrays are int64 of shape ``(scores,)`` and rise.

    Attributes:
        found: Positives of this score or a higher one.
        wrong: Negatives of this score or a higher one.
        wrong_above: Negatives of a higher score.
        negatives: All negatives; at least one.
    """

    found: np.ndarray
    wrong: np.ndarray
    wrong_above: np.ndarray
    negatives: int

    @property
    def positives(self) -> int:
        """All positives."""
        return int(self.found[-1])

    @property
    def prevalence(self) -> float:
        """The share of positives: the average precision of an order by chance."""
        return self.positives / (self.positives + self.negatives)

    @property
    def recall(self) -> np.ndarray:
        """The share of positives found down to each score, float64."""
        return np.asarray(self.found / self.positives)

    @property
    def precision(self) -> np.ndarray:
        """Of the examples down to each score the share of positives, float64."""
        return np.asarray(self.found / (self.found + self.wrong))

    @property
    def area(self) -> float:
        """The area under the ROC curve.

        It is the share of pairs of a positive and a negative in which the positive has the
        higher score; equal scores count half (Hanley and McNeil, 1982).
        """
        gained = np.diff(self.found, prepend=0)
        lost = float(gained @ (self.wrong + self.wrong_above)) / 2
        return 1 - lost / (self.positives * self.negatives)

    @property
    def average_precision(self) -> float:
        """The precisions at all scores, each weighted with the recall gained there."""
        gained = np.diff(self.found, prepend=0)
        return float(gained @ self.precision) / self.positives

    def roc(self) -> Curve:
        """Return the rate of negatives taken for positive, and that of positives found."""
        above = np.concatenate([[0], self.found[:-1]])
        across = np.stack([self.wrong_above, self.wrong], axis=1).ravel()
        up = np.stack([above, self.found], axis=1).ravel()
        return (
            np.concatenate([[0.0], across / self.negatives, [1.0]]),
            np.concatenate([[0.0], up / self.positives, [1.0]]),
        )

    def precision_recall(self) -> Curve:
        """Return recall and precision; the area under these steps is the average precision."""
        recall = self.recall
        left = np.concatenate([[0.0], recall[:-1]])
        return np.stack([left, recall], axis=1).ravel(), np.repeat(self.precision, 2)

    def recall_at(self, wrong_rate: float) -> float:
        """Return what is found when no more than this share of the negatives may be wrong."""
        allowed = np.flatnonzero(self.wrong <= wrong_rate * self.negatives)
        return float(self.recall[allowed[-1]]) if allowed.size else 0.0

    def precision_at(self, recall: float) -> float:
        """Return the best precision at which at least this share of positives is found."""
        return float(self.precision[self.recall >= recall].max())


@dataclass(frozen=True)
class Rankings:
    """How well the scores of several classes order the examples.

    Attributes:
        each: By class; a class that all or none of the examples have is not among them.
        micro: All scores of all classes in one order, the question being whether an example
            has the class. Of two classes that exclude each other it is None.
    """

    each: Mapping[int, Ranking]
    micro: Ranking | None

    def mean(self, score: Callable[[Ranking], float]) -> float:
        """Return the macro average of a score: its mean over the classes.

        Args:
            score: What of a ranking is averaged, its area for example.
        """
        return float(np.mean([score(ranking) for ranking in self.each.values()]))


def rank(scores: np.ndarray, positive: np.ndarray) -> Ranking:
    """Return how scores order positives and negatives.

    Args:
        scores: Finite numbers, ``(examples,)``.
        positive: bool ``(examples,)``.

    Raises:
        ValueError: If there is no positive, or no negative.
    """
    return _rank(np.sort(scores), np.sort(scores[positive]))


def rank_classes(true: np.ndarray, scores: np.ndarray) -> Rankings:
    """Return how the scores of a classifier order the examples, each class against the rest.

    Of two classes only the second is looked at: the first one's curve is its reflection.

    Args:
        true: Class numbers, int ``(examples,)``.
        scores: Finite numbers, ``(examples, classes)``.
    """
    columns = np.ascontiguousarray(scores.T)
    classes = [1] if len(columns) == 2 else range(len(columns))
    support = np.bincount(true, minlength=len(columns))
    each = {
        number: rank(columns[number], true == number)
        for number in classes
        if 0 < support[number] < len(true)
    }
    if len(columns) == 2 or not len(true):
        return Rankings(each, None)
    own = np.take_along_axis(scores, true[:, None], axis=1)
    return Rankings(each, _rank(np.sort(columns, axis=None), np.sort(own, axis=None)))


def rank_labels(true: np.ndarray, scores: np.ndarray) -> Rankings:
    """Return how the scores of labels order the examples.

    Args:
        true: int 0 or 1 of shape ``(examples, labels)``.
        scores: Finite numbers of the same shape.
    """
    has = true.astype(bool)
    each = {
        number: rank(scores[:, number], has[:, number])
        for number in range(has.shape[1])
        if has[:, number].any() and not has[:, number].all()
    }
    return Rankings(each, rank(scores.ravel(), has.ravel()) if each else None)


def mean_curve(curves: Sequence[Curve], points: int = 513) -> Curve:
    """Return the mean height of curves, each of which rises or falls along its way.

    Where a curve goes straight up or down, it counts with the end of that line.

    Args:
        curves: At least one, from 0 to 1.
        points: In how many places of the way the mean is taken.
    """
    across = np.linspace(0, 1, points)
    return across, np.mean([heights(curve, across) for curve in curves], axis=0)


def heights(curve: Curve, across: np.ndarray) -> np.ndarray:
    """Return how high a curve is in places of its way, float64 of the shape of ``across``."""
    return np.asarray(np.interp(across, *curve))


def _rank(scores: np.ndarray, positives: np.ndarray) -> Ranking:
    """Count at each score of a positive.

    Args:
        scores: Of all examples, rising.
        positives: Of the positives alone, rising.

    Raises:
        ValueError: If there is no positive, or no negative.
    """
    negatives = len(scores) - len(positives)
    if not len(positives) or not negatives:
        raise ValueError(
            f"an order needs positives and negatives, there are {len(positives)} and"
            f" {negatives}."
        )
    is_first = np.concatenate([[True], positives[1:] != positives[:-1]])
    steps = np.flatnonzero(is_first)[::-1]
    values = positives[steps]
    found = len(positives) - steps
    said = len(scores) - np.searchsorted(scores, values, side="left")
    above = len(scores) - np.searchsorted(scores, values, side="right")
    found_above = np.concatenate([[0], found[:-1]])
    return Ranking(found, said - found, above - found_above, negatives)
