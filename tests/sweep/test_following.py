"""What a trial came to: the figures of its best epochs, means over its runs."""

from __future__ import annotations

import math

import pytest

from dlkit.config.sweep.section import Mode
from dlkit.sweep.following import Follower, values_of
from dlkit.sweep.messages import Progress

BOTH: dict[str, Mode] = {"val_accuracy": "max", "val_loss": "min"}


def test_all_objectives_are_those_of_the_best_epoch_of_the_first() -> None:
    rows = [
        {"epoch": 1, "val_accuracy": 0.5, "val_loss": 0.1},
        {"epoch": 2, "val_accuracy": 0.75, "val_loss": 0.2},
        {"epoch": 3, "val_accuracy": 0.75, "val_loss": 0.05},
    ]
    assert values_of(BOTH, [rows], {}) == (0.75, 0.2)


def test_several_runs_come_to_their_mean() -> None:
    first = [{"epoch": 1, "val_accuracy": 0.5, "val_loss": 0.5}]
    second = [{"epoch": 1, "val_accuracy": 0.75, "val_loss": 0.25}]
    own = {"parameters": 12.0}
    objectives: dict[str, Mode] = {"parameters": "min", **BOTH}
    assert values_of(objectives, [first, second], own) == (12.0, 0.625, 0.375)


@pytest.mark.parametrize("ill", [math.nan, math.inf])
def test_trial_comes_to_nothing_where_another_objective_is_no_number(ill: float) -> None:
    rows = [{"epoch": 1, "val_accuracy": 0.5, "val_loss": ill}]
    assert values_of(BOTH, [rows], {}) == ()
    assert values_of(BOTH, [[{"epoch": 1, "val_accuracy": 0.5}]], {}) == ()


def test_epochs_of_all_runs_are_counted_and_their_means_followed() -> None:
    told: list[Progress] = []

    def tell(progress: Progress) -> bool:
        told.append(progress)
        return False

    follower = Follower(1, ("val_accuracy", "max"), 3, 2, tell)
    for run in ([0.5, 0.25], [0.75], [0.25, 1.0]):  # the second one stopped early
        for epoch, value in enumerate(run, start=1):
            follower.on_epoch({"epoch": epoch, "val_accuracy": value})
    assert follower.facts == {"epochs": 5, "curve": [[1, 0.5], [2, 0.625]]}
    assert [(each.step, each.epoch) for each in told if each.step] == [(1, 2), (2, 1)]
