"""Pages of runs that are there: that of one drawn again, and an index of all.

Importing this module brings in neither TensorFlow nor what needs it, as with ``launch``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dlkit.backend import import_tensorflow, native_stderr_to
from dlkit.config.catalogue import Catalogue
from dlkit.errors import ModelError, StorageError
from dlkit.own_code import Plugins, catalogue_with, own_faults
from dlkit.report.finished import find_folder, read_facts, read_record
from dlkit.report.listing import SPREAD_OVER
from dlkit.report.lock import working_in
from dlkit.report.run_folder import DEFAULT_OUTPUT, MEMBER, RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.terminal import say, telling

if TYPE_CHECKING:
    from dlkit.report.finished import Record


def redraw(
    run: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    plugins: Plugins = (),
) -> Path:
    """Draw the pictures and the page of a finished run again, and change nothing else.

    The data is read and the model evaluated once more; nothing is trained. Of a sweep its own
    page is drawn; those of its trials, which it leaves out, are drawn of each that is named.

    Args:
        run: A run's folder, or its name below ``output``: ``pima/3``, or ``pima`` for the
            latest; a trial is ``pima/3/trial_2``. With folds or several seeds the pages of
            all are drawn as well.
        output: The folder that keeps experiments.
        plugins: The files that the run was made with, as for ``run``.

    Returns:
        The page.

    Raises:
        DlkitError: If there is no such run (``ConfigError``), it did not finish or is
            damaged (``StorageError``), or its data is missing or has changed
            (``DataError``).
    """
    catalogue = catalogue_with(plugins)
    folder = find_folder(os.fspath(run), Path(output))
    if SweepFolder(folder).is_sweep:
        return _redraw_sweep(SweepFolder(folder), catalogue, tuple(map(Path, plugins)))
    members = folder.members
    if not members:
        records = [read_record(str(folder.path), Path(output), catalogue)]
    else:
        _check_members(folder)
        records = [read_record(str(each.path), Path(output), catalogue) for each in members]
    is_member = MEMBER.fullmatch(folder.path.resolve().name)
    with working_in(RunFolder(folder.path.parent) if is_member else folder):
        return _redraw(folder, records)


def _redraw_sweep(folder: SweepFolder, catalogue: Catalogue, plugins: tuple[Path, ...]) -> Path:
    """Write the page of a sweep again, and its pictures.

    Raises:
        StorageError: If a process works on it, or its files are damaged.
    """
    from dlkit.sweep.best import base_labels
    from dlkit.sweep.leaving import write_sight  # Optuna counts what mattered
    from dlkit.sweep.reading import read_sweep, status_of

    with working_in(folder.run), telling(Path(os.devnull)):
        plan, record = read_sweep(folder, catalogue, plugins)
        write_sight(folder, record, plan, status_of(folder), base_labels(plan.sweep))
    return folder.page


def _check_members(folder: RunFolder) -> None:
    """Make sure that a run of several models is over.

    Raises:
        StorageError: If it is not, or its files are damaged.
    """
    told = read_facts(folder) if folder.metrics.is_file() else {}
    if not any(
        isinstance(told.get(kind), list) and len(told[kind]) == len(folder.members)
        for kind in SPREAD_OVER
    ):
        fault = (
            f"not all of it is in {folder.metrics.name}"
            if told
            else (f"it has no {folder.metrics.name}")
        )
        raise StorageError(
            f"{folder.path}: the run did not finish, {fault}. `--resume` goes on with it."
        )


def _redraw(folder: RunFolder, records: list[Record]) -> Path:
    """Draw what was found, TensorFlow silent and the run's log as it was."""
    nowhere = Path(os.devnull)
    with native_stderr_to(nowhere), own_faults(ModelError):
        import_tensorflow()
        from dlkit.redrawing.folds import redraw_folds
        from dlkit.redrawing.run import redraw
        from dlkit.redrawing.seeds import redraw_seeds

        with telling(nowhere):
            for record in records:
                for warning in record.warnings:
                    say(f"warning: {warning}")
            if folder.members:
                each = redraw_folds if folder.fold(1) in folder.members else redraw_seeds
                return each(folder, records)
            return redraw(records[0])


def write_index(output: str | os.PathLike[str] = DEFAULT_OUTPUT) -> Path:
    """Write one page of all experiments: a row a run, with a link to its own page.

    Args:
        output: The folder that keeps experiments; it gets ``index.html``.

    Returns:
        The page.

    Raises:
        DlkitError: If there is no run (``ConfigError``), or the page cannot be written
            (``StorageError``).
    """
    from dlkit.report.index.page import write_index as write  # the templates take jinja2

    return write(Path(output))
