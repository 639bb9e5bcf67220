"""Cross-validation: the same experiment once a fold, every example tested once."""

from __future__ import annotations

import time
from collections.abc import Iterable

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_folds
from dlkit.experiment import EVERYBODY, Audience, Result, read_result
from dlkit.preparation import data_places, located
from dlkit.report.finished import read_facts, read_figures
from dlkit.report.folds.page import closing_lines
from dlkit.report.folds.write import draw_folds, write_folds
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import say
from dlkit.report.together.member import Member
from dlkit.report.together.sums import figures_of
from dlkit.report.write import write_inputs
from dlkit.several import SeveralResult, Turn, member_of, refuse_divergence, run_each


def run_folds(
    loaded: LoadedConfig,
    folder: RunFolder,
    resume: TakeUp | None = None,
    audience: Audience = EVERYBODY,
    datasets: Iterable[Dataset] | None = None,
) -> SeveralResult:
    """Run a checked experiment once a fold.

    Every fold is a run of its own, in a folder inside the run's folder. If the run goes on,
    every fold does from its own state; of one that was over only the report is written anew.

    Args:
        loaded: The checked config.
        folder: Where the run goes.
        resume: That it began there before, and goes on.
        audience: Who hears of it.
        datasets: The data of each fold; None: it is loaded.

    Raises:
        DlkitError: If the data, the model, the training or the disk fails.
        TrainingError: If the loss of a fold is no longer finite; all folds are summed up
            before.
    """
    started = time.monotonic()
    if resume is None:
        write_inputs(folder, loaded)
    for warning in loaded.warnings:
        say(str(warning))
    count = loaded.config.dataset.folds or 0
    turns = [
        Turn(f"fold {number}/{count}", loaded, folder.fold(number))
        for number in range(1, count + 1)
    ]
    folds: list[Member] = []
    results: list[Result] = []
    earlier = 0.0
    with located(loaded):
        if datasets is None:
            datasets = load_folds(loaded.config, data_places(loaded))
        for _, trained in run_each(turns, datasets, folder, resume, audience):
            folds.append(member_of(trained))
            results.append(trained.result)
            earlier += trained.earlier
    last = trained.prepared
    write_inputs(folder, last.loaded)  # now with the data's facts
    whole = write_folds(
        folder,
        last.loaded,
        last.dataset,
        folds,
        parameters=last.built.model.count_params(),
        started=started - earlier,
    )
    if audience.drawn:
        draw_folds(whole)
    say(closing_lines(whole))
    refuse_divergence(folds)
    return SeveralResult(figures_of(whole.scores), tuple(results), folder)


def read_folds(folder: RunFolder) -> SeveralResult:
    """Return what a run with folds came to that is over.

    Raises:
        StorageError: If its files are damaged.
    """
    count = len(read_facts(folder)["folds"])
    results = tuple(read_result(folder.fold(number)) for number in range(1, count + 1))
    return SeveralResult(read_figures(folder), results, folder)
