"""What a run has learned, held against what needs no learning: the naive answer.

That is the shares of the classes, or the one best value, for every example alike.
"""

from __future__ import annotations

import math

from dlkit.config.columns import figure_names
from dlkit.reading.chance import errors_above
from dlkit.reading.course import course
from dlkit.reading.story import NORMAL, Answered, Story

NOTHING = 0.95
"""Who leaves more than this share of the naive loss has learned nothing to speak of."""

CHANCE = 2.0
"""Standard errors that chance reaches in one of forty cases."""

ACCURACIES = frozenset(
    {
        *("accuracy", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy"),
        "SparseCategoricalAccuracy",
    }
)


def naive_loss(story: Story) -> float | None:
    """Return the loss of the naive answer, of all outputs; None where it is not known."""
    return _weighted(story, [one.naive_loss for one in story.answered])


def least_loss(story: Story) -> float:
    """Return what the best answers would leave of the loss."""
    return _weighted(story, [one.least_loss for one in story.answered]) or 0.0


def _weighted(story: Story, losses: list[float | None]) -> float | None:
    """Return the sum of what the outputs add to the loss, each with its weight."""
    known = [loss for loss in losses if loss is not None]
    if len(known) < len(losses) or not known:
        return None
    outputs = story.config.outputs  # as many, and in the same order, or none with a name
    weights = [output.weight for output in outputs.values()] or [1.0]
    return sum(weight * loss for weight, loss in zip(weights, known, strict=True))


def scale(story: Story) -> float:
    """Return what is much for this loss: the naive one, else that of the first epoch."""
    naive = naive_loss(story)
    first = course(story, "loss")[:1] or (1.0,)
    return naive or abs(first[0]) or 1.0


def left(story: Story) -> float | None:
    """Return which share of the naive loss training has left; None where nobody knows it.

    Penalties on weights are not counted: they are no errors.
    """
    return _share(story, "train_loss")


def left_of(story: Story, split: str) -> float | None:
    """Return the same of ``val`` or ``test``."""
    return _share(story, f"{split}_loss")


def _share(story: Story, figure: str) -> float | None:
    naive, loss = naive_loss(story), story.figures.get(figure)
    if naive is None or loss is None or naive <= least_loss(story):
        return None
    least = least_loss(story)
    share = (loss - story.network.penalty - least) / (naive - least)
    return share if math.isfinite(share) else None


def error_spread(story: Story) -> float:
    """Return how far the errors of single examples lie apart: see ``Answered``."""
    return max([NORMAL, *(one.error_spread for one in story.answered)])


def accuracy_name(story: Story) -> str:
    """Return the column of the first metric that is a share of right answers; else nothing."""
    for name, metric in figure_names(story.config).items():
        if metric is not None and metric.name in ACCURACIES:
            return name
    return ""


def beats_naive(one: Answered) -> bool | None:
    """Tell whether test answers are better than naive ones, beyond chance.

    None where that cannot be told, as of several labels an example.
    """
    if one.task == "classification" and one.true:
        tested = sum(one.true)
        return errors_above(sum(one.right), tested, max(one.true) / tested) >= CHANCE
    return None if one.error_share is None else one.error_share < NOTHING


def has_learned(story: Story) -> bool:
    """Tell whether anything was learned: of the training examples, or for those of the test.

    Where neither can be told it counts as learned.
    """
    share = left(story)
    answers = [beats_naive(one) for one in story.answered]
    if share is None and all(answer is None for answer in answers):
        return True
    return (share is not None and share < NOTHING) or any(answers)


def few_learned(story: Story, most: float) -> bool:
    """Tell whether training is known to have left at least a share of the naive loss."""
    share = left(story)
    return not has_learned(story) or (share is not None and share >= most)
