"""Several who are told how training goes, told as one."""

from __future__ import annotations

from dataclasses import dataclass

from dlkit.model.summary import StageRow
from dlkit.train.course import Observer
from dlkit.train.epochs import Row


@dataclass(frozen=True)
class Observers:
    """Observers that hear everything in their order.

    Attributes:
        each: The observers.
    """

    each: tuple[Observer, ...]

    def on_stage(self, stage: StageRow, epochs: int, kept: int) -> None:
        """Tell all that a stage begins."""
        for observer in self.each:
            observer.on_stage(stage, epochs, kept)

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Tell all how far an epoch is."""
        for observer in self.each:
            observer.on_steps(epoch, done, steps)

    def on_epoch(self, row: Row) -> None:
        """Tell all of an epoch that is over."""
        for observer in self.each:
            observer.on_epoch(row)
