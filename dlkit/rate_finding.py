"""Find a learning rate before anything is trained: load, try a growing rate, draw."""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from dlkit.config.load import LoadedConfig
from dlkit.config.rate_place import RatePlace, rate_place
from dlkit.config.schema import Config
from dlkit.data.dataset import Dataset
from dlkit.data.load import load_dataset
from dlkit.errors import format_path
from dlkit.preparation import Prepared, data_places, located, prepare
from dlkit.report.data.pictures import save_drawings
from dlkit.report.figures.rates import draw_range_test
from dlkit.report.opening import describe_data, hanging
from dlkit.report.records import writing
from dlkit.train.rates.lr_finder import Trial, try_rates
from dlkit.train.rates.rate_curve import RangeTest

PICTURE = "learning_rate.png"


@dataclass(frozen=True)
class FoundRate:
    """What a test of learning rates found.

    Attributes:
        suggestion: A rate to train with, to two digits; None where none lets the loss fall.
        override: What sets it, as ``optimizer.Adam.learning_rate=0.003``; empty where there
            is none, or where no one value says it.
        rates: float64 ``(steps,)``: the rate of each step, ascending.
        losses: float64 ``(steps,)``: the loss of each step's batch.
        smoothed: float64 ``(steps,)``: the same, smoothed.
        pictures: The file that was written; none where it could not be drawn.
        text: All of it for a terminal of 80 columns.
    """

    suggestion: float | None
    override: str
    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    pictures: tuple[Path, ...]
    text: str


def find_rate(
    loaded: LoadedConfig,
    folder: Path,
    output: Path,
    command: Sequence[str] = (),
) -> FoundRate:
    """Try learning rates on the model and the data of a config.

    Args:
        loaded: The checked config.
        folder: Gets the picture.
        output: The folder that keeps experiments: the model may build on one of them.
        command: What trains the config, as words; empty where it is no file.

    Raises:
        DlkitError: If data, model or training fail, or the picture cannot be written.
    """
    place = rate_place(loaded.config)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with located(loaded), tempfile.TemporaryDirectory(prefix="cache-", dir=folder) as cache:
        dataset = load_dataset(_in_one(loaded.config), data_places(loaded))
        prepared = prepare(loaded, dataset, Path(cache), output)
        test = try_rates(_trial(prepared))
    drawn = (test.rates, test.losses, test.smoothed, test.suggestion, place.value)
    drawings = iter([(PICTURE, partial(draw_range_test, *drawn))])
    pictures = save_drawings(folder, drawings)
    override = ""
    if test.suggestion is not None and place.path:
        override = f"{format_path(place.path)}={test.suggestion:g}"
        replaced = f"{format_path(place.path)}="
        command = [word for word in command if not word.startswith(replaced)]
    lines = _lines(prepared, dataset, test, place, [*command, override] if override else [])
    shown = [f"picture   {path}" for path in pictures]
    return FoundRate(
        suggestion=test.suggestion,
        override=override,
        rates=test.rates,
        losses=test.losses,
        smoothed=test.smoothed,
        pictures=pictures,
        text="\n".join([*lines, *shown]),
    )


def _in_one(config: Config) -> Config:
    """Return a config without folds, whose parts are those of a plain run."""
    dataset = config.dataset.model_copy(update={"folds": None})
    return config.model_copy(update={"dataset": dataset})


def _trial(prepared: Prepared) -> Trial:
    return Trial(
        model=prepared.built.core,
        dataset=prepared.dataset,
        config=prepared.trained,
        catalogue=prepared.loaded.catalogue,
        augmentation=prepared.augmentation,
        stages=prepared.stages,
    )


def _lines(
    prepared: Prepared,
    dataset: Dataset,
    test: RangeTest,
    place: RatePlace,
    command: Sequence[str],
) -> list[str]:
    """Say what was tried, what came of it, and how to use it."""
    size = min(prepared.trained.training.batch_size, len(dataset.train))
    tried = (
        f"{len(test.rates)} steps of {size}, the rate from {test.rates[0]:.0e} to"
        f" {test.rates[-1]:.2g}"
    )
    if prepared.trained.training.stages:
        tried += ", as in stage 1"
    lines = [*describe_data(dataset), *hanging("tried", tried)]
    if test.suggestion is None:
        message = (
            "no rate: with none of them does the loss fall by more than chance."
            " Look at the data, the labels and the loss."
        )
        return [*lines, *hanging("suggested", message)]
    now = "" if place.value is None else f" (now {place.value:g})"
    lines.append(f"suggested {test.suggestion:g}{now}")
    if place.schedule and place.path:
        lines += hanging("", f"{place.schedule} takes it as {format_path(place.path)}.")
    elif not place.path:
        lines += hanging(
            "", f"{place.schedule} says every rate itself: let its largest be this."
        )
    return [*lines, f"use it    {shlex.join(command)}"] if command else lines
