"""Arrays in memory, ready to be split: named sets, made data, ``.npz`` files, texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from dlkit.config.dataset_section import DatasetConfig, TargetConfig
from dlkit.config.datasets import Task
from dlkit.config.known import most_per_class
from dlkit.config.targets import Aim
from dlkit.data.checks import check_finite, check_parts
from dlkit.data.dataset import Dataset, Examples, Split, Target, Value
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


def array_pool(
    raw: RawData,
    task: Task,
    config: DatasetConfig,
    origin: Origin,
    outputs: Mapping[str, Aim] = MappingProxyType({}),
    *,
    labelled: bool = True,
) -> Pool:
    """Join a source's own parts into one numbering, with labels in their final form.

    Args:
        raw: The source's arrays.
        task: What is learned.
        config: Whether the source's own test split is used, and the wanted classes.
        origin: What the dataset is called.
        outputs: What outputs with arrays of their own learn.
        labelled: Whether there are labels beside theirs; if not, ``y`` is as good as none.

    Raises:
        DataError: If inputs or labels are not finite, or no classes.
    """
    test = None if raw.x_test is None else as_floats(raw.x_test)
    raw = replace(raw, x=as_floats(raw.x), x_test=test)
    for x in (raw.x, raw.x_test):
        if x is not None:
            check_finite(x, Path(raw.origin).name if origin.name == "arrays" else origin.name)
    y, known = _own_labels(raw, task, config) if labelled else (_all_parts(raw), Target(task))
    made = {name: _labels(_only(raw, name, aim), aim) for name, aim in outputs.items()}
    targets = {name: labels for name, (labels, _) in made.items()}
    count = _length(raw.x)
    fixed = own_test(count, len(y), config)
    classes = y if known.class_names and task == "classification" else None
    keys = Keys(
        len(y), classes=classes, fixed=fixed, most=most_per_class(config.source.settings)
    )

    def cut(rows: Parts) -> Dataset:
        def part(name: str) -> Examples:
            chosen = rows[name]
            own = {output: labels[chosen] for output, labels in targets.items()}
            return Split(_take(raw, chosen), y[chosen], targets=own)

        dataset = Dataset(
            name=origin.name,
            stand_in_for=origin.stand_in_for,
            origin=raw.origin,
            task=task,
            class_names=known.class_names,
            feature_names=raw.feature_names,
            train=part("train"),
            validation=part("validation") if "validation" in rows else None,
            test=part("test"),
            resolved=config,
            target_names=known.target_names,
            outputs={name: target for name, (_, target) in made.items()},
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
    if y.dtype.kind in "iu" and y.max() > 1:
        return "Classes of single steps or pixels cannot be learned from arrays."
    return "For several labels use binary_crossentropy behind a sigmoid unit for each."


def _own_labels(raw: RawData, task: Task, config: DatasetConfig) -> tuple[np.ndarray, Target]:
    """Return the dataset's own labels, as ``_labels`` does.

    Raises:
        DataError: If they are not of the task's kind.
    """
    return _labels(raw, Aim(task, config.target or TargetConfig(columns=("y",))))


def _only(raw: RawData, output: str, aim: Aim) -> RawData:
    """Return a source as if it had the labels of one output alone."""
    lone = raw.targets[output].size == len(raw.targets[output])
    return replace(
        raw,
        y=raw.targets[output],
        y_test=raw.targets_test.get(output),
        class_names=None,
        target_names=raw.target_columns.get(output) or (aim.target.columns if lone else ()),
    )


def _all_parts(raw: RawData) -> np.ndarray:
    """Return the labels of all parts in one array."""
    return raw.y if raw.y_test is None else np.concatenate([raw.y, raw.y_test])


def _labels(raw: RawData, aim: Aim) -> tuple[np.ndarray, Target]:
    """Return the labels of all parts, and what they are.

    Raises:
        DataError: If they are not of the task's kind.
    """
    y, task, target = _all_parts(raw), aim.task, aim.target
    flat = y.reshape(len(y), -1)
    if task == "classification":
        if flat.shape[1] != 1:
            raise DataError(
                f"{raw.origin}: expected one label an example, received {flat.shape[1]}."
                f" {_advice(flat)}"
            )
        if raw.class_names is not None:
            numbers = _class_numbers(flat[:, 0], raw.class_names, raw.origin)
            return numbers, Target(task, raw.class_names)
        column = {target.columns[0]: flat[:, 0]}
        codec = fit_codec(aim, [column])
        return codec.encode(column, _row), Target(task, codec.class_names)
    names = raw.target_names or tuple(f"y{index}" for index in range(flat.shape[1]))
    codec = LabelCodec(task, names, names if task == "multi_label" else ())
    labels = codec.encode(dict(zip(names, flat.T, strict=True)), _row)
    return labels, Target(task, codec.class_names, _target_names(raw, labels, task))


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
