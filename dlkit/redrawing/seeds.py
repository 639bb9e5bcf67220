"""Draw the pictures and the pages of a finished run with several seeds again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dlkit.config.load import LoadedConfig, load_config
from dlkit.data.load import load_repeats
from dlkit.evaluate.predictions import Evaluation
from dlkit.preparation import data_places, located
from dlkit.redrawing.data import loaded_again
from dlkit.redrawing.run import make_plots, redraw_one, tell_differences, write_page
from dlkit.redrawing.told import told_config
from dlkit.repeats import ensemble_of, with_facts
from dlkit.report.finished import Record, read_figures, read_values
from dlkit.report.outputs import shown_outputs
from dlkit.report.repeats.page import repeat_page
from dlkit.report.repeats.sums import ENSEMBLE, Repeats, sum_up_seeds
from dlkit.report.resume.identity import read_identity
from dlkit.report.run_folder import RunFolder


def redraw_seeds(folder: RunFolder, records: Sequence[Record]) -> Path:
    """Draw the pictures and the pages of all seeds again, and those of all together.

    Args:
        folder: The folder around the seeds' own.
        records: What each seed wrote down, in their order.

    Returns:
        The page of all.

    Raises:
        DlkitError: As ``redraw``.
    """
    started = time.monotonic()
    members = [loaded_again(record) for record in records]
    seeds = []
    with located(members[0]):
        datasets = load_repeats((each.config for each in members), data_places(members[0]))
        for record, member, dataset in zip(records, members, datasets, strict=True):
            redrawn = redraw_one(record, member, dataset)
            seeds.append(redrawn.member)
    last, facts = redrawn.run, read_values(folder.metrics)
    loaded = with_facts(_loaded_of_all(folder, records[0], len(seeds)), last.loaded)
    ensemble = facts["no_ensemble"] or ensemble_of(
        seeds, loaded, last.core, last.dataset, last.raw.test
    )
    answers = {} if isinstance(ensemble, str) else _as_told(folder, ensemble)
    whole = Repeats(
        folder=folder,
        loaded=loaded,
        dataset=last.dataset,
        seeds=seeds,
        scores=sum_up_seeds(seeds, answers),
        outputs=shown_outputs(last.dataset, answers),
        no_ensemble=ensemble if isinstance(ensemble, str) else "",
        facts=facts,
        seconds=time.monotonic() - started,
    )
    make_plots(folder)
    page = repeat_page(whole, read_values(folder.environment))
    write_page(folder, page, loaded.catalogue.plugins)
    return folder.report


def _loaded_of_all(folder: RunFolder, first: Record, count: int) -> LoadedConfig:
    """Return the config of all seeds: as somebody wrote it, where that can be had."""
    identity = read_identity(first.folder, first.loaded.catalogue)
    if identity is not None:
        identity = replace(identity, written={**identity.written, "repeat": count})
    told = told_config(first, identity)
    return told or load_config(folder.resolved, catalogue=first.loaded.catalogue)


def _as_told(folder: RunFolder, ensemble: dict[str, Evaluation]) -> dict[str, Evaluation]:
    """Return what the models say together, with the figures that the run has told of it."""
    told, start = read_figures(folder), f"{ENSEMBLE}test_"
    answered = next(iter(ensemble.values())).metrics
    tell_differences(folder, {start + name: each for name, each in answered.items()}, told)
    figures = {
        name.removeprefix(start): each for name, each in told.items() if name.startswith(start)
    }
    return {name: replace(each, metrics=figures) for name, each in ensemble.items()}
