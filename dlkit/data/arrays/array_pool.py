"""Arrays in memory, ready to be split: named sets, made data, ``.npz`` files, texts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlkit.config.dataset_section import DatasetConfig, TargetConfig
from dlkit.config.datasets import Task
from dlkit.data.checks import check_finite, check_parts
from dlkit.data.dataset import Dataset, Examples, Split, Value
from dlkit.data.labels import LabelCodec, fit_codec
from dlkit.data.pool import Pool
from dlkit.data.raw import RawData
from dlkit.data.splits import Keys, Parts
from dlkit.errors import DataError


@dataclass(frozen=True)
class Origin:
    """What a dataset is called, and in whose place it stands.

    Attributes:
        name: The dataset actually loaded.
        stand_in_for: The dataset that was asked for and not found, or None.
    """

    name: str
    stand_in_for: str | None = None


def array_pool(raw: RawData, task: Task, config: DatasetConfig, origin: Origin) -> Pool:
    """Join a source's own parts into one numbering, with labels in their final form.

    Args:
        raw: The source's arrays.
        task: What is learned.
        config: Whether the source's own test split is used, and the wanted classes.
        origin: What the dataset is called.

    Raises:
        DataError: If inputs or labels are not finite, or no classes.
    """
    test = None if raw.x_test is None else as_floats(raw.x_test)
    raw = replace(raw, x=as_floats(raw.x), x_test=test)
    for x in (raw.x, raw.x_test):
        if x is not None:
            check_finite(x, Path(raw.origin).name if origin.name == "arrays" else origin.name)
    y, class_names = _labels(raw, task, config)
    count = _length(raw.x)
    fixed = own_test(count, len(y), config)
    classes = y if task == "classification" else None
    keys = Keys(total=len(y), classes=classes, fixed=fixed)

    def cut(rows: Parts) -> Dataset:
        def part(name: str) -> Examples:
            return Split(_take(raw, rows[name]), y[rows[name]])

        dataset = Dataset(
            name=origin.name,
            stand_in_for=origin.stand_in_for,
            origin=raw.origin,
            task=task,
            class_names=class_names,
            feature_names=raw.feature_names,
            train=part("train"),
            validation=part("validation") if "validation" in rows else None,
            test=part("test"),
            resolved=config,
            target_names=_target_names(raw, y, task),
            rows=rows,
            notes=raw.notes,
        )
        return replace(dataset, notes=(*raw.notes, *check_parts(dataset)))

    return Pool(keys, cut, starts=dict.fromkeys(fixed, count))


def as_floats(x: Value) -> Value:
    """Return floating-point inputs as float32, what layers compute in, and others as they are.

    What float32 cannot hold becomes infinite, and is refused as such.
    """
    if isinstance(x, dict):
        return {name: np.asarray(as_floats(array)) for name, array in x.items()}
    if x.dtype.kind != "f" or x.dtype == np.float32:
        return x
    with np.errstate(over="ignore"):
        return x.astype(np.float32)


def own_test(count: int, total: int, config: DatasetConfig) -> dict[str, np.ndarray]:
    """Return the rows of a source's own test split, unless the config makes another."""
    if total == count or config.test is not None or config.folds:
        return {}
    return {"test": np.arange(count, total)}


def _advice(y: np.ndarray) -> str:
    """Say what to do with several labels an example; in one-hot rows all but one are 0."""
    if ((y == 0).sum(axis=1) == y.shape[1] - 1).all() and (y <= 1).all():
        return "They are one-hot: save `y.argmax(axis=1)` instead, whatever the loss."
    return "For several labels use binary_crossentropy and no class metric."


def _labels(
    raw: RawData, task: Task, config: DatasetConfig
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the labels of all parts, and the names of their classes.

    Raises:
        DataError: If they are not of the task's kind.
    """
    y = raw.y if raw.y_test is None else np.concatenate([raw.y, raw.y_test])
    target = config.target or TargetConfig(columns=("y",))
    flat = y.reshape(len(y), -1)
    if task == "classification":
        if flat.shape[1] != 1:
            raise DataError(
                f"{raw.origin}: expected one label an example, received {flat.shape[1]}."
                f" {_advice(flat)}"
            )
        if raw.class_names is not None:
            return _class_numbers(flat[:, 0], raw.class_names, raw.origin), raw.class_names
        column = {target.columns[0]: flat[:, 0]}
        codec = fit_codec(task, target, [column])
        return codec.encode(column, _row), codec.class_names
    names = raw.target_names or tuple(f"y{index}" for index in range(flat.shape[1]))
    codec = LabelCodec(task, names, names if task == "multi_label" else ())
    return codec.encode(dict(zip(names, flat.T, strict=True)), _row), codec.class_names


def _class_numbers(y: np.ndarray, names: tuple[str, ...], origin: str) -> np.ndarray:
    """Return int32 labels of classes whose names are known: of numbers, or of the names.

    Raises:
        DataError: If a label is neither.
    """
    if y.dtype.kind not in "buif":
        labels = LabelCodec("classification", ("y",), names).encode({"y": y}, _row)
        bad = np.flatnonzero(labels < 0)
        wanted = f"labels among {', '.join(names[:20])}{', ...' * (len(names) > 20)}"
    else:
        with np.errstate(invalid="ignore"):  # NaN becomes a number that it does not equal
            labels = y.astype(np.int32)
        bad = np.flatnonzero(labels != y)
        wanted = "class numbers"
    if len(bad):
        where = _row(int(bad[0]))
        raise DataError(f"{origin}: expected {wanted}, received {y[bad[0]]} in {where}.")
    if labels.min() < 0 or labels.max() >= len(names):
        raise DataError(
            f"{origin}: expected labels from 0 to {len(names) - 1}, received {labels.min()} to"
            f" {labels.max()}."
        )
    return labels


def _row(row: int) -> str:
    return f"row {row}"


def _target_names(raw: RawData, y: np.ndarray, task: Task) -> tuple[str, ...]:
    """Name the values to predict."""
    if task != "regression":
        return ()
    return raw.target_names or tuple(f"value {i}" if i else "value" for i in range(y.shape[1]))


def _length(x: Value) -> int:
    return len(next(iter(x.values()))) if isinstance(x, dict) else len(x)


def _take(raw: RawData, rows: np.ndarray) -> Value:
    """Return inputs by their numbers; those of the test split follow the others."""
    count = _length(raw.x)

    def pick(first: np.ndarray, second: np.ndarray | None) -> np.ndarray:
        if second is None or not len(rows) or rows.max() < count:
            return np.ascontiguousarray(first[rows])
        if rows.min() >= count:
            return np.ascontiguousarray(second[rows - count])
        # The source's own test split has been mixed with the rest by another one.
        return np.asarray(np.concatenate([first, second])[rows])

    if not isinstance(raw.x, dict):
        return pick(raw.x, raw.x_test if isinstance(raw.x_test, np.ndarray) else None)
    test = raw.x_test if isinstance(raw.x_test, dict) else {}
    return {name: pick(array, test.get(name)) for name, array in raw.x.items()}
