"""From the name of a dataset to its splits, checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlkit.config.datasets import NAMED_SETS, NamedSet
from dlkit.config.facts import DEFAULT_TEST_SHARE
from dlkit.config.schema import DatasetConfig
from dlkit.data.dataset import Dataset, Split
from dlkit.data.sources import NotFoundError, RawData, read_source
from dlkit.data.splits import choose
from dlkit.errors import DataError


def load_dataset(config: DatasetConfig, seed: int) -> Dataset:
    """Load, check and split the data of an experiment.

    Args:
        config: Which data, and how to split it.
        seed: Decides which examples are set aside.

    Raises:
        NotFoundError: If it is not here, cannot be downloaded, and has no stand-in.
        DataError: If it is damaged, not finite, or too small to split.
    """
    name, stand_in_for = config.source, None
    try:
        raw = read_source(name)
    except NotFoundError:
        if config.offline is None:
            raise
        name, stand_in_for = config.offline, config.source
        raw = _in_shape_of(NAMED_SETS[config.source], read_source(name))
    facts = NAMED_SETS[name]
    if config.test is not None or raw.x_test is None:
        share = DEFAULT_TEST_SHARE if config.test is None else config.test
        train, test = _set_aside(_joined(raw), share, facts, seed, "test")
    else:
        train = _split(raw.x, raw.y, facts)
        test = _split(raw.x_test, raw.y_test, facts)
    validation = None
    if config.validation:
        train, validation = _set_aside(train, config.validation, facts, seed, "validation")
    for part in (train, validation, test):
        if part is not None:
            _check(part, facts, name)
    return Dataset(
        name=name,
        stand_in_for=stand_in_for,
        origin=raw.origin,
        task=facts.task,
        class_names=facts.classes,
        feature_names=raw.feature_names,
        train=train,
        validation=validation,
        test=test,
    )


def _joined(raw: RawData) -> Split:
    """Return everything a source has, its own test split included."""
    if raw.x_test is None or raw.y_test is None:
        return Split(raw.x, raw.y)
    return Split(np.concatenate([raw.x, raw.x_test]), np.concatenate([raw.y, raw.y_test]))


def _set_aside(
    split: Split, share: float, facts: NamedSet, seed: int, purpose: str
) -> tuple[Split, Split]:
    """Divide a split in two."""
    stay, aside = choose(
        split.y.reshape(-1),
        share,
        seed=seed,
        stratified=facts.task == "classification",
        purpose=purpose,
    )
    return (
        _split(split.x[stay], split.y[stay], facts),
        _split(split.x[aside], split.y[aside], facts),
    )


def _split(x: np.ndarray, y: np.ndarray | None, facts: NamedSet) -> Split:
    """Return labels in the dtype and shape of the task."""
    labels = np.asarray(y)
    if facts.task == "classification":
        return Split(x, labels.astype(np.int32).reshape(-1))
    return Split(x, labels.astype(np.float32).reshape(-1, 1))


def _check(split: Split, facts: NamedSet, name: str) -> None:
    """Refuse what would spoil training without a word.

    Raises:
        DataError: If values are not finite or labels are no classes.
    """
    if split.x.dtype.kind == "f" and not np.isfinite(split.x).all():
        bad = np.argwhere(~np.isfinite(split.x.reshape(len(split), -1)))
        rows, columns = len(np.unique(bad[:, 0])), sorted(set(bad[:, 1].tolist()))
        raise DataError(
            f"{name}: {rows} of {len(split)} examples have values that are not finite"
            f" (first in column {columns[0]}). Training needs numbers."
        )
    if split.y.dtype.kind == "f" and not np.isfinite(split.y).all():
        raise DataError(f"{name}: {int((~np.isfinite(split.y)).sum())} targets are not finite.")
    if facts.classes and (split.y.min() < 0 or split.y.max() >= len(facts.classes)):
        raise DataError(
            f"{name}: expected labels from 0 to {len(facts.classes) - 1}, received"
            f" {split.y.min()} to {split.y.max()}."
        )


def _in_shape_of(wanted: NamedSet, raw: RawData) -> RawData:
    """Make a stand-in of pictures look like the dataset it stands in for.

    Tables, and pictures that look so already, stay as they are.
    """
    if not wanted.is_image or raw.x.shape[1:] == wanted.shape:
        return raw
    top = float(raw.x.max())
    return replace(
        raw,
        x=_redrawn(raw.x, wanted.shape, top),
        x_test=None if raw.x_test is None else _redrawn(raw.x_test, wanted.shape, top),
    )


def _redrawn(x: np.ndarray, shape: tuple[int, ...], top: float) -> np.ndarray:
    """Scale pictures to a shape, linearly, and their values from 0..top to 0..255.

    Gray is repeated over the channels, color averaged to gray. Returns uint8.
    """
    from scipy.ndimage import zoom

    x = x.astype(np.float32)
    if len(shape) == 2 and x.ndim == 4:
        x = x.mean(axis=-1)
    scale = (1, shape[0] / x.shape[1], shape[1] / x.shape[2], *[1] * (x.ndim - 3))
    x = zoom(x, scale, order=1, grid_mode=True, mode="nearest")
    x = np.rint(x * (255 / top)).astype(np.uint8)
    return np.repeat(x[..., np.newaxis], shape[2], axis=-1) if len(shape) > x.ndim - 1 else x
