"""Which steps make an epoch: mostly one pass over the examples, but nobody has to want that."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dlkit.config.training_section import TrainingConfig


@dataclass(frozen=True)
class Stretch:
    """Steps of one pass over the training examples.

    Attributes:
        number: Of the pass, from 0: together with the seed it orders the examples.
        first: The first of the steps, counted from 0 within the pass.
        last: One more than the last of them.
        continues: Whether the epoch that they belong to began before them.
    """

    number: int
    first: int
    last: int
    continues: bool = False


@dataclass(frozen=True)
class Plan:
    """How long training is.

    Attributes:
        of_pass: Steps that see all training examples once.
        of_epoch: Steps of an epoch.
        total: Steps of the whole training if nothing ends it.
        goes_on: Whether an epoch goes on where the last one stopped, in the middle of a
            pass maybe; else every epoch begins a pass.
    """

    of_pass: int
    of_epoch: int
    total: int
    goes_on: bool = False

    @property
    def epochs(self) -> int:
        """Epochs of the whole training; the last of them may be cut short."""
        return math.ceil(self.total / self.of_epoch)

    def steps(self, epoch: int) -> int:
        """Return how many steps an epoch, counted from 0, takes."""
        return min(self.of_epoch, self.total - epoch * self.of_epoch)

    def stretches(self, epoch: int, done: int = 0) -> tuple[Stretch, ...]:
        """Return the steps of an epoch, one stretch for each pass that they belong to.

        Args:
            epoch: Counted from 0.
            done: Steps of it that were taken already.
        """
        steps = self.steps(epoch)
        if not self.goes_on:
            return (Stretch(epoch, done, steps, done > 0),)
        at, end = epoch * self.of_epoch + done, epoch * self.of_epoch + steps
        found: list[Stretch] = []
        while at < end:
            number, first = divmod(at, self.of_pass)
            last = min(self.of_pass, first + end - at)
            found.append(Stretch(number, first, last, done > 0 or bool(found)))
            at += last - first
        return tuple(found)


def plan_training(training: TrainingConfig, examples: int) -> Plan:
    """Return the plan of a training on so many examples."""
    of_epoch = training.steps_of_epoch(examples)
    return Plan(
        of_pass=training.steps_of_pass(examples),
        of_epoch=of_epoch,
        total=training.total_steps(of_epoch),
        goes_on=training.steps_per_epoch is not None,
    )
