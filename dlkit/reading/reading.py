"""All rules over one run, the most telling of what they find."""

from __future__ import annotations

from collections.abc import Callable

from dlkit.reading.classes import class_never_predicted, imbalance
from dlkit.reading.finding import Finding
from dlkit.reading.fitting import (
    learned_at_once,
    not_learning,
    overfitting,
    regularized_too_much,
    shuffled_labels,
    underfitting,
)
from dlkit.reading.layers import (
    dead_units,
    exploding_gradients,
    symmetric_units,
    vanishing_gradients,
)
from dlkit.reading.length import stopped_too_early
from dlkit.reading.rates import rate_too_high, rate_too_low
from dlkit.reading.splits import noisy_validation, small_validation, unlike_splits
from dlkit.reading.story import Story

Rule = Callable[[Story], Finding | None]

RULES: dict[str, Rule] = {
    "exploding_gradients": exploding_gradients,
    "rate_too_high": rate_too_high,
    "symmetric_units": symmetric_units,
    "regularized_too_much": regularized_too_much,
    "dead_units": dead_units,
    "rate_too_low": rate_too_low,
    "vanishing_gradients": vanishing_gradients,
    "underfitting": underfitting,
    "unlike_splits": unlike_splits,
    "shuffled_labels": shuffled_labels,
    "imbalance": imbalance,
    "not_learning": not_learning,
    "overfitting": overfitting,
    "class_never_predicted": class_never_predicted,
    "learned_at_once": learned_at_once,
    "stopped_too_early": stopped_too_early,
    "small_validation": small_validation,
    "noisy_validation": noisy_validation,
}
"""The most telling first. Each speaks only with its numbers, or not at all."""

SHALLOW = frozenset({"not_learning", "underfitting", "class_never_predicted", "imbalance"})
"""What follows from nearly everything else that can be wrong."""

UNSETTLED = SHALLOW | {
    *("overfitting", "noisy_validation", "stopped_too_early", "unlike_splits"),
    *("shuffled_labels", "learned_at_once", "rate_too_low"),
}
"""What cannot be told of training that went wrong by itself."""

SILENCES: dict[str, frozenset[str]] = {
    "exploding_gradients": UNSETTLED
    | {"rate_too_high", "dead_units", "vanishing_gradients", "symmetric_units"},
    "rate_too_high": UNSETTLED | {"vanishing_gradients", "dead_units"},
    "symmetric_units": UNSETTLED | {"dead_units", "vanishing_gradients"},
    "regularized_too_much": UNSETTLED | {"vanishing_gradients", "dead_units"},
    "dead_units": SHALLOW | {"rate_too_low", "vanishing_gradients", "stopped_too_early"},
    "rate_too_low": SHALLOW | {"vanishing_gradients", "stopped_too_early"},
    "vanishing_gradients": SHALLOW | {"stopped_too_early"},
    "underfitting": frozenset({"not_learning", "class_never_predicted"}),
    "unlike_splits": frozenset(
        {"shuffled_labels", "overfitting", "class_never_predicted", "stopped_too_early"}
    ),
    "shuffled_labels": frozenset({"overfitting", "class_never_predicted"}),
    "imbalance": frozenset({"class_never_predicted", "not_learning", "stopped_too_early"}),
    "not_learning": frozenset({"class_never_predicted", "stopped_too_early"}),
    "overfitting": frozenset({"noisy_validation"}),
}
"""What is not told beside a finding: it is the same cause, seen from elsewhere."""

OF_DIVERGENCE = ("exploding_gradients", "rate_too_high")
"""What is asked where there are no answers to look at."""

OF_LAYERS = (
    *("exploding_gradients", "symmetric_units", "dead_units"),
    "vanishing_gradients",
)
"""What is told of a run that is to learn a few examples by heart: it has its own advice."""

MOST = 3
"""More findings than this nobody acts on."""


def read_story(story: Story) -> tuple[Finding, ...]:
    """Return what stands out in a run, the most telling first; nothing is a fine verdict."""
    names = _asked(story) if story.rows else ()
    found = {name: finding for name in names if (finding := RULES[name](story))}
    return tuple(told(found).values())[:MOST]


def _asked(story: Story) -> tuple[str, ...]:
    """Return the rules that fit what a run was for."""
    training = story.config.training
    limit = training.limit
    if story.status == "diverged":
        return OF_DIVERGENCE
    if limit.train_batches or limit.validation_batches or limit.test_batches:
        return ()  # a quick try: its scores say little, and it was too short on purpose
    return OF_LAYERS if training.overfit is not None else tuple(RULES)


def told(found: dict[str, Finding]) -> dict[str, Finding]:
    """Leave out what another finding, which is told itself, has silenced."""
    kept: dict[str, Finding] = {}
    for name, finding in found.items():
        if not any(name in SILENCES.get(other, ()) for other in kept):
            kept[name] = finding
    return kept
