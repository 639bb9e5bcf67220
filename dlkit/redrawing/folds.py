"""Draw the pictures and the pages of a finished cross-validation again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from dlkit.preparation import located
from dlkit.redrawing.data import load_again, loaded_again
from dlkit.redrawing.run import make_plots, redraw_one, write_page
from dlkit.report.finished import Record, read_values
from dlkit.report.folds.page import fold_page
from dlkit.report.folds.sums import Folds, join_answers
from dlkit.report.outputs import shown_outputs
from dlkit.report.run_folder import RunFolder
from dlkit.report.together.sums import sum_up


def redraw_folds(folder: RunFolder, records: Sequence[Record]) -> Path:
    """Draw the pictures and the pages of all folds again, and those of all together.

    Args:
        folder: The folder around the folds' own.
        records: What each fold wrote down, in their order.

    Returns:
        The page of all.

    Raises:
        DlkitError: As ``redraw``.
    """
    started = time.monotonic()
    loaded = loaded_again(records[0])
    redrawn = []
    with located(loaded):
        datasets = load_again(loaded, range(1, len(records) + 1))
        for record, dataset in zip(records, datasets, strict=True):
            redrawn.append(redraw_one(record, loaded_again(record), dataset))
    runs = [each.member for each in redrawn]
    evaluations, rows = join_answers(runs)
    last = redrawn[-1].run
    whole = Folds(
        folder=folder,
        loaded=last.loaded,
        dataset=last.dataset,
        folds=runs,
        scores=sum_up([run.metrics for run in runs]),
        outputs=shown_outputs(last.dataset, evaluations),
        rows=rows,
        facts=read_values(folder.metrics),
        seconds=time.monotonic() - started,
    )
    make_plots(folder)
    page = fold_page(whole, read_values(folder.environment))
    write_page(folder, page, loaded.catalogue.plugins)
    return folder.report
