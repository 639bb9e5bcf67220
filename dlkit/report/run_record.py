"""Everything the report of a run is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import keras

from dlkit.config.columns import is_figure
from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.evaluate.by_heart import ByHeart
from dlkit.evaluate.predictions import Evaluation
from dlkit.model.summary import LayerRow
from dlkit.report.outputs import Output, shown_outputs
from dlkit.report.run_folder import RunFolder
from dlkit.train.augmentation import Augmentation
from dlkit.train.plan import plan_training
from dlkit.train.rates.schedule import Curve, rate_curve
from dlkit.train.trainer import Training


@dataclass(frozen=True)
class RunRecord:
    """Everything the report of a run is made of.

    Attributes:
        folder: Where everything goes.
        loaded: The config, with everything filled in that the data says.
        raw: The data as it was loaded: what people would recognize.
        dataset: The same, as the trained model takes it.
        training: How it was trained.
        evaluations: What each output answers for the test split, by the outputs' names.
        core: The model that was trained.
        model: The model that is left behind: from raw input to prediction.
        layers: The table of its layers.
        devices: What was computed on.
        started: When the run began, by the monotonic clock.
        augmentation: What changed each training batch, or None.
        told: Whether the person hears of it.
        drawn: Whether it gets its pictures and its page.
        by_heart: What came of learning a few examples by heart; None where that was not
            the aim.
    """

    folder: RunFolder
    loaded: LoadedConfig
    raw: Dataset
    dataset: Dataset
    training: Training
    evaluations: Mapping[str, Evaluation]
    core: keras.Model
    model: keras.Model
    layers: tuple[LayerRow, ...]
    devices: tuple[str, ...]
    started: float
    augmentation: Augmentation | None = None
    told: bool = True
    drawn: bool = True
    by_heart: ByHeart | None = None

    @cached_property
    def outputs(self) -> tuple[Output, ...]:
        """What is shown of each output."""
        return shown_outputs(self.dataset, self.evaluations)

    @cached_property
    def parameters(self) -> int:
        """How many weights the model has."""
        return int(self.model.count_params())

    @property
    def rates(self) -> Curve:
        """The learning rate by steps, where it follows a schedule."""
        config, catalogue = self.loaded.config, self.loaded.catalogue
        plan = plan_training(config.training, len(self.dataset.train))
        return rate_curve(config, plan, catalogue, self.training.rows)

    @property
    def test_figures(self) -> dict[str, float]:
        """Loss and metrics of the test split, of all outputs."""
        return next(iter(self.evaluations.values())).metrics


def final_metrics(record: RunRecord) -> dict[str, float]:
    """Return the figures of the weights that were kept, under ``split_metric`` names.

    Training figures are means over the epoch, as Keras reports them; validation and
    test figures are measured.
    """
    row = record.training.row(record.training.kept_epoch)
    names = [name for name in row if is_figure(name) and not name.startswith("val_")]
    return {
        f"{split}_{name}": figures[name]
        for split, figures in (
            ("train", row),
            ("val", record.training.validation),
            ("test", record.test_figures),
        )
        for name in names
        if name in figures
    }
