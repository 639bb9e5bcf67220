"""What happens in the layers: units that are all the same or dead, gradients that get lost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from dlkit.config.columns import DIAGNOSTICS
from dlkit.reading.finding import Finding
from dlkit.reading.knowledge import few_learned, has_learned, scale
from dlkit.reading.rates import rate_lines
from dlkit.reading.story import Story
from dlkit.reading.wording import lines, number, percent, quoted, setting

GRADIENT, _, WEIGHT, DEAD = DIAGNOSTICS

LOST = 1e-3
"""A gradient this much smaller than at the output teaches a layer nothing beside it."""

SIGMOID_SLOPE = 0.25
"""The steepest slope of a sigmoid, at 0."""

EXPLODED = 1000.0
"""Relative change of the loss for a relative change of a layer's weights that is too much."""


def symmetric_units(story: Story) -> Finding | None:
    """All units of a hidden layer have equal weights: they are one unit."""
    same = {name: units for name, (units, kinds) in story.network.units.items() if kinds == 1}
    if not same:
        return None
    name, units = next(iter(same.items()))
    others = f", as in {len(same) - 1} layers more" if len(same) > 1 else ""
    return Finding(
        "symmetric_units",
        f"The units of {quoted(name)} are all the same.",
        f"All {units:,} units of {name} have equal weights after {len(story.rows)} epochs"
        f"{others}: they began equal, get equal gradients, and count as one. Give kernels an"
        " initializer that draws, such as glorot_uniform.",
    )


def dead_units(story: Story) -> Finding | None:
    """Units of rectified layers that give 0 for every example, and learn no more."""
    measured = _last(story, DEAD) or dict(story.network.dead)
    most = 0.5 if few_learned(story, 0.5) else 0.9
    dead = {name: share for name, share in measured.items() if share >= most}
    if not dead:
        return None
    name, share = max(dead.items(), key=lambda item: item[1])
    others = f" ({len(dead)} layers are like that)" if len(dead) > 1 else ""
    usual, rate = story.usual_rate, max(row["learning_rate"] for row in story.rows)
    high = bool(usual and rate > 3 * usual)
    change = (high and rate_lines(story, 0.1)) or lines(
        setting(("regularization", "batch_normalization"), "before")
    )
    return Finding(
        "dead_units",
        f"{percent(share)} of the units of {quoted(name)} are dead.",
        f"At the end {percent(share)} of the units of {name} gave 0 for every training example"
        f" that was asked{others}. They get no gradient, and never come back.",
        change,
        "Take smaller steps." if high else "Keep what goes into the activations around 0.",
    )


def vanishing_gradients(story: Story) -> Finding | None:
    """Gradients get lost on their way to the first layers."""
    evidence = _measured_loss(story) or _sigmoid_bound(story)
    if not evidence or not few_learned(story, 0.9):
        return None
    return Finding(
        "vanishing_gradients",
        "The gradients vanish on their way to the first layers.",
        evidence,
        lines(setting(("regularization", "batch_normalization"), "before")),
        "Normalize between layers, and use relu in place of sigmoid or tanh.",
    )


def _measured_loss(story: Story) -> str:
    norms = {
        name: median(values)
        for name, values in _by_layer(story, GRADIENT).items()
        if values and median(values) > 0
    }
    if len(norms) < 3:
        return ""
    names = list(norms)
    last, least = names[-1], min(names, key=lambda name: norms[name])
    if norms[least] > LOST * norms[last]:
        return ""
    return (
        f"The gradient of {least} is {number(norms[least])} in the middle epoch, that of {last}"
        f" {number(norms[last])}: {number(norms[least] / norms[last])} of it is left."
    )


def _sigmoid_bound(story: Story) -> str:
    count = story.network.sigmoids
    share = SIGMOID_SLOPE**count
    if share > LOST:
        return ""
    return (
        f"{count} hidden layers with a sigmoid follow one another. Its slope is"
        f" {SIGMOID_SLOPE} at most, so beside the weights {number(share)} of a gradient reaches"
        " the first."
    )


def exploding_gradients(story: Story) -> Finding | None:
    """Gradients grow beyond all measure, and training suffers from it."""
    evidence = _measured_growth(story) or _divergence_by_itself(story)
    if not evidence or story.network.clipped:
        return None
    return Finding(
        "exploding_gradients",
        "The gradients explode.",
        evidence,
        lines(setting(("regularization", "global_clipnorm"), 1.0)),
        "Cut them off.",
    )


def _measured_growth(story: Story) -> str:
    if has_learned(story) and story.status != "diverged":
        return ""
    gradients, weights = _by_layer(story, GRADIENT), _by_layer(story, WEIGHT)
    worst, at = 0.0, ("", 0)
    for name, values in gradients.items():
        sizes = weights.get(name, [])
        for epoch, (value, size) in enumerate(zip(values, sizes, strict=False), start=1):
            if value * size / scale(story) > worst:
                worst, at = value * size / scale(story), (name, epoch)
    if worst < EXPLODED:
        return ""
    name, epoch = at
    return (
        f"The gradient of {name} was {number(gradients[name][epoch - 1])} in epoch {epoch}, for"
        f" weights of norm {number(weights[name][epoch - 1])} and a naive loss of"
        f" {number(scale(story))}."
    )


def _divergence_by_itself(story: Story) -> str:
    """Say that training diverged at a rate that is not to blame alone."""
    usual, rate = story.usual_rate, max(row["learning_rate"] for row in story.rows)
    recurrent = story.network.recurrent
    if story.status != "diverged" or not usual or rate > usual * (10 if recurrent else 1):
        return ""
    begin = f"Training diverged in epoch {len(story.rows)} at a learning rate of {number(rate)}"
    if recurrent:
        return (
            f"{begin}; recurrent layers multiply a gradient once a time step, and nothing cuts"
            " it off."
        )
    return (
        f"{begin}, and {number(usual)} is usual: look at the size of the inputs, of the values"
        " to predict and of the first weights."
    )


def _by_layer(story: Story, kind: str) -> Mapping[str, list[float]]:
    """Return what was measured of each layer in every epoch, as long as it is a number."""
    found: dict[str, list[float]] = {}
    for row in story.rows:
        for column, value in row.items():
            measured, _, name = column.partition("/")
            if measured == kind and name and math.isfinite(value):
                found.setdefault(name, []).append(value)
    return found


def _last(story: Story, kind: str) -> dict[str, float]:
    return {name: values[-1] for name, values in _by_layer(story, kind).items()}
