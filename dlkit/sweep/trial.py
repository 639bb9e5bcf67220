"""Run one trial of a sweep in this process, whoever asked for it.

TensorFlow comes in with the first trial and stays, and so does the data: trials that read
the same data share it.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue
from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.schema import Config
from dlkit.config.sweep.section import OWN_OBJECTIVES
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import DlkitError, Interrupted, StorageError
from dlkit.experiment import Audience, train_and_report
from dlkit.folds import run_folds
from dlkit.preparation import data_places, located, prepare
from dlkit.repeats import run_repeats
from dlkit.report.lock import working_in
from dlkit.report.records import write_json
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import telling
from dlkit.report.write import write_inputs
from dlkit.result import Result
from dlkit.sweep.following import Follower, PrunedError, values_of
from dlkit.sweep.messages import Outcome, Setup, Task, Tell
from dlkit.train.epochs import Row

LOGGER = logging.getLogger("dlkit")


@dataclass(frozen=True)
class Held:
    """Data that is loaded, and of which settings.

    Attributes:
        settings: All of the config that decides what is loaded.
        datasets: The data; with folds, that of each.
    """

    settings: tuple[Any, ...]
    datasets: tuple[Dataset, ...]


class Runner:
    """Runs trials, one after another.

    Args:
        setup: What holds for all of them.
        catalogue: Keras's objects, and those of the plugins.
    """

    def __init__(self, setup: Setup, catalogue: Catalogue) -> None:
        self._setup = setup
        self._catalogue = catalogue
        self._held: Held | None = None

    def run(self, task: Task, tell: Tell) -> Outcome:
        """Run a trial, or what is left of it, into its folder.

        Args:
            task: The trial.
            tell: Is told of every step; says whether the trial is to end there.

        Returns:
            What it came to; what fails in it is told there, and not raised.

        Raises:
            Interrupted: If a signal ends it.
        """
        folder = RunFolder(task.folder, kept_in=self._setup.output)
        began = time.monotonic()
        follower: Follower | None = None
        facts: dict[str, Any] = {}
        try:
            loaded = check_source(task.source, catalogue=self._catalogue)
            follower = self._follower(task.number, loaded, tell)
            resume = _made_ready(folder)
            with working_in(folder), telling(folder.log):
                results = self._train(loaded, folder, follower, resume)
            return self._outcome(task, results, follower, began)
        except PrunedError:
            facts = self._facts(follower, began)
            _leave_word(folder, "pruned", facts)
            return Outcome(task.number, "pruned", facts=facts)
        except DlkitError as error:
            reason = " ".join(str(error).split())
        except MemoryError:
            reason = "no memory was left."
        except Interrupted:
            raise
        except Exception as error:  # one broken trial does not end a sweep
            LOGGER.debug("a trial failed", exc_info=True)
            reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        finally:
            keras.backend.clear_session()
        facts = self._facts(follower, began)
        with contextlib.suppress(StorageError):
            _leave_word(folder, "failed", {**facts, "reason": reason})
        return Outcome(task.number, "failed", facts=facts, reason=reason)

    def build(self, task: Task) -> Outcome:
        """Build the model of a trial on its data and let go of it."""
        try:
            loaded = check_source(task.source, catalogue=self._catalogue)
            dataset = self._data(loaded)[0]
            with located(loaded):
                prepared = prepare(loaded, dataset, None, self._setup.output)
            parameters = prepared.built.model.count_params()
            return Outcome(0, "complete", facts={"parameters": parameters})
        except DlkitError as error:
            return Outcome(0, "failed", reason=" ".join(str(error).split()))
        finally:
            keras.backend.clear_session()

    def _follower(self, number: int, loaded: LoadedConfig, tell: Tell) -> Follower:
        config = loaded.config
        members = config.dataset.folds or config.repeat
        epochs = config.training.epochs or 0
        objectives = self._setup.objectives.items()
        followed = (each for each in objectives if each[0] not in OWN_OBJECTIVES)
        objective = next(followed, ("val_loss", "min"))
        return Follower(number, objective, members, epochs, tell)

    def _train(
        self,
        loaded: LoadedConfig,
        folder: RunFolder,
        follower: Follower,
        resume: TakeUp | None,
    ) -> tuple[Result, ...]:
        """Train all runs of a trial, and return what they came to.

        Raises:
            DlkitError: If one of them fails.
        """
        audience = Audience(told=False, drawn=False, observer=follower)
        config = loaded.config
        if config.dataset.folds:
            datasets = self._data(loaded)
            return run_folds(loaded, folder, resume, audience, datasets).folds
        if config.repeat > 1:
            return run_repeats(loaded, folder, resume, audience).runs
        if resume is None:
            write_inputs(folder, loaded)
        (dataset,) = self._data(loaded)
        trained = train_and_report(
            loaded, dataset, folder, time.monotonic(), audience=audience, resume=resume
        )
        if trained.training.status == "diverged":
            epochs, why = len(trained.training.rows), trained.training.divergence
            raise DlkitError(f"training diverged in epoch {epochs}: {why}.")
        return (trained.result,)

    def _data(self, loaded: LoadedConfig) -> tuple[Dataset, ...]:
        """Return the data of a trial: what is held, where that is the same."""
        config = loaded.config
        settings = _read_for_data(config)
        if self._held is None or self._held.settings != settings:
            self._held = None  # never two at once
            with located(loaded):
                places = data_places(loaded)
                datasets = (
                    tuple(load_folds(config, places))
                    if config.dataset.folds
                    else (load_dataset(config, places),)
                )
            self._held = Held(settings, datasets)
        return self._held.datasets

    def _outcome(
        self, task: Task, results: Sequence[Result], follower: Follower, began: float
    ) -> Outcome:
        """Return what a trial came to whose runs all came to an end."""
        parameters = float(results[0].model.count_params())
        facts = {**self._facts(follower, began), "parameters": parameters}
        own = {"parameters": parameters, "seconds": facts["seconds"]}
        histories: list[Sequence[Row]] = [result.rows for result in results]
        values = values_of(self._setup.objectives, histories, own)
        if not values:
            name = next(iter(self._setup.objectives))
            reason = f"{name} was never a number."
            return Outcome(task.number, "failed", facts=facts, reason=reason)
        facts["figures"] = dict(results[0].metrics) if len(results) == 1 else {}
        return Outcome(task.number, "complete", values, facts)

    def _facts(self, follower: Follower | None, began: float) -> dict[str, Any]:
        seconds = round(time.monotonic() - began, 3)
        return {**(follower.facts if follower else {}), "seconds": seconds}


def _read_for_data(config: Config) -> tuple[Any, ...]:
    """Return all of a config that decides which data is loaded, and how it is cut."""
    training = config.training
    return (
        *(config.dataset, config.seed, config.outputs, config.loss, config.metrics),
        *(training.limit, training.overfit, training.class_weight, training.batch_size),
        tuple(entry.layer.name for entry in config.architecture.layers),
    )


def _made_ready(folder: RunFolder) -> TakeUp | None:
    """Make a trial's folder; what is there goes on if it can, and begins anew if not.

    Raises:
        StorageError: If the folder cannot be made.
    """
    resume = TakeUp() if folder.has_state else None
    try:
        if resume is None:
            shutil.rmtree(folder.path, ignore_errors=True)
        folder.plots.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder.path}: cannot be made ({error.strerror}).") from error
    return resume


def _leave_word(folder: RunFolder, status: str, facts: dict[str, Any]) -> None:
    """Write how a trial ended that came to no figures."""
    if folder.path.is_dir():
        told = {key: value for key, value in facts.items() if key != "curve"}
        write_json(folder.metrics, {"status": status, **told})
