"""What must hold of learning-rate schedules; rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlkit.config.columns import figure_names, monitored_names
from dlkit.config.facts import DataFacts
from dlkit.config.names import did_you_mean, nearest
from dlkit.config.objects import KerasObject
from dlkit.config.own_schedules import BY_EPOCH, ONE_CYCLE, PLATEAU, POWER, WARM_UP
from dlkit.config.schedules import (
    INITIAL,
    chain,
    inside_optimizers,
    is_plateau,
    said_rate,
    scheduled,
)
from dlkit.config.schema import Config
from dlkit.config.stage_rules import Part, parts_of
from dlkit.config.values import Duration, show
from dlkit.errors import Path, Problem

LENGTHS = {"CosineDecay": "decay_steps", "PolynomialDecay": "decay_steps"} | {
    ONE_CYCLE: "total_steps"
}
"""Schedules that stand still after so many steps, and the argument that says how many."""

Bound = tuple[Callable[[float], bool], str]

ABOVE: Bound = (lambda value: value > 0, "a number above 0")
NOT_BELOW: Bound = (lambda value: value >= 0, "a number from 0 on")
COUNT: Bound = (lambda value: value >= 1, "an integer from 1 on")
WAIT: Bound = (lambda value: value >= 0, "an integer from 0 on")
SHARE: Bound = (lambda value: 0 < value < 1, "a number between 0 and 1")

BOUNDS: Mapping[str, Mapping[str, Bound]] = {
    ONE_CYCLE: {
        "max_learning_rate": ABOVE,
        "total_steps": COUNT,
        "pct_start": SHARE,
        "div_factor": ABOVE,
        "final_div_factor": ABOVE,
    },
    POWER: {INITIAL: ABOVE, "decay_steps": COUNT, "power": ABOVE},
    WARM_UP: {"steps": COUNT, "schedule": ABOVE, "start": NOT_BELOW},
    BY_EPOCH: {INITIAL: ABOVE, "decay_rate": ABOVE},
    PLATEAU: {
        "factor": SHARE,
        "patience": WAIT,
        "min_delta": NOT_BELOW,
        "cooldown": WAIT,
        "min_lr": NOT_BELOW,
    },
}
"""What the numbers of dlkit's own schedules can be; Keras's say it themselves."""

MODES = ("auto", "min", "max")


def _place(schedule: KerasObject, key: str) -> Path:
    return schedule.places.get(key, (*schedule.path, key))


def check_learning_rate(config: Config) -> Iterator[Problem]:
    """One thing sets the learning rate."""
    schedule = config.lr_schedule
    rate = config.optimizer.arguments.get("learning_rate")
    if schedule is None or rate is None:
        return
    said = said_rate(schedule)
    if not isinstance(rate, (int, float)):
        message = f"{rate.name} is set in the optimizer already."
        yield Problem(message, ("lr_schedule",), "Keep one of the two.")
    elif said:
        message = "the optimizer's learning_rate says the same."
        yield Problem(message, _place(*said), "Keep one of the two.")


def check_schedule_values(config: Config) -> Iterator[Problem]:
    """The numbers of a schedule can be what they are."""
    for outer in (*scheduled(config), *inside_optimizers(config)):
        for schedule in chain(outer):
            for key, (is_right, words) in BOUNDS.get(schedule.name, {}).items():
                value = schedule.arguments.get(key)
                if isinstance(value, (int, float)) and not is_right(value):
                    message = f"expected {words}, received {show(value)}."
                    yield Problem(message, _place(schedule, key))
            mode = schedule.arguments.get("mode", "auto")
            if schedule.name == PLATEAU and mode not in MODES:
                message = f"expected one of {', '.join(MODES)}, received {show(mode)}."
                yield Problem(message, _place(schedule, "mode"), did_you_mean(mode, MODES))


def check_schedule_places(config: Config) -> Iterator[Problem]:
    """A schedule has what it needs where it stands."""
    for outer in scheduled(config):
        for schedule in list(chain(outer))[1:]:
            if is_plateau(schedule):
                message = f"{PLATEAU} has no steps that could follow a warm-up."
                yield Problem(message, schedule.path, "Use another schedule here.")
    for outer in inside_optimizers(config):
        for schedule in chain(outer):
            if is_plateau(schedule):
                message = f"{PLATEAU} lowers a rate, and is none itself."
                hint = "Write it under `lr_schedule`, and a number here."
                yield Problem(message, schedule.path, hint)
            elif missing := _missing(schedule, is_inner=schedule is not outer):
                hint = "Or write the schedule under `lr_schedule`: the optimizer's counts."
                yield Problem(f"{schedule.name} needs {missing!r}.", schedule.path, hint)


def _missing(schedule: KerasObject, *, is_inner: bool) -> str:
    """Return what a schedule in an optimizer does not say, which has no other rate."""
    known = schedule.entry.parameters if schedule.entry else {}
    needed = {ONE_CYCLE: "max_learning_rate", WARM_UP: "schedule"}.get(schedule.name, "")
    if is_inner and INITIAL in known:  # of an outer one, reading it has told already
        needed = INITIAL
    return needed if needed and schedule.arguments.get(needed) is None else ""


def check_plateau(config: Config) -> Iterator[Problem]:
    """One thing changes the learning rate."""
    scheduled = next((part.rate for part in parts_of(config) if part.rate), None)
    if scheduled is None:
        return
    for callback in config.training.callbacks:
        if callback.name in {PLATEAU, "LearningRateScheduler"}:
            message = f"{callback.name} cannot change a rate that follows {scheduled.name}."
            if is_plateau(scheduled):
                message = f"`lr_schedule` changes the rate already: {PLATEAU}."
            yield Problem(message, callback.path, "Keep one of the two.")


def check_plateau_figures(config: Config) -> Iterator[Problem]:
    """A rate is lowered by a figure that training will make, and there is time for it."""
    legal = monitored_names(config)
    told: list[KerasObject] = []
    for part in parts_of(config):
        rate = part.rate
        if rate is None or not is_plateau(rate):
            continue
        epochs = part.epochs or config.training.epochs or 0
        patience = _argument(rate, "patience")
        if epochs and isinstance(patience, int) and patience + 2 > epochs:
            yield Problem(
                f"with {epochs} epoch{'' if epochs == 1 else 's'}, a patience of {patience}"
                f" never lowers the rate of {part.name}.",
                part.inherits or _place(rate, "patience"),
                warning=True,
            )
        if not any(rate is each for each in told):
            told.append(rate)
            yield from _check_monitor(config, rate, legal)


def _argument(schedule: KerasObject, key: str) -> Any:
    """Return an argument, or its default."""
    known = schedule.entry.parameters if schedule.entry else {}
    default = known[key].default if key in known else None
    return schedule.arguments.get(key, default)


def _check_monitor(config: Config, rate: KerasObject, legal: list[str]) -> Iterator[Problem]:
    monitor, path = str(_argument(rate, "monitor")), _place(rate, "monitor")
    metric = figure_names(config).get(monitor.removeprefix("val_"))
    if monitor in legal:
        if metric and metric.own_code and _argument(rate, "mode") == "auto":
            message = f"nobody knows whether more of {monitor!r} is better."
            yield Problem(message, path, "Write `mode: max`, or `mode: min`.")
    elif monitor.startswith("val_") and not config.dataset.validation:
        message = f"{monitor!r} needs validation data, and dataset.validation is 0."
        yield Problem(message, path, f"Expected one of: {', '.join(legal)}.")
    else:
        meant = nearest(monitor, legal)
        near = f"Did you mean {meant!r}? " if meant else ""
        message = f"no metric makes {monitor!r}."
        yield Problem(message, path, f"{near}Made: {', '.join(legal)}.")


def check_schedule_length(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """A schedule that ends is as long as the training, or the stage, that it is for."""
    steps = config.training.steps_of_epoch(facts.train_size)
    for part in parts_of(config):
        if part.rate is not None:
            total = part.epochs * steps if part.epochs else config.training.total_steps(steps)
            yield from _check_length(part, part.rate, total, steps)


def _check_length(part: Part, outer: KerasObject, total: int, epoch: int) -> Iterator[Problem]:
    """Warn of a schedule that does not end with the steps that it is for."""
    *warm_ups, schedule = chain(outer)
    if schedule.name == WARM_UP:
        warm_ups, schedule = [*warm_ups, schedule], outer
    waits = [_steps(each.arguments.get("steps"), epoch) for each in warm_ups]
    before = sum(wait or 0 for wait in waits)
    takes = f"{part.name} takes {total:,} ({total / epoch:g} epochs of {epoch:,})"
    if warm_ups and before >= total:
        message = f"the rate rises for {before:,} steps, and {takes}."
        path = part.inherits or _place(warm_ups[-1], "steps")
        yield Problem(message, path, "It never gets to its top.", warning=True)
        return
    key = LENGTHS.get(schedule.name, "")
    length = _steps(schedule.arguments.get(key), epoch)
    rising = _steps(schedule.arguments.get("warmup_steps", 0), epoch)
    if None in waits or length is None or rising is None or schedule.arguments.get("cycle"):
        return
    before += rising
    end, left = before + length, round((total - before) / epoch, 2)
    hint = f"Write `decay_steps: {left:g} epochs`." if left > 0 else "Shorten the warmup."
    hint = "Leave it out." if schedule.name == ONE_CYCLE else hint
    if part.inherits:
        hint = "Give it an `lr_schedule` of its own."
    if not 0.9 <= end / total <= 1.1:
        message = f"{schedule.name} ends after {end:,} steps, and {takes}."
        yield Problem(message, part.inherits or (*schedule.path, key), hint, warning=True)


def _steps(length: Any, epoch: int) -> int | None:
    """Return a length in steps; None where it is not said, or not known yet."""
    if isinstance(length, Duration):
        return length.steps(epoch)
    return length if isinstance(length, int) else None
