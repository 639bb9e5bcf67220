"""Where a config says the learning rate that training starts from, or rises to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlkit.config.objects import KerasObject
from dlkit.config.schedules import said_rate, takes_rate
from dlkit.config.schema import Config
from dlkit.config.training_section import StageConfig
from dlkit.errors import Path

WARM = "warmup_target"
"""The argument of ``CosineDecay`` that says the largest rate, where there is a warmup."""


@dataclass(frozen=True)
class RatePlace:
    """Where the learning rate goes.

    Attributes:
        path: What an override names; empty where no one value says it.
        value: What stands there now, or by default; None where nobody knows it.
        schedule: The schedule that says every rate itself, where ``path`` is empty; else
            the one that takes the rate; else empty.
    """

    path: Path
    value: float | None
    schedule: str = ""


def rate_place(config: Config) -> RatePlace:
    """Return where the rate of a training goes; of one in stages that of the first."""
    stage = config.training.stages[0] if config.training.stages else None
    optimizer = (stage and stage.optimizer) or config.optimizer
    schedule = (stage and stage.lr_schedule) or config.lr_schedule
    inner = optimizer.arguments.get("learning_rate")
    if schedule is None and isinstance(inner, KerasObject) and not _has_rate(stage):
        return _in_schedule(inner) or RatePlace((), None, inner.name)
    if schedule is not None:
        found = _in_schedule(schedule)
        if found or not takes_rate(schedule):
            return found or RatePlace((), None, schedule.name)
    name = schedule.name if schedule else ""
    if stage is not None and stage.learning_rate is not None:
        return RatePlace(("training", "stages", 0, "learning_rate"), stage.learning_rate, name)
    parameter = optimizer.entry.parameters.get("learning_rate") if optimizer.entry else None
    default = parameter.default if parameter else None
    place = _place(optimizer, "learning_rate")
    return RatePlace(place, _number(inner if inner is not None else default), name)


def _has_rate(stage: StageConfig | None) -> bool:
    return stage is not None and stage.learning_rate is not None


def _in_schedule(schedule: KerasObject) -> RatePlace | None:
    """Return where a schedule itself says the rate, if it does in one place."""
    if schedule.arguments.get(WARM) is not None:
        said: tuple[KerasObject, str] | None = (schedule, WARM)
    else:
        said = said_rate(schedule)
    if said is None:
        return None
    each, name = said
    return RatePlace(_place(each, name), _number(each.arguments[name]), schedule.name)


def _place(notation: KerasObject, argument: str) -> Path:
    """Return where an argument is written, or would be."""
    head = notation.path
    if head[-1] != notation.written:
        head = (*head, notation.written)
    return notation.places.get(argument, (*head, argument))


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else None
