"""Which executor runs the trials of a sweep, and what each of its workers gets."""

from __future__ import annotations

from pathlib import Path

from dlkit.report.sweep.folder import SweepFolder
from dlkit.sweep.local import LocalPool
from dlkit.sweep.machines import environments, threads_of, usable_cores, visible_gpus
from dlkit.sweep.messages import Setup
from dlkit.sweep.plan import Plan
from dlkit.sweep.pool import Pool


def open_pool(
    plan: Plan, folder: SweepFolder, output: Path, device: str | None
) -> tuple[Pool, int | None]:
    """Return who runs the trials, and with how many threads each of them computes.

    Args:
        plan: What is run.
        folder: Where it goes.
        output: The folder that keeps experiments.
        device: ``cpu``, ``gpu`` or ``gpu:1``; None: what there is.

    Returns:
        The pool; and the threads, None where one worker has the machine for itself.
    """
    setup = Setup(
        plugins=plan.plugins,
        output=output,
        objectives=plan.search.objectives,
        waits=plan.search.pruner != "none",
    )
    jobs = min(plan.sweep.section.jobs, plan.wanted)
    gpus = visible_gpus() if jobs > 1 or device else []
    pool = LocalPool(setup, environments(jobs, gpus, device), folder.run.log)
    return pool, threads_of(jobs, usable_cores()) if jobs > 1 else None
