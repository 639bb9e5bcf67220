"""How often a model is right when it says that it is sure.

A probability is honest if what gets 80 % comes true in 80 % of the cases. Pure arithmetic
on arrays: nothing here knows models or pictures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 15
"""As in Guo et al. 2017, so that figures can be compared."""

NORMAL_QUANTILE = 1.959964
"""Of the normal distribution at 97.5 %: 95 % lie within as many deviations."""


@dataclass(frozen=True)
class Calibration:
    """Probabilities in bins of equal width, and how often they came true.

    Attributes:
        edges: float64 ``(bins + 1,)`` from 0 to 1; a bin holds its upper edge.
        counts: int64 ``(bins,)``: probabilities in each bin.
        said: float64 ``(bins,)``: their mean, NaN where there are none.
        came: float64 ``(bins,)``: the share that came true, NaN where there are none.
    """

    edges: np.ndarray
    counts: np.ndarray
    said: np.ndarray
    came: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error, from 0 to 1; NaN of nothing.

        The mean of ``|came - said|`` over the bins, weighted by their counts: Naeini,
        Cooper and Hauskrecht, AAAI 2015, for one class; Guo, Pleiss, Sun and Weinberger,
        ICML 2017, for the confidence in several.
        """
        filled = self.counts > 0
        if not filled.any():
            return float("nan")
        gaps = np.abs(self.came - self.said)[filled]
        return float(np.average(gaps, weights=self.counts[filled]))


def calibrate(probability: np.ndarray, outcome: np.ndarray, bins: int = BINS) -> Calibration:
    """Sort probabilities into bins of equal width, and count what came true.

    Args:
        probability: Float ``(cases,)`` from 0 to 1.
        outcome: bool, or 0 and 1, of the same shape: whether it came true.
        bins: How many.
    """
    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], probability)  # lowest < value <= highest
    counts = np.bincount(place, minlength=bins)
    sums = (np.bincount(place, values, bins) for values in (probability, outcome))
    said, came = (np.where(counts, total / np.maximum(counts, 1), np.nan) for total in sums)
    return Calibration(edges, counts, said, came)


def brier_score(probabilities: np.ndarray, true: np.ndarray) -> float:
    """Return the mean squared distance of probabilities from what came (Brier, 1950).

    Args:
        probabilities: Float ``(examples, classes)``.
        true: int ``(examples,)``: the numbers of the true classes.

    Returns:
        From 0, the best, to 2; of two classes, as is usual, half of it: from 0 to 1.
    """
    squares = np.einsum("ij,ij->i", probabilities, probabilities, dtype=np.float64)
    of_true = probabilities[np.arange(len(true)), true].astype(np.float64)
    # (1 - p)^2 for the true class, p^2 for all others.
    score = float((squares - 2 * of_true + 1).mean())
    return score / 2 if probabilities.shape[1] == 2 else score


def plausible_shares(shares: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return between which true shares those that were seen are plausible, at 95 %.

    The score interval of E. B. Wilson, 1927: unlike mean and deviation it stays within 0
    and 1, and says something of a handful of cases as well.

    Args:
        shares: Float ``(bins,)`` from 0 to 1; NaN gives NaN.
        counts: int ``(bins,)``: of how many cases.

    Returns:
        Lower and upper bounds, float64 ``(bins,)``.
    """
    many = np.maximum(counts, 1)
    spread = NORMAL_QUANTILE**2 / many
    middle = (shares + spread / 2) / (1 + spread)
    half = NORMAL_QUANTILE * np.sqrt(shares * (1 - shares) / many + spread / many / 4)
    return middle - half / (1 + spread), middle + half / (1 + spread)
