"""Find the run to go on with, and refuse at once what cannot go on.

Nothing here needs TensorFlow, and nothing is written: a run that is refused, or that has
nothing left to do, stays as it is.
"""

from __future__ import annotations

import contextlib
import csv
import glob
import json
import os
import shlex
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dlkit.config.interpolation import has_reference
from dlkit.config.load import LoadedConfig
from dlkit.config.source import lookup
from dlkit.errors import ConfigError, Interrupted, StorageError, TrainingError, format_path
from dlkit.report.command import command_line, is_ours, is_resuming
from dlkit.report.finished import hint_of_runs
from dlkit.report.resume.identity import (
    Change,
    Identity,
    config_changes,
    length_changes,
    length_path,
    listed,
    plain_values,
)
from dlkit.report.resume.several import has_more_seeds, identity_of
from dlkit.report.run_folder import RunFolder, find_runs
from dlkit.report.sweep.folder import SweepFolder

Resume = bool | str | os.PathLike[str]
"""Whether a run goes on: the latest of its experiment, or which."""

FORCE = "go on all the same with --force (in Python `force=True`)"


@dataclass(frozen=True)
class TakeUp:
    """That a run goes on which began before.

    Attributes:
        force: Whether it does so although it is not what it was.
    """

    force: bool = False


def find_resumed(resume: Resume, output: Path, name: str) -> RunFolder:
    """Find the run that goes on.

    Args:
        resume: True: the latest run of the experiment; else a run's folder, its name below
            ``output`` (``pima/3``), or an experiment's (``pima``): its latest.
        output: The folder that keeps experiments.
        name: The experiment's name.

    Raises:
        ConfigError: If there is none, or it is a sweep or a trial, a fold or a seed, which
            go on with the others.
    """
    if resume is True:
        runs = [run for run in find_runs(output, name) if not SweepFolder(run).is_sweep]
        if not runs:
            message = f"there is no run of {name!r} in {output} to go on with."
            raise ConfigError(f"{message} Leave out --resume to begin one.")
        return runs[-1]
    wanted = str(resume)
    for place in (Path(wanted), output / wanted):
        path = place if place.name else place.resolve()
        path = path.parent / path.resolve().name if path.is_symlink() else path
        found = find_runs(path.parent, glob.escape(path.name))
        runs = [run for run in found if not SweepFolder(run).is_sweep] or found
        folder = runs[-1] if runs else RunFolder(path)
        _refuse_sweep(folder)
        if folder.is_member and folder.path.is_dir():
            kind = folder.path.name.split("_")[0]
            raise ConfigError(
                f"{folder.path} is one of several {kind}s: they go on together."
                f" Name the run: {folder.path.parent}."
            )
        if folder.log.is_file() or folder.resolved.is_file():
            return folder
    raise ConfigError(
        f"there is no run {wanted!r} to go on with, here or in {output}."
        f" {hint_of_runs(wanted, output)}"
    )


def _refuse_sweep(folder: RunFolder) -> None:
    """Say how a sweep or a trial goes on, where it is one.

    Raises:
        ConfigError: If it is.
    """
    places = (folder, *map(RunFolder, folder.path.absolute().parents[:2]))
    sweep = next((each for each in places if SweepFolder(each).is_sweep), None)
    if sweep is not None:
        what = "is a sweep" if sweep is folder else f"belongs to the sweep {sweep.path}"
        raise ConfigError(
            f"{folder.path} {what}, which goes on with the command that began it, without"
            " --resume."
        )


def end_of_run(loaded: LoadedConfig, folder: RunFolder, *, force: bool) -> str | None:
    """Say that a run has nothing left to do; None if it has.

    Args:
        loaded: The config that it is to go on with.
        folder: The run.
        force: Whether it goes on although it is not what it was.

    Raises:
        ConfigError: If the config is not what it was.
        TrainingError: If its numbers stopped being numbers.
        StorageError: If it has finished and left no state, or a file is damaged.
    """
    identity = identity_of(loaded, folder)
    metrics = _metrics(folder)
    if identity is None:
        if metrics is None or force or folder.has_state:  # what it is of is missed later
            return None
        raise StorageError(_stateless(folder))
    written = plain_values(loaded)
    found = config_changes(identity.written, written)
    longer = length_changes(identity.written, written)
    if not force:
        if found and longer and all(_is_reference(loaded, each) for each in found):
            raise ConfigError(hangs_on_length(folder, longer, listed(found)))
        refuse(folder, found, "config")
    if metrics is None:
        return None
    status = metrics.get("status")
    if status == "diverged":
        if force:
            return None
        raise TrainingError(
            f"{folder.path}: this run diverged, and going on leads there again. Begin a new"
            " one with a lower learning rate; or give one here, and --force to go on from the"
            " last state that was kept."
        )
    if folder.has_state and not folder.is_whole:
        return None  # it was killed while it wrote, or somebody deleted a part
    stopped = status == "stopped early" and _stopped_in_last_stage(folder, identity)
    if (longer and not stopped) or has_more_seeds(loaded, metrics):
        if folder.has_state or force:
            return None
        raise StorageError(_stateless(folder))
    if not longer and force and found:
        return None
    how = f"it stopped early, after epoch {metrics.get('epochs')}" if stopped else ""
    return _complete(folder, how, metrics, identity)


def refuse(folder: RunFolder, found: list[Change], what: str) -> None:
    """Refuse to go on with another config than before.

    Raises:
        ConfigError: If anything has changed.
    """
    if found:
        raise ConfigError(
            f"{folder.path}: this run began with another {what}:\n{listed(found)}\n"
            f"Take that back, begin a new run without --resume, or {FORCE}."
        )


def hangs_on_length(folder: RunFolder, asked: list[Change], lines: str) -> str:
    """Say that what was learned so far hangs on how long training was to be.

    Args:
        folder: The run.
        asked: The change of its length.
        lines: What hangs on it.
    """
    return (
        f"{folder.path}: {', '.join(map(str, asked))}, and this hangs on it:\n{lines}\n"
        "The epochs so far would have been other ones. Begin a new run without --resume, or"
        f" {FORCE}."
    )


def _is_reference(loaded: LoadedConfig, change: Change) -> bool:
    """Tell whether a value was not written, but referred to: ``${training.total_steps}``."""
    try:
        return has_reference(lookup(loaded.source.data, change.path))
    except KeyError:
        return False


@contextlib.contextmanager
def telling_how_to_go_on(folder: RunFolder) -> Iterator[None]:
    """Let whoever interrupts what the context does hear how it goes on.

    Raises:
        Interrupted: In place of any interruption.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        number = error.exit_code - 128 if isinstance(error, Interrupted) else signal.SIGINT
        said = str(error) or "Interrupted."
        raise Interrupted(f"{said} Go on with: {command_again(folder)}", number) from None


def command_again(folder: RunFolder) -> str:
    """Return what to type so that a run goes on."""
    is_copy = folder.kept_in is not None  # a worker's, who goes on with the first one's
    if not is_ours():
        return f"dlkit.run(..., resume={True if is_copy else str(folder.path)!r})"
    command = command_line()
    if is_resuming():
        return command
    if is_copy:
        return f"{command} --resume"
    runs = find_runs(folder.output, glob.escape(folder.path.parent.name))
    which = "" if runs and runs[-1] == folder else f" {shlex.quote(folder.title)}"
    return f"{command} --resume{which}"


def _stateless(folder: RunFolder) -> str:
    """Say why a finished run does not begin anew: what it came to would be lost."""
    return (
        f"{folder.path} is complete, and has no state to go on from. Begin a new run:"
        " leave out --resume."
    )


def _complete(folder: RunFolder, how: str, metrics: dict[str, Any], identity: Identity) -> str:
    """Say that a run is complete, and how it would get longer."""
    epochs = metrics.get("epochs")
    is_known = isinstance(epochs, int) and not how
    length = f", {epochs} epoch{'' if epochs == 1 else 's'}" if is_known else ""
    longer = format_path(length_path(identity.written))
    advice = "" if how else f" More of them: {longer}=NUMBER."
    reason = f": {how}" if how else ""
    return f"{folder.path} is already complete{length}{reason}.{advice if length else ''}"


def _metrics(folder: RunFolder) -> dict[str, Any] | None:
    """Return what a run came to; None where it did not finish."""
    try:
        found = json.loads(folder.metrics.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and "status" in found else None


def _stopped_in_last_stage(folder: RunFolder, identity: Identity) -> bool:
    """Tell whether what ended a run early would end it here if it were to be longer."""
    stages = identity.written["training"].get("stages")
    if not stages:
        return True
    rows = read_history(folder)
    last = [row for row in rows if row.get("stage") == len(stages)]
    return len(last) < int(stages[-1]["epochs"])


def read_history(folder: RunFolder) -> list[dict[str, float]]:
    """Return the rows of a run's history.

    Raises:
        StorageError: If the file is damaged.
    """
    try:
        with folder.history.open(newline="", encoding="utf-8") as file:
            head, *rows = [*filter(None, csv.reader(file))] or [[]]
        if any(len(row) != len(head) for row in rows):
            fault = "a row is longer or shorter than the first one"
            raise StorageError(f"{folder.history}: cannot be read ({fault}).")
        return [dict(zip(head, map(_number, row), strict=True)) for row in rows]
    except (OSError, ValueError, TypeError) as error:
        raise StorageError(f"{folder.history}: cannot be read ({error}).") from error


def _number(text: str) -> float:
    return int(text) if text.isdecimal() else float(text)
