"""Whether a state of training goes on in what was prepared now, bit for bit.

A changed config, changed data or changed code is refused; another machine or version is
told, for the numbers differ in their last bits there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import keras

from dlkit.config.catalogue import Catalogue
from dlkit.config.own_schedules import ONE_CYCLE
from dlkit.config.training_section import TrainingConfig
from dlkit.errors import ConfigError, DataError, StorageError
from dlkit.report.opening import plural
from dlkit.report.records import writing
from dlkit.report.resume.asking import FORCE, TakeUp, hangs_on_length, refuse
from dlkit.report.resume.identity import (
    Change,
    Identity,
    changes,
    config_changes,
    length_changes,
    listed,
    read_identity,
)
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import say
from dlkit.storage import remove_unfinished
from dlkit.train.loops.method import Method
from dlkit.train.plan import Plan, plan_training
from dlkit.train.state.keeper import take_up
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import Store
from dlkit.train.state.variables import named, read
from dlkit.train.trainer import Subject

BOUND = {ONE_CYCLE: "total_steps"}
"""Schedules that last as long as training, unless this argument of theirs says how long."""


def open_again(
    folder: RunFolder, data: Mapping[str, str], catalogue: Catalogue, resume: TakeUp
) -> Identity | None:
    """Return what a run was when it began; None if it had not come so far.

    What a killed process has left half written is removed.

    Args:
        folder: The run's.
        data: The fingerprint of the data that it is to go on with.
        catalogue: Knows Keras's defaults, and those of plugins.
        resume: How it goes on.

    Raises:
        DataError: If the data has changed.
        StorageError: If nobody knows what its state is of.
    """
    remove_unfinished(folder.path)
    shutil.rmtree(folder.cache, ignore_errors=True)
    before = read_identity(folder, catalogue)
    if before is not None:
        check_data(folder, before, data, force=resume.force)
    elif folder.has_state and not resume.force:
        raise StorageError(
            f"{folder.identity}: not there, so that nobody knows what the state of this"
            f" training fits. Begin a new run without --resume, or {FORCE}."
        )
    return before


def take_up_run(
    folder: RunFolder,
    before: Identity | None,
    now: Identity,
    subject: Subject,
    resume: TakeUp,
) -> Snapshot | None:
    """Return the state that training goes on from; None if it begins.

    Args:
        folder: The run's.
        before: What the run was when it began.
        now: What it is now.
        subject: What is trained.
        resume: How it goes on.

    Raises:
        ConfigError: If the run has changed, or was trained for longer already.
        StorageError: If there were states, and none can be read.
    """
    config = subject.config
    if before is not None:
        check_identity(folder, before, now, force=resume.force)
    stopping = config.regularization.early_stopping
    restores = stopping is not None and stopping.restore_best
    snapshot = take_up(Store(folder.checkpoints), say, restores=restores)
    if snapshot is not None and before is not None:
        plan = plan_training(config.training, len(subject.dataset.train))
        check_length(folder, snapshot, before, plan, force=resume.force)
        if _rate_is_new(before, now):
            snapshot = _with_rate(snapshot, subject.model.optimizer)
    around = [RunFolder(folder.path.parent)] if folder.is_member else []
    for each in (folder, *around):
        with writing(each.metrics):
            each.metrics.unlink(missing_ok=True)  # it is of less than the run is to be
    return snapshot


def _rate_is_new(before: Identity, now: Identity) -> bool:
    """Tell whether somebody who insists on going on gives another learning rate."""
    found = changes(before.config["optimizer"], now.config["optimizer"])
    return any("learning_rate" in change.path for change in found)


def _with_rate(snapshot: Snapshot, optimizer: keras.optimizers.Optimizer) -> Snapshot:
    """Return a snapshot with the learning rate that an optimizer has now, if it is a number."""
    variables = named({"optimizer": optimizer.variables})
    rates = {
        name: array
        for name, array in read(variables).items()
        if name.endswith("/learning_rate") and name in snapshot.arrays
    }
    return replace(snapshot, arrays={**snapshot.arrays, **rates})


def tell_of_taking_up(folder: RunFolder, snapshot: Snapshot | None, *, told: bool) -> None:
    """Say from where training goes on.

    Args:
        folder: The run's.
        snapshot: The state that it goes on from; None if it begins.
        told: Whether the person hears of a beginning.
    """
    if snapshot is not None:
        say(f"resumed   from {_where(snapshot)} of {folder.path}")
    elif told:
        say(f"resumed   {folder.path} from its beginning: it had kept no state yet")


def method_again(before: Identity, training: TrainingConfig, chosen: Method) -> Method:
    """Return how a run goes on: as before, whatever would be chosen for its length now.

    Args:
        before: What the run was when it began.
        training: Says more than the run did if somebody insists on going on.
        chosen: What would be chosen for a new run.
    """
    said = before.config["training"]
    if (said["loop"], said["xla"]) != (training.loop, training.xla):
        return chosen
    return Method(**before.method)


def check_data(
    folder: RunFolder, before: Identity, data: Mapping[str, str], *, force: bool
) -> None:
    """Refuse to go on with other data than before.

    Raises:
        DataError: If it has changed.
    """
    found = [*changes(before.data, dict(data))]
    if not found:
        return
    told = listed(found, "data: ")
    if not force:
        raise DataError(
            f"{folder.path}: this run began with other data:\n{told}\n"
            f"Bring that data back, begin a new run without --resume, or {FORCE}."
        )
    say(f"warning: the data is not what this run began with:\n{told}")


def check_identity(folder: RunFolder, before: Identity, now: Identity, *, force: bool) -> None:
    """Refuse to go on with another config or other code, and tell of another machine.

    Raises:
        ConfigError: If one has changed.
    """
    found = config_changes(before.config, now.config)
    code = [*changes(before.code, now.code), *changes(before.bases, now.bases)]
    if force and (found or code):
        say(f"warning: this run began with another config:\n{listed([*found, *code])}")
    elif found and not config_changes(before.written, now.written):
        raise ConfigError(_depends(folder, before, now, listed(found)))
    elif code:
        refuse(folder, code, "version of what it is built from")
    elif bound := _bound(now.config, length_changes(before.written, now.written)):
        line = f"  {bound}: it lasts as long as training"
        if not force:
            raise ConfigError(_depends(folder, before, now, line))
    else:
        refuse(folder, found, "config")
    _tell_of_machine(before, now)


def check_length(
    folder: RunFolder, snapshot: Snapshot, before: Identity, plan: Plan, *, force: bool
) -> None:
    """Refuse a length that the training is past already, or that would change what it did.

    Args:
        folder: The run.
        snapshot: What it goes on from.
        before: What the run was.
        plan: How long it is to be.
        force: Whether it goes on all the same, where that can be.

    Raises:
        ConfigError: If it does not fit.
    """
    epochs, done = len(snapshot.facts["rows"]), snapshot.facts["done"]
    taken = epochs * plan.of_epoch + done
    was_cut = taken > before.steps  # its last epoch was not a whole one
    taken = min(taken, before.steps) if not done else taken
    if taken > plan.total:
        raise ConfigError(
            f"{folder.path}: {_so_far(epochs, done)} ({plural(taken, 'step')}) were trained"
            f" already, and training is to have {plural(plan.epochs, 'epoch')}"
            f" ({plural(plan.total, 'step')}). Ask for more, or begin a new run without"
            " --resume."
        )
    if was_cut and not done and plan.total != before.steps and not force:
        raise ConfigError(
            f"{folder.path}: its last epoch ended after {before.steps % plan.of_epoch} of"
            f" {plan.of_epoch} steps, because training.steps said so, and a longer training"
            f" would have measured it later. Begin a new run without --resume, or {FORCE}."
        )


def _where(snapshot: Snapshot) -> str:
    """Say where in its training a state is."""
    epochs, done = len(snapshot.facts["rows"]), snapshot.facts["done"]
    return f"epoch {epochs + 1}, step {done}" if done else f"the end of epoch {epochs}"


def _so_far(epochs: int, done: int) -> str:
    return plural(epochs, "epoch") + (f" and {plural(done, 'step')}" if done else "")


def _depends(folder: RunFolder, before: Identity, now: Identity, lines: str) -> str:
    """Say that what was learned so far hangs on how long training was to be."""
    asked = length_changes(before.written, now.written)
    if not asked:
        return (
            f"{folder.path}: this run began with another config:\n{lines}\n"
            f"Take that back, begin a new run without --resume, or {FORCE}."
        )
    return hangs_on_length(folder, asked, lines)


def _bound(config: Mapping[str, Any], asked: list[Change]) -> str:
    """Return a schedule that lasts as long as training; none if its length is as before.

    Of training in stages it is the last one that gets longer, and what that one follows.
    """
    if not asked:
        return ""
    parts = [config, *config["training"].get("stages", ())]
    followed = [
        next((part[key] for part in reversed(parts) if part.get(key)), None)
        for key in ("lr_schedule", "optimizer")
    ]
    return next(_bound_in(followed), "")


def _bound_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            argument = BOUND.get(key)
            if argument and not (isinstance(item, Mapping) and item.get(argument)):
                yield str(key)
            yield from _bound_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from _bound_in(item)
    elif isinstance(value, str) and value in BOUND:
        yield value


def _tell_of_machine(before: Identity, now: Identity) -> None:
    """Warn where the last bits may differ from those of a run that was never interrupted."""
    found = [*changes(before.machine, now.machine)]
    if found:
        say(
            "warning: from here on the run is no longer exact to the last bit, because it goes"
            f" on with other\n{listed(found)}"
        )
