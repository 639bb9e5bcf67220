"""The user's Keras callbacks: told what happens, and named when they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import numpy as np

from dlkit.config.columns import figure_names, higher_is_better
from dlkit.config.objects import KerasObject
from dlkit.config.schedules import as_callback, is_plateau
from dlkit.config.schema import Config
from dlkit.config.stage_rules import parts_of
from dlkit.errors import Path, Problem, TrainingError
from dlkit.model.objects import build_object, one_line
from dlkit.train.state.csv_log import continue_logs
from dlkit.train.state.memory import Memory, recall, remember

NO_PLATEAUS: Mapping[int, keras.callbacks.Callback] = MappingProxyType({})

BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_train_batch_begin", "on_train_batch_end")
"""Hooks that only Keras's own trainer can call."""


def build_callbacks(config: Config) -> list[keras.callbacks.Callback]:
    """Build the callbacks of a config.

    Those that watch a figure and leave open whether more of it is better are told: Keras
    itself does not know it of the figures of several outputs. Of a metric of one's own
    nobody does.

    Raises:
        ModelError: If Keras refuses the arguments of one.
    """
    callbacks = config.training.callbacks
    return [build_object(each, extra=direction(each, config)) for each in callbacks]


def build_plateaus(config: Config) -> dict[int, keras.callbacks.Callback]:
    """Build what lowers the rate on a plateau, for each stage (from 0) that asks for it.

    Without stages all of training is stage 0.

    Raises:
        ModelError: If Keras refuses the arguments of one.
    """
    written = {index: part.rate for index, part in enumerate(parts_of(config))}
    asked = {i: as_callback(rate) for i, rate in written.items() if rate and is_plateau(rate)}
    return {
        index: build_object(callback, extra=direction(callback, config))
        for index, callback in asked.items()
    }


def direction(callback: KerasObject, config: Config) -> dict[str, str]:
    """Return the argument that says whether more of what a callback watches is better.

    Args:
        callback: As written; what it says itself wins.
        config: Says which figures there are.

    Returns:
        ``mode``; nothing where the callback watches none, or nobody knows it.
    """
    known = callback.entry.parameters if callback.entry else {}
    if not {"monitor", "mode"} <= {*known}:
        return {}
    monitor = str(callback.arguments.get("monitor", known["monitor"].default))
    figures = figure_names(config)
    metric = figures.get(monitor.removeprefix("val_"))
    if monitor.removeprefix("val_") not in figures or (metric and metric.own_code):
        return {}
    return {"mode": "max" if higher_is_better(config, monitor) else "min"}


def wants_batches(callbacks: Sequence[keras.callbacks.Callback]) -> bool:
    """Tell whether one of some callbacks does something at every batch."""
    base = keras.callbacks.Callback
    return any(
        getattr(type(callback), hook) is not getattr(base, hook)
        for callback in callbacks
        for hook in BATCH_HOOKS
    )


class UserCallbacks:
    """Callbacks in the order they are written, tied to one model.

    Args:
        callbacks: Keras callbacks.
        model: The model that is trained.
        epochs: How many epochs are planned.
        steps: Steps of an epoch.
        plateaus: What lowers the rate in single stages, by their indices; told before the
            user's own, and in these stages only.
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        model: keras.Model,
        epochs: int,
        steps: int,
        plateaus: Mapping[int, keras.callbacks.Callback] = NO_PLATEAUS,
    ) -> None:
        self._stages = (*plateaus, *(None for _ in callbacks))
        self._stage = 0
        self._callbacks = (*plateaus.values(), *callbacks)
        self._begun = Memory()
        for callback in self._callbacks:
            callback.set_params({"epochs": epochs, "steps": steps, "verbose": 0})
            callback.set_model(model)

    def begin(self, epochs: int | None) -> None:
        """Tell that training begins, or goes on.

        Args:
            epochs: How many epochs were over when it stopped; None where it begins.

        Raises:
            TrainingError: If a callback fails.
            StorageError: If a file of a callback's cannot be continued.
        """
        if epochs is not None:
            continue_logs(self._callbacks, epochs)
        self.tell("on_train_begin")
        self._begun = remember(self._callbacks)

    def begin_stage(self, stage: int) -> None:
        """Tell that a stage (from 0) begins: what lowers the rate in it starts anew."""
        self._stage = stage
        for callback, own in zip(self._callbacks, self._stages, strict=True):
            if own == stage:
                callback.on_train_begin()

    def remembered(self) -> Memory:
        """Return what the callbacks have learned since training began."""
        return remember(self._callbacks).since(self._begun)

    def recall(
        self, told: Sequence[Mapping[str, Any]], arrays: Mapping[str, np.ndarray]
    ) -> None:
        """Give the callbacks back what they remembered, after training has begun."""
        recall(self._callbacks, told, arrays)

    def tell(self, hook: str, *arguments: Any) -> None:
        """Call one hook of every callback, e.g. ``tell("on_epoch_end", epoch, logs)``.

        Raises:
            TrainingError: If a callback fails, at its place in the config.
        """
        others = len(self._stages) - self._stages.count(None)
        for index, (callback, stage) in enumerate(
            zip(self._callbacks, self._stages, strict=True)
        ):
            if stage not in (None, self._stage):
                continue
            try:
                getattr(callback, hook)(*arguments)
            except Exception as error:  # a callback is anybody's code and raises anything
                path: Path = ("training", "callbacks", index - others)
                path = ("lr_schedule",) if stage is not None else path
                message = f"{type(callback).__name__} failed: {one_line(error)}"
                raise TrainingError(Problem(message, path)) from error
