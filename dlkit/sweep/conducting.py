"""Run a sweep from its checked config to its page, or go on with it."""

from __future__ import annotations

import contextlib
import signal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from dlkit.config.dump import dump_plain
from dlkit.config.load import LoadedConfig
from dlkit.config.sweep.checking import extreme_points, sweep_of
from dlkit.config.sweep.space import describe_point
from dlkit.errors import DataError, Interrupted, ModelError, TrainingError
from dlkit.report.command import command_line
from dlkit.report.lock import working_in
from dlkit.report.records import write_text
from dlkit.report.run_folder import create_run_folder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.terminal import say, telling
from dlkit.sweep.executors import open_pool, require_executor
from dlkit.sweep.inputs import inputs_of, refuse_changed
from dlkit.sweep.leaving import Refresher, leave, leaving_in_any_case, write_facts
from dlkit.sweep.messages import Lost, Outcome, Task
from dlkit.sweep.plan import Plan, find_begun, plan_sweep, question_of
from dlkit.sweep.pool import Pool
from dlkit.sweep.result import SweepResult
from dlkit.sweep.running import MOMENT, Owner, hopeless, record_of, trial_source
from dlkit.sweep.study import Study
from dlkit.sweep.view import showing
from dlkit.sweep.words import closing_lines, is_complete, opening_lines
from dlkit.train.interruption import ending_in_order


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
            Or if a file or plugin that the sweep began with has changed.
        TrainingError: If no trial comes to anything.
        StorageError: If the disk does not take what is kept.
        Interrupted: If a signal ends it.
    """
    sweep = sweep_of(loaded)
    require_executor(sweep, device)
    plan = replace(plan_sweep(sweep, plugins), inputs=inputs_of(sweep))
    folder = find_begun(output, loaded.config.name, question_of(sweep))
    is_new = folder is None
    if folder is not None:
        refuse_changed(folder, dict(plan.inputs))
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
        write_facts(folder, plan, "running")
        for warning in sweep.loaded.warnings:
            say(str(warning))
        study = Study(folder.study, plan.search)
        say(opening_lines(folder, plan, study))
        begun = None if is_complete(plan, study) else time.monotonic()
        with leaving_in_any_case(folder, plan, lambda: record_of(plan, study)):
            record = _run_trials(plan, folder, study, output, device)
        write_facts(folder, plan, "complete", record)
        leave(folder, record, plan)
        took = None if begun is None else time.monotonic() - begun
        say(closing_lines(folder, record, took))
    return SweepResult(record, folder)


def _run_trials(
    plan: Plan, folder: SweepFolder, study: Study, output: Path, device: str | None
) -> SweepRecord:
    """Run what is left of the trials, and return what all came to.

    Raises:
        TrainingError: If none comes to anything, or none has.
    """
    if is_complete(plan, study):  # nobody is needed any more
        record = record_of(plan, study)
        if record.best is None:
            raise TrainingError(hopeless(record))
        return record
    pool, threads = open_pool(plan, folder, output, device)
    kindly = True
    try:
        with showing() as view:
            refresh = Refresher(folder, plan)
            owner = Owner(plan, folder, study, pool, view, threads, refresh)
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
        DataError: If none can, and it is the data's fault.
    """
    sweep = plan.sweep
    points = extreme_points(sweep.parameters)
    tasks = [
        Task(-index, trial_source(sweep, point, threads), folder.path)
        for index, point in enumerate(points)
    ]
    outcomes = build_all(pool, tasks)
    failed = [
        (describe_point(sweep.parameters, point), built)
        for point, built in zip(points, outcomes, strict=True)
        if built.ending == "failed"
    ]
    if len(failed) == len(points):
        if all(built.is_of_data for _, built in failed):
            raise DataError(failed[0][1].reason)
        message = "none of the models at the ends of this sweep can be built."
        reasons = [f"{point}: {built.reason}" for point, built in failed]
        raise ModelError("\n".join([message, *reasons]))
    for where, built in failed:
        reason = f"{where}: {built.reason}"
        say(f"warning: a model at an end of this sweep cannot be built. {reason}")


def build_all(pool: Pool, tasks: Sequence[Task]) -> list[Outcome]:
    """Build models, as many at a time as there are hands, and return what came of each."""
    outcomes: dict[int, Outcome] = {}
    waiting = deque(tasks)
    while len(outcomes) < len(tasks):
        while waiting and pool.free > 0:
            pool.start(waiting.popleft())
        said = pool.wait(MOMENT)
        if isinstance(said, Outcome):
            outcomes[said.number] = said
        elif isinstance(said, Lost):
            outcomes[said.number] = Outcome(said.number, "failed", reason=f"{said.reason}.")
    return [outcomes[task.number] for task in tasks]


@contextlib.contextmanager
def _telling_how_it_goes_on() -> Iterator[None]:
    """Let whoever interrupts a sweep hear how it goes on.

    Raises:
        Interrupted: In place of any interruption.
    """
    try:
        yield
    except KeyboardInterrupt as error:
        number = error.exit_code - 128 if isinstance(error, Interrupted) else signal.SIGINT
        again = "The same command goes on with it"
        raise Interrupted(f"Interrupted. {again}: {command_line()}", number) from None
