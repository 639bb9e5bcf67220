"""What must hold within and between the stages of training; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, MODEL, SHARED, WHOLE
from dlkit.config.schedules import said_rate, takes_rate
from dlkit.config.schema import Config
from dlkit.config.training_section import StageConfig
from dlkit.errors import Path, Problem

STAGES: Path = ("training", "stages")


@dataclass(frozen=True)
class Part:
    """A stretch of training that has one optimizer: a stage, or all of it.

    Attributes:
        name: What messages call it.
        epochs: How long it takes; 0 where only the whole training says so.
        rate: The schedule of its learning rate, or None.
        inherits: Where the stage stands, if the schedule is that of an earlier one; else
            empty.
    """

    name: str
    epochs: int
    rate: KerasObject | None
    inherits: Path = ()


def parts_of(config: Config) -> tuple[Part, ...]:
    """Return the parts that training is made of: its stages, else one part."""
    if not config.training.stages:
        return (Part("training", 0, _schedule(config.optimizer, config.lr_schedule)),)
    parts: list[Part] = []
    for index, stage in enumerate(config.training.stages_in_full()):
        rate = _stage_schedule(config, stage)
        earlier = any(rate is part.rate for part in parts)
        path = (*STAGES, index) if earlier else ()
        parts.append(Part(f"stage {index + 1}", stage.epochs, rate, path))
    return tuple(parts)


def _schedule(optimizer: KerasObject, schedule: KerasObject | None) -> KerasObject | None:
    """Return the schedule that a learning rate follows, inside the optimizer or not."""
    found = schedule or optimizer.arguments.get("learning_rate")
    return found if isinstance(found, KerasObject) else None


def _stage_schedule(config: Config, stage: StageConfig) -> KerasObject | None:
    """Return the schedule of a stage that says all that holds in it."""
    schedule = stage.lr_schedule or config.lr_schedule
    if schedule is None and stage.learning_rate is not None:
        return None  # a number takes the place of what stands in the optimizer
    return _schedule(stage.optimizer or config.optimizer, schedule)


def check_stage_layers(config: Config) -> Iterator[Problem]:
    """A stage names layers of the model, and parts of layers that have parts."""
    entries = {entry.name: entry for entry in config.architecture.layers}
    for index, stage in enumerate(config.training.stages):
        for name, trainable in stage.trainable.items():
            path: Path = (*STAGES, index, "trainable", name)
            if name in entries:
                yield from _check_layer(entries[name], trainable, path)
            elif config.regularization.batch_normalization is None:
                # Else there are layers in the model that only building it names.
                yield unknown_layer(name, entries, path)


def unknown_layer(name: str, known: Collection[str], path: Path) -> Problem:
    """Say that the model has no such layer."""
    return Problem(f"no layer is named {name!r}.", path, did_you_mean(name, known))


def _check_layer(entry: LayerEntry, trainable: Any, path: Path) -> Iterator[Problem]:
    layer = entry.layer
    if layer.kind == KIND and layer.name == SHARED:
        called = layer.arguments.get("layer")
        message = f"{entry.name!r} is the layer {called!r}, called once more."
        yield Problem(message, path, f"Write {called!r}.")
    elif isinstance(trainable, dict):
        start = trainable["from"]
        if layer.kind not in WHOLE:
            message = f"{entry.name!r} has no layer {start!r}."
            yield Problem(message, path, "It is one layer: write true or false.")
        elif layer.kind == KIND and layer.name == MODEL:
            names = [inner.name for inner in layer.arguments.get("layers", ())]
            if start not in names:
                message = f"{entry.name!r} has no layer {start!r}."
                yield Problem(message, (*path, "from"), did_you_mean(start, names))


def check_stage_rates(config: Config) -> Iterator[Problem]:
    """One thing sets the learning rate of a stage."""
    whole = config.training.stages_in_full()
    for index, (stage, full) in enumerate(zip(config.training.stages, whole, strict=True)):
        path: Path = (*STAGES, index)
        own = stage.optimizer.arguments.get("learning_rate") if stage.optimizer else None
        schedule = full.lr_schedule or config.lr_schedule
        if stage.learning_rate is not None:
            place = (*path, "learning_rate")
            if own is not None:
                message = "the stage's optimizer says it already."
                yield Problem(message, place, "Keep one of the two.")
            elif schedule is not None:
                yield from _check_start(schedule, place)
        elif isinstance(own, KerasObject) and schedule is not None:
            message = f"the rate follows {schedule.name} already, by `lr_schedule`."
            yield Problem(message, own.path, "Keep one of the two.")


def _check_start(schedule: KerasObject, path: Path) -> Iterator[Problem]:
    """A rate beside a schedule is where the schedule starts."""
    said = said_rate(schedule)
    if said:
        message = f"the {said[1]} of {said[0].name} says the same."
        yield Problem(message, path, "Keep one of the two.")
    elif not takes_rate(schedule):
        message = f"{schedule.name} says every rate itself."
        yield Problem(message, path, "Leave it out, or use another `lr_schedule`.")


def check_stages_differ(config: Config) -> Iterator[Problem]:
    """A stage does something that the one before it did not."""
    trainable: dict[str, Any] = {
        entry.name: entry.layer.arguments.get("trainable", True)
        for entry in config.architecture.layers
    }
    whole = config.training.stages_in_full()
    for index, (before, stage) in enumerate(pairwise(whole), start=1):
        rates = {
            (one.learning_rate, id(one.optimizer), id(one.lr_schedule))
            for one in (before, stage)
        }
        same = trainable | before.trainable == trainable | stage.trainable
        if same and len(rates) == 1 and _stage_schedule(config, stage) is None:
            yield Problem(
                "it trains the same weights at the same rate as the stage before it.",
                (*STAGES, index),
                "Give it another `trainable`, `learning_rate` or `optimizer`, or make one of"
                " the two.",
                warning=True,
            )
