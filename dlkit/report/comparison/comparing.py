"""Compare runs that are over: find them, read them, lay them side by side, write it down."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

from dlkit.report.comparison.chosen import choose_runs
from dlkit.report.comparison.comparison import Comparison, lay_side_by_side
from dlkit.report.comparison.page import csv_table, write_page
from dlkit.report.comparison.runs import read_run
from dlkit.report.run_folder import DEFAULT_OUTPUT
from dlkit.report.tables import write_csv


def compare(
    *runs: str | os.PathLike[str],
    output: str | os.PathLike[str] = DEFAULT_OUTPUT,
    page: str | os.PathLike[str] | None = None,
    csv: str | os.PathLike[str] | None = None,
    warn: Callable[[str], None] = warnings.warn,
) -> Comparison:
    """Lay finished runs side by side.

    Args:
        runs: Runs' folders, or their names below ``output``: ``pima/3``. An experiment's
            name (``pima``) stands for all its runs that are over, a sweep for its best
            trials.
        output: The folder that keeps experiments.
        page: An HTML file to write; None for none.
        csv: A CSV file to write, a row a run; None for none.
        warn: Told of a picture that cannot be drawn.

    Returns:
        What differs in them, and what came of it.

    Raises:
        ConfigError: If there is no such run, or fewer than two.
        StorageError: If a run did not finish or is damaged, or a file cannot be written.
    """
    chosen = choose_runs([os.fspath(run) for run in runs], Path(output))
    found = [read_run(run) for run in chosen.runs]
    comparison = lay_side_by_side(found, chosen.left_out, chosen.notes)
    if csv is not None:
        write_csv(Path(csv), *csv_table(comparison))
    if page is not None:
        write_page(Path(page), comparison, warn)
    return comparison
