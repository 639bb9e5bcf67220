"""What must hold between how long training runs and what steers it: rules as in ``rules``."""

from __future__ import annotations

from collections.abc import Iterator

from dlkit.config.facts import DataFacts, reference_values
from dlkit.config.objects import KerasObject
from dlkit.config.schema import Config
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
    """Epochs or steps say how long training takes, not both."""
    if config.training.epochs is not None and config.training.steps is not None:
        yield Problem(
            "`epochs` says how long to train already.",
            ("training", "steps"),
            "Keep one of the two.",
        )


def check_patience(config: Config) -> Iterator[Problem]:
    """Early stopping has time to act."""
    stopping = config.regularization.early_stopping
    epochs = config.training.epochs
    if stopping is not None and epochs and stopping.patience >= epochs:
        yield Problem(
            f"with {epochs} epoch{'' if epochs == 1 else 's'}, a patience of"
            f" {stopping.patience} never stops.",
            ("regularization", "early_stopping", "patience"),
            warning=True,
        )


def check_plateau(config: Config) -> Iterator[Problem]:
    """One thing changes the learning rate."""
    scheduled = config.lr_schedule or config.optimizer.arguments.get("learning_rate")
    if not isinstance(scheduled, KerasObject):
        return
    for callback in config.training.callbacks:
        if callback.name in {"ReduceLROnPlateau", "LearningRateScheduler"}:
            yield Problem(
                f"{callback.name} cannot change a rate that follows {scheduled.name}.",
                callback.path,
                "Keep one of the two.",
            )


def check_schedule_length(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """A schedule that ends is as long as the training."""
    schedule = config.lr_schedule or config.optimizer.arguments.get("learning_rate")
    if not isinstance(schedule, KerasObject) or schedule.name not in ENDING_SCHEDULES:
        return
    if schedule.arguments.get("cycle"):
        return
    length = schedule.arguments.get("decay_steps")
    steps = reference_values(facts, config.model_dump(include={"training"}))
    total, epoch = steps["training.total_steps"], steps["training.steps_per_epoch"]
    if isinstance(length, Duration):
        length = length.steps(epoch)
    warmup = schedule.arguments.get("warmup_steps", 0)
    if isinstance(warmup, Duration):
        warmup = warmup.steps(epoch)
    if not isinstance(length, int) or not isinstance(warmup, int) or not total:
        return
    end = length + warmup
    left = round((total - warmup) / epoch, 2)
    if not 0.9 <= end / total <= 1.1:
        yield Problem(
            f"{schedule.name} ends after {end:,} steps, and training takes {total:,}"
            f" ({total / epoch:g} epochs of {epoch:,}).",
            (*schedule.path, "decay_steps"),
            f"Write `decay_steps: {left:g} epochs`." if left > 0 else "Shorten the warmup.",
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
