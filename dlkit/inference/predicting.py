"""A finished run's answers for new data, block by block, however many there are."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlkit.config.outputs import views
from dlkit.config.semantics import gives_logits
from dlkit.data.dataset import Value, of_output
from dlkit.data.files import search_places
from dlkit.data.unseen.known import Unseen
from dlkit.data.unseen.opening import open_unseen
from dlkit.evaluate.predictions import Evaluation, evaluate_outputs, read_answers
from dlkit.inference.reading import FinishedRun, Runner
from dlkit.model.copies import Copier
from dlkit.report.outputs import Output, name_answers
from dlkit.report.prediction_file import name_units, prediction_table
from dlkit.report.records import writing
from dlkit.report.tables import safe_cell

if TYPE_CHECKING:
    import pandas as pd

Tell = Callable[[str], None]
"""Tells the person a sentence."""


@dataclass(frozen=True)
class Answered:
    """Answers for a block of examples.

    Attributes:
        head: What the examples' names are called.
        examples: The names: numbers from 0, or files.
        outputs: The answers of each output, in the same order; beside the truth where that
            is the input itself.
    """

    head: str
    examples: Sequence[str] | Sequence[int] | np.ndarray
    outputs: tuple[Output, ...]


def answer(run: FinishedRun, data: str, tell: Tell) -> Iterator[Answered]:
    """Answer for new data, a block at a time.

    Args:
        run: The finished run.
        data: A file, a folder or a pattern.
        tell: Told what a person should know, when all is read.

    Raises:
        DataError: If the data is not there, or not what the model takes.
    """
    unseen = open_unseen(run.known, data, search_places(None), labelled=False)
    runner = Runner(run)
    copier = Copier(run.model, run.copies, run.columns)
    done = broken = 0
    for split in unseen.blocks():
        values = runner(split)
        broken += _count_broken(values)
        truth = copier(split).targets if run.copies else {}
        outputs = tuple(_outputs(run, values, truth))
        yield Answered(unseen.head, _names(unseen, done, len(split)), outputs)
        done += len(split)
    for warning in unseen.findings.warnings():
        tell(warning)
    if broken:
        tell(f"for {broken:,} of {done:,} examples the model gives no finite number.")


def _outputs(
    run: FinishedRun, values: Value, truth: Mapping[str, np.ndarray]
) -> Iterator[Output]:
    """Yield the answers of each output.

    Args:
        run: The finished run.
        values: What the model gives.
        truth: Of the outputs that give the input back.
    """
    targets = run.targets
    for name, one in views(run.config).items():
        given, target = of_output(values, name), targets[name]
        logits = gives_logits(one.loss)
        answers = (
            evaluate_outputs(
                {}, given, truth[name], target.task, from_logits=logits, is_copy=True
            )
            if target.copies
            else read_answers(given, target.task, from_logits=logits)
        )
        yield name_answers(answers, target, name, targets)


def _count_broken(values: Value) -> int:
    """Count the examples for which an output is not finite."""
    arrays = values.values() if isinstance(values, dict) else [values]
    finite = [np.isfinite(array.reshape(len(array), -1)).all(axis=1) for array in arrays]
    return int((~np.logical_and.reduce(finite)).sum())


def _names(unseen: Unseen, start: int, count: int) -> Sequence[str] | np.ndarray:
    """Return the names of some examples that follow one another."""
    if unseen.names is None:
        return np.arange(start, start + count)
    return unseen.names[start : start + count]


def csv_blocks(blocks: Iterator[Answered]) -> Iterator[tuple[str, int]]:
    """Write answers as CSV, the columns of a run's own without the truth.

    Args:
        blocks: The answers.

    Yields:
        A text and how many examples are in it; the header stands before the first.
    """
    for number, block in enumerate(blocks):
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        header, rows = prediction_table(block.outputs)
        if number == 0:
            writer.writerow([block.head, *header])
        for example, row in zip(block.examples, rows, strict=True):
            writer.writerow([safe_cell(str(example)), *row])
        yield text.getvalue(), len(block.examples)


def write_csv(blocks: Iterator[tuple[str, int]], path: Path) -> int:
    """Write texts to a file that is there as a whole or not at all.

    Args:
        blocks: Texts, and how many examples are in each.
        path: The file; one that is there is replaced. What is no plain file (``/dev/null``,
            a pipe) is written to as it is.

    Returns:
        How many examples there are.

    Raises:
        StorageError: If the disk does not take them.
    """
    path = path.resolve()
    plain = path.is_file() or not path.exists()
    target = path.with_name(f".{path.name[:100]}-{os.getpid()}") if plain else path
    count = 0
    try:
        with writing(path):
            with target.open("w", newline="", encoding="utf-8") as file:
                for text, examples in blocks:
                    file.write(text)
                    count += examples
            if plain:
                target.replace(path)
    finally:
        if plain:
            with contextlib.suppress(OSError):
                target.unlink(missing_ok=True)
    return count


def answers_frame(blocks: Iterator[Answered]) -> pd.DataFrame:
    """Return answers as a table with the columns of the CSV."""
    import pandas as pd

    frames = []
    for block in blocks:
        columns: dict[str, object] = {block.head: block.examples}
        for output in block.outputs:
            header, _ = prediction_table([output])
            columns |= dict(zip(header, _columns(output), strict=True))
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _columns(output: Output) -> Iterator[object]:
    """Yield the columns of an output's answers, as values."""
    answers = output.answers
    if isinstance(answers, Evaluation):  # of the input itself
        yield answers.copy_errors
    elif answers.probabilities is None:
        yield from answers.predicted.reshape(len(answers.predicted), -1).T
    else:
        units = answers.probabilities.shape[1]
        named = np.array(name_units(output.names, units), object)
        yield _labels(answers.predicted, named)
        yield from answers.probabilities.T


def _labels(predicted: np.ndarray, named: np.ndarray) -> np.ndarray | list[str]:
    if predicted.ndim == 1:
        return np.asarray(named[predicted])
    return [";".join(named[row.astype(bool)]) for row in predicted]
