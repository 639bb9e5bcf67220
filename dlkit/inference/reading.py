"""Bring a finished run's model back, and run it over raw examples."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from zipfile import is_zipfile

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.expansion import INPUT
from dlkit.config.feature_kinds import TextFeature
from dlkit.config.outputs import views
from dlkit.config.schema import Config
from dlkit.config.targets import labels_view, needs_no_labels
from dlkit.data.dataset import Split, Target, Value
from dlkit.data.tables.fitted import FittedColumn
from dlkit.data.unseen.known import Input, Known, known_outputs
from dlkit.errors import StorageError
from dlkit.model.compiled import compiled
from dlkit.model.inputs import model_input
from dlkit.model.objects import REFUSALS, one_line
from dlkit.report.finished import Record
from dlkit.train.loops.evaluation import MIN_EVALUATION_BATCH

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
    def config(self) -> Config:
        """The config with everything filled in."""
        return self.record.loaded.config

    @property
    def targets(self) -> dict[str, Target]:
        """What each output learned by its name; the only one's is empty without one."""
        known = self.known
        own = Target(known.task, known.class_names, known.target_names)
        facts = self.record.facts.get("outputs") or {}
        return {
            name: _target(facts[name]) if name in facts else own for name in views(self.config)
        }

    @property
    def copies(self) -> dict[str, str]:
        """For outputs that give the input back the layer that makes what that is."""
        return {name: target.copies for name, target in self.targets.items() if target.copies}

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
        return max(self.config.training.batch_size, MIN_EVALUATION_BATCH)

    def batches(self, split: Split) -> Iterator[tuple[Any, Split]]:
        """Cut examples into batches, and give each as the model takes it beside itself."""
        for start in range(0, len(split), self.batch):
            piece = split.take(slice(start, start + self.batch))
            yield model_input(piece.x, self.columns), piece


def _target(facts: Mapping[str, Any]) -> Target:
    """Return what an output learned, from what the run wrote down."""
    classes, values = tuple(facts["class_names"]), tuple(facts["target_names"])
    return Target(facts["task"], classes, values, facts.get("copies", ""))


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
        config=labels_view(record.loaded.config).dataset,
        task=facts["task"],
        class_names=tuple(facts["class_names"]),
        target_names=tuple(facts["target_names"]),
        vocabularies={
            name: frozenset(column.get("vocabulary", ())) for name, column in columns.items()
        },
        inputs=_inputs(model),
        is_labelled=not needs_no_labels(record.loaded.config),
    )
    outputs = known_outputs(known, record.loaded.config, facts.get("outputs") or {})
    known = replace(known, outputs=outputs)
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
        reason = one_line(ValueError(inmost)) if is_zipfile(path) else "it is no Keras file."
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
        self._call = compiled(lambda x: model(x, training=False), reduce_retracing=True)

    def __call__(self, split: Split) -> Value:
        """Return float32 outputs of shape ``(examples, *output_shape)``, by name if named."""
        outputs = []
        for x, _ in self._run.batches(split):
            with quiet():
                outputs.append(tf.nest.map_structure(_numbers, self._call(x)))
        return tf.nest.map_structure(lambda *arrays: np.concatenate(arrays), *outputs)  # type: ignore[no-any-return]


def _numbers(tensor: tf.Tensor) -> np.ndarray:
    return np.asarray(tf.cast(tensor, tf.float32))


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
