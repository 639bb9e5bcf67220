"""``predictions.csv``: what a model answers, a row an example."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from dlkit.evaluate.predictions import Answers, Evaluation
from dlkit.report.outputs import Output
from dlkit.report.records import writing
from dlkit.report.tables import safe_cell
from dlkit.storage import whole


def write_predictions(
    path: Path,
    outputs: Sequence[Output],
    examples: Sequence[int] | Sequence[str] | np.ndarray,
    first: str = "example",
) -> None:
    """Write answers, a row an example; beside the truth where it is known.

    The file is there whole, or as it was before.

    Args:
        path: The CSV file.
        outputs: The answers of each output, in the order of the examples.
        examples: What each row is called: its number in the source, or its file.
        first: The head of their column.

    Raises:
        StorageError: If they cannot be written.
    """
    header, rows = prediction_table(outputs)
    with (
        writing(path),
        whole(path) as unfinished,
        unfinished.open("w", newline="", encoding="utf-8") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([first, *header])
        for example, row in zip(examples, rows, strict=True):
            writer.writerow([safe_cell(str(example)), *row])


def prediction_table(outputs: Sequence[Output]) -> tuple[list[str], Iterable[list[str]]]:
    """Return the header and the rows of ``predictions.csv``, the examples' names aside.

    Args:
        outputs: Of several each has its name in front of its columns.
    """
    header: list[str] = []
    tables = []
    for output in outputs:
        heads, rows = _output_table(output.answers, output.names)
        header += [f"{output.head} {head}" if output.head else head for head in heads]
        tables.append(rows)
    joined = zip(*tables, strict=True)
    return header, ([cell for cells in row for cell in cells] for row in joined)


def _output_table(
    answers: Answers, names: tuple[str, ...]
) -> tuple[list[str], Iterable[list[str]]]:
    """Return the header and the rows of one output.

    Args:
        answers: An ``Evaluation`` has the truth too, and gives it columns of its own; where
            that is the input itself, how far the two lie apart is all there is to say.
        names: Of the classes, the labels or the values; empty for one nameless value.
    """
    if isinstance(answers, Evaluation) and answers.is_copy:
        return ["error"], ([f"{error:.9g}"] for error in answers.copy_errors.tolist())
    if answers.task == "regression":
        header, columns = _value_columns(answers, names)
        return header, ([f"{value:.9g}" for value in row] for row in columns.tolist())
    probabilities = answers.probabilities
    assert probabilities is not None  # noqa: S101  # only values have none
    units = probabilities.shape[1]
    named = name_units(names, max(units, len(names)))
    header = ["predicted", *(f"p({name})" for name in named[:units])]
    texts = [_label_texts(answers.predicted, named)]
    if isinstance(answers, Evaluation):
        header.insert(0, "true")
        texts.insert(0, _label_texts(answers.true, named))
    return header, (
        [*labels, *(f"{p:.9g}" for p in row)]
        for *labels, row in zip(*texts, probabilities.tolist(), strict=True)
    )


def _value_columns(answers: Answers, names: tuple[str, ...]) -> tuple[list[str], np.ndarray]:
    """Return heads and columns of predicted values, each behind the true one."""
    predicted = answers.predicted.reshape(len(answers.predicted), -1)
    several = predicted.shape[1] > 1
    heads = [f" {name}" if several else "" for name in names] or [""]
    if not isinstance(answers, Evaluation):
        return [f"predicted{head}" for head in heads], predicted
    true = answers.true.reshape(len(answers.true), -1)
    pairs = np.stack([true, predicted], axis=2).reshape(len(true), -1)
    return [f"{word}{head}" for head in heads for word in ("true", "predicted")], pairs


def _label_texts(labels: np.ndarray, named: list[str]) -> list[str]:
    """Return labels by name; of several those an example has, separated by ``;``."""
    names = [safe_cell(name) for name in named]
    if labels.ndim == 1:
        return [names[label] for label in labels.tolist()]
    return [";".join(names[i] for i in np.flatnonzero(row)) for row in labels]


def name_units(class_names: tuple[str, ...], count: int) -> list[str]:
    """Name a model's units by their classes; a unit more than there are by its number."""
    return [*class_names, *(f"unit {index}" for index in range(len(class_names), count))]
