"""Bring a finished run's model back, and run it over raw examples."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.expansion import INPUT
from dlkit.config.feature_kinds import TextFeature
from dlkit.data.dataset import Split
from dlkit.data.tables.fitted import FittedColumn
from dlkit.data.unseen.known import Input, Known
from dlkit.errors import StorageError
from dlkit.inference.lookup import Record
from dlkit.model.inputs import model_input
from dlkit.model.objects import REFUSALS, one_line
from dlkit.train.tape import MIN_EVALUATION_BATCH

TABLE_ROWS = 8192
"""Rows of a table that are computed at a time where each becomes one vector."""

LIBRARIES = ("tensorflow", "absl", "py.warnings")


@dataclass(frozen=True)
class FinishedRun:
    """A run that can be used.

    Attributes:
        record: What it wrote down.
        model: From raw inputs to outputs, not compiled.
        known: What it knows of its data.
        columns: Those that the model reads of a table; empty for arrays.
    """

    record: Record
    model: keras.Model
    known: Known
    columns: tuple[FittedColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the classes, the labels or the values."""
        return self.known.class_names or self.known.target_names

    @property
    def from_logits(self) -> bool:
        """Whether the outputs of a classification are logits."""
        return bool(self.record.loaded.config.loss.arguments.get("from_logits", False))

    @property
    def batch(self) -> int:
        """How many examples are computed at a time.

        Rows of a table that become one vector are cheap; what else there is takes as much
        memory as in training.
        """
        settings = [column.feature.settings for column in self.columns]
        texts = [each for each in settings if isinstance(each, TextFeature)]
        if self.columns and not any(each.output_mode in ("int", "raw") for each in texts):
            return TABLE_ROWS
        return max(self.record.loaded.config.training.batch_size, MIN_EVALUATION_BATCH)

    def batches(self, split: Split) -> Iterator[tuple[Any, Split]]:
        """Cut examples into batches, and give each as the model takes it beside itself."""
        for start in range(0, len(split), self.batch):
            piece = split.take(slice(start, start + self.batch))
            yield model_input(piece.x, self.columns), piece


def open_run(record: Record) -> FinishedRun:
    """Load the model of a run.

    Raises:
        StorageError: If it cannot be loaded.
    """
    model = _load_model(record)
    config = record.loaded.config.dataset
    facts = record.facts
    columns = facts.get("columns") or {}
    known = Known(
        config=config,
        task=facts["task"],
        class_names=tuple(facts["class_names"]),
        target_names=tuple(facts["target_names"]),
        vocabularies={
            name: frozenset(column.get("vocabulary", ())) for name, column in columns.items()
        },
        inputs=_inputs(model),
    )
    fitted = tuple(FittedColumn(name, config.features[name]) for name in columns)
    return FinishedRun(record, model, known, fitted)


def _load_model(record: Record) -> keras.Model:
    """Load a model without anything that could run code of its own.

    Raises:
        StorageError: If the file is damaged or no such model.
    """
    path = record.folder.model
    try:
        with quiet():
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except REFUSALS as error:
        _, _, inmost = str(error).rpartition("Exception encountered: ")  # Keras's cause, last
        reason = one_line(ValueError(inmost))
        raise StorageError(f"{path}: the model cannot be loaded: {reason}") from error


def _inputs(model: keras.Model) -> dict[str, Input]:
    """Return what a model takes, by name; a lone input is called ``input``."""
    sequential = isinstance(model, keras.Sequential)
    taken = model.inputs[0] if sequential else model.input
    taken = taken if isinstance(taken, dict) else {INPUT: taken}
    return {
        name: Input(tuple(tensor.shape[1:]), tensor.dtype == "string")
        for name, tensor in taken.items()
    }


class Runner:
    """Gives a model's outputs for raw examples.

    Args:
        run: The finished run.
    """

    def __init__(self, run: FinishedRun) -> None:
        self._run = run
        model = run.model
        self._call = tf.function(lambda x: model(x, training=False), reduce_retracing=True)

    def __call__(self, split: Split) -> np.ndarray:
        """Return float32 outputs of shape ``(examples, *output_shape)``."""
        outputs = []
        for x, _ in self._run.batches(split):
            with quiet():
                outputs.append(tf.cast(self._call(x), tf.float32).numpy())
        return np.concatenate(outputs)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep to themselves what libraries warn of while the context lasts.

    A person who uses a finished model can change nothing about it.
    """
    loggers = [logging.getLogger(name) for name in LIBRARIES]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, disabled in zip(loggers, before, strict=True):
            logger.disabled = disabled
