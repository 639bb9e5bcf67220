"""What must hold between how long training runs and what steers it: rules as in ``rules``."""

from __future__ import annotations

import math
from collections.abc import Iterator

from dlkit.config.facts import DataFacts
from dlkit.config.schema import Config
from dlkit.errors import Path, Problem


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


def check_epoch(config: Config) -> Iterator[Problem]:
    """One number says how many steps an epoch has, and training has at least an epoch."""
    path: Path = ("training", "steps_per_epoch")
    training = config.training
    steps, most = training.steps_per_epoch, training.limit.train_batches
    if steps is None:
        return
    if most is not None:
        message = f"`limit.train_batches` says how many steps an epoch has at most: {most:,}."
        hint = f"The smaller number holds: {min(steps, most):,}."
        yield Problem(message, path, hint, warning=True)
    if training.steps is not None and min(steps, most or steps) > training.steps:
        message = f"an epoch is longer than the whole training, which has {training.steps:,}."
        yield Problem(message, path, "Nothing is measured before its end.", warning=True)


def check_limit(config: Config) -> Iterator[Problem]:
    """A limit has something to cut short."""
    path: Path = ("training", "limit", "validation_batches")
    limit = config.training.limit
    if limit.validation_batches is None:
        return
    if config.training.overfit is not None:
        message = "`overfit` watches the examples that it trains on, all of them."
        yield Problem(message, path, "Remove one of the two.", warning=True)
    elif not config.dataset.validation:
        message = "there is no validation: dataset.validation is 0."
        yield Problem(message, path, "Remove it.", warning=True)


def check_overfit(config: Config) -> Iterator[Problem]:
    """Learning by heart is tried once."""
    if config.training.overfit is not None and config.dataset.folds:
        message = f"every one of {config.dataset.folds} folds would be tried."
        hint = "Once is enough: `dataset.folds=null`."
        yield Problem(message, ("training", "overfit"), hint, warning=True)


ENOUGH_STEPS = 100
"""Fewer steps than this hardly teach a model a few examples by heart."""


def check_overfit_length(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """There are as many examples to learn by heart as are asked for, and time for it."""
    path: Path = ("training", "overfit")
    training = config.training
    if training.overfit is None:
        return
    if facts.train_size < training.overfit:
        examples = f"{facts.train_size:,} training example{'s' * (facts.train_size > 1)}"
        yield Problem(f"there are only {examples}.", path, "All are taken.", warning=True)
    epoch = training.steps_of_epoch(facts.train_size)
    total = training.total_steps(epoch)
    if total < ENOUGH_STEPS:
        steps = f"{total} step{'' if total == 1 else 's'}"
        message = f"hardly anything is learned by heart in {steps}."
        hint = f"Train longer: `training.epochs={math.ceil(3 * ENOUGH_STEPS / epoch)}`."
        if training.steps is not None:
            hint = f"Train longer: `training.steps={3 * ENOUGH_STEPS}`."
        elif training.stages:
            hint = "Give the stages more `epochs`."
        yield Problem(message, path, hint, warning=True)


def check_xla(config: Config) -> Iterator[Problem]:
    """XLA compiles the steps of dlkit's own loop."""
    training = config.training
    if training.xla is True and training.loop == "fit":
        message = "Keras's loop goes without it, and `loop: fit` asks for that loop."
        yield Problem(message, ("training", "xla"), "Leave `loop` or `xla` out.")


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


def check_backup(config: Config) -> Iterator[Problem]:
    """One thing keeps the state of training."""
    for callback in config.training.callbacks:
        if callback.name == "BackupAndRestore" and callback.own_code is None:
            yield Problem(
                "the state of training is kept already, and `--resume` goes on from it;"
                " BackupAndRestore would put older weights in its place.",
                callback.path,
                "Remove it; `training.checkpoint` says how often.",
                warning=True,
            )


def check_batch_size(config: Config, facts: DataFacts) -> Iterator[Problem]:
    """A batch is a part of the training data."""
    examples, size = facts.train_size, config.training.batch_size
    if size > examples and not config.training.overfit:
        yield Problem(
            f"a batch of {size:,} is more than the {examples:,} training examples.",
            ("training", "batch_size"),
            "Each epoch will be one step.",
            warning=True,
        )
