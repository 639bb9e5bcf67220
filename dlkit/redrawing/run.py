"""Draw the pictures and the page of a finished run again, and change nothing else of it.

Nothing is trained. The data is read and prepared once more, the model gets the weights that
the run has kept, and answers for the test split; how it learned stands in the run's files.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np

from dlkit.config.catalogue import PluginFile
from dlkit.config.load import LoadedConfig
from dlkit.data.dataset import Dataset
from dlkit.errors import StorageError
from dlkit.evaluate.by_heart import judge_by_heart
from dlkit.evaluate.evaluation import evaluate_model
from dlkit.model.runs import load_run
from dlkit.preparation import Prepared, data_places, layer_rows, located, prepare
from dlkit.reading.reading import read_story
from dlkit.redrawing.data import check_data, load_again, loaded_again
from dlkit.redrawing.told import told_config, told_training
from dlkit.report.command import kept_line
from dlkit.report.finished import Record, fold_number, read_figures, read_values
from dlkit.report.page import Page, render_page
from dlkit.report.records import write_text, writing
from dlkit.report.resume.identity import Identity, read_identity
from dlkit.report.run_folder import RunFolder
from dlkit.report.run_page import run_page
from dlkit.report.run_record import RunRecord
from dlkit.report.story import story_of
from dlkit.report.terminal import say
from dlkit.report.together.member import Member

SAME = 1e-5
"""Relative difference up to which figures are the same: machines round differently."""


@dataclass(frozen=True)
class Redrawn:
    """A run whose page is there again.

    Attributes:
        run: Everything that its report is made of.
        figures: Its final figures, as they stand in ``metrics.json``.
    """

    run: RunRecord
    figures: dict[str, float]

    @property
    def member(self) -> Member:
        """What is kept of it as one of several, until all are summed up."""
        return Member(
            seed=self.run.loaded.config.seed,
            folder=self.run.folder,
            training=self.run.training,
            evaluations=self.run.evaluations,
            metrics=self.figures,
            rows=np.asarray(self.run.dataset.rows["test"]),
        )


def redraw(record: Record) -> Path:
    """Draw a run's pictures and its page again.

    Args:
        record: What the run wrote down.

    Returns:
        The page.

    Raises:
        DlkitError: If the data is not there or has changed, or a file of the run is damaged.
    """
    loaded = loaded_again(record)
    number = fold_number(record.folder)
    with located(loaded):
        dataset = next(load_again(loaded, [number] if number else []))
    return redraw_one(record, loaded, dataset).run.folder.report


def redraw_one(record: Record, loaded: LoadedConfig, raw: Dataset) -> Redrawn:
    """Draw the pictures and the page of one run, for its data as it was loaded."""
    folder, catalogue = record.folder, record.loaded.catalogue
    identity = read_identity(folder, catalogue)
    check_data(folder, identity, raw, data_places(loaded))
    given = told_config(record, identity)
    try:
        with located(loaded):
            prepared = prepare(given or loaded, raw, folder.cache, folder.output)
            _take_weights(prepared.built.model, folder)
        run = _record(record, identity, prepared, raw)
        if given is None:  # lines of the resolved config are not those that people know
            run = replace(run, layers=tuple(replace(row, line=0) for row in run.layers))
        figures = read_figures(folder)
        answered = {f"test_{name}": value for name, value in run.test_figures.items()}
        tell_differences(folder, answered, figures)
        environment = read_values(folder.environment)
        make_plots(folder)
        page = run_page(run, figures, environment, read_story(story_of(run, figures)))
        write_page(folder, page, catalogue.plugins)
    finally:
        shutil.rmtree(folder.cache, ignore_errors=True)
    return Redrawn(run, figures)


def _take_weights(model: keras.Model, folder: RunFolder) -> None:
    """Give a model that was built anew what the run has learned.

    Raises:
        StorageError: If the run's file is damaged, or of another model.
    """
    learned = _numbers(load_run(folder.model, ()))
    ours = _numbers(model)
    if [weight.shape for weight in ours] != [weight.shape for weight in learned]:
        raise StorageError(
            f"{folder.model}: these are not the weights of the model of {folder.resolved.name}."
        )
    for weight, value in zip(ours, learned, strict=True):
        weight.assign(value)


def _numbers(model: keras.Model) -> list[keras.Variable]:
    """Return the weights of a model, but for words: these come from the data anew."""
    return [weight for weight in model.weights if weight.dtype != "string"]


def _record(
    record: Record, identity: Identity | None, prepared: Prepared, raw: Dataset
) -> RunRecord:
    """Gather what the report of a run is made of."""
    folder, built, config = record.folder, prepared.built, prepared.trained
    training = told_training(record, identity)
    # What was said of the data as it was loaded first: a column's kind is no longer guessed.
    dataset = replace(prepared.dataset, notes=tuple(record.facts.get("notes", ())))
    return RunRecord(
        folder=folder,
        loaded=prepared.loaded,
        raw=raw,
        dataset=dataset,
        training=training,
        evaluations=evaluate_model(built.core, dataset, config),
        core=built.core,
        model=built.model,
        layers=tuple(layer_rows(prepared)),
        devices=tuple(map(str, record.metrics.get("devices", ()))),
        started=time.monotonic(),
        augmentation=prepared.augmentation,
        told=False,
        by_heart=judge_by_heart(built.core, dataset, config, training),
    )


def tell_differences(
    folder: RunFolder, answered: Mapping[str, float], figures: Mapping[str, float]
) -> None:
    """Warn where figures are others than in the run: on another machine they may be.

    Args:
        folder: The run.
        answered: The figures as they are now.
        figures: As they stand in ``metrics.json``.
    """
    found = [
        f"{name} is {value:.6g} and was {figures[name]:.6g}"
        for name, value in answered.items()
        if name in figures and not _is_same(value, figures[name])
    ]
    if found:
        say(f"warning: {folder.path}: {', '.join(found)} in the run.")


def _is_same(value: float, before: float) -> bool:
    both = math.isnan(value) and math.isnan(before)
    return both or math.isclose(value, before, rel_tol=SAME, abs_tol=SAME)


def make_plots(folder: RunFolder) -> None:
    """Make the folder of the pictures, should it have been deleted.

    Raises:
        StorageError: If it cannot be made.
    """
    with writing(folder.plots):
        folder.plots.mkdir(exist_ok=True)


def write_page(folder: RunFolder, page: Page, plugins: Iterable[PluginFile]) -> None:
    """Write a page that says how to repeat the run, not how it was drawn again."""
    command = kept_line(folder, plugins)
    write_text(folder.report, render_page(replace(page, command=command)))
