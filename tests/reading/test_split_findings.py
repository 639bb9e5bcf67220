"""What the rules say of validation and test, of figures made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlkit.reading.splits import noisy_validation, small_validation, unlike_splits
from dlkit.reading.story import Answered, Network, Story

Make = Callable[..., Story]

TWO = Answered(
    task="classification",
    classes=("no", "yes"),
    train=(100, 100),
    true=(50, 50),
    naive_loss=0.7,
)


# Of 200 and 100 examples a distance of 0.05 is chance's; told from 0.15 + 0.1 on.
@pytest.mark.parametrize(("yes", "told"), [(75, True), (73, False)])
def test_splits_with_other_labels_are_told(story: Make, yes: int, told: bool) -> None:
    found = unlike_splits(story(answered=replace(TWO, true=(100 - yes, yes))))
    assert (found is not None) is told
    if found is not None:
        assert "50 % of the training examples and 25 % of the 100 of the test" in found.evidence


def test_validation_with_other_labels_is_told(story: Make) -> None:
    found = unlike_splits(story(answered=replace(TWO, validation=(0, 100))))
    assert found is not None
    assert "of the validation split" in found.evidence


@pytest.mark.parametrize(("mean", "told"), [(3.1, True), (2.9, False), (-1.1, True)])
def test_splits_with_other_values_are_told(story: Make, mean: float, told: bool) -> None:
    spread = {"train": (1.0, 2.0), "test": (mean, 2.0)}
    one = Answered(task="regression", spread=spread, error_share=0.5)
    found = unlike_splits(story(sections={"loss": "mse", "metrics": []}, answered=one))
    assert (found is not None) is told


# One row 1.5 deviations away is nothing; the mean of nine may be 4 / 3 of a deviation away.
@pytest.mark.parametrize(("count", "told"), [(1, False), (7, False), (9, True)])
def test_a_few_values_may_lie_anywhere(story: Make, count: int, told: bool) -> None:
    one = Answered(task="regression", spread={"train": (0.0, 2.0), "test": (3.0, 0.0)})
    sections = {"loss": "mse", "metrics": []}
    examples = {"train": 100, "validation": 0, "test": count}
    found = unlike_splits(story(sections=sections, answered=one, examples=examples))
    assert (found is not None) is told


# Of 100 each, 0.95 and 0.75: pooled 0.85, so the error is 0.0505 and the rest four of them.
@pytest.mark.parametrize(
    ("tested", "count", "told"), [(0.74, 100, True), (0.76, 100, False), (0.95, 100, False)]
)
def test_validation_and_test_that_disagree_are_told(
    story: Make, tested: float, count: int, told: bool
) -> None:
    figures = {"val_accuracy": 0.95, "test_accuracy": tested}
    examples = {"train": 200, "validation": count, "test": count}
    found = unlike_splits(story(answered=TWO, figures=figures, examples=examples))
    assert (found is not None) is told


def test_losses_that_disagree_are_told(story: Make) -> None:
    one = Answered(task="regression", naive_loss=1.0, error_share=0.5)
    sections = {"loss": "mse", "metrics": ["mae"]}
    alike = {"val_loss": 0.2, "test_loss": 0.5}
    apart = {"val_loss": 0.2, "test_loss": 0.8}  # 0.2 * (2 + 8 * 0.2) = 0.72
    assert unlike_splits(story(sections=sections, answered=one, figures=alike)) is None
    assert unlike_splits(story(sections=sections, answered=one, figures=apart)) is not None
    few_large = replace(one, error_spread=4.0)
    assert unlike_splits(story(sections=sections, answered=few_large, figures=apart)) is None


@pytest.mark.parametrize(
    ("accuracy", "noise", "told"),
    [
        ([0.6, 0.65, 0.7], (), True),
        ([0.6, 0.65, 0.7], ("Dropout",), False),
        ([0.6, 0.65, 0.83], (), False),  # the next epoch would begin where this one ended
    ],
    ids=["easier", "dropout explains it", "training is on its way"],
)
def test_validation_better_than_training_is_told(
    story: Make, accuracy: list[float], noise: tuple[str, ...], told: bool
) -> None:
    figures = {"val_accuracy": 0.95, "test_accuracy": 0.9}
    run = story(
        {"loss": [0.5, 0.5, 0.5], "accuracy": accuracy},
        answered=TWO,
        figures=figures,
        network=Network(noise=noise),
    )
    found = unlike_splits(run)
    assert (found is not None) is told
    if found is not None:
        assert found.title == "Validation is easier than training: it is not alike."


@pytest.mark.parametrize(("count", "told"), [(0, False), (9, True), (10, False)])
def test_small_validation_is_told(story: Make, count: int, told: bool) -> None:
    examples = {"train": 200, "validation": count, "test": 50}
    found = small_validation(story(examples=examples, figures={"val_accuracy": 7 / 9}))
    assert (found is not None) is told
    if found is not None:
        # Wilson's interval of 7 of 9 (z = 1.96), worked by hand: 0.453 to 0.937.
        assert "between 45 % and 94 %" in found.evidence
        assert "one example is 11 % of it" in found.evidence


# A jump of a tenth of the naive loss of 0.7, and three times that of training.
@pytest.mark.parametrize(
    ("size", "training", "told"),
    [(0.071, 0.01, True), (0.069, 0.01, False), (0.09, 0.031, False)],
)
def test_validation_that_jumps_is_told(
    story: Make, size: float, training: float, told: bool
) -> None:
    measured = [0.5 + size * (place % 2) for place in range(10)]
    losses = [0.5 - training * place for place in range(10)]
    found = noisy_validation(story({"loss": losses, "val_loss": measured}))
    assert (found is not None) is told
    if found is not None:
        assert found.change == "training:\n  batch_size: 128"


def test_validation_that_only_rises_does_not_jump(story: Make) -> None:
    measured = [0.1 * place for place in range(10)]
    losses = [0.5 - 0.01 * place for place in range(10)]
    assert noisy_validation(story({"loss": losses, "val_loss": measured})) is None
