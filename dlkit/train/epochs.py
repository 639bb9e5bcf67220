"""Whole epochs: the training loop, then the validation split."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import keras

from dlkit.config.columns import figure_names
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset, first_examples
from dlkit.errors import Path, Problem, TrainingError
from dlkit.model.memory import OUT_OF_MEMORY
from dlkit.model.objects import REFUSALS, one_line
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks
from dlkit.train.determinism import failure
from dlkit.train.diagnostics import Probe
from dlkit.train.loops.evaluation import EvaluationLoop
from dlkit.train.loops.feed import Feed, tensors
from dlkit.train.loops.fit import FitLoop
from dlkit.train.loops.method import Method
from dlkit.train.loops.step import evaluation_step
from dlkit.train.loops.tape import TapeLoop
from dlkit.train.plan import plan_training
from dlkit.train.rates.schedule import last_rate
from dlkit.train.state.variables import named, read, write

Row = dict[str, float]
"""An epoch of the history: ``epoch`` (from 1), ``stage`` (from 1, where there are stages),
figures, ``learning_rate``, ``seconds``, and what the diagnostics of layers have measured."""


class Epochs:
    """Runs epochs of a compiled model, once ``compile`` has made its loops.

    Args:
        model: The model.
        dataset: Provides the training and the validation split.
        config: Batch size, seed and length.
        augmentation: Changes each training batch, or None.
        method: Which loop runs, and how.
        callbacks: The user's.
    """

    def __init__(
        self,
        model: keras.Model,
        dataset: Dataset,
        config: Config,
        augmentation: Augmentation | None,
        method: Method,
        callbacks: UserCallbacks,
    ) -> None:
        self._model = model
        self._dataset = dataset
        self._batch_size = config.training.batch_size
        self._seed = config.seed
        self._figures = figure_names(config)
        self._augmentation = augmentation
        self.method = method
        self._free = config.training.xla == "auto"
        self._diagnoses = config.training.diagnostics
        self._callbacks = callbacks
        self.plan = plan_training(config.training, len(dataset.train))
        self._feed = Feed(dataset.train, self._batch_size)
        self.before = 0.0  # seconds of the epoch under way until it was interrupted
        self._begun = time.monotonic()

    def compile(self) -> None:
        """Make the loops, anew for each stage: they know what they train, and by what.

        Raises:
            TrainingError: If the config asks for XLA and it cannot compile the steps.
        """
        model, size, held = self._model, self._batch_size, self._dataset.validation
        self._probe = Probe(model, self._dataset.train, self._seed) if self._diagnoses else None
        self._loop = self._open_loop()
        self._validation = EvaluationLoop(model, held, size) if held else None

    def _open_loop(self) -> TapeLoop | FitLoop:
        """Return the loop; if XLA cannot compile it and nobody insists, without XLA.

        Raises:
            TrainingError: If the config asks for XLA and it cannot compile the steps.
        """
        common = (self._model, self._feed, self._batch_size, self._seed, self._augmentation)
        if self.method.loop == "fit":
            return FitLoop(*common, self._callbacks)
        loop = TapeLoop(*common, xla=self.method.xla, probe=self._probe)
        if not self.method.xla:
            return loop
        try:
            loop.compile_ahead()
        except REFUSALS as error:
            if not self._free:
                message = f"XLA cannot compile this training: {one_line(error)}"
                path: Path = ("training", "xla")
                raise TrainingError(Problem(message, path, "Leave it out.")) from error
            self.leave_xla()
            return TapeLoop(*common, probe=self._probe)
        return loop

    def leave_xla(self) -> None:
        """Go without XLA, where nobody insists on it: it could not compile a stage."""
        if self.method.xla and self._free:
            self.method = Method("tape", False, "it cannot compile this model")

    @property
    def variables(self) -> list[Any]:
        """What an epoch that is under way has collected of its loss and of its layers."""
        return list(self._loop.variables)

    @property
    def seconds(self) -> float:
        """How long the epoch under way takes, so far and without interruptions."""
        return self.before + time.monotonic() - self._begun

    @property
    def stops_within(self) -> bool:
        """Whether a state within an epoch can be kept, and gone on from."""
        return self.method.loop == "tape"

    def run(self, epoch: int, on_steps: Callable[[int, int], None], done: int = 0) -> Row:
        """Train and validate once.

        Args:
            epoch: Counted from 0.
            on_steps: Told how many steps of how many are done.
            done: Steps of the epoch that were taken already.

        Returns:
            The epoch's figures.

        Raises:
            TrainingError: If TensorFlow cannot go on.
        """
        steps = self.plan.steps(epoch)
        stretches = self.plan.stretches(epoch, done)
        self._begun = time.monotonic()
        if not done:
            self.before = 0.0
        try:
            logs = self._loop.run_epoch(
                epoch, stretches, lambda here: on_steps(done + here, steps)
            )
            finite = math.isfinite(logs["loss"])
            layers = self._probe.read_and_reset() if self._probe else {}
            measured = self.validate() if finite else {}
        except OUT_OF_MEMORY as error:
            message = f"epoch {epoch + 1} failed: there is not enough memory for a step."
            path: Path = ("training", "batch_size")
            hint = f"Make it smaller than {self._batch_size}."
            raise TrainingError(Problem(message, path, hint)) from error
        except REFUSALS as error:
            message = f"epoch {epoch + 1} failed: {one_line(error)}"
            raise TrainingError(failure(message, error)) from error
        logs = {name: logs[name] for name in [*self._figures, *logs] if name in logs}
        if self._validation and not measured:  # it diverged, and nothing more was measured
            measured = dict.fromkeys(logs, math.nan)
        logs |= {f"val_{name}": measured[name] for name in logs if name in measured}
        if not finite:  # like the figures: they would tell how many steps a call made
            layers = dict.fromkeys(layers, math.nan)
        return {
            "epoch": epoch + 1,
            **logs,
            "learning_rate": last_rate(self._model.optimizer),
            "seconds": round(self.seconds, 6),
            **layers,
        }

    def open_metrics(self) -> None:
        """Let the metrics make their variables, which they do when they see a batch.

        Nothing else changes: Keras's recurrent layers that drop out draw for it as well.
        """
        few = tensors(first_examples(self._dataset.train, 1))
        states = named({"states": self._model.non_trainable_variables})
        before = read(states)
        evaluation_step(self._model, keras.metrics.Mean(), *few)
        write(states, before)

    def validate(self) -> dict[str, float]:
        """Measure the validation split; nothing where there is none."""
        return self._validation.measure() if self._validation else {}
