"""The folder of a sweep: a run's folder with a study in it, and a folder for each trial."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from dlkit.report.run_folder import TRIAL, RunFolder


@dataclass(frozen=True)
class SweepFolder:
    """One sweep's folder, ``experiments/<name>/<number>``.

    Attributes:
        run: The same as a run's: it has the config, the log, the lock and the pictures.
    """

    run: RunFolder

    @property
    def path(self) -> Path:
        """The folder."""
        return self.run.path

    @property
    def facts(self) -> Path:
        """What is swept, and how far it is."""
        return self.path / "sweep.json"

    @property
    def study(self) -> Path:
        """Optuna's journal: every trial with its values, as it happened."""
        return self.path / "study.log"

    @property
    def table(self) -> Path:
        """A row a trial."""
        return self.path / "trials.csv"

    @property
    def best(self) -> Path:
        """The config of the best trial, to be run as it is."""
        return self.path / "best.yaml"

    @property
    def page(self) -> Path:
        """The page."""
        return self.path / "sweep.html"

    @property
    def is_sweep(self) -> bool:
        """Whether the folder is one of a sweep."""
        return self.facts.is_file()

    def trial(self, number: int) -> RunFolder:
        """Return the folder of a trial, counted from 1."""
        return RunFolder(self.path / f"trial_{number}", kept_in=self.run.output)

    @property
    def trials(self) -> tuple[RunFolder, ...]:
        """The folders of the trials that are there, in their order."""
        try:
            found = {
                int(match[1])
                for path in self.path.iterdir()
                if (match := re.fullmatch(TRIAL, path.name)) and path.is_dir()
            }
        except OSError:
            return ()
        return tuple(self.trial(number) for number in sorted(found))
