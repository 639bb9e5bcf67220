from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from dlkit.config.choices import Choice
from dlkit.config.data_sources import SOURCES
from dlkit.config.dataset_section import DatasetConfig
from dlkit.config.feature_kinds import FEATURES
from dlkit.data.dataset import Dataset, Split
from dlkit.data.tables.fitted import FittedColumn

Cells = Mapping[str, tuple[str, Any]]


def as_cells(values: Any) -> np.ndarray:
    texts = isinstance(values[0], str)
    return np.asarray(values, object if texts else np.float64)


def resolved(target: str = "y") -> DatasetConfig:
    source = Choice("csv", SOURCES["csv"].model_validate({"path": "made.csv"}))
    return DatasetConfig(source=source, target=target)


@pytest.fixture
def table() -> Callable[..., Dataset]:
    """Return a maker of tables: columns as (kind, values), labels, and how many rows train.

    Rows go to training, then to validation, then to the test split, in their order.
    """

    def make(
        columns: Cells,
        y: Any,
        classes: tuple[str, ...] = (),
        parts: tuple[int, int, int] | None = None,
    ) -> Dataset:
        x = {name: as_cells(values) for name, (_, values) in columns.items()}
        labels = np.asarray(y, np.int32 if classes else np.float32)
        labels = labels if classes else labels.reshape(len(labels), -1)
        train, validation, test = parts or (len(labels) - 2, 1, 1)
        whole, ends = Split(x, labels), np.cumsum([train, validation, test])
        rows = np.arange(len(labels))
        cut = [slice(0, ends[0]), slice(ends[0], ends[1]), slice(ends[1], ends[2])]
        return Dataset(
            name="csv",
            stand_in_for=None,
            origin="made.csv",
            task="classification" if classes else "regression",
            class_names=classes,
            feature_names=(),
            train=whole.take(cut[0]),
            validation=whole.take(cut[1]) if validation else None,
            test=whole.take(cut[2]),
            resolved=resolved(),
            target_names=() if classes else ("y",),
            columns=tuple(
                FittedColumn(name, Choice(kind, FEATURES[kind]()))
                for name, (kind, _) in columns.items()
            ),
            rows={"train": rows[cut[0]], "validation": rows[cut[1]], "test": rows[cut[2]]},
        )

    return make


@pytest.fixture
def arrays() -> Callable[..., Dataset]:
    """Return a maker of arrays with labels; the last example is the test split."""

    def make(x: np.ndarray, y: Any, classes: tuple[str, ...] = ("a", "b")) -> Dataset:
        labels = np.asarray(y, np.int32)
        return Dataset(
            name="arrays",
            stand_in_for=None,
            origin="made.npz",
            task="classification",
            class_names=classes,
            feature_names=(),
            train=Split(x[:-1], labels[:-1]),
            validation=None,
            test=Split(x[-1:], labels[-1:]),
            resolved=resolved(),
            rows={"train": np.arange(len(x) - 1), "test": np.array([len(x) - 1])},
        )

    return make
