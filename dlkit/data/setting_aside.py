"""Choose the rows that are set aside: at random, the latest, or whole groups."""

from __future__ import annotations

import numpy as np

from dlkit.errors import DataError

MANY_ROWS = 1_000_000
"""Above this rows are chosen with less memory."""

_PURPOSE = 0xFE3  # keeps this choice apart from any other use of the same seed


def all_rows(total: int) -> np.ndarray:
    """Return the numbers of all rows, int32 where they fit: a stream has very many."""
    return np.arange(total, dtype=np.int32 if total < 2**31 else np.int64)


def count_of(total: int, share: float, purpose: str) -> int:
    """Return how many examples a share of a total is.

    Raises:
        DataError: If nothing would stay or nothing be set aside.
    """
    count = round(total * share) if share < 1 else int(share)
    if not 0 < count < total:
        remedy = " Write `validation: 0` for none." if purpose == "validation" else ""
        raise DataError(
            f"dataset.{purpose}: {share:g} of {total} examples sets {count} aside."
            f" Both parts need at least one.{remedy}"
        )
    return count


def choose(
    total: int, count: int, *, seed: int, classes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Choose examples to set aside.

    Args:
        total: How many there are.
        count: How many to set aside.
        seed: The same seed chooses the same examples.
        classes: Keep the proportions of these where each has 2 members or more.

    Returns:
        Ascending numbers of the examples that stay, and of those set aside.
    """
    from sklearn.model_selection import train_test_split

    fits = False
    if classes is not None:
        names, sizes = np.unique(classes, return_counts=True)
        fits = min(sizes) >= 2 and len(names) <= min(count, total - count)
    if total > MANY_ROWS:
        return _choose_of_many(total, count, seed, classes if fits else None)
    stay, aside = train_test_split(
        all_rows(total),
        test_size=count,
        random_state=seed,
        stratify=classes if fits else None,
    )
    stay.sort()
    aside.sort()
    return stay, aside


def _choose_of_many(
    total: int, count: int, seed: int, classes: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Choose as ``choose`` does, in a few bytes a row.

    scikit-learn keeps the rows of a stratified split in a list of Python's numbers.
    """
    generator = np.random.default_rng([seed, total, count])
    chosen = np.zeros(total, bool)
    if classes is None:
        chosen[generator.choice(total, count, replace=False, shuffle=False)] = True
    else:
        names, sizes = np.unique(classes, return_counts=True)
        exact = sizes * (count / total)
        quotas = exact.astype(int)
        most = np.argsort(quotas - exact, kind="stable")  # the largest remainders first
        quotas[most[: count - quotas.sum()]] += 1
        for name, quota in zip(names, quotas, strict=True):
            members = np.flatnonzero(classes == name)
            chosen[generator.choice(members, quota, replace=False, shuffle=False)] = True
    rows = all_rows(total)
    return rows[~chosen], rows[chosen]


def some_of_each(rows: np.ndarray, classes: np.ndarray, most: int, seed: int) -> np.ndarray:
    """Return at most so many rows of each class, ascending.

    They are the first of an order that the seed chooses, so that a larger number adds some
    and exchanges none.

    Args:
        rows: Their numbers.
        classes: The class of each.
        most: How many of a class.
        seed: The same seed chooses the same rows.
    """
    generator = np.random.default_rng([seed, _PURPOSE])
    order = generator.permutation(len(rows))
    chosen = [order[classes[order] == name][:most] for name in np.unique(classes)]
    return np.sort(rows[np.concatenate(chosen)])


def latest(
    rows: np.ndarray, times: np.ndarray, count: int, purpose: str
) -> tuple[np.ndarray, np.ndarray]:
    """Set the latest rows aside; those of the same time stay together.

    Raises:
        DataError: If all rows are of the same time.
    """
    order = np.argsort(times, kind="stable")
    starts = np.flatnonzero(np.diff(times[order])) + 1  # where a later time begins
    if not len(starts):
        raise DataError(
            f"dataset.time: all {len(rows)} rows are of the same time, and {purpose} needs"
            " later ones."
        )
    start = starts[np.argmin(np.abs(starts - (len(rows) - count)))]
    return rows[order[:start]], rows[order[start:]]


def whole_groups(
    rows: np.ndarray, groups: np.ndarray, count: int, seed: int, purpose: str
) -> tuple[np.ndarray, np.ndarray]:
    """Set whole groups aside, in random order, until as many rows as wanted are reached.

    Raises:
        DataError: If there is only one group.
    """
    names, members = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise DataError(
            f"dataset.group: all {len(rows)} rows are of one group, and {purpose} needs one"
            " of its own."
        )
    # The length of the word keeps test and validation from drawing the same groups' places.
    order = np.random.default_rng([seed, len(purpose)]).permutation(len(names))
    sizes = np.cumsum(np.bincount(members)[order])
    number = int(np.argmin(np.abs(sizes - count))) + 1
    chosen = np.isin(members, order[: min(number, len(names) - 1)])
    return rows[~chosen], rows[chosen]
