"""The epochs of a training, one after another, and all that has to be known to go on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol

import keras
import numpy as np

from dlkit.config.columns import is_figure
from dlkit.errors import Interrupted, StorageError
from dlkit.model.draws import open_draws, read_draws, write_draws
from dlkit.model.summary import StageRow
from dlkit.train.augmentation import Augmentation
from dlkit.train.callbacks import UserCallbacks
from dlkit.train.divergence import find_divergence
from dlkit.train.epochs import Epochs, Row
from dlkit.train.interruption import Wish
from dlkit.train.state.keeper import Keeper
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.variables import named, read, write
from dlkit.train.watch import Watch

Status = Literal["completed", "stopped early", "diverged"]


class Observer(Protocol):
    """Is told how training goes."""

    def on_stage(self, stage: StageRow, epochs: int, kept: int) -> None:
        """Hear that a stage begins.

        Args:
            stage: The stage.
            epochs: How many epochs there are to be in all, as far as one knows now.
            kept: The epoch (from 1) whose weights it begins with; 0 for the first stage.
        """

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Hear that an epoch (from 1) has done some of its steps."""

    def on_epoch(self, row: Row) -> None:
        """Hear the figures of an epoch that is over."""


@dataclass(frozen=True)
class Parts:
    """What a course sets in motion.

    Attributes:
        model: What is trained.
        epochs: Runs an epoch.
        hooks: The user's callbacks.
        watch: Knows the best epoch.
        observer: Is told how it goes.
        augmentation: Changes each training batch, or None.
        keeper: Keeps the state; None where nothing is kept.
        wish: Says whether somebody wants training to end.
    """

    model: keras.Model
    epochs: Epochs
    hooks: UserCallbacks
    watch: Watch
    observer: Observer
    augmentation: Augmentation | None
    keeper: Keeper | None
    wish: Wish


class Course:
    """The epochs that ran, stage after stage, and what they came to.

    Args:
        parts: What it sets in motion.
        started: When training began, by the monotonic clock.

    Attributes:
        rows: The history so far.
        stage: Number of the stage under way, from 0.
        begun: Epochs that were over when it began.
        kept: The epoch whose weights the model has since the last stage ended; 0 before.
        divergence: What stopped being a number, and when; empty where nothing did.
    """

    def __init__(self, parts: Parts, started: float) -> None:
        self._parts = parts
        self._started = started
        self._done = 0  # steps of the epoch under way
        self._before = 0.0  # seconds of training until it was interrupted
        self.rows: list[Row] = []
        self.stage = 0
        self.begun = 0
        self.kept = 0
        self.divergence = ""
        self._spare: tuple[int, Snapshot] | None = None
        open_draws()

    @property
    def diverged(self) -> bool:
        """Whether numbers stopped being numbers."""
        return bool(self.divergence)

    @property
    def is_over(self) -> bool:
        """Whether no stage can follow: a callback has ended training, or it diverged."""
        return self.diverged or bool(self._parts.model.stop_training)

    @property
    def seconds(self) -> float:
        """How long training took, validation included, without interruptions."""
        return self._before + time.monotonic() - self._started

    def status(self, planned: int) -> Status:
        """Say how training ended, of which so many epochs were planned."""
        if self.diverged:
            return "diverged"
        return "stopped early" if len(self.rows) < planned else "completed"

    def begin(self, stage: int) -> None:
        """Begin a stage, counted from 0."""
        self.stage, self.begun = stage, len(self.rows)
        self._parts.watch.begin_stage()

    def run(self, count: int, name: int | None) -> None:
        """Run the epochs of a stage, or those that are left, fewer where something ends it.

        Args:
            count: How many epochs the stage has.
            name: Its number, from 1; None where there are no stages.

        Raises:
            Interrupted: If somebody wants training to end.
        """
        model, watch, keeper = self._parts.model, self._parts.watch, self._parts.keeper
        while len(self.rows) - self.begun < count and not (self.is_over or watch.says_stop):
            self._run_epoch(name)
        if not self.diverged:
            self.keep()
        elif keeper:
            keeper.keep_best()
        kept = watch.restore(diverged=self.diverged)
        if kept is None:  # no epoch's weights were put back: the optimizer has the last word
            model.optimizer.finalize_variable_values(model.trainable_variables)
        self.kept = kept or len(self.rows)

    def _run_epoch(self, stage: int | None) -> None:
        """Run one epoch, or the rest of it, and tell of it."""
        parts, epoch = self._parts, len(self.rows)
        if not self._done:
            self._spare = self._make_spare()
            parts.hooks.tell("on_epoch_begin", epoch)
        row = parts.epochs.run(epoch, partial(self._on_steps, epoch), self._done)
        if stage is not None:
            row = {"epoch": row["epoch"], "stage": stage, **row}
        done, self._done = self._done, 0
        self.rows.append(row)
        parts.observer.on_epoch(row)
        figures = {name: row[name] for name in row if is_figure(name)}
        parts.hooks.tell("on_epoch_end", epoch, figures)
        weights = read(named({"weights": parts.model.weights}))
        self.divergence = find_divergence(row, weights, done)
        if self.diverged:
            return
        is_best = parts.watch.see(row, [*weights.values()])
        if is_best and parts.keeper:
            parts.keeper.see_best(epoch + 1, weights)
        self._obey(over=True)

    def _on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Pass on how far an epoch is, keep the state if it is time, and end if asked to."""
        self._done = done
        self._parts.observer.on_steps(epoch + 1, done, steps)
        if done < steps:  # else the epoch's end comes next
            self._obey(over=False)

    def _obey(self, *, over: bool) -> None:
        """Keep the state if it is time or if training is to end here.

        Raises:
            Interrupted: If somebody wants training to end.
        """
        keeper, wish = self._parts.keeper, self._parts.wish
        can_keep = over or self._parts.epochs.stops_within
        if keeper and can_keep and (wish.signal or keeper.is_due(len(self.rows), over=over)):
            self.keep()
        if not wish.signal:
            return
        if self._spare and keeper and not can_keep:
            number, snapshot = self._spare
            keeper.keep(number, lambda: snapshot, self._parts.watch.best_epoch)
        where = f"after epoch {len(self.rows)}"
        if not over:
            where = f"in epoch {len(self.rows) + 1}, step {self._done}"
        raise Interrupted(f"Interrupted {where}.", wish.signal)

    def _make_spare(self) -> tuple[int, Snapshot] | None:
        """Return the state at the beginning of an epoch, with the number of steps so far.

        It is kept if training is to end within an epoch that can only be begun anew. None
        where nothing is kept, or the state within an epoch can be.
        """
        parts = self._parts
        if parts.keeper is None or parts.epochs.stops_within:
            return None
        if len(self.rows) == self.begun:  # metrics have no variables before their first batch
            parts.epochs.open_metrics()
            parts.model.reset_metrics()
        return len(self.rows) * parts.epochs.plan.of_epoch, self._snapshot()

    def keep(self) -> None:
        """Keep the state as it is now, if anything keeps it."""
        keeper, plan = self._parts.keeper, self._parts.epochs.plan
        if keeper:
            number = len(self.rows) * plan.of_epoch + self._done
            keeper.keep(number, self._snapshot, self._parts.watch.best_epoch)

    def _snapshot(self) -> Snapshot:
        """Return the state as it is now."""
        memory = self._parts.hooks.remembered()
        facts = {
            "stage": self.stage,
            "begun": self.begun,
            "done": self._done,
            "rows": list(self.rows),
            "kept": self.kept,
            "stopped": bool(self._parts.model.stop_training),
            "seconds": self.seconds,
            "epoch_seconds": self._parts.epochs.seconds if self._done else 0.0,
            "xla": self._parts.epochs.method.xla,
            "watch": self._parts.watch.facts(),
            "callbacks": memory.told,
            "draws": read_draws(),
        }
        return Snapshot(facts, read(self._variables()) | memory.arrays)

    def _variables(self) -> dict[str, Any]:
        """Return everything that changes in training, by names."""
        model, augmentation = self._parts.model, self._parts.augmentation
        return named(
            {
                "model": model.variables,
                "optimizer": model.optimizer.variables,
                "metrics": [v for metric in model.metrics for v in metric.variables],
                "augmentation": augmentation.variables if augmentation else (),
                "loss": self._parts.epochs.variables,
            }
        )

    def take_up(self, snapshot: Snapshot) -> None:
        """Go on from a state; the stage that it is in has begun, and callbacks know of it.

        Raises:
            StorageError: If the state does not fit what is trained.
        """
        facts, parts = snapshot.facts, self._parts
        self.stage, self.begun, self._done = facts["stage"], facts["begun"], facts["done"]
        self.rows, self.kept = list(facts["rows"]), facts["kept"]
        self._before, parts.epochs.before = facts["seconds"], facts["epoch_seconds"]
        parts.model.stop_training = facts["stopped"]
        variables = {
            name: array
            for name, array in snapshot.arrays.items()
            if not name.startswith("callbacks/")
        }
        parts.epochs.open_metrics()
        try:
            write(self._variables(), variables)
            weights = self._best_weights(facts["watch"]["run"]["best_epoch"])
        except (OSError, ValueError) as error:
            raise StorageError(f"the state of the training does not fit: {error}.") from error
        parts.hooks.recall(facts["callbacks"], snapshot.arrays)
        parts.watch.take_up(facts["watch"], weights)
        write_draws(facts["draws"])

    def _best_weights(self, epoch: int) -> list[np.ndarray] | None:
        """Return the weights of the best epoch, for the model that may get them back.

        Raises:
            OSError: If it is to get them back, and they are not there.
            ValueError: If they do not fit.
        """
        keeper, here = self._parts.keeper, named({"weights": self._parts.model.weights})
        if not (epoch and keeper):
            return None
        try:
            arrays = keeper.read_best(epoch)
        except (OSError, ValueError):
            if self._parts.watch.restores:
                raise
            return None  # they would be wanted only if training diverged
        if set(here) != set(arrays):
            raise ValueError(f"the weights of epoch {epoch} are of another model")
        return [arrays[name] for name in here]
