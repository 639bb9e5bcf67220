"""What a sweep hands to whoever called it from Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.sweep.trained import read_trained

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from dlkit.result import Result
    from dlkit.several import SeveralResult


@dataclass(frozen=True)
class SweepResult:
    """What a sweep came to.

    Attributes:
        record: All trials, and what they were for.
        folder: Where everything lies.
    """

    record: SweepRecord
    folder: SweepFolder

    @property
    def best(self) -> TrialRecord:
        """The best trial; with several objectives by the first."""
        best = self.record.best
        assert best is not None, "a sweep without a complete trial raises"  # noqa: S101
        return best

    @property
    def best_params(self) -> Mapping[str, Any]:
        """The values of the best trial, by parameter."""
        by_name = {each.name: each for each in self.record.parameters}
        return {name: by_name[name].value_of(x) for name, x in self.best.labels.items()}

    @property
    def best_value(self) -> float:
        """The first objective of the best trial."""
        return self.best.values[0]

    @property
    def best_folder(self) -> RunFolder:
        """The folder of the best trial."""
        return self.folder.trial(self.best.number)

    @cached_property
    def best_run(self) -> Result | SeveralResult:
        """What the best trial came to, as ``dlkit.run`` returns it: its model, its history.

        It is read when it is asked for, and TensorFlow comes in then.
        """
        return read_trained(self.best_folder)

    @cached_property
    def trials(self) -> pd.DataFrame:
        """A row a trial: its state, its objectives, its values, indexed by number."""
        import pandas as pd

        rows = [
            {
                "trial": trial.number,
                "state": trial.state,
                **dict(zip(self.record.objectives, trial.values, strict=False)),
                **trial.labels,
                "reason": trial.reason,
            }
            for trial in self.record.trials
        ]
        return pd.DataFrame(rows).set_index("trial")

    def plot(self) -> Figure:
        """Draw what each trial came to, by their numbers."""
        return self.figure("history")

    def figure(self, name: str) -> Figure:
        """Return one of the sweep's figures, e.g. ``result.figure("slices")``.

        Args:
            name: What its file in ``plots`` is called, the ending aside.

        Raises:
            ConfigError: If there is no figure of that name.
        """
        from dlkit.report.sweep.notebook import sweep_figure  # takes matplotlib

        return sweep_figure(name, self.folder, self.record)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from dlkit.report.sweep.notebook import sweep_html  # takes matplotlib

        return sweep_html(self.folder, self.record)
