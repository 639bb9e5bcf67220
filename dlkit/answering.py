"""Use a finished run: answers for new data, and how good they are.

Importing this module brings in neither TensorFlow nor what needs it, as with ``launch``.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.errors import ModelError
from dlkit.own_code import Plugins, catalogue_with, own_faults
from dlkit.report.run_folder import DEFAULT_OUTPUT

if TYPE_CHECKING:
    import pandas as pd

    from dlkit.inference.evaluating import Score
    from dlkit.inference.reading import FinishedRun


def predict(
    run: str | os.PathLike[str],
    data: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
) -> pd.DataFrame:
    """Let a finished run's model answer for new data.

    Args:
        run: A run's folder, or its name below ``output``: ``pima/3``, or ``pima`` for the
            latest. A sweep stands for its best trial; one of them is ``pima/3/trial_2``.
        data: New data of the kind that the run learned from; labels are not needed.
        output: The folder that keeps experiments.
        plugins: The files that the run was made with, as for ``run``.

    Returns:
        A row an example: its number in the data or its file (``example``, ``file``); the
        class, labels or values (``predicted``); and probabilities (``p(class)``).

    Raises:
        DlkitError: If there is no such run (``ConfigError``), it did not finish or is
            damaged (``StorageError``), or the data is missing or unfit (``DataError``).
    """
    with _opened(run, output, plugins, warnings.warn) as finished:
        from dlkit.inference.predicting import answer, answers_frame

        blocks = answer(finished, os.fspath(data), warnings.warn)
        return answers_frame(blocks)


def write_predictions(
    run: str,
    data: str,
    out: Path | Callable[[str], None],
    tell: Callable[[str], None],
    *,
    output: Path,
    plugins: Plugins = (),
) -> int:
    """Write a finished run's answers for new data as CSV, in constant memory.

    Args:
        run: As for ``predict``.
        data: As for ``predict``.
        out: The file, or what takes the text piece by piece.
        tell: Told what a person should know of the data.
        output: The folder that keeps experiments.
        plugins: As for ``predict``.

    Returns:
        How many examples there were.

    Raises:
        DlkitError: As ``predict``; and if the file cannot be written (``StorageError``).
    """
    with _opened(run, output, plugins, tell) as finished:
        from dlkit.inference.predicting import answer, csv_blocks, write_csv

        blocks = csv_blocks(answer(finished, data, tell))
        if isinstance(out, Path):
            return write_csv(blocks, out)
        count = 0
        for text, examples in blocks:
            out(text)
            count += examples
        return count


def evaluate(
    run: str | os.PathLike[str],
    data: str | os.PathLike[str] | None = None,
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
) -> dict[str, float]:
    """Compute a finished run's loss and metrics once more, or for new data.

    Args:
        run: As for ``predict``.
        data: New data with labels; None takes the run's own test split.
        output: The folder that keeps experiments.
        plugins: As for ``predict``.

    Returns:
        The figures by name: ``loss``, ``accuracy``, ...

    Raises:
        DlkitError: As ``predict``.
    """
    return score(run, data, warnings.warn, output=output, plugins=plugins).metrics


def score(
    run: str | os.PathLike[str],
    data: str | os.PathLike[str] | None,
    tell: Callable[[str], None],
    *,
    output: str | os.PathLike[str],
    plugins: Plugins = (),
) -> Score:
    """Evaluate a finished run, and return also what on; see ``evaluate``.

    Args:
        run: As for ``predict``.
        data: As for ``evaluate``.
        tell: Told what a person should know of the data.
        output: The folder that keeps experiments.
        plugins: As for ``predict``.

    Raises:
        DlkitError: As ``predict``.
    """
    with _opened(run, output, plugins, tell) as finished:
        from dlkit.inference.evaluating import evaluate_again, evaluate_new

        if data is None:
            return evaluate_again(finished, tell)
        return evaluate_new(finished, os.fspath(data), tell)


@contextmanager
def _opened(
    run: str | os.PathLike[str],
    output: str | os.PathLike[str],
    plugins: Plugins,
    tell: Callable[[str], None],
) -> Iterator[FinishedRun]:
    """Find a run, and give it with its model, TensorFlow silent while the context lasts."""
    from dlkit.report.finished import read_record

    record = read_record(os.fspath(run), Path(output), catalogue_with(plugins))
    for warning in record.warnings:
        tell(warning)
    with native_stderr_to(Path(os.devnull)), own_faults(ModelError):
        import_tensorflow()
        from dlkit.inference.reading import open_run

        yield open_run(record)
