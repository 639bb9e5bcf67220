"""What the rules say of how long training was, of histories made by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlkit.reading.length import stopped_too_early
from dlkit.reading.story import Story

Make = Callable[..., Story]


# Of a naive loss of 0.7 a gain of 0.035 is one.
@pytest.mark.parametrize(
    ("measured", "best", "told"),
    [
        ([0.60, 0.56], 2, True),
        ([0.60, 0.57], 2, False),
        ([0.60, 0.50, 0.52], 2, False),
        ([0.60], 1, False),
    ],
    ids=["falls", "hardly falls", "rose", "one epoch"],
)
def test_training_that_was_on_its_way_is_told(
    story: Make, measured: list[float], best: int, told: bool
) -> None:
    history = {"loss": measured, "val_loss": measured}
    found = stopped_too_early(story(history, best_epoch=best))
    assert (found is not None) is told
    if found is not None:
        assert found.evidence == (
            "The validation loss fell from 0.6 to 0.56 in the last epoch of 2, and is the best"
            " of all."
        )


@pytest.mark.parametrize(
    ("training", "change"),
    [
        ({"epochs": 2}, "training:\n  epochs: 10"),
        ({"steps": 20}, "training:\n  steps: 100"),
        ({"stages": [{"epochs": 2}]}, ""),
    ],
)
def test_longer_training_is_written_as_it_was(
    story: Make, training: dict[str, Any], change: str
) -> None:
    found = stopped_too_early(
        story({"loss": [0.6, 0.3], "val_loss": [0.6, 0.3]}, {"training": training})
    )
    assert found is not None
    assert found.change == change


def test_training_loss_tells_where_nothing_is_validated(story: Make) -> None:
    examples = {"train": 200, "validation": 0, "test": 50}
    found = stopped_too_early(story({"loss": [0.6, 0.3]}, examples=examples))
    assert found is not None
    assert found.evidence.startswith("The training loss fell from 0.6 to 0.3")


@pytest.mark.parametrize(
    ("patience", "losses", "last", "told"),
    [
        (1, [0.6, 0.5, 0.4], 0.50, True),
        (3, [0.6, 0.5, 0.4], 0.50, False),
        (1, [0.41, 0.405, 0.4], 0.50, False),
        (1, [0.6, 0.5, 0.4], 0.80, False),
    ],
    ids=["impatient", "patient", "training stood still", "validation rose"],
)
def test_little_patience_is_told(
    story: Make, patience: int, losses: list[float], last: float, told: bool
) -> None:
    sections = {"regularization": {"early_stopping": {"patience": patience}}}
    history = {"loss": losses, "val_loss": [0.6, 0.48, last]}
    run = story(history, sections, status="stopped early", best_epoch=2, kept_epoch=2)
    found = stopped_too_early(run)
    assert (found is not None) is told
    if found is not None:
        assert found.change == "regularization:\n  early_stopping:\n    patience: 10"
