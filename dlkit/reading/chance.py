"""What chance alone does to figures of so many examples.

Shares follow the binomial distribution; its normal approximation is good enough for limits
of several standard errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def share_error(share: float, count: int) -> float:
    """Return the standard error of a share of so many examples."""
    return math.sqrt(share * (1 - share) / count)


def errors_above(right: int, count: int, share: float) -> float:
    """Return how many standard errors more are right than by answering at a given share.

    Where the share is 0 or 1 there is no error: infinity or minus infinity if it differs.
    """
    excess = right / count - share
    error = share_error(share, count)
    if error == 0:
        return math.copysign(math.inf, excess) if excess else 0.0
    return excess / error


def errors_apart(first: float, count: int, second: float, other: int) -> float:
    """Return how many standard errors the first of two measured shares is larger.

    Both are taken to be one share, as far as the error goes (pooled two-sample test).
    """
    pooled = (first * count + second * other) / (count + other)
    error = math.sqrt(pooled * (1 - pooled) * (1 / count + 1 / other))
    return (first - second) / error if error else 0.0


def interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of so many examples (E. B. Wilson, 1927)."""
    z = 1.96
    below = 1 + z * z / count
    middle = (share + z * z / (2 * count)) / below
    reach = z / below * math.sqrt(share * (1 - share) / count + z * z / (4 * count**2))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def shares(counts: Sequence[int]) -> list[float]:
    """Return counts as shares of their sum."""
    total = sum(counts)
    return [count / total for count in counts]


def distance(first: Sequence[int], second: Sequence[int]) -> float:
    """Return the total variation between two distributions of classes: 0 same, 1 disjoint."""
    pairs = zip(shares(first), shares(second), strict=True)
    return sum(abs(one - other) for one, other in pairs) / 2


def distance_by_chance(first: Sequence[int], second: Sequence[int]) -> float:
    """Return which distance two draws from one distribution have on average, about."""
    together = [one + other for one, other in zip(first, second, strict=True)]
    inverse = 1 / sum(first) + 1 / sum(second)
    return sum(
        math.sqrt(2 / math.pi * share * (1 - share) * inverse) / 2 for share in shares(together)
    )
