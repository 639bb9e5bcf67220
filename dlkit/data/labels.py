"""From what stands in target columns to what a loss compares with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np

from dlkit.config.datasets import Task
from dlkit.config.targets import Aim
from dlkit.errors import DataError, Problem

MAX_CLASSES = 10_000

FEW_CLASSES = 20
"""So many labels may differ, however few rows there are."""

NO_CLASSES = "For values to predict use a loss like mse, and no accuracy."

Where = Callable[[int], str]
"""Says where a row, counted from 0, is to be found: ``row 17``, ``pima.csv:18``."""


@dataclass(frozen=True)
class LabelCodec:
    """How target columns become labels.

    Attributes:
        task: What is learned.
        columns: The target columns.
        class_names: In the order of the labels; empty for regression.
        separator: What stands between the labels of one cell, or None.
    """

    task: Task
    columns: tuple[str, ...]
    class_names: tuple[str, ...] = ()
    separator: str | None = None

    def encode(self, values: Mapping[str, np.ndarray], where: Where) -> np.ndarray:
        """Return labels: see ``Split.y``. Unknown classes of a classification are -1.

        Args:
            values: Each target column: float64 with NaN for missing, or texts with "".
            where: Says where a row is to be found.

        Raises:
            DataError: If a label is missing or means nothing.
        """
        if self.task == "classification":
            return self._classes(values[self.columns[0]], where)
        if self.separator:
            return self._tags(values[self.columns[0]])
        parts = [_numbers(values[name], name, where) for name in self.columns]
        y = np.stack(parts, axis=1).astype(np.float32)
        if self.task == "multi_label" and not np.isin(y, (0, 1)).all():
            row, column = np.argwhere(~np.isin(y, (0, 1)))[0]
            raise DataError(
                f"{where(int(row))}: expected 0 or 1 in {self.columns[column]!r},"
                f" received {y[row, column]:g}."
            )
        return y

    def _classes(self, values: np.ndarray, where: Where) -> np.ndarray:
        """Return int32 class numbers.

        Raises:
            DataError: If a label is missing.
        """
        import pandas as pd

        texts = label_texts(values)
        refuse_missing(self.columns[0], texts == "", where)
        classes = pd.Index(list(self.class_names), dtype=object)
        codes = classes.get_indexer(pd.Index(texts, dtype=object))
        return np.asarray(codes, np.int32)

    def _tags(self, values: np.ndarray) -> np.ndarray:
        """Return float32 0 or 1 of shape ``(rows, classes)``; unknown labels are left out."""
        numbers = {name: number for number, name in enumerate(self.class_names)}
        y = np.zeros((len(values), len(numbers)), np.float32)
        for row, cell in enumerate(values):
            for tag in split_tags(cell, self.separator):
                if tag in numbers:
                    y[row, numbers[tag]] = 1
        return y


def refuse_missing(column: str, missing: np.ndarray, where: Where) -> None:
    """Refuse rows without a label.

    Args:
        column: The target.
        missing: Whether each row has none.
        where: Says where a row is to be found.

    Raises:
        DataError: If there are such rows: how many, and the first.
    """
    rows = np.flatnonzero(missing)
    if len(rows):
        raise DataError(
            f"target {column!r}: {len(rows)} of {len(missing)} rows have no label (first:"
            f" {where(int(rows[0]))}). Fill them in, or take these rows out."
        )


def split_tags(cell: str, separator: str | None) -> list[str]:
    """Return the labels in a cell that holds several."""
    return [tag.strip() for tag in str(cell).split(separator) if tag.strip()]


def label_texts(values: np.ndarray) -> np.ndarray:
    """Return labels as texts without spaces around them; whole numbers lose their point."""
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.round(values))
        texts = np.array([str(value) for value in values.tolist()], object)
        texts[whole] = [str(int(value)) for value in values[whole]]
        texts[np.isnan(values)] = ""
        return texts
    if values.dtype.kind == "b":
        values = values.astype(int)
    return np.array([str(value).strip() for value in values.tolist()], object)


class LabelFinder:
    """Finds the classes among labels that pass by, block by block.

    Args:
        aim: The columns, what is learned of them, and the classes where the config orders
            them.

    Attributes:
        needed: Whether the codec depends on the labels at all.
    """

    def __init__(self, aim: Aim) -> None:
        self._aim = aim
        self._found: set[str] = set()
        self._rows = 0
        several = aim.task == "multi_label" and not aim.target.separator
        self.needed = aim.task != "regression" and not several

    def see(self, block: Mapping[str, np.ndarray]) -> None:
        """Take note of the labels of a block of the target columns.

        Raises:
            DataError: If there are too many classes.
        """
        if not self.needed:
            return
        target, found = self._aim.target, self._found
        texts = label_texts(block[target.columns[0]])
        self._rows += len(texts)
        if target.separator:
            found |= {tag for cell in set(texts) for tag in split_tags(cell, target.separator)}
        else:
            found |= set(texts.tolist())
        if len(found - {""}) > MAX_CLASSES:  # a stream of numbers would fill the memory
            raise DataError(
                f"target {target.columns[0]!r}: more than {MAX_CLASSES:,} different labels."
                f" {NO_CLASSES}"
            )

    def codec(self) -> LabelCodec:
        """Return how the labels are encoded, once all of them have been seen.

        Raises:
            DataError: If there are no classes, too many, or others than the config names.
        """
        task, target, found = self._aim.task, self._aim.target, self._found - {""}
        if not self.needed:
            names = target.columns if task == "multi_label" else ()
            return LabelCodec(task, target.columns, names)
        column = target.columns[0]
        if len(found) > max(FEW_CLASSES, self._rows / 2) and not target.separator:
            raise DataError(
                f"target {column!r}: {len(found)} different labels in {self._rows} rows."
                f" {NO_CLASSES}"
            )
        if not target.classes:
            return LabelCodec(task, target.columns, tuple(in_order(found)), target.separator)
        unknown = sorted(found - set(target.classes))
        if unknown:
            message = f"expected {', '.join(target.classes)} in {column!r}, and there is also"
            others = f"{', '.join(map(repr, unknown[:5]))}{', ...' * (len(unknown) > 5)}"
            raise DataError(Problem(f"{message} {others}.", (*self._aim.path, "classes")))
        return LabelCodec(task, target.columns, target.classes, target.separator)


def fit_codec(aim: Aim, blocks: Iterable[Mapping[str, np.ndarray]]) -> LabelCodec:
    """Find the classes among all labels.

    Args:
        aim: What is learned.
        blocks: The target columns, block by block; not read where there are no classes.

    Raises:
        DataError: If there are no classes, too many, or others than the config names.
    """
    finder = LabelFinder(aim)
    if finder.needed:
        for block in blocks:
            finder.see(block)
    return finder.codec()


def in_order(names: Iterable[str]) -> list[str]:
    """Sort class names: as numbers where all are, else by the alphabet."""
    names = sorted(names)  # also where numbers are equal (1 and 1.0): sets have no order
    try:
        numbers = {name: float(name) for name in names}
    except ValueError:
        return names
    if not all(map(isfinite, numbers.values())):
        return names  # a class may be called nan, which has no place among numbers
    return sorted(names, key=numbers.__getitem__)


def _numbers(values: np.ndarray, name: str, where: Where) -> np.ndarray:
    """Return the values of a target as float64.

    Raises:
        DataError: If one is missing or no number.
    """
    if values.dtype.kind not in "fiub":
        for row, value in enumerate(values):
            try:
                float(value)
            except (TypeError, ValueError) as error:
                raise DataError(
                    f"{where(row)}: expected a number in the target {name!r}, received"
                    f" {str(value)[:40]!r}. For classes use a loss like"
                    " sparse_categorical_crossentropy."
                ) from error
    numbers = values.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(numbers))
    if len(bad):
        count = f"{len(bad)} of {len(numbers)} rows have no finite value"
        raise DataError(
            f"target {name!r}: {count} (first: {where(int(bad[0]))}). Fill them in, or take"
            " these rows out."
        )
    return numbers
