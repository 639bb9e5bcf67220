"""Threads for decoding pictures.

Pillow decodes without Python's lock, so threads help; but for a small picture handing the
lock over costs more than decoding.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

S = TypeVar("S")
T = TypeVar("T")

MAX_THREADS = 8
SLICES_A_THREAD = 4
SMALL_PIXELS = 8192
"""Pictures of fewer pixels are decoded faster by one thread than by two (measured)."""


def decoding_threads(pixels: float) -> int:
    """Return how many threads decode pictures of so many pixels fastest."""
    return 1 if pixels < SMALL_PIXELS else min(MAX_THREADS, os.cpu_count() or 1)


def map_in_threads(function: Callable[[S], T], items: Sequence[S], threads: int) -> list[T]:
    """Return what a function gives for each item, in their order."""
    if threads == 1:
        return [function(item) for item in items]
    slices_in_all = threads * SLICES_A_THREAD
    bounds = [len(items) * i // slices_in_all for i in range(slices_in_all + 1)]
    with ThreadPoolExecutor(threads) as pool:
        slices = pool.map(
            lambda start, stop: [function(item) for item in items[start:stop]],
            bounds[:-1],
            bounds[1:],
        )
        return [result for part in slices for result in part]
