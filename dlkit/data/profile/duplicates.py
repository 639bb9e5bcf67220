"""Examples that are there more than once: in training, and on both sides of a split."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import numpy as np

from dlkit.data.dataset import PARTS
from dlkit.data.profile.findings import Finding
from dlkit.data.profile.survey import Survey

FEW_INPUTS = 0.5
"""Where fewer examples than this share differ, equal ones are no copies."""

Row = Callable[[int], str]
"""Says which example one of the source is: ``row 17``, ``a.png``."""


def find_duplicates(found: Survey, row: Row, *, folds: bool) -> Iterator[Finding]:
    """Yield what equal inputs mean for what is measured.

    Args:
        found: The sample's inputs, labels and parts.
        row: Names an example by its number in the source.
        folds: Whether every example is tested, so that parts do not count.
    """
    keys = example_keys(found)
    _, first, members = np.unique(keys, return_index=True, return_inverse=True)
    if len(first) <= len(keys) * FEW_INPUTS:
        message = f"{len(keys):,} examples have only {len(first):,} different inputs"
        yield Finding("", message)
        return
    original = first[members]  # the first example that equals each
    copies = np.flatnonzero(original != np.arange(len(keys)))
    if not len(copies):
        return
    if not folds:
        yield from _across(found, members, row)
    inside = copies if folds else _within(found.parts, members)
    if len(inside):
        yield _inside(found, members, inside, row, folds=folds)
    yield from _contradictions(found, original, copies, row)


def _within(parts: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Return the training examples that equal an earlier one of them."""
    train = np.flatnonzero(parts == 0)
    _, first, inverse = np.unique(members[train], return_index=True, return_inverse=True)
    return np.asarray(train[first[inverse] != np.arange(len(train))])


def _inside(
    found: Survey, members: np.ndarray, copies: np.ndarray, row: Row, *, folds: bool
) -> Finding:
    """Say how many examples are copies of others."""
    group = np.flatnonzero(members == members[copies[0]])
    group = group if folds else group[found.parts[group] == 0]
    where = "" if folds else "training "
    hint = "With folds a copy may be learned and its equal tested." if folds else ""
    pair = " and ".join(row(int(found.rows[one])) for one in group[:2])
    are = "example equals an earlier one" if len(copies) == 1 else "examples equal earlier ones"
    return Finding("", f"{len(copies):,} {where}{are} in all inputs (first: {pair})", hint)


def _across(found: Survey, members: np.ndarray, row: Row) -> Iterator[Finding]:
    """Yield which examples of the other parts were learned."""
    train = np.flatnonzero(found.parts == 0)
    learned = np.isin(members, members[train])
    for code in (2, 1):
        known = np.flatnonzero(learned & (found.parts == code))
        if not len(known):
            continue
        one = known[0]
        equal = train[np.flatnonzero(members[train] == members[one])[0]]
        total = int((found.parts == code).sum())
        pair = f"{row(int(found.rows[one]))} equals {row(int(found.rows[equal]))}"
        are = "stands" if len(known) == 1 else "stand"
        yield Finding(
            "",
            f"{len(known):,} of {total:,} {PARTS[code]} examples {are} in training too"
            f" (first: {pair})",
            "They flatter its scores. Remove copies before the data is split.",
        )


def _contradictions(
    found: Survey, original: np.ndarray, copies: np.ndarray, row: Row
) -> Iterator[Finding]:
    """Yield how many copies have another label than their first."""
    if found.targets:
        return  # values are measured, and may differ a little
    y = found.y.reshape(len(found.y), -1)
    other = copies[(y[copies] != y[original[copies]]).any(axis=1)]
    if len(other):
        one = other[0]
        pair = f"{row(int(found.rows[original[one]]))} and {row(int(found.rows[one]))}"
        have = "example has" if len(other) == 1 else "examples have"
        yield Finding(
            "",
            f"{len(other):,} {have} the inputs of another and not its label (first: {pair}):"
            " no model can be right on both",
        )


def example_keys(found: Survey) -> np.ndarray:
    """Return uint64 keys of shape ``(examples,)``, equal where all inputs are equal."""
    import pandas as pd

    columns = []
    for field in found.fields:
        values = field.values
        if values.ndim == 1:
            plain = values if values.dtype.kind == "O" else values + 0.0  # -0 equals 0
            columns.append(pd.util.hash_array(plain, categorize=True))
        else:
            columns.append(_array_keys(values))
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _array_keys(values: np.ndarray) -> np.ndarray:
    """Return a key of the bytes of each array."""
    values = np.ascontiguousarray(values)
    digests = b"".join(hashlib.blake2b(one.data, digest_size=8).digest() for one in values)
    return np.frombuffer(digests, np.uint64)
