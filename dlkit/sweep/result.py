"""What a sweep hands to whoever called it from Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord, TrialRecord

if TYPE_CHECKING:
    import pandas as pd


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
    def best_run(self) -> RunFolder:
        """The folder of the best trial."""
        return self.folder.trial(self.best.number)

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
