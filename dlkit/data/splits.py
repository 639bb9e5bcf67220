"""Divide examples into training, validation and test, the same way for a seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from dlkit.config.facts import DEFAULT_TEST_SHARE
from dlkit.config.schema import DatasetConfig
from dlkit.data.dataset import PARTS
from dlkit.errors import DataError

MANY_ROWS = 1_000_000
"""Above this rows are chosen with less memory."""

Parts = Mapping[str, np.ndarray]
"""The rows of ``train``, ``validation`` and ``test``, ascending; a part may be missing."""


@dataclass(frozen=True)
class Keys:
    """What decides where a row goes. Every array has one entry a row.

    Attributes:
        total: How many rows there are.
        classes: Class numbers, to keep their proportions, or None.
        groups: Whatever keeps rows together, or None.
        times: Whatever sorts rows by time, or None.
        fixed: Rows that belong to a part already: a file's, or those a column marks.
    """

    total: int
    classes: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    fixed: Mapping[str, np.ndarray] = field(default_factory=dict)


def part_codes(parts: Parts, total: int) -> np.ndarray:
    """Return uint8 ``(total,)``: the place of each row's part in ``PARTS``, 255 for none.

    One byte a row, which a stream can afford to keep.
    """
    codes = np.full(total, 255, np.uint8)
    for part, rows in parts.items():
        codes[rows] = PARTS.index(part)
    return codes


def split_rows(keys: Keys, config: DatasetConfig, seed: int) -> Parts:
    """Divide rows as a config says.

    Args:
        keys: What is known of the rows.
        config: The shares of validation and test.
        seed: The same seed chooses the same rows.

    Raises:
        DataError: If a part would be empty, or a row or a group belongs to two.
    """
    parts = dict(keys.fixed)
    rest = _left_for_training(_all_rows(keys.total), parts)
    if keys.groups is not None:
        _keep_groups_apart(keys.groups, parts)
    if "test" not in parts:
        share = config.test if isinstance(config.test, (int, float)) else DEFAULT_TEST_SHARE
        rest, parts["test"] = _set_aside(rest, share, keys, seed, "test")
    return _with_validation(rest, parts, keys, config, seed)


def fold_rows(keys: Keys, config: DatasetConfig, seed: int) -> Iterator[Parts]:
    """Divide rows into folds; each fold is the test of one division, and all are tested.

    Classes keep their proportions, groups stay together.

    Args:
        keys: What is known of the rows.
        config: The number of folds, and the share of validation.
        seed: The same seed makes the same folds.

    Raises:
        DataError: If there are more folds than rows, groups, or members of every class, or
            a group belongs to the validation part and to others.
    """
    from sklearn import model_selection as division

    count = config.folds or 2
    fixed = {part: rows for part, rows in keys.fixed.items() if part == "validation"}
    rows = _left_for_training(_all_rows(keys.total), fixed)
    if keys.groups is not None:
        _keep_groups_apart(keys.groups, fixed)
    classes = None if keys.classes is None else keys.classes[rows]
    groups = None if keys.groups is None else keys.groups[rows]
    # Where no class has a member for every fold, there are no proportions to keep.
    if classes is not None and np.unique(classes, return_counts=True)[1].max() < count:
        classes = None
    options = {"n_splits": count, "shuffle": True, "random_state": seed}
    if groups is not None:
        plain = division.GroupKFold(**options)
        maker = plain if classes is None else division.StratifiedGroupKFold(**options)
    else:
        simple = division.KFold(**options)
        maker = simple if classes is None else division.StratifiedKFold(**options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a class with fewer members than folds
            folds = list(maker.split(rows, classes, groups))
    except ValueError as error:
        things = "rows" if groups is None else "groups"
        number = len(rows) if groups is None else len(np.unique(groups))
        raise DataError(
            f"dataset.folds: {count} folds need at least as many {things}, and there are"
            f" {number}."
        ) from error
    for stay, aside in folds:
        parts = {**fixed, "test": rows[aside]}
        yield _with_validation(rows[stay], parts, keys, config, seed)


def _with_validation(
    rest: np.ndarray, parts: dict[str, np.ndarray], keys: Keys, config: DatasetConfig, seed: int
) -> Parts:
    """Set validation aside of what is not test; the rest is for training."""
    if "validation" not in parts and config.validation:
        share = config.validation if isinstance(config.validation, (int, float)) else 0
        rest, parts["validation"] = _set_aside(rest, share, keys, seed, "validation")
    return {"train": rest, **parts}


def _all_rows(total: int) -> np.ndarray:
    """Return the numbers of all rows, int32 where they fit: a stream has very many."""
    return np.arange(total, dtype=np.int32 if total < 2**31 else np.int64)


def _left_for_training(rows: np.ndarray, parts: Parts) -> np.ndarray:
    """Return the rows that no part has.

    Raises:
        DataError: If there are none, or two parts have the same row.
    """
    if not parts:
        return rows
    taken, counts = np.unique(np.concatenate([*parts.values()]), return_counts=True)
    if counts.max() > 1:
        row = taken[counts.argmax()] + 1
        names = " and ".join(sorted(parts))
        raise DataError(
            f"{np.count_nonzero(counts > 1)} rows belong to {names} (first: row {row})."
            " A row has one part."
        )
    rest = np.setdiff1d(rows, taken, assume_unique=True)
    if not len(rest):
        names = " or ".join(sorted(parts))
        raise DataError(f"all {len(rows)} rows belong to {names}, and none is for training.")
    return rest


def _keep_groups_apart(groups: np.ndarray, parts: Parts) -> None:
    """Prove that no group has rows in a part that is given and outside of it.

    Raises:
        DataError: If one has.
    """
    for part, rows in parts.items():
        others = np.delete(groups, rows)
        shared = rows[np.isin(groups[rows], others)]
        if len(shared):
            raise DataError(
                f"dataset.group: {len(shared)} rows of {part} are of groups that other parts"
                f" have too (first: row {shared[0] + 1}). Remove `group`, or these rows."
            )


def _set_aside(
    rows: np.ndarray, share: float, keys: Keys, seed: int, purpose: str
) -> tuple[np.ndarray, np.ndarray]:
    """Divide rows in two: those that stay, and those set aside."""
    count = count_of(len(rows), share, purpose)
    if keys.times is not None:
        stay, aside = _latest(rows, keys.times[rows], count, purpose)
    elif keys.groups is not None:
        stay, aside = _whole_groups(rows, keys.groups[rows], count, seed, purpose)
    else:
        classes = None if keys.classes is None else keys.classes[rows]
        chosen, others = choose(len(rows), count, seed=seed, classes=classes)
        return rows[chosen], rows[others]
    return np.sort(stay), np.sort(aside)


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
        _all_rows(total),
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
    rows = _all_rows(total)
    return rows[~chosen], rows[chosen]


def _latest(
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


def _whole_groups(
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
