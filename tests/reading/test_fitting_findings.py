"""What the rules say of what was learned, of histories made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlkit.reading.fitting import (
    learned_at_once,
    not_learning,
    overfitting,
    regularized_too_much,
    shuffled_labels,
    underfitting,
)
from dlkit.reading.story import Answered, Network, Story

Make = Callable[..., Story]

TWO = Answered(
    task="classification",
    train=(100, 100),
    true=(50, 50),
    predicted=(50, 50),
    right=(45, 45),
    naive_loss=0.7,
)
GUESSED = replace(TWO, predicted=(100, 0), right=(50, 0))
VALUES = Answered(task="regression", error_share=0.3, naive_loss=4.0)
MSE = {"loss": "mse", "metrics": ["mae"]}


# 0.665 is 95 % of the naive loss; 61 of 100 is 2.2 standard errors of 0.05 above a half.
@pytest.mark.parametrize(
    ("loss", "right", "told"),
    [(0.67, 59, True), (0.66, 59, False), (0.67, 61, False)],
)
def test_nothing_learned_is_told(story: Make, loss: float, right: int, told: bool) -> None:
    run = story({"loss": [0.7, loss]}, answered=replace(TWO, right=(right - 30, 30)))
    assert (not_learning(run) is not None) is told


def test_nothing_learned_of_values_is_told_with_numbers(story: Make) -> None:
    run = story({"loss": [4.2, 3.96]}, MSE, replace(VALUES, error_share=1.02))
    found = not_learning(run)
    assert found is not None
    assert found.evidence == (
        "The training loss is 3.96, that of the same best answer for every example 4; the"
        " squared test error is 102 % of that of always saying the mean."
    )


def test_penalty_is_no_error(story: Make) -> None:
    network = Network(penalty=0.5)
    assert not_learning(story({"loss": [1.2, 0.7]}, answered=GUESSED, network=network)) is None


# Of 100 examples validation has to rise by (0.05 + 0.05) * 0.7 = 0.07.
@pytest.mark.parametrize(("last", "told"), [(0.371, True), (0.369, False)])
def test_validation_that_rises_is_told(story: Make, last: float, told: bool) -> None:
    measured = [0.5, 0.4, 0.3, (0.3 + last) / 2, last]
    run = story({"loss": [0.5, 0.4, 0.3, 0.2, 0.1], "val_loss": measured})
    found = overfitting(run)
    assert (found is not None) is told
    if found is not None:
        assert found.title == "It overfits from epoch 4 on."
        assert found.evidence == (
            "Validation loss was least at epoch 3 (0.3) and is 0.371 at epoch 5, while training"
            " loss fell from 0.3 to 0.1."
        )
        assert found.change == (
            "regularization:\n  early_stopping:\n    patience: 5\n  dropout: 0.3"
        )


def test_validation_that_only_scatters_is_no_overfitting(story: Make) -> None:
    measured = [0.5, 0.4, 0.3, 0.4, 0.3, 0.4, 0.3, 0.4, 0.4]
    losses = [0.5 - 0.04 * place for place in range(9)]
    assert overfitting(story({"loss": losses, "val_loss": measured})) is None


def test_validation_that_rises_with_training_is_no_overfitting(story: Make) -> None:
    run = story({"loss": [0.5, 0.4, 0.3, 0.4, 0.5], "val_loss": [0.5, 0.4, 0.3, 0.4, 0.5]})
    assert overfitting(run) is None


def test_best_weights_that_came_back_are_fine(story: Make) -> None:
    history = {"loss": [0.5, 0.4, 0.3, 0.2, 0.1], "val_loss": [0.5, 0.4, 0.3, 0.5, 0.9]}
    assert overfitting(story(history)) is not None
    assert overfitting(story(history, kept_epoch=3)) is None


# All of 200 right and 91 of 100: 4.3 standard errors, but less than a tenth apart.
@pytest.mark.parametrize(
    ("held", "count", "told"),
    [(0.89, 100, True), (0.91, 100, False), (0.89, 8, True), (0.95, 4, False)],
)
def test_gap_of_accuracy_is_told(story: Make, held: float, count: int, told: bool) -> None:
    figures = {"train_accuracy": 1.0, "val_accuracy": held, "test_accuracy": held}
    examples = {"train": 200, "validation": count, "test": count}
    run = story(figures=figures, examples=examples)
    assert (overfitting(run) is not None) is told


def test_gap_is_of_all_examples_that_were_held_out(story: Make) -> None:
    figures = {"train_accuracy": 0.98, "val_accuracy": 0.8, "test_accuracy": 0.95}
    examples = {"train": 400, "validation": 40, "test": 160}
    assert overfitting(story(figures=figures, examples=examples)) is None
    figures["test_accuracy"] = 0.85
    found = overfitting(story(figures=figures, examples=examples))
    assert found is not None
    assert "84 % of the 200 others" in found.evidence


# 100 examples: what is left must be 1.5 + 3 * sqrt(2 / 100) = 1.92 times what training left.
@pytest.mark.parametrize(("held", "told"), [(2.0, True), (1.9, False)])
def test_gap_of_a_loss_is_told(story: Make, held: float, told: bool) -> None:
    examples = {"train": 100, "validation": 0, "test": 100}
    figures = {"test_loss": held}
    run = story({"loss": [2.0, 1.0]}, MSE, VALUES, figures=figures, examples=examples)
    assert (overfitting(run) is not None) is told


def test_learning_by_heart_is_no_overfitting_where_it_is_wanted(story: Make) -> None:
    figures = {"train_accuracy": 1.0, "test_accuracy": 0.5}
    assert overfitting(story(figures=figures)) is not None
    assert overfitting(story(sections={"training": {"overfit": 10}}, figures=figures)) is None


@pytest.mark.parametrize(
    ("network", "told"),
    [
        (Network(parameters=500, bends=0), True),
        (Network(parameters=9, bends=1), True),
        (Network(parameters=10, bends=1), False),
    ],
    ids=["linear", "few weights", "enough weights"],
)
def test_small_model_that_stands_still_is_told(
    story: Make, network: Network, told: bool
) -> None:
    run = story({"loss": [0.7, 0.6, 0.6, 0.6, 0.6, 0.6]}, network=network)
    assert (underfitting(run) is not None) is told


@pytest.mark.parametrize(
    "losses",
    [[0.7, 0.41, 0.41, 0.41, 0.41], [0.9, 0.8, 0.7, 0.6, 0.5]],
    ids=["learned", "falling"],
)
def test_small_model_that_learns_is_fine(story: Make, losses: list[float]) -> None:
    assert underfitting(story({"loss": losses}, network=Network(bends=0))) is None


@pytest.mark.parametrize(("share", "told"), [(0.09, True), (0.11, False)])
def test_pressed_weights_are_told(story: Make, share: float, told: bool) -> None:
    network = Network(penalized=True, shrunk={"dense": share})
    sections = {"regularization": {"l2": 5.0}}
    run = story({"loss": [0.7, 0.7]}, sections, GUESSED, network=network)
    found = regularized_too_much(run)
    assert (found is not None) is told
    if found is not None:
        assert "have shrunk to 9 % of the size" in found.evidence
        assert found.change == "regularization:\n  l2: 0.05"


@pytest.mark.parametrize(("rate", "told"), [(0.7, True), (0.6, False)])
def test_dropping_nearly_all_is_told(story: Make, rate: float, told: bool) -> None:
    sections = {"regularization": {"dropout": rate}}
    network = Network(dropped=rate)
    run = story({"loss": [0.7, 0.7]}, sections, GUESSED, network=network)
    assert (regularized_too_much(run) is not None) is told
    assert regularized_too_much(story(sections=sections, network=network)) is None


@pytest.mark.parametrize(
    ("loss", "least", "right", "told"),
    [
        (0.1, 0.72, 50, True),
        (0.5, 0.72, 50, False),
        (0.1, 0.67, 50, False),
        (0.1, 0.72, 70, False),
    ],
    ids=["by heart only", "hardly learned", "validation was better", "test is better"],
)
def test_shuffled_labels_are_told(
    story: Make, loss: float, least: float, right: int, told: bool
) -> None:
    history = {"loss": [0.7, loss], "val_loss": [least, 1.5]}
    run = story(history, answered=replace(TWO, right=(right - 25, 25)))
    found = shuffled_labels(run)
    assert (found is not None) is told
    if found is not None:
        assert "never below 0.72, where the naive answer has 0.7." in found.evidence


def test_few_examples_are_no_sign_of_shuffled_labels(story: Make) -> None:
    history = {"loss": [0.7, 0.1], "val_loss": [0.72, 1.5]}
    for count, told in ((100, True), (99, False)):
        examples = {"train": count, "validation": 100, "test": 100}
        run = story(history, answered=GUESSED, examples=examples)
        assert (shuffled_labels(run) is not None) is told


@pytest.mark.parametrize(("loss", "told"), [(0.0069, True), (0.0071, False)])
def test_knowing_all_at_once_is_told(story: Make, loss: float, told: bool) -> None:
    run = story({"loss": [0.1, 0.01], "val_loss": [loss, loss]})
    assert (learned_at_once(run) is not None) is told


def test_made_data_cannot_leak(story: Make) -> None:
    sections = {"dataset": {"source": "moons"}}
    assert learned_at_once(story({"loss": [0.1], "val_loss": [0.0]}, sections)) is None
