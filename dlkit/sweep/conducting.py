"""Run a sweep from its checked config to its page, or go on with it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from dlkit.config.dump import dump_plain
from dlkit.config.load import LoadedConfig
from dlkit.config.sweep.checking import extreme_points, sweep_of
from dlkit.config.sweep.space import describe_point
from dlkit.errors import Interrupted, ModelError
from dlkit.report.command import command_line
from dlkit.report.lock import working_in
from dlkit.report.records import write_text
from dlkit.report.run_folder import create_run_folder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.terminal import say, telling
from dlkit.sweep.executors import open_pool
from dlkit.sweep.leaving import leave, write_facts
from dlkit.sweep.messages import Outcome, Task
from dlkit.sweep.plan import Plan, find_begun, plan_sweep, question_of
from dlkit.sweep.pool import Pool
from dlkit.sweep.result import SweepResult
from dlkit.sweep.running import Owner, trial_source
from dlkit.sweep.study import Study
from dlkit.sweep.view import Lines, closing_lines, opening_lines
from dlkit.train.interruption import ending_in_order

MOST_SECONDS = 600.0
"""What building the extreme models may take."""


def conduct(
    loaded: LoadedConfig, output: Path, plugins: tuple[Path, ...], device: str | None
) -> SweepResult:
    """Run a sweep, or what is left of it.

    The latest sweep of the experiment that asks the same goes on: same config, same
    parameters. How many trials there are, and who runs them, may change meanwhile.

    Args:
        loaded: The checked config, with its section ``sweep``.
        output: The folder that keeps experiments.
        plugins: Files with code of the person's own.
        device: ``cpu``, ``gpu`` or ``gpu:1``; None: what there is.

    Raises:
        ConfigError: If what the sweep sets cannot be set, or no model of it can be built.
        TrainingError: If no trial comes to anything.
        StorageError: If the disk does not take what is kept.
        Interrupted: If a signal ends it.
    """
    sweep = sweep_of(loaded)
    plan = plan_sweep(sweep, plugins)
    question = question_of(sweep)
    folder = find_begun(output, loaded.config.name, question)
    is_new = folder is None
    if folder is None:
        folder = SweepFolder(create_run_folder(output, loaded.config.name))
    with (
        working_in(folder.run),
        _telling_how_it_goes_on(),
        ending_in_order(),
        telling(folder.run.log),
    ):
        if is_new:
            write_text(folder.run.config, loaded.source.text or dump_plain(loaded.source.data))
        write_facts(folder, plan, question, "running")
        for warning in sweep.loaded.warnings:
            say(str(warning))
        study = Study(folder.study, plan.search)
        say(opening_lines(folder, plan, study))
        record = _run_trials(plan, folder, study, output, device)
        write_facts(folder, plan, question, "complete", record)
        leave(folder, record, plan)
        say(closing_lines(folder, record))
    return SweepResult(record, folder)


def _run_trials(
    plan: Plan, folder: SweepFolder, study: Study, output: Path, device: str | None
) -> SweepRecord:
    """Run what is left of the trials, and return what all came to."""
    pool, threads = open_pool(plan, folder, output, device)
    owner = Owner(plan, folder, study, pool, Lines(), threads)
    if study.count >= plan.wanted and not study.unfinished():
        return owner.record()
    kindly = True
    try:
        if not study.count:
            prove_extremes(plan, pool, folder, threads)
        record = owner.run()
        kindly = False
        return record
    finally:
        pool.close(kindly=kindly)


def prove_extremes(plan: Plan, pool: Pool, folder: SweepFolder, threads: int | None) -> None:
    """Build the models that lie furthest apart before anything is trained.

    Raises:
        ModelError: If none of them can be built.
    """
    sweep = plan.sweep
    reasons: list[str] = []
    points = extreme_points(sweep.parameters)
    for point in points:
        source = trial_source(sweep, point, threads)
        pool.start(Task(0, source, folder.path))
        outcome = pool.wait(MOST_SECONDS)
        if isinstance(outcome, Outcome) and outcome.ending == "complete":
            continue
        reason = outcome.reason if isinstance(outcome, Outcome) else "its process ended."
        reasons.append(f"{describe_point(sweep.parameters, point)}: {reason}")
    if len(reasons) == len(points):
        message = "none of the models at the ends of this sweep can be built."
        raise ModelError("\n".join([message, *reasons]))
    for reason in reasons:
        say(f"warning: a model at an end of this sweep cannot be built. {reason}")


@contextlib.contextmanager
def _telling_how_it_goes_on() -> Iterator[None]:
    """Let whoever interrupts a sweep hear how it goes on.

    Raises:
        Interrupted: In place of any interruption.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        number = error.exit_code - 128 if isinstance(error, Interrupted) else 2
        again = "The same command goes on with it"
        raise Interrupted(f"Interrupted. {again}: {command_line()}", number) from None
