"""Repetition: the same experiment with several seeds, so that luck can be told from skill."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import keras

from dlkit.config.load import LoadedConfig, check_source
from dlkit.config.regularization.regularize import regularize
from dlkit.data.dataset import Dataset, Examples
from dlkit.data.load import load_repeats
from dlkit.evaluate.ensemble import evaluate_ensemble
from dlkit.evaluate.predictions import Evaluation
from dlkit.experiment import EVERYBODY, Audience, Result, read_result
from dlkit.preparation import data_places, located
from dlkit.report.drawing import spared
from dlkit.report.finished import read_facts, read_figures
from dlkit.report.repeats.page import closing_lines
from dlkit.report.repeats.sums import why_no_ensemble
from dlkit.report.repeats.write import draw_repeats, repeat_figures, write_repeats
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import say
from dlkit.report.together.member import Member
from dlkit.report.write import write_inputs
from dlkit.several import SeveralResult, Turn, member_of, refuse_divergence, run_each


def run_repeats(
    loaded: LoadedConfig,
    folder: RunFolder,
    resume: TakeUp | None = None,
    audience: Audience = EVERYBODY,
    datasets: Iterable[Dataset] | None = None,
) -> SeveralResult:
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
    turns = [
        Turn(f"seed {seed}", with_seed(loaded, seed), folder.seed(seed))
        for seed in range(first, first + count)
    ]
    seeds: list[Member] = []
    results: list[Result] = []
    earlier = 0.0
    with located(loaded):
        if datasets is None:
            configs = (turn.loaded.config for turn in turns)
            datasets = load_repeats(configs, data_places(loaded))
        for dataset, trained in run_each(turns, datasets, folder, resume, audience):  # noqa: B007
            seeds.append(member_of(trained))
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
    refuse_divergence(seeds)
    return SeveralResult(repeat_figures(whole), tuple(results), folder)


def read_repeats(folder: RunFolder) -> SeveralResult:
    """Return what a run with several seeds came to that is over.

    Raises:
        StorageError: If its files are damaged.
    """
    seeds = [each["seed"] for each in read_facts(folder)["repeat"]]
    results = tuple(read_result(folder.seed(seed)) for seed in seeds)
    return SeveralResult(read_figures(folder), results, folder)


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


def with_facts(loaded: LoadedConfig, known: LoadedConfig) -> LoadedConfig:
    """Return the config of all seeds with what the data of the last one says.

    Args:
        loaded: That of all.
        known: That of the last, with the facts filled in.
    """
    own = {"seed": loaded.config.seed, "repeat": loaded.config.repeat}
    return replace(known, config=known.config.model_copy(update=own), source=loaded.source)


def ensemble_of(
    seeds: Sequence[Member],
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
