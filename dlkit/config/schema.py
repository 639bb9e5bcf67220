"""The sections of a config, their types and their defaults: the one place for both.

Keras's own objects are read before (``objects``), so here they are values of one type.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    InstanceOf,
    PlainValidator,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from dlkit.config.choices import Choice
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.section import (
    NAME_PATTERN,
    Flag,
    Length,
    Penalty,
    Positive,
    Section,
    Text,
    Texts,
    Word,
    Words,
    share,
)
from dlkit.config.values import parse_number

DEFAULT_EPOCHS = 10


class MarkedRows(Section):
    """The rows of a table that a column marks.

    Attributes:
        column: Its name.
        value: What stands in it there.
    """

    column: Text
    value: Word = "1"


_NUMBER_LIKE = re.compile(r"\s*[-+]?[.,]?\d[\d\s.,%/]*")
"""Texts that are meant as numbers: nobody calls a file ``10%``."""


def _part(value: Any) -> Any:
    """Accept a share of the examples, a file, or rows that a column marks.

    Raises:
        PydanticCustomError: If the value is none of these.
    """
    if isinstance(value, MarkedRows):
        return value
    if isinstance(value, dict):
        try:
            return MarkedRows.model_validate(value)
        except ValidationError as error:
            raise PydanticCustomError("part", "`{column: split, value: test}`") from error
    number = parse_number(value)
    if isinstance(number, str) and number and not _NUMBER_LIKE.fullmatch(number):
        return value
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return share(value)
    words = "a fraction between 0 and 1, a count, a file or `{column: name, value: text}`"
    raise PydanticCustomError("part", words)


Part = Annotated[
    int | float | str | MarkedRows,
    PlainValidator(_part, json_schema_input_type=int | float | str | MarkedRows),
]


Classes = Annotated[
    Words,
    Field(min_length=2),
    WithJsonSchema({"type": "array", "items": {"type": ["string", "integer"]}, "minItems": 2}),
]
"""Names of classes; those that are whole numbers need no quotes."""


class TargetConfig(Section):
    """What is learned: one column of a table or several.

    Attributes:
        columns: Their names. Several are several values, or several yes-or-no labels.
        separator: What stands between the labels of one cell that holds several.
        classes: The classes in the order of their units; None sorts them.
    """

    columns: Texts
    separator: Annotated[Text, Field(min_length=1)] | None = None
    classes: Classes | None = None


def _target(value: Any) -> Any:
    """Take a column, or a list of them, as a target without settings.

    Raises:
        PydanticCustomError: If the value is none, and no mapping either.
    """
    if isinstance(value, (str, list, tuple)):
        return {"columns": value}
    if value is None or isinstance(value, (dict, TargetConfig)):
        return value
    raise PydanticCustomError("target", "the name of a column, or a list of them")


class DatasetConfig(Section):
    """Which data, what its columns are, and how it is split.

    Attributes:
        source: Where the data comes from: a named dataset, files, or data that is made.
        offline: The named dataset that stands in where the source cannot be had.
        target: What is learned: a column of a table, or several.
        features: What columns of a table hold; the others are guessed, and told.
        sample_weight: The column that says how much each example counts.
        validation: What is watched in training: a fraction of the training examples, a
            count, a file, or the rows that a column marks.
        test: What is looked at once, at the end; None: the source's own test split, or a
            fifth where it has none.
        folds: How many models are trained, each tested on another part of the data.
        group: A column; rows that share its value are never divided.
        time: A column; the test is later than what is learned from.
        stream: Whether the data is read in blocks; ``auto`` does so where it is large.
    """

    source: InstanceOf[Choice]
    offline: Text | None = None
    target: Annotated[TargetConfig, BeforeValidator(_target)] | None = None
    features: dict[str, InstanceOf[Choice]] = Field(default_factory=dict)
    sample_weight: Text | None = None
    validation: Part = 0.1
    test: Part | None = None
    folds: Annotated[Positive, Field(ge=2)] | None = None
    group: Text | None = None
    time: Text | None = None
    stream: Literal["auto"] | Flag = "auto"


class ArchitectureConfig(Section):
    """The layers, in order or as a graph.

    Attributes:
        layers: Layers, each reading the one above it unless it says ``from``.
    """

    layers: Annotated[tuple[InstanceOf[LayerEntry], ...], Field(min_length=1)]


class EarlyStoppingConfig(Section):
    """When to stop, and whether the best epoch's weights come back.

    Attributes:
        monitor: What is watched: ``val_loss``, ``accuracy``, ...
        patience: Epochs without an improvement that are waited for.
        min_delta: What counts as an improvement.
        mode: Whether less or more is better; ``auto`` knows it of the monitor.
        restore_best: Whether the best epoch's weights come back.
    """

    monitor: Text = "val_loss"
    patience: Positive = 3
    min_delta: Penalty = 0.0
    mode: Literal["auto", "min", "max"] = "auto"
    restore_best: Flag = True


class RegularizationConfig(Section):
    """What keeps the model from learning its training data by heart.

    Attributes:
        l1: Penalty on the absolute weights of layers that set none.
        l2: Penalty on the squared weights of layers that set none.
        early_stopping: When training ends before its last epoch.
        augmentation: Layers that change the training examples at random.
    """

    l1: Penalty = 0.0
    l2: Penalty = 0.0
    early_stopping: EarlyStoppingConfig | None = None
    augmentation: tuple[InstanceOf[KerasObject], ...] = ()


class TrainingConfig(Section):
    """How long, in epochs or in optimizer steps, and how training runs.

    Attributes:
        epochs: How often all training examples are seen; 10 where nothing says how long.
        steps: How many optimizer steps are taken, instead of epochs.
        batch_size: Examples in one optimizer step.
        class_weight: How much the examples of each class count, by its name; ``balanced``
            gives every class the same total.
        loop: ``fit`` is Keras's own loop, ``tape`` one with a gradient tape.
        callbacks: Keras's callbacks.
    """

    epochs: Length = None
    steps: Length = None
    batch_size: Positive = 32
    class_weight: Literal["balanced"] | dict[str, Penalty] | None = None
    loop: Literal["auto", "tape", "fit"] = "auto"
    callbacks: tuple[InstanceOf[KerasObject], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _say_how_long(cls, data: Any) -> Any:
        """Train 10 epochs where neither epochs nor steps say how long."""
        unsaid = isinstance(data, dict) and not data.keys() & {"epochs", "steps"}
        return data | {"epochs": DEFAULT_EPOCHS} if unsaid else data

    def total_steps(self, steps_per_epoch: int) -> int:
        """Return how many optimizer steps training takes if nothing stops it."""
        return self.steps or steps_per_epoch * (self.epochs or DEFAULT_EPOCHS)


class Config(Section):
    """One experiment.

    Attributes:
        name: What its runs are called; None: as its file.
        seed: The same seed gives the same run.
        dataset: Which data, what its columns are, and how it is split.
        architecture: The layers, in order or as a graph.
        loss: What training makes small.
        metrics: What is told of the model besides.
        optimizer: What changes the weights.
        lr_schedule: How the learning rate changes.
        regularization: What keeps the model from learning its training data by heart.
        training: How long, and how training runs.
    """

    name: Annotated[Text, Field(pattern=f"^{NAME_PATTERN}$")]
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**31)] = 0
    dataset: DatasetConfig
    architecture: ArchitectureConfig
    loss: InstanceOf[KerasObject]
    metrics: tuple[InstanceOf[KerasObject], ...] = ()
    optimizer: InstanceOf[KerasObject]
    lr_schedule: InstanceOf[KerasObject] | None = None
    regularization: RegularizationConfig = RegularizationConfig()
    training: TrainingConfig = TrainingConfig()


DEFAULT_OPTIMIZER = "Adam"
"""The optimizer of a config that names none."""


def default_values() -> dict[str, Any]:
    """Return the defaults of plain settings by their dotted names: ``seed`` is 0."""
    sections: dict[str, type[Section]] = {
        "": Config,
        "dataset.": DatasetConfig,
        "regularization.": RegularizationConfig,
        "training.": TrainingConfig,
    }
    found = {
        f"{prefix}{name}": field.default
        for prefix, section in sections.items()
        for name, field in section.model_fields.items()
        if isinstance(field.default, (bool, int, float, str))
    }
    return found | {"training.epochs": DEFAULT_EPOCHS}
