"""Follow the figure that says which epoch was best, and keep that epoch's weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from dlkit.config.columns import higher_is_better
from dlkit.config.schema import Config
from dlkit.config.training_section import EarlyStoppingConfig
from dlkit.train.early_stopping import StoppingState, observe
from dlkit.train.epochs import Row


class Watch:
    """Follows the monitored figure and keeps the weights of its best epoch.

    Which epoch is the best is asked of all of them. Whether to stop is asked of the epochs
    of a stage alone, as if training began with it.

    Args:
        model: The model that is trained.
        config: Says what is monitored, and what comes of it.
        validated: Whether there are validation examples to measure.
    """

    def __init__(self, model: keras.Model, config: Config, *, validated: bool) -> None:
        stopping = config.regularization.early_stopping
        self._model = model
        self._stopping = stopping
        self._settings = stopping or EarlyStoppingConfig(
            monitor="val_loss" if validated else "loss"
        )
        mode = self._settings.mode
        self._higher = (
            higher_is_better(config, self._settings.monitor)
            if mode == "auto"
            else mode == "max"
        )
        self._state = StoppingState()
        self._stage = StoppingState()
        self._weights: list[np.ndarray] | None = None

    @property
    def best_epoch(self) -> int:
        """The epoch with the best figure so far, 0 where none was finite."""
        return self._state.best_epoch

    @property
    def says_stop(self) -> bool:
        """Whether early stopping is asked for and has waited long enough."""
        return self._stopping is not None and self._stage.waited >= self._stopping.patience

    def begin_stage(self) -> None:
        """Wait anew."""
        self._stage = StoppingState()

    def facts(self) -> dict[str, Any]:
        """Return what is remembered, but for the weights, as plain values."""
        return {"run": asdict(self._state), "stage": asdict(self._stage)}

    def take_up(self, facts: Mapping[str, Any], weights: list[np.ndarray] | None) -> None:
        """Remember again what was remembered, and the weights of the best epoch, if any."""
        self._state = StoppingState(**facts["run"])
        self._stage = StoppingState(**facts["stage"])
        self._weights = weights

    @property
    def restores(self) -> bool:
        """Whether the model gets the weights of the best epoch in the end."""
        return self._stopping is not None and self._stopping.restore_best

    def see(self, row: Row, weights: list[np.ndarray]) -> bool:
        """Take note of an epoch, and tell whether it is the best so far.

        Args:
            row: Its figures.
            weights: What the model has learned by then; kept if it is the best.
        """
        epoch = int(row["epoch"])
        self._state, self._stage = (
            observe(
                state,
                epoch,
                row[self._settings.monitor],
                higher=self._higher,
                min_delta=self._settings.min_delta,
            )
            for state in (self._state, self._stage)
        )
        is_best = self._state.best_epoch == epoch
        if is_best:
            self._weights = weights
        return is_best

    def restore(self, *, diverged: bool = False) -> int | None:
        """Give the model its best weights back, and return whose they are.

        Args:
            diverged: Whether its own are no numbers any more: then it gets them back even
                where nobody asked for it.

        Returns:
            The epoch, from 1; None where the model keeps what it has.
        """
        if self._weights is None or not (self.restores or diverged):
            return None
        self._model.set_weights(self._weights)
        return self._state.best_epoch
