"""Which executor runs the trials of a sweep, and what each of its workers gets."""

from __future__ import annotations

from pathlib import Path

from dlkit.config.sweep.checking import Sweep
from dlkit.errors import ConfigError
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.terminal import say
from dlkit.sweep.local import LocalPool
from dlkit.sweep.machines import environments, threads_of, usable_cores, visible_gpus
from dlkit.sweep.messages import Setup
from dlkit.sweep.plan import Plan
from dlkit.sweep.pool import Pool
from dlkit.sweep.ray_address import find_cluster, require_ray
from dlkit.sweep.ray_pool import RayPool, job_of, opening_of


def require_executor(sweep: Sweep, device: str | None) -> None:
    """Make sure that whoever is to run the trials can be had, before anything is begun.

    Args:
        sweep: The checked sweep.
        device: ``cpu``, ``gpu`` or ``gpu:1``; None: what there is.

    Raises:
        ConfigError: If it is a cluster, and that cannot be spoken to.
    """
    if sweep.section.executor is None:
        return
    try:
        require_ray(sweep.section.executor.ray, device)
    except ConfigError as error:
        raise ConfigError(sweep.loaded.source.locate(error.problems)) from error


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

    Raises:
        StorageError: If a cluster cannot be connected to.
    """
    setup = Setup(
        plugins=plan.plugins,
        output=output,
        objectives=plan.search.objectives,
        waits=plan.search.pruner != "none",
    )
    section = plan.sweep.section
    if section.executor is not None:
        address = find_cluster(section.executor.ray)
        jobs = section.jobs if "jobs" in section.model_fields_set else None
        job = job_of(setup, folder.path, device)
        opening = opening_of(address, jobs, plan.wanted, device, job)
        ray_pool = RayPool(opening, folder.run.log)
        say(ray_pool.opened.text)
        return ray_pool, ray_pool.opened.threads
    jobs = min(section.jobs, plan.wanted)
    gpus = visible_gpus() if jobs > 1 or device else []
    pool = LocalPool(setup, environments(jobs, gpus, device), folder.run.log)
    return pool, threads_of(jobs, usable_cores()) if jobs > 1 else None
