"""What the rules read: plain values that a run came to, from its first epoch to its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlkit.config.datasets import Task
from dlkit.config.schema import Config

NORMAL = 2**0.5
"""Standard deviation of the square of a normal error, as a share of its mean."""


@dataclass(frozen=True)
class Answered:
    """What one output was to learn, and what it answers for the test split.

    Counts are those of the classes in their order; they are empty where it learns values,
    and where the labels are too many to be read again.

    Attributes:
        name: Of the output; empty where it is the only one.
        task: What it learns.
        classes: Their names.
        train: How often each class is the label of a training example.
        validation: The same of the validation split.
        true: The same of the test split.
        predicted: How often each is the answer for a test example.
        right: How many of those answers are true.
        spread: Of values: mean and standard deviation in each split, by its name.
        error_share: Of values: the squared test error as a share of what answering the
            mean of the test split would leave.
        error_spread: Of values: the standard deviation of the examples' squared errors as a
            share of their mean; 1.41 where errors are normal, more where a few are large.
        naive_loss: The loss of answering the shares of the training classes, or the one
            best value; None where it has no closed form here.
        least_loss: What the best answers would leave of it: more than 0 where labels are
            smoothed.
    """

    task: Task
    name: str = ""
    classes: tuple[str, ...] = ()
    train: tuple[int, ...] = ()
    validation: tuple[int, ...] = ()
    true: tuple[int, ...] = ()
    predicted: tuple[int, ...] = ()
    right: tuple[int, ...] = ()
    spread: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    error_share: float | None = None
    error_spread: float = NORMAL
    naive_loss: float | None = None
    least_loss: float = 0.0


@dataclass(frozen=True)
class Network:
    """What a rule has to know of the model, as it was trained.

    Attributes:
        parameters: How many weights it has.
        bends: Hidden layers that are more than a weighted sum: with an activation, or none
            that is known to be without.
        sigmoids: Hidden layers with a sigmoid, where they stand one after another without
            anything that normalizes between them.
        recurrent: Whether there are recurrent layers.
        clipped: Whether gradients are clipped.
        noise: What makes figures of training worse than those of validation: dropout,
            augmentation, normalization by batches, ...
        normalized: Whether batches are normalized.
        dropped: The largest share of outputs that is dropped anywhere.
        penalized: Whether weights are made small on purpose.
        penalty: What the penalties add to the loss at the end.
        weight_size: The middle one of the kernels' root mean squares at the end.
        shrunk: The root mean square of each kernel at the end, as a share of what it would
            be drawn with (Glorot), by the layer's name.
        units: How many units each hidden layer has, and how many of them differ in their
            weights, by the layer's name.
        dead: The share of each rectified layer's units that give 0 for every training
            example of a sample at the end, by the layer's name.
    """

    parameters: int = 0
    bends: int = 1
    sigmoids: int = 0
    recurrent: bool = False
    clipped: bool = False
    noise: tuple[str, ...] = ()
    normalized: bool = False
    dropped: float = 0.0
    penalized: bool = False
    penalty: float = 0.0
    weight_size: float | None = None
    shrunk: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    dead: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A run, as far as a rule may look.

    Attributes:
        config: As it was written, everything filled in that the data says.
        rows: The history, an epoch each.
        status: ``completed``, ``stopped early`` or ``diverged``.
        best_epoch: The epoch (from 1) with the best monitored figure.
        kept_epoch: The epoch (from 1) whose weights the model has now.
        figures: Final figures: ``train_loss``, ``val_accuracy``, ``test_accuracy``, ...
        examples: How many examples each split has, by its name; 0 where it has none.
        steps_of_epoch: Updates an epoch.
        answered: What each output learned and answers.
        network: The model.
        usual_rate: The learning rate that Keras gives the optimizer; None where there is
            no such default.
    """

    config: Config
    rows: tuple[Mapping[str, float], ...]
    status: str
    best_epoch: int
    kept_epoch: int
    figures: Mapping[str, float]
    examples: Mapping[str, int] = field(default_factory=dict)
    steps_of_epoch: int = 1
    answered: tuple[Answered, ...] = ()
    network: Network = field(default_factory=Network)
    usual_rate: float | None = None
