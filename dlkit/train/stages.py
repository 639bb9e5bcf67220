"""Begin a stage of training: which weights it trains, and with which optimizer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue
from dlkit.config.schema import Config
from dlkit.config.stage_rules import STAGES, parts_of, unknown_layer
from dlkit.config.training_section import StageConfig
from dlkit.data.dataset import Dataset, first_examples
from dlkit.errors import ModelError, Path, Problem
from dlkit.model.freezing import read_flags, set_flags, set_trainable
from dlkit.model.summary import StageRow
from dlkit.train.assembly import SAMPLE, compile_model, prove_training_step, tasks_of
from dlkit.train.augmentation import Augmentation
from dlkit.train.loops.feed import tensors
from dlkit.train.memory_need import refuse_large_training
from dlkit.train.rates.optimizer import build_optimizer


@dataclass(frozen=True)
class Stages:
    """The stages of a config, and all it takes to begin one.

    Attributes:
        config: Names them.
        model: What they train.
        layers: Its layers by their names.
        dataset: The data as the model takes it.
        catalogue: Knows each optimizer's default learning rate.
        augmentation: Changes each training batch, or None.
    """

    config: Config
    model: keras.Model
    layers: Mapping[str, Any]
    dataset: Dataset
    catalogue: Catalogue
    augmentation: Augmentation | None = None

    def prove(self) -> tuple[StageRow, ...]:
        """Begin every stage in its turn, make one step in each, and take all of it back.

        The model keeps the optimizer of the last one, which has taken no step.

        Raises:
            ModelError: If a stage cannot begin.
        """
        flags = read_flags(self.model)
        try:
            return tuple(
                self._prove(index) for index in range(len(self.config.training.stages))
            )
        finally:
            set_flags(flags)

    def begin(self, index: int, *, proves: bool = False) -> StageRow:
        """Make the model ready for a stage, its weights as they are.

        Args:
            index: Of the stage, from 0; the ones before it have begun already.
            proves: Whether this is before training: during it the examples and the best
                weights are in memory already, and would be counted twice.

        Raises:
            ModelError: If a layer is unknown, nothing is left to train, or Keras refuses
                the optimizer.
            TrainingError: If there is not enough memory for what it proves.
        """
        said = self.config.training.stages[index]
        full = self.config.training.stages_in_full()[index]
        path: Path = (*STAGES, index)
        for name, trainable in said.trainable.items():
            place = (*path, "trainable", name)
            if name not in self.layers:
                raise ModelError(unknown_layer(name, self.layers, place))
            set_trainable(self.layers[name], trainable, place)
        if not self.model.trainable_variables:
            message = "no layer has weights to train in this stage."
            raise ModelError(Problem(message, path, "Give it a `trainable` with a layer."))
        self._compile(full, proves=proves)
        optimizer = self.model.optimizer
        return StageRow(
            number=index + 1,
            epochs=said.epochs,
            changes=tuple(_in_words(*each) for each in said.trainable.items()),
            trainable=sum(math.prod(v.shape) for v in self.model.trainable_variables),
            optimizer=type(getattr(optimizer, "inner_optimizer", optimizer)).__name__,
            learning_rate=float(keras.ops.convert_to_numpy(optimizer.learning_rate)),
            schedule=rate.name if (rate := parts_of(self.config)[index].rate) else "",
            optimizer_bytes=sum(v.numpy().nbytes for v in optimizer.variables),
        )

    def _compile(self, stage: StageConfig, *, proves: bool) -> None:
        """Compile the model with the stage's optimizer."""
        model, config, dataset = self.model, self.config, self.dataset
        steps = config.training.steps_of_epoch(len(dataset.train))
        with model.distribute_strategy.scope():
            optimizer = build_optimizer(config, model, steps, self.catalogue, stage)
            compile_model(model, optimizer, config, tasks_of(dataset, config))
            if proves:
                refuse_large_training(model, model.optimizer, dataset)
            model.optimizer.build(model.trainable_variables)

    def _prove(self, index: int) -> StageRow:
        """Begin a stage, and make one step that is taken back."""
        row = self.begin(index, proves=True)
        few = tensors(first_examples(self.dataset.train, SAMPLE))
        prove_training_step(self.model, few, self.augmentation)
        return row


def _in_words(name: str, trainable: bool | dict[str, str]) -> str:
    """Say what a stage does with a layer."""
    if isinstance(trainable, dict):
        return f"{name} trained from {trainable['from']}"
    return f"{name} {'trained' if trainable else 'frozen'}"
