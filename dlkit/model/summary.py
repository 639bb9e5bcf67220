"""A model as a table: what each layer makes of its input, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlkit.config.regularization.landing import Landing
from dlkit.errors import Problem

if TYPE_CHECKING:
    from dlkit.model.initial_weights import Taken


@dataclass(frozen=True)
class LayerRow:
    """One layer of a model.

    Attributes:
        name: The layer's name; behind that of the model that holds it.
        type: Its class; of one that is called again the name of that one.
        output_shape: With None for the batch.
        parameters: Number of its weights.
        line: Where it is written; 0 where the config has no lines.
    """

    name: str
    type: str
    output_shape: tuple[int | None, ...]
    parameters: int
    line: int


@dataclass(frozen=True)
class StageRow:
    """One stage of training.

    Attributes:
        number: From 1.
        epochs: How many it takes if nothing ends it.
        changes: What it does with layers, in words: ``vgg16 trained from block5_conv1``.
        trainable: Number of weights that it changes.
        optimizer: Its name.
        learning_rate: Where the optimizer starts.
        schedule: Name of what changes the rate; empty where it stays.
        optimizer_bytes: Memory of the optimizer's state.
    """

    number: int
    epochs: int
    changes: tuple[str, ...]
    trainable: int
    optimizer: str
    learning_rate: float
    schedule: str
    optimizer_bytes: int


@dataclass(frozen=True)
class Overview:
    """What a check finds of an experiment that could be trained.

    Attributes:
        warnings: What may be a mistake.
        data: Which data would be used, in words; empty where it was not looked for.
        notes: What was found of the data and chosen by rule.
        layers: In the order they are written; empty where no model was built.
        parameters: Number of all weights.
        trainable: Number of weights that training changes.
        weight_bytes: Memory of all the weights.
        optimizer_bytes: Memory of the optimizer's state.
        steps_per_epoch: Optimizer steps that an epoch takes.
        taken: What its layers would take over from the run of ``initial_weights``.
        stages: Of training, if it has any.
        regularization: What became of each of its settings.
        initialization: What there is to know of how weights begin.
        sweep: What would be swept, in words.
    """

    warnings: tuple[Problem, ...]
    data: str = ""
    notes: tuple[str, ...] = ()
    layers: tuple[LayerRow, ...] = ()
    parameters: int = 0
    trainable: int = 0
    weight_bytes: int = 0
    optimizer_bytes: int = 0
    steps_per_epoch: int = 0
    taken: tuple[Taken, ...] = ()
    stages: tuple[StageRow, ...] = ()
    regularization: tuple[Landing, ...] = ()
    initialization: tuple[str, ...] = ()
    sweep: tuple[str, ...] = ()
