"""The plain files of a run: what others may read by program."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from dlkit.errors import StorageError
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.run_folder import RunFolder

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text cell that starts so would run as a formula in a spreadsheet."""


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        StorageError: If it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}).") from error


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write values as JSON; a number that is not finite becomes null."""
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
    try:
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            if file.tell() == 0:
                writer.writerow(row)
            writer.writerow(row.values())
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}).") from error


def write_predictions(
    folder: RunFolder, evaluation: Evaluation, class_names: tuple[str, ...]
) -> None:
    """Write the test split's answers, a row an example, in the split's order.

    Raises:
        StorageError: If they cannot be written.
    """
    header, rows = _prediction_table(evaluation, class_names)
    try:
        with folder.predictions.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
    except OSError as error:
        reason = error.strerror
        raise StorageError(f"{folder.predictions}: cannot be written ({reason}).") from error


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
    names = [safe_cell(name) for name in class_names]
    header = ["example", "true", "predicted", *(f"p({name})" for name in class_names)]
    triples = zip(
        evaluation.true.tolist(),
        evaluation.predicted.tolist(),
        evaluation.probabilities.tolist(),
        strict=True,
    )
    return header, (
        [index, names[true], _named(names, predicted), *(f"{p:.6g}" for p in probabilities)]
        for index, (true, predicted, probabilities) in enumerate(triples)
    )


def _named(names: list[str], label: int) -> str:
    """Return a class's name; a model with more units than classes may answer none."""
    return names[label] if label < len(names) else f"unit {label}"


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
