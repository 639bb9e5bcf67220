"""What the rules read: plain values that a run came to, from its first epoch to its answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dlkit.config.schema import Config
from dlkit.train.epochs import Row


@dataclass(frozen=True)
class Story:
    """A run, as far as a rule may look.

    Attributes:
        config: As it was trained.
        rows: The history, an epoch each.
        status: ``completed``, ``stopped early`` or ``diverged``.
        best_epoch: The epoch (from 1) with the best monitored figure.
        figures: Final figures: ``train_loss``, ``val_accuracy``, ``test_accuracy``, ...
        examples: How many examples each split has, by its name; 0 where it has none.
        steps_of_epoch: Updates an epoch.
        parameters: Of the model.
    """

    config: Config
    rows: tuple[Row, ...]
    status: str
    best_epoch: int
    figures: Mapping[str, float]
    examples: Mapping[str, int] = field(default_factory=dict)
    steps_of_epoch: int = 1
    parameters: int = 0
