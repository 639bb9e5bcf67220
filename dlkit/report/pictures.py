"""Which pictures a run gets: how it learned, and what it answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from dlkit.config.columns import is_figure
from dlkit.report.answers import answer_drawings
from dlkit.report.drawing import Drawing, Drawn, draw_all
from dlkit.report.figures.curves import draw_learning_rate, draw_metric
from dlkit.report.layer_pictures import layer_drawings
from dlkit.report.outputs import Output
from dlkit.report.page import Picture
from dlkit.report.run_folder import RunFolder
from dlkit.report.stages import stage_starts
from dlkit.report.terminal import format_figure
from dlkit.train.epochs import Row
from dlkit.train.rates import Curve
from dlkit.train.trainer import Training


def draw_pictures(
    folder: RunFolder,
    training: Training,
    outputs: Sequence[Output],
    rates: Curve = (),
    more: Sequence[Drawing] = (),
) -> list[Picture]:
    """Draw everything a run has to show, as PNG files and for the page.

    Args:
        folder: Gets the PNG files under ``plots/``.
        training: Provides the curves.
        outputs: Provide the answers for the test split.
        rates: The learning rate by steps, where it follows a schedule.
        more: What else there is to draw, under names of our own.

    Raises:
        StorageError: If the disk does not take them.
    """
    answers = [drawing for output in outputs for drawing in answer_drawings(output)]
    layers = layer_drawings(training.rows)
    others = [*_learning_rate(training, rates), *layers, *answers, *more]
    return draw_all(folder, _curves(training), others)


def metric_names(row: Row) -> list[str]:
    """Return the figures of an epoch that validation repeats, Keras's own all of them."""
    return [n for n in row if not n.startswith("val_") and is_figure(n)]


def _curves(training: Training) -> list[Drawing]:
    """Return what draws each figure of the history over the epochs."""
    names = metric_names(training.rows[0])
    return [Drawing(name, partial(_curve, training, name), "learning") for name in names]


def _curve(training: Training, name: str) -> Drawn:
    """Draw one figure of the history."""
    rows = training.rows
    epochs = [int(row["epoch"]) for row in rows]
    train = [row[name] for row in rows]
    validation = [row[f"val_{name}"] for row in rows] if f"val_{name}" in rows[0] else None
    starts = stage_starts(rows)
    figure = draw_metric(name, epochs, train, validation, training.best_epoch, starts)
    columns = ("epoch", name, f"val_{name}") if validation else ("epoch", name)
    alt = f"{name} over {len(rows)} epochs, last {format_figure(train[-1])}"
    if validation:
        alt += f", validation {format_figure(validation[-1])}"
    return Drawn(_title(name), figure, alt, columns, _table(rows, columns))


def _learning_rate(training: Training, curve: Curve) -> list[Drawing]:
    """Return what draws the learning rate, if it moves: by steps where they are known."""
    rows = training.rows
    by_epoch = [row["learning_rate"] for row in rows]
    rates = [rate for _, rate in curve if not math.isnan(rate)] or by_epoch

    def draw() -> Drawn:
        epochs = [int(row["epoch"]) for row in rows]
        figure = draw_learning_rate(epochs, by_epoch, stage_starts(rows), curve)
        columns = ("epoch", "learning_rate")
        alt = f"Learning rate from {rates[0]:g} to {rates[-1]:g}, at most {max(rates):g}"
        return Drawn("learning rate", figure, alt, columns, _table(rows, columns))

    return [Drawing("learning_rate", draw, "learning")] if len(set(rates)) > 1 else []


def _title(name: str) -> str:
    return name.replace("_", " ")


def _table(rows: Sequence[Row], columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return columns of the history as text."""
    return tuple(
        tuple(
            str(int(row[name])) if name == "epoch" else format_figure(row[name])
            for name in columns
        )
        for row in rows
    )
