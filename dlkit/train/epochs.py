"""Whole epochs: the training loop, then the validation split."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, Literal

import keras

from dlkit.config.columns import figure_names
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.errors import TrainingError
from dlkit.model.objects import REFUSALS, one_line
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks
from dlkit.train.feed import Feed
from dlkit.train.fit import FitLoop
from dlkit.train.tape import EvaluationLoop, TapeLoop

Row = dict[str, float]
"""An epoch of the history: ``epoch`` (from 1), ``stage`` (from 1, where there are stages),
figures, ``learning_rate``, ``seconds``."""

LoopKind = Literal["tape", "fit"]


def steps_an_epoch(config: Config, examples: int) -> int:
    """Return how many steps an epoch takes; the last of them may be a smaller batch."""
    return math.ceil(examples / config.training.batch_size)


class Epochs:
    """Runs epochs of a compiled model.

    Args:
        model: The model.
        dataset: Provides the training and the validation split.
        config: Batch size, seed and length.
        augmentation: Changes each training batch, or None.
        kind: Which loop runs.
        callbacks: The user's.
    """

    def __init__(
        self,
        model: keras.Model,
        dataset: Dataset,
        config: Config,
        augmentation: Augmentation | None,
        kind: LoopKind,
        callbacks: UserCallbacks,
    ) -> None:
        self._model = model
        self._dataset = dataset
        self._batch_size = config.training.batch_size
        self._seed = config.seed
        self._figures = figure_names(config)
        self._augmentation = augmentation
        self._kind = kind
        self._callbacks = callbacks
        self._steps = steps_an_epoch(config, len(dataset.train))
        self._total_steps = config.training.total_steps(self._steps)
        self._feed = Feed(dataset.train, self._batch_size)
        self.compile()

    def compile(self) -> None:
        """Make the loops anew: a compiled one knows which weights it trained, and by what."""
        model, size, held = self._model, self._batch_size, self._dataset.validation
        self._loop: TapeLoop | FitLoop = (
            TapeLoop(model, self._feed, size, self._seed, self._augmentation)
            if self._kind == "tape"
            else FitLoop(
                model, self._feed, size, self._seed, self._augmentation, self._callbacks
            )
        )
        self._validation = EvaluationLoop(model, held, size) if held else None

    def run(self, epoch: int, on_steps: Callable[[int, int], None]) -> Row:
        """Train and validate once.

        Args:
            epoch: Counted from 0.
            on_steps: Told how many steps of how many are done.

        Returns:
            The epoch's figures.

        Raises:
            TrainingError: If TensorFlow cannot go on.
        """
        left = self._total_steps - epoch * self._steps
        limit = min(len(self._dataset.train), left * self._batch_size)
        started = time.monotonic()
        try:
            logs = self._loop.run_epoch(
                epoch, limit, lambda done: on_steps(done, min(left, self._steps))
            )
            measured = self.validate()
        except REFUSALS as error:
            message = f"epoch {epoch + 1} failed: {one_line(error)}"
            raise TrainingError(message) from error
        logs = {name: logs[name] for name in [*self._figures, *logs] if name in logs}
        logs |= {f"val_{name}": measured[name] for name in logs if name in measured}
        rate: Any = self._model.optimizer.learning_rate
        return {
            "epoch": epoch + 1,
            **logs,
            "learning_rate": float(rate),
            "seconds": round(time.monotonic() - started, 6),
        }

    def validate(self) -> dict[str, float]:
        """Measure the validation split; nothing where there is none."""
        return self._validation.measure() if self._validation else {}
