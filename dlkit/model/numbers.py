"""Columns of numbers as parts of the vector: filled, scaled, put into bins.

Columns of the same treatment go through the same layer, so that a table of hundreds of
columns costs a handful of operations.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
from keras import ops

from dlkit.config.feature_kinds import NumericFeature
from dlkit.data.tables.fitted import FittedColumn
from dlkit.model.parts import Part, concatenate

FAR = 8.0
"""Standard deviations between the mean and 0 beyond which float32 loses digits."""

Numeric = tuple[FittedColumn, NumericFeature]


def number_parts(columns: Sequence[FittedColumn], raw: Mapping[str, Any]) -> list[Part]:
    """Encode columns of numbers.

    A missing number becomes what the training rows say. Where they had none to learn
    from, it stays NaN, in all positions of its own row alone.

    Args:
        columns: Numeric ones.
        raw: Their inputs by column, float32 ``(batch, 1)`` with NaN for missing.
    """
    numeric = [(c, c.feature.settings) for c in columns]
    known = [(c, s) for c, s in numeric if isinstance(s, NumericFeature)]
    raw = {**raw, **_without_placeholders(known, raw)}
    scaled = [(c, s) for c, s in known if not s.bins]
    binned = [(c, s) for c, s in known if s.bins]
    told = [c.name for c, s in known if s.indicator]
    parts = [_scaled(scaled, raw)] if scaled else []
    parts += [_bins(column, raw[column.name]) for column, _ in binned]
    if told:
        missing = ops.isnan(concatenate([raw[name] for name in told]))
        names = tuple(f"{name} is missing" for name in told)
        parts.append(Part(ops.cast(missing, "float32"), names))
    return parts


def _without_placeholders(columns: Sequence[Numeric], raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns in which numbers stand for a missing one, with NaN for them.

    Who calls the model passes rows as they are; dlkit's own readers have done it before.
    """
    result = {}
    for column, settings in columns:
        tensor = raw[column.name]
        for number in settings.missing_values or ():
            tensor = ops.where(
                ops.equal(tensor, np.float32(number)), np.float32(np.nan), tensor
            )
            result[column.name] = tensor
    return result


def _scaled(columns: Sequence[Numeric], raw: Mapping[str, Any]) -> Part:
    """Fill, take logarithms and scale, all columns in one ``Normalization``."""
    tensors, ordered = [], []
    for log in (False, True):
        for filled in (False, True):
            group = [
                (column, settings)
                for column, settings in columns
                if settings.log == log and (column.fill is not None) == filled
            ]
            if not group:
                continue
            tensor = concatenate([raw[column.name] for column, _ in group])
            if filled:
                tensor = _fill(tensor, [column.fill for column, _ in group])
            tensors.append(ops.log1p(tensor) if log else tensor)
            ordered += group
    tensor = _scale(concatenate(tensors), ordered)
    return Part(tensor, tuple(column.name for column, _ in ordered))


def _fill(tensor: Any, fills: Sequence[float | None]) -> Any:
    return ops.where(ops.isnan(tensor), np.asarray(fills, np.float32), tensor)


def _scale(tensor: Any, columns: Sequence[Numeric]) -> Any:
    """Subtract a center and divide by a spread, exact to a few units of float32.

    Where the mean is far from 0 beside the spread (years), or squares would leave
    float32's range, columns are first moved by a number and divided by a power of two,
    both of which float32 does without loss.
    """
    means, variances, shifts, units = [], [], [], []
    for column, settings in columns:
        center, spread = _center_and_spread(column, settings)
        far = abs(center) > FAR * spread or not 1e-6 < spread < 1e18
        shift = float(np.float32(center)) if far else 0.0
        unit = 2.0 ** min(max(math.frexp(spread)[1], -125), 125) if far else 1.0
        means.append((center - shift) / unit)
        variances.append((spread / unit) ** 2 if far else _square(column, settings))
        shifts.append(shift)
        units.append(unit)
    if any(shifts) or {*units} != {1.0}:
        tensor = ops.subtract(tensor, np.asarray(shifts, np.float32))
        tensor = ops.divide(tensor, np.asarray(units, np.float32))
    if all(
        mean == 0 and variance == 1 for mean, variance in zip(means, variances, strict=True)
    ):
        return tensor
    layer = keras.layers.Normalization(
        mean=means, variance=variances, dtype="float32", name="numbers"
    )
    return layer(tensor)


def _square(column: FittedColumn, settings: NumericFeature) -> float:
    """Return the square of the spread, as it was learned; 1 where nothing varies."""
    if settings.scale == "none" or column.low == column.high:
        return 1.0
    if settings.scale == "minmax":
        return (column.high - column.low) ** 2
    return column.variance


def _center_and_spread(column: FittedColumn, settings: NumericFeature) -> tuple[float, float]:
    center = {"standardize": column.mean, "minmax": column.low, "none": 0.0}[settings.scale]
    return center, math.sqrt(_square(column, settings))


def _bins(column: FittedColumn, tensor: Any) -> Part:
    """Encode a column as the one-hot number of its bin."""
    if column.fill is not None:
        tensor = _fill(tensor, [column.fill])
    edges = list(column.edges)
    layer = keras.layers.Discretization(
        bin_boundaries=edges, output_mode="one_hot", dtype="float32"
    )
    hot = layer(tensor)
    if column.fill is None:
        hot = ops.where(ops.isnan(tensor), np.full(1, np.nan, np.float32), hot)
    written = [f"{edge:g}" for edge in edges]
    names = [f"{column.name} < {written[0]}"] if edges else [column.name]
    names += [f"{low} <= {column.name} < {high}" for low, high in pairwise(written)]
    names += [f"{column.name} >= {written[-1]}"] if edges else []
    return Part(hot, tuple(names))
