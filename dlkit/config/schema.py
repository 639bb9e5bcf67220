"""The sections of a config, their types and their defaults: the one place for both.

Keras's own objects are read before (``objects``), so here they are values of one type.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, InstanceOf

from dlkit.config.dataset_section import DatasetConfig, TargetConfig, read_target
from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.section import NAME_PATTERN, Penalty, Section, Text
from dlkit.config.sweep.section import SweepConfig
from dlkit.config.training_section import DEFAULT_EPOCHS, RegularizationConfig, TrainingConfig


class ArchitectureConfig(Section):
    """The layers, in order or as a graph.

    Attributes:
        layers: Layers, each reading the one above it unless it says ``from``.
    """

    layers: Annotated[tuple[InstanceOf[LayerEntry], ...], Field(min_length=1)]


def _output_target(value: Any) -> Any:
    """Take the data itself as a target, beside what every target may be."""
    return value if value == INPUT else read_target(value)


class OutputConfig(Section):
    """What one of several outputs learns.

    Attributes:
        loss: What training makes small.
        weight: How much its loss counts beside those of the others.
        metrics: What is told of it besides.
        target: The column or array that it foretells; `input`: what the model reads; else
            the target of the dataset.
    """

    loss: InstanceOf[KerasObject]
    weight: Penalty = 1.0
    metrics: tuple[InstanceOf[KerasObject], ...] = ()
    target: Annotated[
        Literal["input"] | TargetConfig | None, BeforeValidator(_output_target)
    ] = None


class ReportConfig(Section):
    """What a run leaves beside what every run does.

    Attributes:
        tensorboard: Whether every epoch goes into event files for TensorBoard as well.
    """

    tensorboard: Annotated[bool, Field(strict=True)] = False


class Config(Section):
    """One experiment.

    Attributes:
        name: What its runs are called; None: as its file.
        seed: The same seed gives the same run.
        repeat: How often it is run, each time with the next seed: data that is divided at
            random is divided anew, weights and batches are drawn anew. Each is a run of its
            own; the page of all has mean and spread, and the ensemble of the models where
            all have the same test examples.
        dataset: Which data, what its columns are, and how it is split.
        architecture: The layers, in order or as a graph.
        outputs: What each of several outputs learns, by the name of its layer.
        loss: What training makes small; of several outputs the first one's.
        metrics: What is told of the model besides; of several outputs the first one's.
        initial_weights: A finished run whose weights training starts from, where they fit.
        optimizer: What changes the weights.
        lr_schedule: How the learning rate changes.
        regularization: What keeps the model from learning its training data by heart.
        training: How long, and how training runs.
        report: What it leaves beside what every run does.
        sweep: Which settings are tried, one trial after another; None: it is run as it is.
    """

    name: Annotated[Text, Field(pattern=f"^{NAME_PATTERN}$")]
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**31)] = 0
    repeat: Annotated[int, Field(strict=True, ge=1, le=1000)] = 1
    dataset: DatasetConfig
    architecture: ArchitectureConfig
    outputs: dict[str, OutputConfig] = Field(default_factory=dict)
    loss: InstanceOf[KerasObject]
    metrics: tuple[InstanceOf[KerasObject], ...] = ()
    initial_weights: Text | None = None
    optimizer: InstanceOf[KerasObject]
    lr_schedule: InstanceOf[KerasObject] | None = None
    regularization: RegularizationConfig = RegularizationConfig()
    training: TrainingConfig = TrainingConfig()
    report: ReportConfig = ReportConfig()
    sweep: SweepConfig | None = None


DEFAULT_OPTIMIZER = "Adam"
"""The optimizer of a config that names none."""


def default_values() -> dict[str, Any]:
    """Return the defaults of plain settings by their dotted names: ``seed`` is 0."""
    sections: dict[str, type[Section]] = {
        "": Config,
        "dataset.": DatasetConfig,
        "regularization.": RegularizationConfig,
        "training.": TrainingConfig,
        "report.": ReportConfig,
    }
    found = {
        f"{prefix}{name}": field.default
        for prefix, section in sections.items()
        for name, field in section.model_fields.items()
        if isinstance(field.default, (bool, int, float, str))
    }
    return found | {"training.epochs": DEFAULT_EPOCHS}
