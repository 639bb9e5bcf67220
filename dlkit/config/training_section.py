"""The sections regularization and training: what holds learning back, and how long it takes."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import Field, InstanceOf, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from dlkit.config.objects import KerasObject
from dlkit.config.section import Above, Flag, Length, Penalty, Positive, Rate, Section, Text

DEFAULT_EPOCHS = 10


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


class BothPenalties(Section):
    """Penalties on absolute and on squared weights together.

    Attributes:
        l1: Factor of the absolute weights.
        l2: Factor of the squared weights.
    """

    l1: Penalty
    l2: Penalty


class RegularizationConfig(Section):
    """What keeps the model from learning its training data by heart.

    A layer that says something itself keeps it.

    Attributes:
        l1: Penalty on the absolute kernel weights.
        l2: Penalty on the squared kernel weights.
        l1_l2: Both penalties.
        bias_regularizer: Penalty on biases.
        activity_regularizer: Penalty on the outputs of hidden layers.
        dropout: Share of the outputs of each hidden layer that is set to 0 in training.
        spatial_dropout: Share of the maps of each convolution that is set to 0 in training.
        batch_normalization: Whether each hidden layer is normalized by batches, ``before``
            or ``after`` its activation.
        gaussian_noise: Standard deviation of the noise on what the first hidden layer reads.
        max_norm: The most that the weights into one unit may have as their norm.
        label_smoothing: How much of a label's certainty is spread over all classes.
        weight_decay: Share of the weights that each step takes away, times the learning
            rate; biases and normalization are left alone.
        clipnorm: The most that the gradient of one weight may have as its norm.
        global_clipnorm: The most that all gradients together may have as their norm.
        clipvalue: The most that any number of a gradient may be.
        early_stopping: When training ends before its last epoch.
        augmentation: Layers that change the training examples at random.
    """

    l1: Penalty = 0.0
    l2: Penalty = 0.0
    l1_l2: BothPenalties | None = None
    bias_regularizer: InstanceOf[KerasObject] | None = None
    activity_regularizer: InstanceOf[KerasObject] | None = None
    dropout: Rate = 0.0
    spatial_dropout: Rate = 0.0
    batch_normalization: Literal["before", "after"] | None = None
    gaussian_noise: Penalty = 0.0
    max_norm: Above | None = None
    label_smoothing: Rate = 0.0
    weight_decay: Penalty = 0.0
    clipnorm: Above | None = None
    global_clipnorm: Above | None = None
    clipvalue: Above | None = None
    early_stopping: EarlyStoppingConfig | None = None
    augmentation: tuple[InstanceOf[KerasObject], ...] = ()


def _trained(value: Any) -> Any:
    """Accept whether a layer is trained, or from which of its layers on.

    Raises:
        PydanticCustomError: If the value is neither.
    """
    start = value.get("from") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(value, bool) or isinstance(start, str):
        return value
    raise PydanticCustomError("trained", "true, false or `{from: name of a layer}`")


Trained = Annotated[
    bool | dict[str, str],
    PlainValidator(_trained, json_schema_input_type=bool | dict[str, str]),
]
"""Whether a layer's weights are trained; of a layer that holds layers, from which on."""


class StageConfig(Section):
    """A part of training, with other weights to train or another optimizer.

    What a stage says holds for those after it too, until one of them says otherwise. The
    optimizer starts anew in every stage.

    Attributes:
        epochs: How often all training examples are seen.
        trainable: Layers whose weights are now trained, or no longer, by their names; of
            an application or a run's model also `{from: layer}`.
        learning_rate: Where the optimizer starts; else as before.
        optimizer: What changes the weights; else the one before, started anew.
        lr_schedule: How the learning rate changes; else the one before, started anew.
    """

    epochs: Positive
    trainable: dict[str, Trained] = Field(default_factory=dict)
    learning_rate: Above | None = None
    optimizer: InstanceOf[KerasObject] | None = None
    lr_schedule: InstanceOf[KerasObject] | None = None

    def after(self, before: StageConfig) -> StageConfig:
        """Return the stage with all that holds in it, given the same of the one before."""
        rate = self.learning_rate
        if rate is None and self.optimizer is None:  # another optimizer brings its own rate
            rate = before.learning_rate
        return self.model_copy(
            update={
                "trainable": before.trainable | self.trainable,
                "learning_rate": rate,
                "optimizer": self.optimizer or before.optimizer,
                "lr_schedule": self.lr_schedule or before.lr_schedule,
            }
        )


class LimitConfig(Section):
    """How little is enough for a quick try.

    Attributes:
        train_batches: The most batches that an epoch trains on.
        validation_batches: The most batches that are validated on.
        test_batches: The most batches that the model is tested on.
    """

    train_batches: Length = None
    validation_batches: Length = None
    test_batches: Length = None


class CheckpointConfig(Section):
    """When the state of training is kept, from which `--resume` goes on.

    It is kept at the end in any case, and when training is interrupted.

    Attributes:
        epochs: After how many epochs; else only time says it.
        seconds: How long after the last time; longer where keeping it takes long.
    """

    epochs: Length = None
    seconds: Above = 30.0


Automatic = Flag | Literal["auto"]
"""Whether something is done; `auto` decides it by a rule."""


class TrainingConfig(Section):
    """How long, in epochs or in optimizer steps, and how training runs.

    Attributes:
        epochs: How often all training examples are seen; 10 where nothing says how long.
        steps: How many optimizer steps are taken, instead of epochs.
        stages: Parts of training, one after another, instead of epochs: first new layers,
            then the whole model.
        batch_size: Examples in one optimizer step.
        steps_per_epoch: Steps after which an epoch counts as over; else when all training
            examples were seen.
        limit: The most batches of an epoch, of the validation and of the test, for a quick
            try.
        overfit: Trains on so many examples alone: a model that cannot learn a few by heart
            has a fault.
        class_weight: How much the examples of each class count, by its name; ``balanced``
            gives every class the same total.
        loop: ``fit`` is Keras's own loop, ``tape`` one with a gradient tape.
        xla: Whether steps are compiled by XLA.
        precision: The numbers that layers compute with; weights are always float32.
        deterministic: Whether the same run gives the same bits on the same machine.
        distribute: Several devices of this machine, or several machines.
        threads: How many threads compute; else one for each core. With another number sums
            are taken in another order, and convolutions end in other last bits.
        diagnostics: Whether gradients, weights and dead units are measured in every epoch.
        checkpoint: When the state of training is kept.
        callbacks: Keras's callbacks.
    """

    epochs: Length = None
    steps: Length = None
    stages: Annotated[tuple[StageConfig, ...], Field(min_length=1)] = ()
    batch_size: Positive = 32
    steps_per_epoch: Length = None
    limit: LimitConfig = LimitConfig()
    overfit: Length = None
    class_weight: Literal["balanced"] | dict[str, Penalty] | None = None
    loop: Literal["auto", "tape", "fit"] = "auto"
    xla: Automatic = "auto"
    precision: Literal["float32", "mixed_float16", "mixed_bfloat16"] = "float32"
    deterministic: Automatic = "auto"
    distribute: Literal["mirrored", "multi_worker"] | None = None
    threads: Annotated[int, Field(strict=True, ge=1, le=1024)] | None = None
    diagnostics: Flag = False
    checkpoint: CheckpointConfig = CheckpointConfig()
    callbacks: tuple[InstanceOf[KerasObject], ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _say_how_long(cls, data: Any) -> Any:
        """Train 10 epochs where nothing says how long."""
        unsaid = isinstance(data, dict) and not data.keys() & {"epochs", "steps", "stages"}
        return data | {"epochs": DEFAULT_EPOCHS} if unsaid else data

    def stages_in_full(self) -> tuple[StageConfig, ...]:
        """Return the stages, each with all that the ones before it have said."""
        return tuple(accumulate(self.stages, lambda before, stage: stage.after(before)))

    def steps_of_pass(self, examples: int) -> int:
        """Return how many steps see all examples; the last one may be a smaller batch."""
        return math.ceil(examples / self.batch_size)

    def steps_of_epoch(self, examples: int) -> int:
        """Return how many steps an epoch takes; fewer where training ends within it."""
        steps = self.steps_per_epoch or self.steps_of_pass(examples)
        return min(steps, self.limit.train_batches or steps)

    def total_steps(self, steps_per_epoch: int) -> int:
        """Return how many optimizer steps training takes if nothing stops it."""
        if self.stages:
            return steps_per_epoch * sum(stage.epochs for stage in self.stages)
        return self.steps or steps_per_epoch * (self.epochs or DEFAULT_EPOCHS)
