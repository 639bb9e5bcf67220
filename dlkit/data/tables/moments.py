"""Figures of numbers that come in blocks, without keeping the numbers."""

from __future__ import annotations

import numpy as np


class Moments:
    """Count, mean, variance, least and largest of float64 numbers.

    Those of a first block are numpy's own to the last bit. Further blocks are merged by
    the formula of Chan, Golub and LeVeque (Updating formulae and a pairwise algorithm for
    computing sample variances, 1979), which loses nothing where the variance is small
    beside the mean.
    """

    def __init__(self) -> None:
        self.count = 0
        self.mean = 0.0
        self.variance = 0.0
        self.low = np.inf
        self.high = -np.inf

    def add(self, numbers: np.ndarray) -> None:
        """Take in a block of shape ``(numbers,)``, which may be empty."""
        if len(numbers):
            self._merge(len(numbers), float(numbers.mean()), float(numbers.var()))
            self._widen(float(numbers.min()), float(numbers.max()))

    def add_equal(self, number: float, count: int) -> None:
        """Take in the same number so many times."""
        if count:
            self._merge(count, number, 0.0)
            self._widen(number, number)

    def _merge(self, count: int, mean: float, variance: float) -> None:
        if not self.count:
            self.count, self.mean, self.variance = count, mean, variance
            return
        total = self.count + count
        apart, share = mean - self.mean, count / total
        squares = self.count * self.variance + count * variance
        self.variance = (squares + apart**2 * self.count * share) / total
        self.mean += apart * share
        self.count = total

    def _widen(self, low: float, high: float) -> None:
        self.low, self.high = min(self.low, low), max(self.high, high)


class Sample:
    """A uniform random sample of numbers, NaN among them.

    Every number draws a key, and those of the least keys stay; so the sample depends on
    the numbers, their order and the seed, and not on where blocks begin.

    Args:
        size: Numbers to keep; all of them while there are no more.
        seed: Numbers from 0.
    """

    def __init__(self, size: int, seed: list[int]) -> None:
        self._size = size
        self._generator = np.random.default_rng(seed)
        self._keys = np.empty(0)
        self.numbers = np.empty(0)

    def add(self, numbers: np.ndarray) -> None:
        """Take in a block of shape ``(numbers,)``."""
        keys = self._generator.random(len(numbers))
        if len(self._keys) == self._size:
            fit = keys < self._keys.max()
            keys, numbers = keys[fit], numbers[fit]
        self._keys = np.concatenate([self._keys, keys])
        self.numbers = np.concatenate([self.numbers, numbers])
        if len(self._keys) > self._size:
            stay = np.sort(np.argpartition(self._keys, self._size)[: self._size])
            self._keys, self.numbers = self._keys[stay], self.numbers[stay]
