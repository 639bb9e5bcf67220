"""The user's Keras callbacks: told what happens, and named when they fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from dlkit.config.columns import figure_names, higher_is_better
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.errors import Path, Problem, TrainingError
from dlkit.model.objects import build_object, one_line
from dlkit.train.state.memory import recall, remember

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
    """

    def __init__(
        self,
        callbacks: Sequence[keras.callbacks.Callback],
        model: keras.Model,
        epochs: int,
        steps: int,
    ) -> None:
        self._callbacks = tuple(callbacks)
        for callback in self._callbacks:
            callback.set_params({"epochs": epochs, "steps": steps, "verbose": 0})
            callback.set_model(model)

    def remembered(self) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
        """Return what the callbacks remember, as plain values and arrays."""
        return remember(self._callbacks)

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
        for index, callback in enumerate(self._callbacks):
            try:
                getattr(callback, hook)(*arguments)
            except Exception as error:  # a callback is anybody's code and raises anything
                path: Path = ("training", "callbacks", index)
                message = f"{type(callback).__name__} failed: {one_line(error)}"
                raise TrainingError(Problem(message, path)) from error
