"""What a run hands to whoever called it from Python: to work with, and to look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import keras

from dlkit.report.inline import named_figure
from dlkit.report.notebook import Shown, plot_curves, result_html
from dlkit.report.run_folder import RunFolder
from dlkit.train.epochs import Row

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Result:
    """What a run came to.

    Attributes:
        metrics: Final figures: ``train_loss``, ``val_accuracy``, ``test_accuracy``, ...
        model: From raw input to prediction.
        folder: Where everything lies.
        rows: The history, an epoch each.
        shown: What it shows of itself beside these.
    """

    metrics: dict[str, float]
    model: keras.Model
    folder: RunFolder
    rows: tuple[Row, ...]
    shown: Shown = field(default_factory=Shown, repr=False, compare=False)

    @cached_property
    def history(self) -> pd.DataFrame:
        """The history as a table, indexed by epoch (from 1)."""
        import pandas as pd

        return pd.DataFrame(self.rows).astype({"epoch": int}).set_index("epoch")

    def plot(self) -> Figure:
        """Draw the loss and the first metrics over the epochs.

        Raises:
            ConfigError: If there is no epoch to draw.
        """
        return plot_curves([self.rows], self.shown.best_epoch)

    def figure(self, name: str) -> Figure:
        """Return one of the run's figures, e.g. ``result.figure("confusion_matrix")``.

        Args:
            name: What its file in ``plots`` is called, the ending aside.

        Raises:
            ConfigError: If there is no figure of that name.
        """
        return named_figure(name, self.folder, self.shown.drawings)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return result_html(self.folder, self.metrics, [self.rows], self.shown)
