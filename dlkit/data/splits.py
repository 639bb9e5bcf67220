"""Divide examples into training, validation and test, the same way for a seed."""

from __future__ import annotations

import numpy as np

from dlkit.errors import DataError


def choose(
    y: np.ndarray, share: float, *, seed: int, stratified: bool, purpose: str
) -> tuple[np.ndarray, np.ndarray]:
    """Choose examples to set aside.

    Args:
        y: Labels or targets, shape ``(examples,)``.
        share: A fraction below 1, or a count of examples.
        seed: The same seed chooses the same examples.
        stratified: Keep the proportions of the classes where each has 2 members or more.
        purpose: What the examples are for, in error texts.

    Returns:
        Ascending indices of the examples that stay, and of those set aside.

    Raises:
        DataError: If nothing would stay or nothing be set aside.
    """
    from sklearn.model_selection import train_test_split

    total = len(y)
    count = round(total * share) if share < 1 else int(share)
    if not 0 < count < total:
        raise DataError(
            f"dataset.{purpose}: {share:g} of {total} examples sets {count} aside."
            " Both parts need at least one."
        )
    classes, sizes = np.unique(y, return_counts=True) if stratified else ([0], [2])
    fits = min(sizes) >= 2 and len(classes) <= min(count, total - count)
    stay, aside = train_test_split(
        np.arange(total),
        test_size=count,
        random_state=seed,
        stratify=y if stratified and fits else None,
    )
    return np.sort(stay), np.sort(aside)
