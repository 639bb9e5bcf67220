"""Columns that give the answer away: something known only when the answer is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dlkit.data.dataset import Dataset
from dlkit.data.profile.columns import unique
from dlkit.data.profile.findings import Finding
from dlkit.data.profile.survey import Field, Survey

LEAKS = 0.99
"""Correlation, or share of right answers, that no honest column has alone."""

SMALLER = 0.1
"""Share of the errors of always saying the most frequent class that may be left."""

LEAST_ROWS = 50
MOST_ROWS = 20_000

ROWS_A_NAME = 5
"""Rows that a name must have on average: one that has a row of its own knows its answer."""

MOST_CLASSES = 20


def find_leaks(found: Survey, dataset: Dataset, title: str = "the class") -> Iterator[Finding]:
    """Yield columns that alone nearly tell what is learned.

    Numbers are judged by one split for each class but one, or by their correlation with
    the values; names by the class, or the mean value, that each of them has. All on the
    sample, at most 20,000 examples of it.

    Args:
        found: The survey, as what is learned sees it.
        dataset: The data, as what is learned sees it.
        title: What the classes are called.
    """
    rows = np.arange(len(found.y))
    if len(rows) > MOST_ROWS:
        rows = np.linspace(0, len(rows) - 1, MOST_ROWS).astype(int)
    for field in found.fields:
        if field.values.ndim > 1 or field.kind == "text":
            continue
        values = field.values[rows]
        if found.targets:
            yield from _of_values(field, values, found.y[rows], dataset.target_names)
        elif dataset.task == "classification":
            yield from _of_classes(field, values, found.y[rows], title)


def _of_classes(
    field: Field, values: np.ndarray, y: np.ndarray, title: str
) -> Iterator[Finding]:
    """Judge a column where classes are learned."""
    column, y = _usable(field, values, y)
    classes = len(np.unique(y))
    if len(y) < LEAST_ROWS or not 2 <= classes <= MOST_CLASSES:
        return
    majority = np.bincount(y).max() / len(y)
    if field.kind == "categorical":
        if len(unique(column)) > len(column) / ROWS_A_NAME:
            return
        right, how = _by_name(column, y), "the class of each name"
    else:
        right = _by_splits(column, y, classes)
        how = "one split" if classes == 2 else f"{classes - 1} splits"
    if right > LEAKS and 1 - right <= SMALLER * (1 - majority):
        yield _finding(field.name, title, f"{right:.1%} right by {how}")


def _of_values(
    field: Field, values: np.ndarray, y: np.ndarray, names: tuple[str, ...]
) -> Iterator[Finding]:
    """Judge a column where values are learned, one value at a time."""
    for place, name in enumerate(names):
        column, target = _usable(field, values, y.reshape(len(y), -1)[:, place])
        if len(target) < LEAST_ROWS or target.std() == 0:
            continue
        if field.kind == "categorical":
            if len(unique(column)) > len(column) / ROWS_A_NAME:
                continue
            strength, how = _explained(column, target.astype(np.float64)), "by its names"
        else:
            strength, how = _correlation(column, target.astype(np.float64))
        if strength > LEAKS:
            yield _finding(field.name, name, f"{how} {strength:.3f}")


def _finding(name: str, target: str, measure: str) -> Finding:
    message = f"tells {target} almost alone ({measure}): is it known before the answer is?"
    return Finding(name, message)


def _usable(field: Field, values: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that have a value; dates as seconds."""
    if field.kind == "date":
        there = values != ""
        times = values[there].astype("U19").astype("datetime64[s]")
        return times.astype(np.int64).astype(np.float64), y[there]
    there = np.ones(len(values), bool) if values.dtype.kind == "O" else ~np.isnan(values)
    return values[there], y[there]


def _by_name(column: np.ndarray, y: np.ndarray) -> float:
    """Return how often the most frequent class of each name is right."""
    import pandas as pd

    codes = pd.factorize(column)[0]
    table = np.zeros((codes.max() + 1, int(y.max()) + 1), np.int64)
    np.add.at(table, (codes, y), 1)
    return float(table.max(axis=1).sum() / len(y))


def _by_splits(column: np.ndarray, y: np.ndarray, classes: int) -> float:
    """Return how often a tree with as many leaves as classes is right."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_leaf_nodes=classes, random_state=0)
    narrow = (column - column.mean()).astype(np.float32)[:, None]  # trees count in float32
    return float(tree.fit(narrow, y).score(narrow, y))


def _correlation(column: np.ndarray, target: np.ndarray) -> tuple[float, str]:
    """Return the correlation, or where that is small that of the ranks, without its sign."""
    import pandas as pd

    def pearson(a: np.ndarray, b: np.ndarray) -> float:
        a, b = a - a.mean(), b - b.mean()
        norms = np.sqrt((a**2).sum() * (b**2).sum())
        return float(abs((a * b).sum() / norms)) if norms > 0 else 0.0

    plain = pearson(column, target)
    if plain > LEAKS:
        return plain, "correlation"
    ranks = [pd.Series(one).rank().to_numpy(np.float64) for one in (column, target)]
    return pearson(*ranks), "rank correlation"


def _explained(column: np.ndarray, target: np.ndarray) -> float:
    """Return the correlation of values with the mean of their name."""
    import pandas as pd

    codes = pd.factorize(column)[0]
    means = np.bincount(codes, target) / np.bincount(codes)
    left = ((target - means[codes]) ** 2).sum() / ((target - target.mean()) ** 2).sum()
    return float(np.sqrt(max(0.0, 1 - left)))
