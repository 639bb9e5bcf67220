"""Pictures of how a model learned, and the numbers behind each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from statistics import median

import numpy as np

from dlkit.report.drawing import Drawing, Drawn, Rows
from dlkit.report.figures.curves import draw_learning_rate, draw_metric
from dlkit.report.figures.epochs import draw_gap, draw_seconds
from dlkit.report.figures.style import drawable
from dlkit.report.stages import stage_starts
from dlkit.report.terminal import format_figure, format_seconds
from dlkit.train.epochs import Row
from dlkit.train.rates.schedule import Curve
from dlkit.train.trainer import Training

LEAST_EPOCHS = 3
"""Fewer epochs than this have no course of time to draw."""


def curve_drawings(training: Training, names: Sequence[str]) -> list[Drawing]:
    """Return what draws each of some figures of the history, under its own name."""
    return [Drawing(name, partial(_curve, training, name), "learning") for name in names]


def learning_drawings(training: Training, rates: Curve = ()) -> Iterator[Drawing]:
    """Yield what else can be drawn of a training.

    Args:
        training: Provides the history.
        rates: The learning rate by steps, where it follows a schedule.
    """
    rows = training.rows
    gap = _gap(rows)
    if np.isfinite(drawable(gap)).any():
        yield Drawing("generalization_gap", partial(_draw_gap, training, gap), "learning")
    by_epoch = [row["learning_rate"] for row in rows]
    seen = [rate for _, rate in rates if not math.isnan(rate)] or by_epoch
    if len(set(seen)) > 1:
        yield Drawing("learning_rate", partial(_draw_rate, rows, rates, seen), "learning")
    if len(rows) >= LEAST_EPOCHS:
        yield Drawing("epoch_seconds", partial(_draw_seconds, rows), "learning")


def _curve(training: Training, name: str) -> Drawn:
    """Draw one figure of the history."""
    rows = training.rows
    train = [row[name] for row in rows]
    validation = [row[f"val_{name}"] for row in rows] if f"val_{name}" in rows[0] else None
    figure = draw_metric(
        name, _epochs(rows), train, validation, training.best_epoch, stage_starts(rows)
    )
    columns = ("epoch", name, f"val_{name}") if validation else ("epoch", name)
    alt = f"{name} over {len(rows)} epochs, last {format_figure(train[-1])}"
    if validation:
        alt += f", validation {format_figure(validation[-1])}"
    return Drawn(name.replace("_", " "), figure, alt, columns, _table(rows, columns))


def _gap(rows: Sequence[Row]) -> list[float]:
    """Return validation loss minus training loss an epoch; nothing without validation."""
    if "val_loss" not in rows[0]:
        return []
    return [row["val_loss"] - row["loss"] for row in rows]


def _draw_gap(training: Training, gap: Sequence[float]) -> Drawn:
    """Draw how far validation is behind training."""
    rows, best = training.rows, training.best_epoch
    epochs = _epochs(rows)
    figure = draw_gap(epochs, gap, best, stage_starts(rows))
    alt = f"Validation loss minus training loss over {len(rows)} epochs, last"
    alt += f" {format_figure(gap[-1])}"
    if best is not None:
        alt += f", {format_figure(gap[epochs.index(best)])} at the best epoch, {best}"
    columns = ("epoch", "gap")
    table = tuple((str(e), format_figure(g)) for e, g in zip(epochs, gap, strict=True))
    return Drawn("generalization gap", figure, alt, columns, table)


def _draw_rate(rows: Sequence[Row], curve: Curve, seen: Sequence[float]) -> Drawn:
    """Draw the learning rate, by steps where they are known."""
    by_epoch = [row["learning_rate"] for row in rows]
    figure = draw_learning_rate(_epochs(rows), by_epoch, stage_starts(rows), curve)
    columns = ("epoch", "learning_rate")
    alt = f"Learning rate from {seen[0]:g} to {seen[-1]:g}, at most {max(seen):g}"
    return Drawn("learning rate", figure, alt, columns, _table(rows, columns))


def _draw_seconds(rows: Sequence[Row]) -> Drawn:
    """Draw how long each epoch took."""
    seconds = [row["seconds"] for row in rows]
    later = format_seconds(median(seconds[1:]))
    return Drawn(
        "time an epoch",
        draw_seconds(_epochs(rows), seconds, stage_starts(rows)),
        f"Seconds of each of {len(rows)} epochs: the first one took"
        f" {format_seconds(seconds[0])}, the median of the others is {later}",
        ("epoch", "seconds"),
        _table(rows, ("epoch", "seconds")),
    )


def _epochs(rows: Sequence[Row]) -> list[int]:
    return [int(row["epoch"]) for row in rows]


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Rows:
    """Return columns of the history as text."""
    return tuple(
        tuple(
            str(int(row[name])) if name == "epoch" else format_figure(row[name])
            for name in columns
        )
        for row in rows
    )
