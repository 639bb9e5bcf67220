"""The folder a run leaves: every file's name, and how the folder comes to be."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import re
from dataclasses import dataclass
from pathlib import Path

from dlkit.errors import StorageError

DEFAULT_OUTPUT = Path("experiments")
"""The folder that keeps experiments, if no other is named."""

MEMBER = re.compile(r"(fold|seed)_(\d+)")
"""What runs are called that lie in another: the folds of one, or its seeds."""

TRIAL = re.compile(r"trial_(\d+)")
"""What runs are called that lie in a sweep."""


@dataclass(frozen=True)
class RunFolder:
    """One run's folder, ``experiments/<name>/<number>``.

    Attributes:
        path: The folder.
        kept_in: The folder that keeps experiments, where this one is not in it.
    """

    path: Path
    kept_in: Path | None = None

    @property
    def title(self) -> str:
        """The experiment and the run's number, as people say it; of a trial the sweep's too."""
        title = f"{self.path.parent.name}/{self.path.name}"
        return f"{self.path.parent.parent.name}/{title}" if self.is_trial else title

    @property
    def output(self) -> Path:
        """The folder that keeps the experiment, and others."""
        if self.kept_in:
            return self.kept_in
        run = self.path.parent if self.is_member else self.path
        run = run.parent if TRIAL.fullmatch(run.name) else run
        return run.parent.parent

    @property
    def config(self) -> Path:
        """The config as given, with its comments."""
        return self.path / "config.yaml"

    @property
    def resolved(self) -> Path:
        """The config with every default filled in."""
        return self.path / "resolved.yaml"

    @property
    def history(self) -> Path:
        """A row an epoch, written as epochs end."""
        return self.path / "history.csv"

    @property
    def metrics(self) -> Path:
        """Final figures and facts."""
        return self.path / "metrics.json"

    @property
    def environment(self) -> Path:
        """Versions, device, threads, git."""
        return self.path / "environment.json"

    @property
    def log(self) -> Path:
        """Everything printed, and TensorFlow's noise."""
        return self.path / "run.log"

    @property
    def model(self) -> Path:
        """The model, from raw input to prediction."""
        return self.path / "model.keras"

    @property
    def predictions(self) -> Path:
        """The model's answers for the test split."""
        return self.path / "predictions.csv"

    @property
    def splits(self) -> Path:
        """The rows of training, validation and test."""
        return self.path / "splits.npz"

    @property
    def data(self) -> Path:
        """What the data was taken for: columns, classes, what was found."""
        return self.path / "dataset.json"

    @property
    def plugins(self) -> Path:
        """Copies of the plugins that the run was made with."""
        return self.path / "plugins"

    @property
    def cache(self) -> Path:
        """Streamed data while the run lasts."""
        return self.path / "cache"

    @property
    def tensorboard(self) -> Path:
        """Event files for TensorBoard, where they are asked for."""
        return self.path / "tensorboard"

    @property
    def checkpoints(self) -> Path:
        """The state of training, to go on from."""
        return self.path / "checkpoints"

    @property
    def identity(self) -> Path:
        """What a state of training must fit: config, data, code, machine."""
        return self.checkpoints / "identity.json"

    @property
    def has_state(self) -> bool:
        """Whether there is a state to go on from, of the run or of one in it."""
        return any(
            next(place.path.glob("checkpoints/state-*.npz"), None)
            for place in (self, *self.members)
        )

    @property
    def is_whole(self) -> bool:
        """Whether everything is there that a run writes when its training is over."""
        written = [self.metrics, self.environment, self.data, self.report]
        members = self.members
        if not members:
            written.append(self.model)
        if not members or self.fold(1) in members:  # seeds may have no common test examples
            written.append(self.predictions)
        return all(file.is_file() for file in written)

    def fold(self, number: int) -> RunFolder:
        """Return the folder of a fold, counted from 1."""
        return RunFolder(self.path / f"fold_{number}")

    def seed(self, number: int) -> RunFolder:
        """Return the folder of a repetition, called after its seed."""
        return RunFolder(self.path / f"seed_{number}")

    @property
    def is_member(self) -> bool:
        """Whether the run is a fold, or one of several seeds."""
        return MEMBER.fullmatch(self.path.name) is not None

    @property
    def is_trial(self) -> bool:
        """Whether the run is a trial of a sweep."""
        return TRIAL.fullmatch(self.path.name) is not None

    @property
    def members(self) -> tuple[RunFolder, ...]:
        """The folders of its folds, or of its seeds, in order; none where it has no such."""
        try:
            found = {
                int(match[2]): RunFolder(path)
                for path in self.path.iterdir()
                if (match := MEMBER.fullmatch(path.name)) and path.is_dir()
            }
        except OSError:
            return ()
        return tuple(found[number] for number in sorted(found))

    @property
    def plots(self) -> Path:
        """The pictures."""
        return self.path / "plots"

    @property
    def report(self) -> Path:
        """The page."""
        return self.path / "report.html"


def create_run_folder(output: Path, name: str) -> RunFolder:
    """Make the next numbered folder of an experiment.

    Runs that start at the same moment get folders of their own: the folder is made
    exclusively, and a number that is taken is passed over.

    Args:
        output: Where experiments are kept.
        name: The experiment's name.

    Raises:
        StorageError: If the folder cannot be made or written.
    """
    parent = output / name
    try:
        parent.mkdir(parents=True, exist_ok=True)
        number = max((number for number in _numbers(parent)), default=0) + 1
        while True:
            try:
                (parent / str(number)).mkdir()
                break
            except FileExistsError:
                number += 1
        folder = RunFolder(parent / str(number))
        folder.plots.mkdir()
    except OSError as error:
        raise StorageError(
            f"{parent}: cannot make a run folder here ({error.strerror})."
            " Choose another with --output."
        ) from error
    _point_latest(parent, folder.path.name)
    return folder


def place_of(folder: RunFolder) -> tuple[int, int] | None:
    """Return what tells a run's folder from any other at its path; None if there is none."""
    try:
        found = folder.path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def stay_in(folder: RunFolder, place: tuple[int, int] | None) -> None:
    """Make sure that a run still writes into the folder that it began in.

    Args:
        folder: The run's.
        place: What ``place_of`` said of it.

    Raises:
        StorageError: If it was deleted or renamed.
    """
    if place_of(folder) != place:
        raise StorageError(
            f"{folder.path}: this run's folder was deleted or renamed while it ran. If it was"
            " renamed, `--resume NEW_NAME` goes on there."
        )


def find_runs(output: Path, name: str = "*") -> list[RunFolder]:
    """List the run folders below an output folder, by experiment and number.

    Args:
        output: Where experiments are kept; it may not be there yet.
        name: The experiments wanted, with ``*`` and ``?`` as wildcards.
    """
    runs = [
        RunFolder(path)
        for path in output.glob("*/*")
        if _is_number(path.name) and not path.is_symlink() and path.is_dir()
        if fnmatch.fnmatchcase(path.parent.name, name)
    ]
    return sorted(runs, key=lambda run: (run.path.parent.name, int(run.path.name)))


def _numbers(parent: Path) -> list[int]:
    return [int(path.name) for path in parent.iterdir() if _is_number(path.name)]


def _is_number(name: str) -> bool:
    """Tell whether a folder is a run's; other scripts have digits of their own."""
    return name.isascii() and name.isdecimal()


def _point_latest(parent: Path, name: str) -> None:
    """Let ``latest`` point to a run; a file system without links goes without it."""
    link = parent / f".latest-{os.getpid()}"
    with contextlib.suppress(OSError, NotImplementedError):
        link.symlink_to(name, target_is_directory=True)
        link.replace(parent / "latest")
