"""Which steps make an epoch, worked out by hand. No TensorFlow is needed."""

from __future__ import annotations

from typing import Any

import pytest

from dlkit.config.training_section import TrainingConfig
from dlkit.train.plan import Plan, Stretch, plan_training


def plan(examples: int = 90, **training: Any) -> Plan:
    return plan_training(
        TrainingConfig.model_validate({"batch_size": 16, **training}), examples
    )


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        # 90 examples in batches of 16: 5 full ones and one of 10
        ({"epochs": 3}, (6, 6, 18, False)),
        ({"epochs": 3, "steps_per_epoch": 4}, (6, 4, 12, True)),
        ({"epochs": 3, "steps_per_epoch": 20}, (6, 20, 60, True)),
        ({"steps": 10, "steps_per_epoch": 4}, (6, 4, 10, True)),
        ({"epochs": 3, "limit": {"train_batches": 2}}, (6, 2, 6, False)),
        ({"epochs": 3, "limit": {"train_batches": 50}}, (6, 6, 18, False)),
        ({"steps": 5, "limit": {"train_batches": 2}}, (6, 2, 5, False)),
        ({"epochs": 2, "steps_per_epoch": 9, "limit": {"train_batches": 2}}, (6, 2, 4, True)),
        ({"stages": [{"epochs": 1}, {"epochs": 2}], "steps_per_epoch": 4}, (6, 4, 12, True)),
    ],
)
def test_lengths(training: dict[str, Any], expected: tuple[int, ...]) -> None:
    made = plan(**training)
    assert (made.of_pass, made.of_epoch, made.total, made.goes_on) == expected


def test_epochs_of_some_steps_go_on_where_the_last_one_stopped() -> None:
    made = plan(epochs=4, steps_per_epoch=4)
    assert [made.stretches(epoch) for epoch in range(4)] == [
        (Stretch(0, 0, 4),),
        (Stretch(0, 4, 6), Stretch(1, 0, 2, continues=True)),
        (Stretch(1, 2, 6),),
        (Stretch(2, 0, 4),),
    ]


def test_epoch_may_be_longer_than_a_pass() -> None:
    assert plan(epochs=2, steps_per_epoch=9).stretches(1) == (
        Stretch(1, 3, 6),
        Stretch(2, 0, 6, continues=True),
    )


def test_last_epoch_takes_the_steps_that_are_left() -> None:
    made = plan(steps=10, steps_per_epoch=4)
    assert made.epochs == 3
    assert [made.steps(epoch) for epoch in range(3)] == [4, 4, 2]
    assert made.stretches(2) == (Stretch(1, 2, 4),)


def test_limited_epochs_begin_a_pass_each() -> None:
    made = plan(epochs=3, limit={"train_batches": 2})
    assert [made.stretches(epoch) for epoch in range(3)] == [
        (Stretch(0, 0, 2),),
        (Stretch(1, 0, 2),),
        (Stretch(2, 0, 2),),
    ]


@pytest.mark.parametrize("done", range(9))
def test_rest_of_an_epoch_is_what_was_not_done(done: int) -> None:
    made = plan(epochs=2, steps_per_epoch=9)

    def steps(stretches: tuple[Stretch, ...]) -> list[tuple[int, int]]:
        return [(s.number, step) for s in stretches for step in range(s.first, s.last)]

    rest = made.stretches(1, done)
    assert steps(rest) == steps(made.stretches(1))[done:]
    assert rest[0].continues is (done > 0)
