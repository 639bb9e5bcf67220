"""Start an experiment: everything that can fail fast fails before TensorFlow is there.

This module imports neither TensorFlow nor what needs it; it brings them in when the
config is right and the run's folder is made.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.load import LoadedConfig, load_config
from dlkit.config.sweep.checking import base_of
from dlkit.errors import ConfigError, ModelError, TrainingError
from dlkit.machine import compute_as_asked, see_only, training_together
from dlkit.own_code import Plugins, catalogue_with, own_faults
from dlkit.proving import find_needed
from dlkit.report.lock import working_in
from dlkit.report.resume.asking import (
    Resume,
    TakeUp,
    end_of_run,
    find_resumed,
    telling_how_to_go_on,
)
from dlkit.report.run_folder import DEFAULT_OUTPUT, RunFolder, create_run_folder
from dlkit.report.terminal import say, telling
from dlkit.report.worker_folder import rank_of, working_aside
from dlkit.train.interruption import ending_in_order

if TYPE_CHECKING:
    from dlkit.experiment import Result
    from dlkit.explore import Exploration
    from dlkit.several import SeveralResult

    Outcome = Result | SeveralResult


def run(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
    resume: Resume = False,
    force: bool = False,
    device: str | None = None,
) -> Outcome:
    """Run one experiment from its config to its report; a ``sweep:`` in it is left aside.

    Args:
        config: A YAML file, or the same as nested dicts and lists.
        overrides: ``{"training.epochs": 1}`` or ``["training.epochs=1"]``.
        output: The folder that keeps experiments.
        plugins: Python files whose layers, losses, metrics, ... the config may name; they
            are run. Keras's ``@keras.saving.register_keras_serializable()`` stands before
            each class.
        resume: True: the latest run of the experiment goes on from the state that it kept,
            to the same bits as if it had never ended; or which run: its folder, or its name
            as ``"mnist_mlp/3"``. One that is complete may get more epochs.
        force: Let it go on although its config or data has changed.
        device: ``cpu``, ``gpu`` or ``gpu:1``; None: every GPU, or where there is none the
            CPU.

    Returns:
        History, metrics, model and folder of the run; with folds or several seeds, metrics
        and the results of each.

    Raises:
        DlkitError: If the data is missing or unfit (``DataError``), the folder cannot be
            written (``StorageError``), or training diverges (``TrainingError``).
        ConfigError: If the config is wrong, with every fault; or if there is no such run to
            go on with, or it is of another config.
        Interrupted: If a signal ends it: a ``KeyboardInterrupt`` that says how to go on.

    Example:
        >>> result = dlkit.run("configs/iris_mlp.yaml", {"training.epochs": 5})
        >>> result.metrics["test_accuracy"]
    """
    loaded = load_config(config, overrides, catalogue=catalogue_with(plugins))
    return run_loaded(loaded, Path(output), resume, force=force, device=device)


def run_loaded(
    loaded: LoadedConfig, output: Path, resume: Resume, *, force: bool, device: str | None
) -> Outcome:
    """Run a checked experiment as it is written, without its sweep.

    Args:
        loaded: The checked config.
        output: As for ``run``.
        resume: As for ``run``.
        force: As for ``run``.
        device: As for ``run``.

    Raises:
        DlkitError: As ``run``.
        ConfigError: If there is no such run to go on with, or it is of another config.
    """
    loaded = base_of(loaded)
    find_needed(loaded, output)
    see_only(device)
    if rank_of(loaded.config):
        return _help(loaded, output, resume, force=force)
    if not resume:
        if force:
            raise ConfigError("--force is for a run that goes on: it needs --resume.")
        folder = create_run_folder(output, loaded.config.name)
        with working_in(folder):
            return _run_in(folder, loaded, None)
    folder = find_resumed(resume, output, loaded.config.name)
    with working_in(folder):
        end = end_of_run(loaded, folder, force=force)
        return _read_again(folder, end) if end else _run_in(folder, loaded, TakeUp(force))


def _run_in(folder: RunFolder, loaded: LoadedConfig, resume: TakeUp | None) -> Outcome:
    """Run a checked experiment, or what is left of it, in its folder."""
    with (
        telling_how_to_go_on(folder),
        ending_in_order(),
        native_stderr_to(folder.log),
    ):
        import_tensorflow()
        compute_as_asked(loaded.config)
        with own_faults(TrainingError), telling(folder.log), training_together(loaded.config):
            if loaded.config.dataset.folds:
                from dlkit.folds import run_folds

                return run_folds(loaded, folder, resume)
            if loaded.config.repeat > 1:
                from dlkit.repeats import run_repeats

                return run_repeats(loaded, folder, resume)
            from dlkit.experiment import run_experiment

            return run_experiment(loaded, folder, resume)


def _help(loaded: LoadedConfig, output: Path, resume: Resume, *, force: bool) -> Outcome:
    """Train as one of several workers, and leave the writing to the first."""
    name = loaded.config.name
    resumed = find_resumed(resume, output, name) if resume else None
    end = end_of_run(loaded, resumed, force=force) if resumed else ""
    with working_aside(output, name, resumed) as folder:
        if end:
            return _read_again(folder, end)
        return _run_in(folder, loaded, TakeUp(force) if resumed else None)


def _read_again(folder: RunFolder, end: str) -> Outcome:
    """Return what a run came to that is over, and say that it is."""
    nowhere = Path(os.devnull)
    with telling(nowhere):
        say(end)
    with native_stderr_to(nowhere):
        import_tensorflow()
    with native_stderr_to(nowhere), telling(nowhere):
        if folder.fold(1).path.is_dir():
            from dlkit.folds import read_folds

            return read_folds(folder)
        if folder.members:
            from dlkit.repeats import read_repeats

            return read_repeats(folder)
        from dlkit.experiment import read_result

        return read_result(folder)


def eject(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    data: str | os.PathLike[str] | None = None,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
) -> str:
    """Write an experiment as one plain Keras script, without dlkit.

    The script trains the same model on the same data to the same figures.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        data: Gets the prepared data, an ``.npz`` file that the script reads; None: the
            script reads and prepares the data itself, where that takes a few lines.
        output: The folder that keeps experiments: a model may build on one of them.
        plugins: As for ``run``; the script imports them.

    Returns:
        The script's text.

    Raises:
        DlkitError: As ``run`` would; and if there is something that no short script does
            as dlkit does it (``ConfigError``), or the file cannot be written
            (``StorageError``).
    """
    loaded = load_config(config, overrides, catalogue=catalogue_with(plugins))
    find_needed(loaded, Path(output))
    with native_stderr_to(Path(os.devnull)), own_faults(ModelError):
        import_tensorflow()
        from dlkit.eject.script import eject

        return eject(loaded, Path(data) if data else None, Path(output), plugins)


def describe_data(
    config: str | os.PathLike[str] | Mapping[str, Any],
    overrides: Mapping[str, Any] | Iterable[str] = (),
    *,
    folder: str | os.PathLike[str] | None = None,
    plugins: Plugins = (),
) -> Exploration:
    """Say what the data of a config is and what looks wrong with it, and draw samples.

    Args:
        config: As for ``run``.
        overrides: As for ``run``.
        folder: Gets the pictures; None: ``experiments/<name>/data``.
        plugins: As for ``run``.

    Returns:
        Columns, classes and findings; the files of the pictures; all of it as a text.

    Raises:
        DlkitError: If the config is wrong (``ConfigError``), the data is missing or unfit
            (``DataError``), or the pictures cannot be written (``StorageError``).
    """
    loaded = load_config(config, overrides, catalogue=catalogue_with(plugins))
    to = Path(folder) if folder else Path(DEFAULT_OUTPUT) / loaded.config.name / "data"
    with native_stderr_to(Path(os.devnull)):
        import_tensorflow()
        from dlkit.explore import explore

        with telling(Path(os.devnull)):
            return explore(loaded, to)
