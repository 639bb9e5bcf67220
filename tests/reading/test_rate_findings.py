"""What the rules say of learning rates, of histories made by hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dlkit.reading.rates import rate_lines, rate_too_high, rate_too_low
from dlkit.reading.story import Answered, Network, Story

Make = Callable[..., Story]

GUESSED = Answered(
    task="classification",
    train=(100, 100),
    true=(50, 50),
    predicted=(100, 0),
    right=(50, 0),
    naive_loss=0.7,
)


def test_nothing_is_said_of_a_rate_that_fits(story: Make) -> None:
    fine = story({"loss": [0.6, 0.45, 0.3, 0.2, 0.15, 0.12, 0.1, 0.09]})
    assert rate_too_high(fine) is None
    assert rate_too_low(fine) is None


def test_divergence_is_told_with_its_losses(story: Make) -> None:
    lost = story({"loss": [0.8, 31.5, math.nan], "learning_rate": 0.5}, status="diverged")
    found = rate_too_high(lost)
    assert found is not None
    assert found.title == "Training diverged: the learning rate is too high."
    assert found.evidence == (
        "The loss went from 0.8 to 31.5; in epoch 3 numbers were lost, at a learning rate of"
        " 0.5."
    )
    assert found.change == "optimizer:\n  Adam:\n    learning_rate: 0.0001"


def test_divergence_in_the_first_epoch_has_no_loss(story: Make) -> None:
    lost = story({"loss": [math.nan], "learning_rate": 10.0}, status="diverged")
    found = rate_too_high(lost)
    assert found is not None
    assert "in epoch 1, at a learning rate of 10." in found.evidence


# The naive loss is 0.7: a rise of 0.14 to 1.5 times the least is one.
@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([0.3, 0.2, 0.35], True),
        ([0.3, 0.25, 0.36], False),  # 1.44 times
        ([0.05, 0.01, 0.14], False),  # 14 times, but 0.13 is little beside 0.7
        ([0.6, 0.2, 0.5], True),
    ],
)
def test_rising_loss_is_told(story: Make, losses: list[float], told: bool) -> None:
    assert (rate_too_high(story({"loss": losses})) is not None) is told


def test_rising_loss_of_a_new_stage_is_none(story: Make) -> None:
    sections = {"training": {"stages": [{"epochs": 1}, {"epochs": 2}]}}
    assert rate_too_high(story({"loss": [0.3, 0.2, 0.5]}, sections)) is None


# Of 200 examples a jump of (0.05 + 0.5 / sqrt(200)) * 0.7 = 0.06 is one.
@pytest.mark.parametrize(("size", "told"), [(0.061, True), (0.058, False)])
def test_swinging_loss_is_told(story: Make, size: float, told: bool) -> None:
    losses = [0.5, 0.5, 0.5, 0.5, *(0.5 + size * (place % 2) for place in range(6))]
    found = rate_too_high(story({"loss": losses}))
    assert (found is not None) is told
    if found is not None:
        assert "in the last 4 epochs" in found.evidence.lower()
        assert "rose 2 times, by 0.061 an epoch" in found.evidence


def test_falling_loss_does_not_swing(story: Make) -> None:
    losses = [3.0, 2.7, 2.4, 2.1, 1.8, 1.5, 1.2, 0.9, 0.6, 0.3]
    assert rate_too_high(story({"loss": losses})) is None


# 30 times the usual 0.001 is far; and only where nothing was learned.
@pytest.mark.parametrize(
    ("rate", "loss", "told"),
    [(0.03, 0.69, True), (0.029, 0.69, False), (0.03, 0.6, False)],
)
def test_huge_rate_that_teaches_nothing_is_told(
    story: Make, rate: float, loss: float, told: bool
) -> None:
    run = story({"loss": [0.7, loss], "learning_rate": rate}, answered=GUESSED)
    assert (rate_too_high(run) is not None) is told


def test_few_updates_at_the_usual_rate_are_too_few_and_not_too_small(story: Make) -> None:
    short = story({"loss": [0.69], "learning_rate": 0.001}, answered=GUESSED, steps_of_epoch=6)
    assert rate_too_low(short) is None


# 20 epochs of 10 steps: a rate of 5e-5 moves a weight by 0.01 at most, a tenth of 0.1.
@pytest.mark.parametrize(("rate", "told"), [(4.9e-5, True), (5.1e-5, False)])
def test_updates_that_reach_nowhere_are_told(story: Make, rate: float, told: bool) -> None:
    flat = story({"loss": [0.69] * 20, "learning_rate": rate}, answered=GUESSED)
    found = rate_too_low(flat)
    assert (found is not None) is told
    if found is not None:
        assert found.evidence == (
            "At a learning rate of 4.9e-05, 200 updates move a weight by 0.0098 at most; the"
            " weights are 0.1 in size."
        )


def test_small_steps_that_are_enough_are_fine(story: Make) -> None:
    tuned = story({"loss": [0.2, 0.1], "learning_rate": 1e-6})
    assert rate_too_low(tuned) is None


@pytest.mark.parametrize(("rate", "told"), [(1e-4, True), (1.1e-4, False)])
def test_hundredth_of_the_usual_rate_is_told(story: Make, rate: float, told: bool) -> None:
    sections = {"optimizer": {"SGD": {"learning_rate": rate}}}
    history = {"loss": [0.7, 0.7], "learning_rate": rate}
    run = story(history, sections, GUESSED, usual_rate=0.01)
    assert (rate_too_low(run) is not None) is told


# Slow is less than 0.014 an epoch; steady: the last third is half as steep as the first.
@pytest.mark.parametrize(
    ("losses", "told"),
    [
        ([0.70 - 0.01 * place for place in range(9)], True),
        ([0.70 - 0.015 * place for place in range(9)], False),
        ([0.70 - 0.08 * (1 - 0.6**place) for place in range(9)], False),
        ([0.70 - 0.01 * place for place in range(5)], False),
    ],
    ids=["creeps", "fast", "slows down", "short"],
)
def test_loss_that_creeps_is_told(story: Make, losses: list[float], told: bool) -> None:
    sections = {"optimizer": {"SGD": {"learning_rate": 0.01}}}
    run = story({"loss": losses, "learning_rate": 0.01}, sections, usual_rate=0.01)
    assert (rate_too_low(run) is not None) is told


@pytest.mark.parametrize(
    ("optimizer", "factor", "expected"),
    [
        ("Adam", 0.1, "optimizer:\n  Adam:\n    learning_rate: 0.0001"),
        ({"adam": 0.01}, 0.1, "optimizer:\n  adam: 0.001"),
        (
            {"Adam": {"beta_1": 0.8, "learning_rate": 10.0}},
            0.1,
            "optimizer:\n  Adam:\n    learning_rate: 0.001",
        ),
        (
            {"Adam": {"learning_rate": 1e-7}},
            10,
            "optimizer:\n  Adam:\n    learning_rate: 0.001",
        ),
    ],
    ids=["default", "lone value", "far above", "far below"],
)
def test_rate_is_changed_where_it_stands(
    story: Make, optimizer: Any, factor: float, expected: str
) -> None:
    assert rate_lines(story(sections={"optimizer": optimizer}), factor) == expected


def test_rate_of_a_stage_is_not_changed(story: Make) -> None:
    stages = [{"epochs": 1, "learning_rate": 0.1}, {"epochs": 2}]
    run = story(sections={"training": {"stages": stages}})
    assert rate_lines(run, 0.1) == ""


def test_unknown_loss_is_measured_by_its_first_epoch(story: Make) -> None:
    unknown = replace(GUESSED, naive_loss=None, right=(45, 45))
    run = story({"loss": [2.0, 1.0, 1.6]}, answered=unknown, network=Network())
    assert rate_too_high(run) is not None
