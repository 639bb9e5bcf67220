"""The plain files of a run: what others may read by program."""

from __future__ import annotations

import contextlib
import csv
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dlkit.errors import StorageError
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.run_folder import RunFolder

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text cell that starts so would run as a formula in a spreadsheet."""


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say which file it was if the disk does not take what the context writes.

    Raises:
        StorageError: If it does not.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise StorageError(f"{path}: cannot be written ({reason}).") from error


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path):
        path.write_text(text, encoding="utf-8")


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write values as JSON; a number that is not finite becomes null.

    Raises:
        StorageError: If it cannot be written.
    """
    text = json.dumps(plain(data), indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, f"{text}\n")


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def append_history(path: Path, row: Mapping[str, float]) -> None:
    """Add an epoch to the history, at once, so that a killed run keeps it.

    Raises:
        StorageError: If it cannot be written.
    """
    with writing(path), path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            writer.writerow(row)
        writer.writerow(row.values())


def write_predictions(
    folder: RunFolder, evaluation: Evaluation, class_names: tuple[str, ...]
) -> None:
    """Write the test split's answers, a row an example, in the split's order.

    Raises:
        StorageError: If they cannot be written.
    """
    header, rows = _prediction_table(evaluation, class_names)
    path = folder.predictions
    with writing(path), path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _prediction_table(
    evaluation: Evaluation, class_names: tuple[str, ...]
) -> tuple[list[str], Iterable[list[Any]]]:
    """Return the header and the rows of ``predictions.csv``."""
    if evaluation.probabilities is None:
        pairs = zip(evaluation.true.tolist(), evaluation.predicted.tolist(), strict=True)
        return ["example", "true", "predicted"], (
            [index, f"{true:.9g}", f"{predicted:.9g}"]
            for index, (true, predicted) in enumerate(pairs)
        )
    units = evaluation.probabilities.shape[1]
    named = name_units(class_names, max(units, len(class_names)))
    header = ["example", "true", "predicted", *(f"p({name})" for name in named[:units])]
    names = [safe_cell(name) for name in named]
    triples = zip(
        evaluation.true.tolist(),
        evaluation.predicted.tolist(),
        evaluation.probabilities.tolist(),
        strict=True,
    )
    return header, (
        [index, names[true], names[predicted], *(f"{p:.6g}" for p in probabilities)]
        for index, (true, predicted, probabilities) in enumerate(triples)
    )


def name_units(class_names: tuple[str, ...], count: int) -> list[str]:
    """Name a model's units by their classes; a unit more than there are by its number."""
    return [*class_names, *(f"unit {index}" for index in range(len(class_names), count))]


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
