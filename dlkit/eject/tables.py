"""A table of numbers, read by pandas and scaled by what its training rows say."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.feature_kinds import NumericFeature
from dlkit.data.dataset import Dataset
from dlkit.data.tables.fitted import FittedColumn
from dlkit.eject.code import call, lay_out, listed, literal, text, unpacked

SCALES = {
    "standardize": [
        "mean, spread = x_train.mean(axis=0), x_train.std(axis=0)",
        "scaled = [(x - mean) / spread for x in {parts}]",
    ],
    "minmax": [
        "low, high = x_train.min(axis=0), x_train.max(axis=0)",
        "scaled = [(x - low) / (high - low) for x in {parts}]",
    ],
}
"""How numbers are scaled, by the training rows alone."""


def table_lines(dataset: Dataset) -> list[str] | None:
    """Return the lines that read ``x`` and ``y``; None where it takes more than a few.

    Args:
        dataset: Raw, as it was loaded.
    """
    config = dataset.resolved
    if (
        not _plain(config)
        or not all(map(_plain_number, dataset.columns))
        or _scale(dataset) is None
    ):
        return None
    settings: Any = config.source.settings
    target = config.target
    if target is None or len(settings.path) != 1 or target.separator:
        return None
    named: dict[str, Any] = {}
    if settings.columns:
        named = {"names": listed(map(text, settings.columns))}
    if settings.separator != ",":
        named["sep"] = text(settings.separator)
    if settings.decimal != ".":
        named["decimal"] = text(settings.decimal)
    lines = lay_out(call("pd.read_csv", text(settings.path[0]), named=named), "table = ")
    names = listed(text(column.name) for column in _ordered(dataset))
    lines += lay_out(names, "x = table[", "].to_numpy(float)")
    if dataset.task == "regression":
        chosen = listed(map(text, target.columns))
        return [*lines, *lay_out(chosen, "y = table[", "].to_numpy()")]
    if dataset.task != "classification":
        return None
    column = text(target.columns[0])
    classes = lay_out(literal(list(dataset.class_names)), "classes = ")
    return [*lines, *classes, f"y = table[{column}].astype(str).map(classes.index).to_numpy()"]


def scale_lines(dataset: Dataset, parts: str) -> list[str]:
    """Return the lines that scale the inputs of every part.

    Args:
        dataset: Raw, as it was loaded.
        parts: The variables of the inputs: ``x_train, x_val, x_test``.
    """
    lines = [line.format(parts=f"({parts})") for line in SCALES.get(_scale(dataset) or "", [])]
    source = "scaled" if lines else f"({parts})"
    return [*lines, *unpacked(f"{parts} = ", f'x.astype("float32") for x in {source}')]


def _ordered(dataset: Dataset) -> list[FittedColumn]:
    return sorted(dataset.columns, key=lambda column: column.name)


def _plain(config: DatasetConfig) -> bool:
    """Tell whether rows are divided by shares alone."""
    shares = all(
        isinstance(part, (int, float, type(None))) for part in (config.validation, config.test)
    )
    others = (config.group, config.time, config.sample_weight)
    source: Any = config.source.settings
    return shares and others == (None, None, None) and hasattr(source, "separator")


def _plain_number(column: FittedColumn) -> bool:
    settings = column.feature.settings
    if not isinstance(settings, NumericFeature) or column.fill is not None:
        return False
    treated = settings.log or settings.bins or settings.indicator or settings.missing_values
    return not treated and column.low < column.high and bool(np.isfinite(column.mean))


def _scale(dataset: Dataset) -> str | None:
    """Return how all columns are scaled; None where they differ."""
    scales = {
        column.feature.settings.scale
        for column in dataset.columns
        if isinstance(column.feature.settings, NumericFeature)
    }
    return next(iter(scales)) if len(scales) == 1 else None
