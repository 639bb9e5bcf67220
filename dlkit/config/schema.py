"""The sections of a config, their types and their defaults: the one place for both.

Keras's own objects are read before (``objects``), so here they are values of one type.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.values import parse_number

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}"
"""Names that are safe as a folder on every system."""


LARGEST = 2**31 - 1
"""The largest count: what TensorFlow indexes with."""


def _share(value: Any) -> int | float:
    """Accept a fraction between 0 and 1 or a count of examples.

    Raises:
        PydanticCustomError: If the value is neither.
    """
    number = parse_number(value)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        number = -1
    if number == 1 and isinstance(number, float):
        number = -1  # 1.0 could mean all examples, or one
    if not (0 < number < 1 or (number >= 0 and float(number).is_integer())):
        raise PydanticCustomError("share", "expected a fraction between 0 and 1, or a count")
    return int(number) if number >= 1 or number == 0 else number


def _given(value: Any) -> int:
    """Refuse a length that is written and left empty, or is no whole number.

    Raises:
        PydanticKnownError: If the value is no integer.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise PydanticKnownError("int_type")
    return value


Number = Annotated[
    float, BeforeValidator(parse_number), Field(strict=True, allow_inf_nan=False)
]
Penalty = Annotated[Number, Field(ge=0)]
Share = Annotated[int | float, PlainValidator(_share)]
Positive = Annotated[int, Field(strict=True, ge=1, le=LARGEST)]
Length = Annotated[int | None, BeforeValidator(_given), Field(ge=1, le=LARGEST)]
Text = Annotated[str, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


DEFAULT_EPOCHS = 10


class Section(BaseModel):
    """A part of the config: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetConfig(Section):
    """Which data, and how it is split."""

    source: Text
    offline: Text | None = None
    validation: Share = 0.1
    test: Share | None = None


class ArchitectureConfig(Section):
    """The layers, in order or as a graph."""

    layers: Annotated[tuple[InstanceOf[LayerEntry], ...], Field(min_length=1)]


class EarlyStoppingConfig(Section):
    """When to stop, and whether the best epoch's weights come back."""

    monitor: Text = "val_loss"
    patience: Positive = 3
    min_delta: Penalty = 0.0
    mode: Literal["auto", "min", "max"] = "auto"
    restore_best: Flag = True


class RegularizationConfig(Section):
    """What keeps the model from learning its training data by heart."""

    l1: Penalty = 0.0
    l2: Penalty = 0.0
    early_stopping: EarlyStoppingConfig | None = None


class TrainingConfig(Section):
    """How long, in epochs or in optimizer steps, and how training runs."""

    epochs: Length = None
    steps: Length = None
    batch_size: Positive = 32
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
    """One experiment."""

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
