"""Repetition: the same experiment with several seeds, so that luck can be told from skill."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import keras
import numpy as np
from matplotlib.figure import Figure

from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.regularization.regularize import regularize
from dlkit.data.dataset import Dataset, Examples
from dlkit.data.load import load_repeats
from dlkit.errors import StorageError, TrainingError
from dlkit.evaluate.ensemble import evaluate_ensemble
from dlkit.evaluate.predictions import Evaluation
from dlkit.experiment import (
    EVERYBODY,
    Audience,
    Result,
    Trained,
    divergence,
    read_result,
    train_and_report,
)
from dlkit.preparation import data_places, located
from dlkit.report.drawing import spared
from dlkit.report.finished import read_facts, read_figures
from dlkit.report.inline import named_figure
from dlkit.report.notebook import Shown, plot_curves, result_html
from dlkit.report.opening import describe_data
from dlkit.report.repeats.page import closing_lines
from dlkit.report.repeats.sums import SeedRun, why_no_ensemble
from dlkit.report.repeats.write import draw_repeats, repeat_figures, write_repeats
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_seconds, say
from dlkit.report.together.words import score_line
from dlkit.report.write import write_inputs


@dataclass(frozen=True)
class RepeatResult:
    """What an experiment with several seeds came to.

    Attributes:
        metrics: Means over the seeds under the names of a plain run, and beside each its
            standard deviation: ``test_accuracy``, ``test_accuracy_std``, ... Where all
            seeds have the same test examples, the figures of the ensemble as well:
            ``ensemble_test_accuracy``, ...
        runs: The seeds' own results, in the order of the seeds.
        folder: Where everything lies.
    """

    metrics: dict[str, float]
    runs: tuple[Result, ...]
    folder: RunFolder

    def plot(self) -> Figure:
        """Draw the loss and the first metrics of all seeds over the epochs.

        Raises:
            ConfigError: If there is no epoch to draw.
        """
        return plot_curves([run.rows for run in self.runs], None)

    def figure(self, name: str) -> Figure:
        """Return one of the figures of all seeds together, as it was drawn.

        Args:
            name: What its file in ``plots`` is called, the ending aside.

        Raises:
            ConfigError: If there is no figure of that name.
        """
        return named_figure(name, self.folder)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        histories = [run.rows for run in self.runs]
        return result_html(self.folder, self.metrics, histories, Shown())


def run_repeats(
    loaded: LoadedConfig,
    folder: RunFolder,
    resume: TakeUp | None = None,
    audience: Audience = EVERYBODY,
    datasets: Iterable[Dataset] | None = None,
) -> RepeatResult:
    """Run a checked experiment once a seed.

    Every seed is a run of its own, in a folder inside the run's folder, and to the bit the
    one that its ``seed:`` alone would make: data that is divided at random is divided anew.
    If the run goes on, every seed does from its own state; of one that was over only the
    report is written anew.

    Args:
        loaded: The checked config.
        folder: Where the run goes.
        resume: That it began there before, and goes on.
        audience: Who hears of it.
        datasets: The data of each seed; None: it is loaded.

    Raises:
        DlkitError: If the data, the model, the training or the disk fails.
        TrainingError: If the loss of a seed is no longer finite; all seeds are summed up
            before.
        StorageError: If a seed's folder cannot be made.
    """
    started = time.monotonic()
    if resume is None:
        write_inputs(folder, loaded)
    for warning in loaded.warnings:
        say(str(warning))
    first, count = loaded.config.seed, loaded.config.repeat
    members = [with_seed(loaded, seed) for seed in range(first, first + count)]
    seeds: list[SeedRun] = []
    results: list[Result] = []
    earlier = 0.0
    quietly = replace(audience, told=False)
    with located(loaded):
        if datasets is None:
            configs = (member.config for member in members)
            datasets = load_repeats(configs, data_places(loaded))
        for member, dataset in zip(members, datasets, strict=True):
            if not seeds:
                lines = [f"run       {folder.path}", *describe_data(dataset), ""]
                say("\n".join(lines))
            trained = _run_one(member, dataset, folder, resume, quietly)
            seeds.append(_seed_run(member, trained))
            results.append(trained.result)
            earlier += trained.earlier
    prepared = trained.prepared
    known = with_facts(loaded, prepared.loaded)
    write_inputs(folder, known)
    whole = write_repeats(
        folder,
        known,
        prepared.dataset,
        seeds,
        ensemble_of(seeds, known, prepared.built.core, prepared.dataset, dataset.test),
        parameters=prepared.built.model.count_params(),
        started=started - earlier,
    )
    if audience.drawn:
        draw_repeats(whole)
    say(closing_lines(whole))
    for run in seeds:
        if run.training.status == "diverged":
            raise TrainingError(divergence(run.training, run.folder))
    return RepeatResult(repeat_figures(whole), tuple(results), folder)


def read_repeats(folder: RunFolder) -> RepeatResult:
    """Return what a run with several seeds came to that is over.

    Raises:
        StorageError: If its files are damaged.
    """
    seeds = [each["seed"] for each in read_facts(folder)["repeat"]]
    results = tuple(read_result(folder.seed(seed)) for seed in seeds)
    return RepeatResult(read_figures(folder), results, folder)


def with_seed(loaded: LoadedConfig, seed: int) -> LoadedConfig:
    """Return the config of one run with a seed, as if that alone had been written.

    Args:
        loaded: The config of several.
        seed: Which one.

    Raises:
        ConfigError: If what refers to the seed is wrong with this one.
    """
    source = loaded.source
    marks = dict(source.marks)
    if ("repeat",) in marks:
        marks.setdefault(("seed",), marks["repeat",])
    source = replace(source, data={**source.data, "seed": seed, "repeat": 1}, marks=marks)
    return check_source(source, catalogue=loaded.catalogue)


def _run_one(
    member: LoadedConfig,
    dataset: Dataset,
    around: RunFolder,
    resume: TakeUp | None,
    audience: Audience,
) -> Trained:
    """Run one seed into its folder, and say in a line what it came to.

    Raises:
        DlkitError: As ``train_and_report``.
        StorageError: If its folder cannot be made.
    """
    begun, seed = time.monotonic(), member.config.seed
    folder = around.seed(seed)
    try:
        folder.plots.mkdir(parents=True, exist_ok=resume is not None)
    except OSError as error:
        raise StorageError(f"{folder.path}: cannot be made ({error}).") from error
    trained = train_and_report(member, dataset, folder, begun, audience=audience, resume=resume)
    seconds = format_seconds(time.monotonic() - begun)
    say(f"seed {seed}  {score_line(trained.result.metrics)}  {seconds}")
    return trained


def _seed_run(member: LoadedConfig, trained: Trained) -> SeedRun:
    """Return what is kept of a seed until all are summed up; its data is not."""
    return SeedRun(
        seed=member.config.seed,
        folder=trained.result.folder,
        training=trained.training,
        evaluations=trained.evaluations,
        metrics=trained.result.metrics,
        rows=np.asarray(trained.prepared.dataset.rows["test"]),
    )


def with_facts(loaded: LoadedConfig, known: LoadedConfig) -> LoadedConfig:
    """Return the config of all seeds with what the data of the last one says.

    Args:
        loaded: That of all.
        known: That of the last, with the facts filled in.
    """
    own = {"seed": loaded.config.seed, "repeat": loaded.config.repeat}
    return replace(known, config=known.config.model_copy(update=own), source=loaded.source)


def ensemble_of(
    seeds: Sequence[SeedRun],
    loaded: LoadedConfig,
    model: keras.Model,
    dataset: Dataset,
    raw_test: Examples,
) -> dict[str, Evaluation] | str:
    """Return what the models say together; or why they have nothing to say.

    Args:
        seeds: What each came to.
        loaded: The config with what the data of the last one says.
        model: The last model: it has the form of all.
        dataset: Its data.
        raw_test: Its test split as it was loaded.
    """
    if reason := why_no_ensemble(seeds, loaded):
        return reason
    members = [run.evaluations for run in seeds]
    trained = regularize(loaded.config).config
    with spared("the ensemble"):
        return evaluate_ensemble(members, model, dataset, raw_test, trained)
    return "the mean of the answers could not be evaluated"
