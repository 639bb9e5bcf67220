"""A learning-rate schedule, completed by what it need not say: where and how long.

Schedules of dlkit's own take the rate of the optimizer and the length of the training, or of
the stage, that they are for. What comes out can be built, by Keras or beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dlkit.config.objects import KerasObject
from dlkit.config.own_schedules import BY_EPOCH, ONE_CYCLE, PLATEAU, WARM_UP
from dlkit.config.schema import Config
from dlkit.config.training_section import DEFAULT_EPOCHS, StageConfig, TrainingConfig
from dlkit.config.values import Duration

INITIAL = "initial_learning_rate"


def length_of(training: TrainingConfig, stage: StageConfig | None = None) -> Duration:
    """Return how long the whole training takes, or a stage of it, if nothing ends it."""
    if stage is not None:
        return Duration(stage.epochs, "epoch")
    if training.stages:
        return Duration(sum(each.epochs for each in training.stages), "epoch")
    if training.steps:
        return Duration(training.steps, "step")
    return Duration(training.epochs or DEFAULT_EPOCHS, "epoch")


def complete(schedule: KerasObject, rate: Any, total: Duration, epoch: int) -> KerasObject:
    """Return a schedule that says everything it has to.

    Args:
        schedule: As it is written.
        rate: The optimizer's learning rate; None where the schedule stands in its place.
        total: How long what it is for takes.
        epoch: Steps of an epoch.
    """
    arguments = dict(schedule.arguments)
    known = schedule.entry.parameters if schedule.entry else {}
    if INITIAL in known and rate is not None:
        arguments = {INITIAL: float(rate), **arguments}
    if schedule.name == BY_EPOCH:
        arguments |= {"decay_steps": Duration(1, "epoch"), "staircase": True}
        order = (INITIAL, "decay_steps", "decay_rate", "staircase")
        arguments = {name: arguments[name] for name in order if name in arguments}
        return replace(schedule, name="ExponentialDecay", arguments=arguments, entry=None)
    if schedule.name == ONE_CYCLE:
        given = {name: value for name, value in arguments.items() if value is not None}
        top = {} if rate is None else {"max_learning_rate": float(rate)}
        arguments = {**top, "total_steps": total, **given}
    if schedule.name == WARM_UP:
        arguments["schedule"] = _after(arguments, rate, total, epoch)
    return replace(schedule, arguments=arguments)


def _after(arguments: dict[str, Any], rate: Any, total: Duration, epoch: int) -> Any:
    """Return what follows a warm-up: a complete schedule, or a rate."""
    inner = arguments.get("schedule")
    if isinstance(inner, KerasObject):
        left = _left(total, as_duration(arguments["steps"]), epoch)
        return complete(inner, rate, left, epoch)
    found = rate if inner is None else inner
    return None if found is None else float(found)


def as_duration(steps: Any) -> Duration:
    """Return a length that may be a number of steps."""
    return steps if isinstance(steps, Duration) else Duration(steps, "step")


def _left(total: Duration, taken: Duration, epoch: int) -> Duration:
    """Return how much of a length is left, which is a step at least."""
    if total.unit == taken.unit and total.count > taken.count:
        return Duration(total.count - taken.count, total.unit)
    return Duration(max(1, total.steps(epoch) - taken.steps(epoch)), "step")


def chain(schedule: KerasObject) -> Iterator[KerasObject]:
    """Yield a schedule, then the one that it warms up for, and so on."""
    yield schedule
    inner = schedule.arguments.get("schedule")
    if isinstance(inner, KerasObject):
        yield from chain(inner)


def is_plateau(schedule: KerasObject | None) -> bool:
    """Tell whether a schedule is a callback of Keras's, which changes a rate by figures."""
    return schedule is not None and schedule.name == PLATEAU


def as_callback(schedule: KerasObject) -> KerasObject:
    """Return the callback of Keras's that a schedule stands for."""
    said = {k: v for k, v in schedule.arguments.items() if (k, v) != ("mode", "auto")}
    return replace(schedule, kind="callbacks", arguments=said)


def said_rate(schedule: KerasObject) -> tuple[KerasObject, str] | None:
    """Return which argument of a schedule says what the optimizer's rate would, if one does."""
    for each in chain(schedule):
        for name in (INITIAL, "max_learning_rate"):
            if each.arguments.get(name) is not None:
                return each, name
        follows = each.arguments.get("schedule")
        if (
            each.name == WARM_UP
            and follows is not None
            and not isinstance(follows, KerasObject)
        ):
            return each, "schedule"
    return None


def takes_rate(schedule: KerasObject) -> bool:
    """Tell whether a schedule begins with the optimizer's rate, or leads to it."""
    *_, last = chain(schedule)
    known = last.entry.parameters if last.entry else {}
    return INITIAL in known or last.name in (ONE_CYCLE, WARM_UP, PLATEAU)


def scheduled(config: Config) -> Iterator[KerasObject]:
    """Yield the schedules under ``lr_schedule``, of all of training and of its stages."""
    for schedule in (config.lr_schedule, *(one.lr_schedule for one in config.training.stages)):
        if schedule is not None:
            yield schedule


def inside_optimizers(config: Config) -> Iterator[KerasObject]:
    """Yield the schedules that stand in optimizers as their learning rates."""
    held = [config.optimizer, *(stage.optimizer for stage in config.training.stages)]
    while held:
        optimizer = held.pop(0)
        for value in optimizer.arguments.values() if optimizer else ():
            if isinstance(value, KerasObject) and value.kind == "optimizers":
                held.append(value)
            elif isinstance(value, KerasObject) and value.kind == "schedules":
                yield value
