"""Start an experiment: everything that can fail fast fails before TensorFlow is there.

This module imports neither TensorFlow nor what needs it; it brings them in when the
config is right and the run's folder is made.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.catalogue import load_catalogue
from dlkit.config.dump import dump_with_origins
from dlkit.config.load import load_config
from dlkit.model.summary import Overview
from dlkit.report.run_folder import create_run_folder
from dlkit.report.terminal import telling

if TYPE_CHECKING:
    import pandas as pd

    from dlkit.experiment import Result
    from dlkit.explore import Exploration
    from dlkit.folds import FoldsResult
    from dlkit.inference.evaluating import Score
    from dlkit.inference.reading import FinishedRun

DEFAULT_OUTPUT = "experiments"


def resolve(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
) -> str:
    """Return a config as YAML with every default, and where each value comes from.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.

    Raises:
        ConfigError: With every fault.
    """
    return dump_with_origins(load_config(config, overrides), load_catalogue())


def run(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
) -> Result | FoldsResult:
    """Run one experiment from its config to its report.

    Args:
        config: A YAML file, or the same as nested dicts and lists.
        overrides: ``{"training.epochs": 1}`` or ``["training.epochs=1"]``.
        output: The folder that keeps experiments.

    Returns:
        History, metrics, model and folder of the run; with folds, metrics and the results
        of the folds.

    Raises:
        DlkitError: If the config is wrong (``ConfigError``, with every fault), the data
            is missing or unfit (``DataError``), the folder cannot be written
            (``StorageError``), or training diverges (``TrainingError``).

    Example:
        >>> result = dlkit.run("configs/iris_mlp.yaml", {"training.epochs": 5})
        >>> result.metrics["test_accuracy"]
    """
    loaded = load_config(config, overrides)
    folder = create_run_folder(Path(output), loaded.config.name)
    with native_stderr_to(folder.log):
        import_tensorflow()
        with telling(folder.log):
            if loaded.config.dataset.folds:
                from dlkit.folds import run_folds

                return run_folds(loaded, folder)
            from dlkit.experiment import run_experiment

            return run_experiment(loaded, folder)


def check(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    static: bool = False,
) -> Overview:
    """Find every fault of a config without training.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        static: Only what can be known without TensorFlow and the data.

    Returns:
        Warnings, and unless ``static`` the layers with what they cost.

    Raises:
        DlkitError: As ``run`` would.
    """
    loaded = load_config(config, overrides)
    if static:
        return Overview(loaded.warnings)
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.experiment import check_experiment

        return check_experiment(loaded)


def describe_data(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    folder: str | os.PathLike[str] | None = None,
) -> Exploration:
    """Say what the data of a config is and what looks wrong with it, and draw samples.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        folder: Gets the pictures; None: ``experiments/<name>/data``.

    Returns:
        Columns, classes and findings; the files of the pictures; all of it as a text.

    Raises:
        DlkitError: If the config is wrong (``ConfigError``), the data is missing or unfit
            (``DataError``), or the pictures cannot be written (``StorageError``).
    """
    loaded = load_config(config, overrides)
    to = Path(folder) if folder else Path(DEFAULT_OUTPUT) / loaded.config.name / "data"
    with native_stderr_to(Path(os.devnull)), telling(Path(os.devnull)):
        import_tensorflow()
        from dlkit.explore import explore

        return explore(loaded, to)


def predict(
    run: str | os.PathLike[str],
    data: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
) -> pd.DataFrame:
    """Let a finished run's model answer for new data.

    Args:
        run: A run's folder, or its name below ``output``: ``pima/3``, or ``pima`` for the
            latest.
        data: New data of the kind that the run learned from; labels are not needed.
        output: The folder that keeps experiments.

    Returns:
        A row an example: its number in the data or its file (``example``, ``file``); the
        class, labels or values (``predicted``); and probabilities (``p(class)``).

    Raises:
        DlkitError: If there is no such run (``ConfigError``), it did not finish or is
            damaged (``StorageError``), or the data is missing or unfit (``DataError``).
    """
    with _opened(run, output) as finished:
        from dlkit.inference.predicting import answer, answers_frame

        blocks = answer(finished, os.fspath(data), warnings.warn)
        return answers_frame(blocks, finished.names)


def write_predictions(
    run: str,
    data: str,
    out: Path | Callable[[str], None],
    tell: Callable[[str], None],
    *,
    output: Path,
) -> int:
    """Write a finished run's answers for new data as CSV, in constant memory.

    Args:
        run: As for ``predict``.
        data: As for ``predict``.
        out: The file, or what takes the text piece by piece.
        tell: Told what a person should know of the data.
        output: The folder that keeps experiments.

    Returns:
        How many examples there were.

    Raises:
        DlkitError: As ``predict``; and if the file cannot be written (``StorageError``).
    """
    with _opened(run, output) as finished:
        from dlkit.inference.predicting import answer, csv_blocks, write_csv

        blocks = csv_blocks(answer(finished, data, tell), finished.names)
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
) -> dict[str, float]:
    """Compute a finished run's loss and metrics once more, or for new data.

    Args:
        run: As for ``predict``.
        data: New data with labels; None takes the run's own test split.
        output: The folder that keeps experiments.

    Returns:
        The figures by name: ``loss``, ``accuracy``, ...

    Raises:
        DlkitError: As ``predict``.
    """
    return score(run, data, warnings.warn, output=output).metrics


def score(
    run: str | os.PathLike[str],
    data: str | os.PathLike[str] | None,
    tell: Callable[[str], None],
    *,
    output: str | os.PathLike[str],
) -> Score:
    """Evaluate a finished run, and return also what on; see ``evaluate``.

    Args:
        run: As for ``predict``.
        data: As for ``evaluate``.
        tell: Told what a person should know of the data.
        output: The folder that keeps experiments.

    Raises:
        DlkitError: As ``predict``.
    """
    with _opened(run, output) as finished:
        from dlkit.inference.evaluating import evaluate_again, evaluate_new

        if data is None:
            return evaluate_again(finished, tell)
        return evaluate_new(finished, os.fspath(data), tell)


@contextmanager
def _opened(
    run: str | os.PathLike[str], output: str | os.PathLike[str]
) -> Iterator[FinishedRun]:
    """Find a run, and give it with its model, TensorFlow silent while the context lasts."""
    from dlkit.inference.lookup import read_record

    record = read_record(os.fspath(run), Path(output))
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.inference.reading import open_run

        yield open_run(record)
