"""What the loss says of a learning rate that grew in every step: how far, and where to stop.

The smoothing and the end are those of S. Gugger, How Do You Find A Good Learning Rate (2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

BETA = 0.9
"""How much of the smoothed loss stays in each step: a mean over about ten of them.

They are a quarter of a factor of ten. With the usual 0.98 they would be more than a whole
one, and all that the loss does would be seen so much too late."""

SETTLED = 10
"""Steps before the smoothed loss is one: a mean of few jumps."""

RISE = 4.0
"""So many times its minimum, and the smoothed loss says that training diverges."""

FALLEN = 0.8
"""The share of the fall that the suggested rate has brought about."""

FROM_MINIMUM = 4.0
"""The suggested rate is at most the one at the minimum divided by this: near it the loss has
stopped falling, and what the last rates did shows late in a smoothed curve."""

AT_REST = 60
"""Steps at the start, whose rates (up to 4e-6) change next to nothing: the loss as it was."""

LEAST_FALL = 0.02
"""A smaller share of the loss is no fall."""

LEAST_SIGMAS = 4.0
"""What has fallen by less standard deviations, may be chance: the lowest of many is."""


@dataclass(frozen=True)
class RangeTest:
    """What the loss did while the rate grew.

    Attributes:
        rates: float64 ``(steps,)``, ascending: the rate of each step.
        losses: float64 ``(steps,)``: the loss of each step's batch, before its update.
        smoothed: float64 ``(steps,)``: the same, smoothed.
        suggestion: A rate to train with; None where the loss never falls.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    suggestion: float | None


def read_curve(rates: np.ndarray, losses: np.ndarray) -> RangeTest:
    """Smooth the losses of a test, cut them where training diverges, and suggest a rate.

    Args:
        rates: The rate of each step, ascending, shape ``(steps,)``.
        losses: The loss of each, of the same shape.
    """
    smoothed = smooth(losses)
    end = divergence(losses, smoothed)
    rates, losses, smoothed = rates[:end], losses[:end], smoothed[:end]
    return RangeTest(rates, losses, smoothed, suggest(rates, losses, smoothed))


def smooth(losses: np.ndarray, beta: float = BETA) -> np.ndarray:
    """Return the exponential mean of losses, without the pull of its start towards zero.

    ``m[t] = beta m[t-1] + (1 - beta) loss[t]``, divided by ``1 - beta^t`` for t from 1, as
    Adam does (D. P. Kingma, J. Ba 2015, section 3).

    Args:
        losses: Shape ``(steps,)``.
        beta: How much of the mean stays in each step.
    """
    mean, smoothed = 0.0, np.empty(len(losses))
    for step, loss in enumerate(losses, start=1):
        mean = beta * mean + (1 - beta) * float(loss)
        smoothed[step - 1] = mean / (1 - beta**step)
    return smoothed


def divergence(losses: np.ndarray, smoothed: np.ndarray) -> int:
    """Return the first step (from 0) whose smoothed loss has left all bounds, else the count.

    It has when it is several times its minimum, and twice what it was at the start, further
    from it than chance: of small batches the loss jumps by several times its minimum. One
    below zero, such as a similarity's, may rise by as much as one above.

    Args:
        losses: Of each step, shape ``(steps,)``.
        smoothed: The same, smoothed.
    """
    if not math.isfinite(losses[0]):
        return 0
    rest = losses[:AT_REST][np.isfinite(losses[:AT_REST])]
    start = float(np.median(rest))
    far = start + max(abs(start), 2 * float(rest.std()))
    least = math.inf
    for step, loss in enumerate(smoothed):
        if not math.isfinite(loss):
            return step
        if step < SETTLED:
            continue
        least = min(least, loss)
        if loss > max(least + (RISE - 1) * abs(least), far):
            return step
    return len(smoothed)


def suggest(rates: np.ndarray, losses: np.ndarray, smoothed: np.ndarray) -> float | None:
    """Return the rate to train with: where most of the fall is done, well before the minimum.

    On plain and on bumpy curves alike this is a rate that trains nearly as fast as any, and
    training goes on with it for long; the steepest place is less certain, for noise is steep.

    Args:
        rates: Of the steps before training diverges, shape ``(steps,)``.
        losses: Of each step, of the same shape.
        smoothed: The same, smoothed.

    Returns:
        The rate, to two digits; None where the loss never falls by more than chance.
    """
    rest = losses[: min(AT_REST, max(1, len(losses) // 2))]
    start = float(rest.mean())
    settled = min(SETTLED, len(smoothed) - 1)
    lowest = settled + int(np.argmin(smoothed[settled:]))
    fall = start - float(smoothed[lowest])
    near = losses[max(0, lowest - 2 * SETTLED) : lowest + 1]
    # Of an exponential mean, where the scatter may have fallen too, and of a plain one.
    variance = near.var() * (1 - BETA) / (1 + BETA) + rest.var() / len(rest)
    if not fall > max(LEAST_FALL * abs(start), LEAST_SIGMAS * math.sqrt(variance)):
        return None
    fallen = smoothed[settled:] <= start - FALLEN * fall
    rate = min(rates[settled + int(np.argmax(fallen))], rates[lowest] / FROM_MINIMUM)
    return float(f"{rate:.2g}")
