"""Cross-validation: the same experiment once a fold, every example tested once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_folds
from dlkit.errors import StorageError, TrainingError
from dlkit.experiment import (
    EVERYBODY,
    Audience,
    Result,
    Trained,
    devices,
    divergence,
    read_result,
    train_and_report,
)
from dlkit.preparation import data_places, located
from dlkit.report.finished import read_facts, read_figures
from dlkit.report.folds.page import closing_lines
from dlkit.report.folds.sums import FoldRun
from dlkit.report.folds.write import draw_folds, write_folds
from dlkit.report.inline import named_figure
from dlkit.report.notebook import Shown, plot_curves, result_html
from dlkit.report.opening import describe_data
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_seconds, say
from dlkit.report.together.sums import figures_of
from dlkit.report.together.words import score_line
from dlkit.report.write import write_inputs


@dataclass(frozen=True)
class FoldsResult:
    """What an experiment with folds came to.

    Attributes:
        metrics: Means over the folds under the names of a plain run, and beside each its
            standard deviation: ``test_accuracy``, ``test_accuracy_std``, ...
        folds: The folds' own results.
        folder: Where everything lies.
    """

    metrics: dict[str, float]
    folds: tuple[Result, ...]
    folder: RunFolder

    def plot(self) -> Figure:
        """Draw the loss and the first metrics of all folds over the epochs.

        Raises:
            ConfigError: If there is no epoch to draw.
        """
        return plot_curves([fold.rows for fold in self.folds], None)

    def figure(self, name: str) -> Figure:
        """Return one of the figures of all folds together, as it was drawn.

        Args:
            name: What its file in ``plots`` is called, the ending aside.

        Raises:
            ConfigError: If there is no figure of that name.
        """
        return named_figure(name, self.folder)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        histories = [fold.rows for fold in self.folds]
        return result_html(self.folder, self.metrics, histories, Shown())


def run_folds(
    loaded: LoadedConfig,
    folder: RunFolder,
    resume: TakeUp | None = None,
    audience: Audience = EVERYBODY,
    datasets: Iterable[Dataset] | None = None,
) -> FoldsResult:
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
    trained: list[Trained] = []
    quietly = replace(audience, told=False)
    with located(loaded):
        if datasets is None:
            datasets = load_folds(loaded.config, data_places(loaded))
        for number, dataset in enumerate(datasets, 1):
            if number == 1:
                lines = [f"run       {folder.path}", *describe_data(dataset), ""]
                say("\n".join(lines))
            trained.append(_run_one(loaded, dataset, folder.fold(number), resume, quietly))
    last = trained[-1]
    write_inputs(folder, last.prepared.loaded)  # now with the data's facts
    runs = [
        FoldRun(
            each.result.folder,
            each.training,
            each.evaluations,
            each.result.metrics,
            np.asarray(each.prepared.dataset.rows["test"]),
        )
        for each in trained
    ]
    whole = write_folds(
        folder,
        last.prepared.loaded,
        last.prepared.dataset,
        runs,
        devices=tuple(devices(loaded)),
        parameters=last.prepared.built.model.count_params(),
        started=started - sum(each.earlier for each in trained),
    )
    if audience.drawn:
        draw_folds(whole)
    say(closing_lines(whole))
    diverged = [each for each in trained if each.training.status == "diverged"]
    if diverged:
        raise TrainingError(divergence(diverged[0].training, diverged[0].result.folder))
    return FoldsResult(figures_of(whole.scores), tuple(each.result for each in trained), folder)


def _run_one(
    loaded: LoadedConfig,
    dataset: Dataset,
    folder: RunFolder,
    resume: TakeUp | None,
    audience: Audience,
) -> Trained:
    """Run one fold into its folder, and say in a line what it came to.

    Raises:
        DlkitError: As ``train_and_report``.
        StorageError: If its folder cannot be made.
    """
    begun = time.monotonic()
    try:
        folder.plots.mkdir(parents=True, exist_ok=resume is not None)
    except OSError as error:
        raise StorageError(f"{folder.path}: cannot be made ({error}).") from error
    trained = train_and_report(loaded, dataset, folder, begun, audience=audience, resume=resume)
    number = folder.path.name.removeprefix("fold_")
    score = score_line(trained.result.metrics)
    seconds = format_seconds(time.monotonic() - begun)
    say(f"fold {number}/{loaded.config.dataset.folds}  {score}  {seconds}")
    return trained


def read_folds(folder: RunFolder) -> FoldsResult:
    """Return what a run with folds came to that is over.

    Raises:
        StorageError: If its files are damaged.
    """
    count = len(read_facts(folder)["folds"])
    results = tuple(read_result(folder.fold(number)) for number in range(1, count + 1))
    return FoldsResult(read_figures(folder), results, folder)
