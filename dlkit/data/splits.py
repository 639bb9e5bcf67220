"""Divide examples into training, validation and test, the same way for a seed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.facts import DEFAULT_TEST_SHARE
from dlkit.data.dataset import PARTS
from dlkit.data.setting_aside import (
    all_rows,
    choose,
    count_of,
    latest,
    some_of_each,
    whole_groups,
)
from dlkit.errors import DataError

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
        most: How many rows of each class are left for training and validation at most;
            None: all of them.
    """

    total: int
    classes: np.ndarray | None = None
    groups: np.ndarray | None = None
    times: np.ndarray | None = None
    fixed: Mapping[str, np.ndarray] = field(default_factory=dict)
    most: int | None = None


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
    rest = _left_for_training(all_rows(keys.total), parts)
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
    rows = _left_for_training(all_rows(keys.total), fixed)
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
    """Set validation aside of what is not test; the rest is for training.

    A fraction that comes to no row at all leaves the part out: who needs it says so.
    """
    if keys.most is not None and keys.classes is not None:
        rest = some_of_each(rest, keys.classes[rest], keys.most, seed)
    if "validation" not in parts and config.validation:
        share = config.validation if isinstance(config.validation, (int, float)) else 0
        if share < 1 and not round(len(rest) * share):
            return {"train": rest, **parts}
        rest, parts["validation"] = _set_aside(rest, share, keys, seed, "validation")
    return {"train": rest, **parts}


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
        stay, aside = latest(rows, keys.times[rows], count, purpose)
    elif keys.groups is not None:
        stay, aside = whole_groups(rows, keys.groups[rows], count, seed, purpose)
    else:
        classes = None if keys.classes is None else keys.classes[rows]
        chosen, others = choose(len(rows), count, seed=seed, classes=classes)
        return rows[chosen], rows[others]
    return np.sort(stay), np.sort(aside)
