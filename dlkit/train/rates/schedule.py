"""The learning rate as a schedule has it: what was used, what is drawn, what is saved."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.catalogue import Catalogue
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.model.compiled import compiled
from dlkit.model.objects import build_object
from dlkit.model.schedules import OWN_CLASSES
from dlkit.train.plan import Plan
from dlkit.train.rates.optimizer import optimizer_notation
from dlkit.train.state.variables import value_of

MOST_POINTS = 500
"""So many points draw a curve as fine as a picture shows it."""

Curve = tuple[tuple[float, float], ...]
"""Where in training a step ends, in epochs, and its rate."""


def _innermost(optimizer: Any) -> Any:
    """Return the optimizer that makes the steps: one may scale the loss for another."""
    while hasattr(optimizer, "inner_optimizer"):
        optimizer = optimizer.inner_optimizer
    return optimizer


def schedule_of(optimizer: Any) -> Any:
    """Return the schedule that an optimizer's rate follows; None where it is a number."""
    rate = _innermost(optimizer)._learning_rate  # read in public, it is a number
    schedule = keras.optimizers.schedules.LearningRateSchedule
    return rate if isinstance(rate, schedule) else None


def last_rate(optimizer: Any) -> float:
    """Return the rate of the last step: Keras itself tells that of the next one."""
    schedule = schedule_of(optimizer)
    if schedule is None:
        return float(value_of(optimizer.learning_rate))
    steps = int(
        keras.ops.convert_to_numpy(_innermost(optimizer)._iterations)
    )  # in public, of accumulated batches
    return float(schedule(tf.constant(max(steps - 1, 0), "int32")))


def rate_curve(
    config: Config, plan: Plan, catalogue: Catalogue, rows: Sequence[dict[str, float]]
) -> Curve:
    """Return the rate over the steps that ran, of all stages; nothing where none is scheduled.

    Args:
        config: As it is trained.
        plan: Says how many steps an epoch has.
        catalogue: Knows each optimizer's default learning rate.
        rows: The history.
    """
    stages = config.training.stages_in_full()
    parts: dict[int, list[dict[str, float]]] = {}
    for row in rows:
        parts.setdefault(int(row.get("stage", 1)), []).append(row)
    schedules = {}
    for number in parts:
        stage = stages[number - 1] if stages else None
        notation = optimizer_notation(config, plan.of_epoch, catalogue, stage)
        schedules[number] = _schedule_in(notation, plan.of_epoch)
    if not any(schedules.values()):
        return ()
    stride = max(1, math.ceil(sum(map(len, parts.values())) * plan.of_epoch / MOST_POINTS))
    curve: list[tuple[float, float]] = []
    for number, part in parts.items():
        sampled = _sample(schedules[number], part, plan, stride)
        curve += [(part[0]["epoch"] - 1, math.nan)] * bool(curve)  # rates jump between stages
        curve += sampled
    return tuple(curve)


def _schedule_in(optimizer: KerasObject, epoch: int) -> Any:
    """Return the schedule that stands in an optimizer, built; None where there is none."""
    for value in optimizer.arguments.values():
        if isinstance(value, KerasObject) and value.kind == "schedules":
            return build_object(value, epoch)
        if isinstance(value, KerasObject) and value.kind == "optimizers":
            return _schedule_in(value, epoch)
    return None


def _sample(
    schedule: Any, rows: Sequence[dict[str, float]], plan: Plan, stride: int
) -> Iterator[tuple[float, float]]:
    """Yield the rate of some steps of a stage, the first and the last among them."""
    first = int(rows[0]["epoch"]) - 1
    if schedule is None:  # it stays as it is within an epoch
        for row in rows:
            yield row["epoch"] - 1, row["learning_rate"]
            yield row["epoch"], row["learning_rate"]
        return
    counts = [plan.steps(first + place) for place in range(len(rows))]
    chosen = sorted({*range(0, sum(counts), stride), sum(counts) - 1})
    for step, rate in zip(chosen, _rates(schedule, chosen), strict=True):
        epoch = min(step // plan.of_epoch, len(rows) - 1)
        done = (step - epoch * plan.of_epoch + 1) / counts[epoch]
        yield first + epoch + done, float(rate)


def _rates(schedule: Any, steps: Sequence[int]) -> np.ndarray:
    """Return the rates of steps, float32, by one compiled call."""
    signature = tf.TensorSpec((), tf.float32)

    def follow(indices: tf.Tensor) -> Any:
        def rate(step: Any) -> Any:
            return tf.cast(schedule(step), tf.float32)

        return tf.map_fn(rate, indices, fn_output_signature=signature)

    return np.asarray(compiled(follow)(tf.constant(steps, tf.int32)))


def portable_optimizer(optimizer: Any, variables: Sequence[keras.Variable]) -> Any:
    """Return an optimizer that plain Keras can load: its rate is no schedule of dlkit's.

    In the place of such a schedule stands the rate of the last step, a number. All else is
    the same, what the optimizer has gathered included.

    Args:
        optimizer: A trained one.
        variables: What it has trained.

    Returns:
        The optimizer itself where there is nothing to do.
    """
    inner, schedule = _innermost(optimizer), schedule_of(optimizer)
    if not isinstance(schedule, tuple(OWN_CLASSES.values())):
        return optimizer
    made = _with_rate(optimizer, inner, last_rate(optimizer))
    made.build(variables)
    number = _innermost(made)._learning_rate
    kept = [variable for variable in made.variables if variable is not number]
    for variable, value in zip(kept, optimizer.variables, strict=True):
        variable.assign(value)
    return made


def _with_rate(optimizer: Any, inner: Any, rate: float) -> Any:
    """Return an optimizer made anew, the innermost one with another rate."""
    if optimizer is inner:
        return type(inner).from_config({**inner.get_config(), "learning_rate": rate})
    config = {k: v for k, v in optimizer.get_config().items() if k != "inner_optimizer"}
    made = _with_rate(optimizer.inner_optimizer, inner, rate)
    return type(optimizer)(made, **config)
