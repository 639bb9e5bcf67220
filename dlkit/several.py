"""Several runs of one experiment, its folds or its seeds, each in a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.figure import Figure

from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.errors import StorageError, TrainingError
from dlkit.experiment import Audience, Result, Trained, divergence, train_and_report
from dlkit.report.inline import named_figure
from dlkit.report.notebook import Shown, plot_curves, result_html
from dlkit.report.opening import describe_data
from dlkit.report.resume.asking import TakeUp
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_seconds, say
from dlkit.report.together.member import Member
from dlkit.report.together.words import score_line


@dataclass(frozen=True)
class SeveralResult:
    """What an experiment with folds or with several seeds came to.

    Attributes:
        metrics: Means over the runs under the names of a plain run, and beside each its
            standard deviation: ``test_accuracy``, ``test_accuracy_std``, ... Where several
            seeds have the same test examples, the figures of the ensemble as well:
            ``ensemble_test_accuracy``, ...
        runs: Their own results, in the order of the folds or of the seeds.
        folder: Where everything lies.
    """

    metrics: dict[str, float]
    runs: tuple[Result, ...]
    folder: RunFolder

    def plot(self) -> Figure:
        """Draw the loss and the first metrics of all runs over the epochs.

        Raises:
            ConfigError: If there is no epoch to draw.
        """
        return plot_curves([run.rows for run in self.runs], None)

    def figure(self, name: str) -> Figure:
        """Return one of the figures of all runs together, as it was drawn.

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


@dataclass(frozen=True)
class Turn:
    """A run that is to be made.

    Attributes:
        name: What its line on the terminal begins with: ``fold 2/5``, ``seed 3``.
        loaded: Its checked config.
        folder: Where it goes.
    """

    name: str
    loaded: LoadedConfig
    folder: RunFolder


def run_each(
    turns: Iterable[Turn],
    datasets: Iterable[Dataset],
    around: RunFolder,
    resume: TakeUp | None,
    audience: Audience,
) -> Iterator[tuple[Dataset, Trained]]:
    """Run one after another, and say in a line what each came to.

    Args:
        turns: What is to be run.
        datasets: The data of each.
        around: The folder around theirs.
        resume: That they began there before, and go on.
        audience: Who hears of it.

    Yields:
        The data as it was loaded, and what came of it. To diverge is no error yet.

    Raises:
        DlkitError: As ``train_and_report``.
        StorageError: If a folder cannot be made.
    """
    quietly = replace(audience, told=False)
    is_first = True
    for turn, dataset in zip(turns, datasets, strict=True):
        if is_first:
            say("\n".join([f"run       {around.path}", *describe_data(dataset), ""]))
            is_first = False
        yield dataset, _run_one(turn, dataset, resume, quietly)


def _run_one(
    turn: Turn, dataset: Dataset, resume: TakeUp | None, audience: Audience
) -> Trained:
    """Make a run in its folder, and say in a line what it came to.

    Raises:
        DlkitError: As ``train_and_report``.
        StorageError: If its folder cannot be made.
    """
    begun, folder = time.monotonic(), turn.folder
    try:
        folder.plots.mkdir(parents=True, exist_ok=resume is not None)
    except OSError as error:
        raise StorageError(f"{folder.path}: cannot be made ({error}).") from error
    trained = train_and_report(
        turn.loaded, dataset, folder, begun, audience=audience, resume=resume
    )
    seconds = format_seconds(time.monotonic() - begun)
    say(f"{turn.name}  {score_line(trained.result.metrics)}  {seconds}")
    return trained


def member_of(trained: Trained) -> Member:
    """Return what is kept of a run until all are summed up; its data is not."""
    return Member(
        seed=trained.prepared.loaded.config.seed,
        folder=trained.result.folder,
        training=trained.training,
        evaluations=trained.evaluations,
        metrics=trained.result.metrics,
        rows=np.asarray(trained.prepared.dataset.rows["test"]),
    )


def refuse_divergence(members: Iterable[Member]) -> None:
    """Raise what tells of the first run that diverged, if one did.

    Raises:
        TrainingError: If the loss of one is no longer finite.
    """
    for member in members:
        if member.training.status == "diverged":
            raise TrainingError(divergence(member.training, member.folder))
