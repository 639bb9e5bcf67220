"""Write what a sweep leaves beside its trials: how far it is, table, best config, page.

The page is there while a sweep goes on, too, and when one is interrupted or comes to nothing.
"""

from __future__ import annotations

import contextlib
import shlex
import time
from collections.abc import Callable, Iterator

from dlkit.config.dump import dump_plain
from dlkit.config.sweep.space import Scalar
from dlkit.errors import DlkitError, TrainingError
from dlkit.report.finished import read_values
from dlkit.report.records import write_json
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.report.sweep.sight import Sight, Status
from dlkit.report.sweep.table import write_best, write_table
from dlkit.sweep.best import base_labels, best_settings
from dlkit.sweep.plan import Plan, question_of

PAUSE = 30.0
"""Seconds between two pages of a sweep that goes on, at least."""

MOST_SHARE = 0.03
"""Of the time of a sweep that its pages may take while it goes on."""


def write_facts(
    folder: SweepFolder, plan: Plan, status: Status, record: SweepRecord | None = None
) -> None:
    """Write what is swept, and how far it is.

    Args:
        folder: The sweep's.
        plan: What is run.
        status: How far it is.
        record: All trials; None where none has begun yet.

    Raises:
        StorageError: If the disk does not take it.
    """
    best = record.best if record else None
    write_json(
        folder.facts,
        {
            "status": status,
            "trials": plan.wanted,
            "objectives": dict(plan.search.objectives),
            "sampler": plan.search.sampler,
            "pruner": plan.search.pruner,
            "best_trial": best.number if best else None,
            "best_values": list(best.values) if best else None,
            "counts": {
                state: len(record.of(state)) for state in ("complete", "pruned", "failed")
            }
            if record
            else None,
            "jobs": min(plan.sweep.section.jobs, plan.wanted),
            "inputs": dict(plan.inputs),
            "question": question_of(plan.sweep),
        },
    )


def leave(
    folder: SweepFolder, record: SweepRecord, plan: Plan, status: Status = "complete"
) -> None:
    """Write what a sweep leaves beside its trials: table, best config, page and pictures.

    Args:
        folder: The sweep's.
        record: All trials.
        plan: What was run.
        status: How far it is.

    Raises:
        StorageError: If the disk does not take it.
    """
    write_table(folder, record)
    if record.best is not None:
        settings = best_settings(folder.trial(record.best.number), plan)
        write_best(folder, record, settings, list(plan.plugins))
    write_sight(folder, record, plan, status, base_labels(plan.sweep))


def write_sight(
    folder: SweepFolder,
    record: SweepRecord,
    plan: Plan,
    status: Status,
    base: dict[str, Scalar] | None,
) -> None:
    """Write the page of a sweep, and its pictures.

    Raises:
        StorageError: If the disk does not take them.
    """
    # Pictures take a second to be brought in, which a sweep has only once trials are running.
    from dlkit.report.sweep.page import write_sweep_page
    from dlkit.sweep.importance import weigh

    plugins = [word for path in plan.plugins for word in ("--plugin", str(path.resolve()))]
    best = folder.trial(record.best.number) if record.best else None
    known = read_values(best.metrics) if best and best.metrics.is_file() else {}
    section = plan.sweep.loaded.source.data.get("sweep", {})
    sight = Sight(
        record=record,
        weights=weigh(record),
        status=status,
        base=base,
        section=dump_plain({"sweep": section}),
        command=shlex.join(["dlkit", "run", str(folder.best.resolve()), *plugins]),
        jobs=min(plan.sweep.section.jobs, plan.wanted),
        validation_examples=int(known.get("validation_examples") or 0),
    )
    write_sweep_page(folder, sight)


class Refresher:
    """Writes the page of a sweep while it goes on, seldom enough to cost nothing.

    Args:
        folder: The sweep's.
        plan: What is run.
        clock: Tells the time in seconds.
    """

    def __init__(
        self, folder: SweepFolder, plan: Plan, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._plan = plan
        self._clock = clock
        self._next = clock() + PAUSE

    def __call__(self, record: SweepRecord) -> None:
        """Write the page if it is time to; a disk that does not take it is told of later."""
        begun = self._clock()
        if begun < self._next:
            return
        with contextlib.suppress(DlkitError):
            write_sight(self._folder, record, self._plan, "running", None)
        ended = self._clock()
        self._next = ended + max(PAUSE, (ended - begun) / MOST_SHARE)


@contextlib.contextmanager
def leaving_in_any_case(
    folder: SweepFolder, plan: Plan, record: Callable[[], SweepRecord]
) -> Iterator[None]:
    """Leave what there is where the sweep in the context is interrupted, or is hopeless.

    Args:
        folder: The sweep's.
        plan: What is run.
        record: Returns all trials so far.

    Raises:
        KeyboardInterrupt: What ended the context, as it was.
        DlkitError: The same.
    """
    try:
        yield
    except (KeyboardInterrupt, DlkitError) as error:
        status: Status = "failed" if isinstance(error, TrainingError) else "interrupted"
        with contextlib.suppress(DlkitError):  # what ended the sweep is what is told
            write_facts(folder, plan, status, record())
            leave(folder, record(), plan, status)
        raise
