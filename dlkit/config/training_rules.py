"""What must hold between how long training runs and what steers it: rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.facts import DataFacts
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
from dlkit.config.stage_rules import Part, parts_of
from dlkit.config.values import Duration
from dlkit.errors import Path, Problem

ENDING_SCHEDULES = ("CosineDecay", "PolynomialDecay")
"""Schedules that stand still after their ``decay_steps``."""


def check_restoring(config: Config) -> Iterator[Problem]:
    """Early stopping that follows the training loss follows memorizing."""
    stopping = config.regularization.early_stopping
    if stopping is None or stopping.monitor.startswith("val_"):
        return
    path: Path = ("regularization", "early_stopping", "monitor")
    if config.dataset.validation:
        hint = f"Use val_{stopping.monitor}."
    else:
        hint = "Give dataset.validation a share of the data."
    yield Problem(
        f"{stopping.monitor!r} is measured on what is learned, and tends to improve for ever.",
        path,
        hint,
        warning=True,
    )


def check_length(config: Config) -> Iterator[Problem]:
    """Epochs, steps or stages say how long training takes: one of them."""
    training = config.training
    given = [name for name in ("stages", "epochs", "steps") if getattr(training, name)]
    for name in given[1:]:
        says = "say" if given[0] == "stages" else "says"
        message = f"`{given[0]}` {says} how long to train already."
        yield Problem(message, ("training", name), "Keep one of the two.")


def check_patience(config: Config) -> Iterator[Problem]:
    """Early stopping has time to act."""
    stopping, training = config.regularization.early_stopping, config.training
    if stopping is None:
        return
    if training.epochs and stopping.patience >= training.epochs:
        yield Problem(
            f"with {_epochs(training.epochs)}, a patience of {stopping.patience} never stops.",
            ("regularization", "early_stopping", "patience"),
            warning=True,
        )
    for index, stage in enumerate(training.stages):
        if stopping.patience >= stage.epochs:
            yield Problem(
                f"with {_epochs(stage.epochs)}, a patience of {stopping.patience} never stops"
                f" stage {index + 1}.",
                ("training", "stages", index, "epochs"),
                warning=True,
            )


def _epochs(count: int) -> str:
    return f"{count} epoch{'' if count == 1 else 's'}"


def check_plateau(config: Config) -> Iterator[Problem]:
    """One thing changes the learning rate."""
    scheduled = next((part.rate for part in parts_of(config) if part.rate), None)
    if scheduled is None:
        return
    for callback in config.training.callbacks:
        if callback.name in {"ReduceLROnPlateau", "LearningRateScheduler"}:
            yield Problem(
                f"{callback.name} cannot change a rate that follows {scheduled.name}.",
                callback.path,
                "Keep one of the two.",
            )


def check_schedule_length(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """A schedule that ends is as long as the training, or the stage, that it is for."""
    steps = config.training.steps_of_epoch(facts.train_size)
    for part in parts_of(config):
        if part.rate is not None:
            total = part.epochs * steps if part.epochs else config.training.total_steps(steps)
            yield from _check_schedule(part, part.rate, total, steps)


def _check_schedule(
    part: Part, schedule: KerasObject, total: int, epoch: int
) -> Iterator[Problem]:
    """Warn of a schedule that does not end with the steps that it is for."""
    if schedule.name not in ENDING_SCHEDULES or schedule.arguments.get("cycle"):
        return
    length = schedule.arguments.get("decay_steps")
    if isinstance(length, Duration):
        length = length.steps(epoch)
    warmup = schedule.arguments.get("warmup_steps", 0)
    if isinstance(warmup, Duration):
        warmup = warmup.steps(epoch)
    if not isinstance(length, int) or not isinstance(warmup, int):
        return
    end = length + warmup
    left = round((total - warmup) / epoch, 2)
    hint = f"Write `decay_steps: {left:g} epochs`." if left > 0 else "Shorten the warmup."
    if part.inherits:
        hint = "Give it an `lr_schedule` of its own."
    if not 0.9 <= end / total <= 1.1:
        yield Problem(
            f"{schedule.name} ends after {end:,} steps, and {part.name} takes {total:,}"
            f" ({total / epoch:g} epochs of {epoch:,}).",
            part.inherits or (*schedule.path, "decay_steps"),
            hint,
            warning=True,
        )


def check_batch_size(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """A batch is a part of the training data."""
    examples, size = facts.train_size, config.training.batch_size
    if size > examples:
        yield Problem(
            f"a batch of {size:,} is more than the {examples:,} training examples.",
            ("training", "batch_size"),
            "Each epoch will be one step.",
            warning=True,
        )
