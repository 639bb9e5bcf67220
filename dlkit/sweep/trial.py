"""Run one trial of a sweep in this process, whoever asked for it.

TensorFlow comes in with the first trial and stays, and so does the data: trials that read
the same data share it.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue
from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.schema import Config
from dlkit.config.semantics import read_head
from dlkit.config.sweep.section import OWN_OBJECTIVES
from dlkit.config.training_section import DEFAULT_EPOCHS
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset, load_folds, load_repeats
from dlkit.errors import ConfigError, DataError, DlkitError, StorageError
from dlkit.experiment import Audience, train_and_report
from dlkit.folds import run_folds
from dlkit.machine import compute_as_asked
from dlkit.preparation import data_places, located, prepare
from dlkit.repeats import run_repeats, with_seed
from dlkit.report.lock import working_in
from dlkit.report.records import write_json
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import say, telling
from dlkit.report.write import write_inputs
from dlkit.result import Result
from dlkit.sweep.following import Follower, PrunedError, has_figure, values_of
from dlkit.sweep.messages import Outcome, Setup, Task, Tell
from dlkit.sweep.taking_up import clear, make_folder, what_is_kept
from dlkit.train.epochs import Row

UNFITTING = (ConfigError, DataError, StorageError)
"""What is raised where a state is not one of what is to be trained."""

LOGGER = logging.getLogger("dlkit")


@dataclass(frozen=True)
class Held:
    """Data that is loaded, and of which settings.

    Attributes:
        settings: All of the config that decides what is loaded.
        datasets: The data; with folds or seeds, that of each.
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
        self._follower: Follower | None = None

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
        began, unwritten = time.monotonic(), False
        self._follower = None
        try:
            loaded = check_source(task.source, catalogue=self._catalogue)
            compute_as_asked(loaded.config)
            make_folder(folder)
            with working_in(folder), telling(folder.log):
                return self._run(task, loaded, folder, tell)
        except PrunedError:
            facts = self._facts(began)
            with contextlib.suppress(StorageError):  # the sweep has it, too
                _leave_word(folder, "pruned", facts)
            return Outcome(task.number, "pruned", facts=facts)
        except Exception as error:  # one broken trial does not end a sweep
            LOGGER.debug("a trial failed", exc_info=True)
            reason = _reason_of(error)
            unwritten = isinstance(error, StorageError) and str(task.folder.parent) in reason
        finally:
            keras.backend.clear_session()
        facts = self._facts(began)
        with contextlib.suppress(StorageError):
            _leave_word(folder, "failed", {**facts, "reason": reason})
        return Outcome(task.number, "failed", facts=facts, reason=reason, unwritten=unwritten)

    def _run(self, task: Task, loaded: LoadedConfig, folder: RunFolder, tell: Tell) -> Outcome:
        """Run what is left of a trial; all of it where what is left of it is of no use.

        Raises:
            DlkitError: If it fails, or is to end.
        """
        self._data(loaded)  # which the next trials need not read: no part of its time
        began = time.monotonic()
        kept = what_is_kept(folder, task.source.text)
        heard = sum(len(each.rows) for each in kept)
        self._follower = follower = self._open_follower(task.number, loaded, tell)
        if kept:
            try:
                for each in kept:
                    follower.hear_again(each.rows)
                before = sum(each.seconds for each in kept)
                results = self._train(loaded, folder, follower, TakeUp())
                return self._outcome(task, results, began - before)
            except UNFITTING as error:
                if follower.heard > heard:
                    raise
                say(f"the trial begins anew: {error}")
            self._follower = follower = self._open_follower(task.number, loaded, tell)
        clear(folder)
        results = self._train(loaded, folder, follower, None)
        return self._outcome(task, results, began)

    def build(self, task: Task) -> Outcome:
        """Build the model of a trial on its data and let go of it."""
        try:
            loaded = check_source(task.source, catalogue=self._catalogue)
            compute_as_asked(loaded.config)
            dataset = self._data(loaded)[0]
            with located(loaded):
                prepared = prepare(loaded, dataset, None, self._setup.output)
            parameters = prepared.built.model.count_params()
            return Outcome(task.number, "complete", facts={"parameters": parameters})
        except Exception as error:  # nor does one that cannot be built
            LOGGER.debug("a model was not built", exc_info=True)
            is_of_data = isinstance(error, DataError)
            reason = _reason_of(error)
            return Outcome(task.number, "failed", reason=reason, is_of_data=is_of_data)
        finally:
            keras.backend.clear_session()

    def _open_follower(self, number: int, loaded: LoadedConfig, tell: Tell) -> Follower:
        config, training = loaded.config, loaded.config.training
        members = config.dataset.folds or config.repeat
        staged = sum(stage.epochs for stage in training.stages)
        epochs = staged or training.epochs or DEFAULT_EPOCHS
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
        datasets = self._data(loaded)
        if config.dataset.folds:
            return run_folds(loaded, folder, resume, audience, datasets).runs
        if config.repeat > 1:
            return run_repeats(loaded, folder, resume, audience, datasets).runs
        if resume is None:
            write_inputs(folder, loaded)
        (dataset,) = datasets
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
                self._held = Held(settings, tuple(_load(loaded)))
        return self._held.datasets

    def _outcome(self, task: Task, results: Sequence[Result], began: float) -> Outcome:
        """Return what a trial came to whose runs all came to an end."""
        parameters = float(results[0].model.count_params())
        facts = {**self._facts(began), "parameters": parameters}
        own = {"parameters": parameters, "seconds": facts["seconds"]}
        histories: list[Sequence[Row]] = [result.rows for result in results]
        values = values_of(self._setup.objectives, histories, own)
        if not values:
            names = [name for name in self._setup.objectives if name not in OWN_OBJECTIVES]
            bad = (name for name in names if not all(map(partial(has_figure, name), histories)))
            reason = f"{next(bad, names[0])} was never a number, or not in the best epoch."
            return Outcome(task.number, "failed", facts=facts, reason=reason)
        facts["figures"] = dict(results[0].metrics) if len(results) == 1 else {}
        return Outcome(task.number, "complete", values, facts)

    def _facts(self, began: float) -> dict[str, Any]:
        seconds = round(time.monotonic() - began, 3)
        return {**(self._follower.facts if self._follower else {}), "seconds": seconds}


def _reason_of(error: Exception) -> str:
    """Return in a line why a trial failed."""
    said = " ".join(str(error).split())
    if isinstance(error, DlkitError):
        return said
    if isinstance(error, MemoryError):
        return "no memory was left."
    return f"{type(error).__name__}: {said}"


def _load(loaded: LoadedConfig) -> Iterable[Dataset]:
    """Load the data of a trial: of each fold, or of each seed, where it has such."""
    config, places = loaded.config, data_places(loaded)
    if config.dataset.folds:
        return load_folds(config, places)
    if config.repeat > 1:
        seeds = range(config.seed, config.seed + config.repeat)
        return load_repeats((with_seed(loaded, seed).config for seed in seeds), places)
    return (load_dataset(config, places),)


def _read_for_data(config: Config) -> tuple[Any, ...]:
    """Return all of a config that decides which data is loaded, and how it is cut."""
    training = config.training
    length = training.epochs, training.steps, training.stages
    return (
        *(config.dataset, config.seed, config.repeat, config.outputs),
        *(config.loss, config.metrics),
        *(training.limit, training.overfit, training.class_weight, training.batch_size),
        length if training.limit.train_batches else (),  # to which a stream is cut
        tuple(entry.layer.name for entry in config.architecture.layers),
        read_head(config),
    )


def _leave_word(folder: RunFolder, status: str, facts: dict[str, Any]) -> None:
    """Write how a trial ended that came to no figures."""
    if folder.path.is_dir():
        told = {key: value for key, value in facts.items() if key != "curve"}
        write_json(folder.metrics, {"status": status, **told})
