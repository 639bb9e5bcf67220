"""Which pictures a run gets, and the numbers behind each of them.

A picture that cannot be drawn is left out and told: it is never worth a trained model.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from sklearn import metrics as scores

from dlkit.config.columns import OWN_COLUMNS
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.curves import draw_learning_rate, draw_metric
from dlkit.report.figures.regression import draw_predicted_against_true, draw_residuals
from dlkit.report.figures.style import save_png, to_svg
from dlkit.report.page import Picture
from dlkit.report.records import name_units, writing
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_figure, say
from dlkit.train.trainer import Row, Training

Drawing = tuple[str, Callable[[Path], Picture]]
"""What a picture is called, and what draws it into a file."""

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@contextlib.contextmanager
def spared(name: str) -> Iterator[None]:
    """Tell of what fails in the context, and go on behind it.

    Args:
        name: What is left out then.
    """
    try:
        yield
    except (ValueError, RuntimeError, ArithmeticError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        say(f"warning: {name} is left out, it cannot be drawn: {reason}")


def draw_pictures(
    folder: RunFolder, training: Training, evaluation: Evaluation, class_names: tuple[str, ...]
) -> list[Picture]:
    """Draw everything a run has to show, as PNG files and for the page.

    Args:
        folder: Gets the PNG files under ``plots/``.
        training: Provides the curves.
        evaluation: Provides the answers for the test split.
        class_names: In the order of the labels; empty for regression.

    Raises:
        StorageError: If the disk does not take them.
    """
    metrics = _curves(training)
    others = [*_learning_rate(training), *_answers(evaluation, class_names)]
    files = file_names([name for name, _ in metrics], [name for name, _ in others])
    pictures = []
    for file, (name, draw) in zip(files, [*metrics, *others], strict=True):
        with spared(f"the picture {name!r}"):
            pictures.append(draw(folder.plots / file))
    return pictures


def file_names(metrics: Sequence[str], others: Sequence[str]) -> list[str]:
    """Give every picture a file of its own, on file systems that ignore case too.

    Args:
        metrics: Names that people chose; what no file can be called gets a number.
        others: Our own names, which keep their files whatever a metric is called.
    """
    names = []
    taken = {name.casefold() for name in others}
    wanted = {name.casefold() for name in metrics}
    for index, metric in enumerate(metrics, start=1):
        name, number = metric, index
        if not SAFE_NAME.fullmatch(name) or name.casefold() in taken:
            while (name := f"figure_{number}") in taken | wanted:
                number += len(metrics)
        taken.add(name.casefold())
        names.append(name)
    return [f"{name}.png" for name in (*names, *others)]


def _curves(training: Training) -> list[Drawing]:
    """Return what draws each figure of the history over the epochs."""
    first = training.rows[0]
    names = [n for n in first if not n.startswith("val_") and n not in OWN_COLUMNS]
    return [(name, partial(_curve, training, name)) for name in names]


def _curve(training: Training, name: str, path: Path) -> Picture:
    """Draw one figure of the history."""
    rows = training.rows
    epochs = [int(row["epoch"]) for row in rows]
    train = [row[name] for row in rows]
    validation = [row[f"val_{name}"] for row in rows] if f"val_{name}" in rows[0] else None
    figure = draw_metric(name, epochs, train, validation, training.best_epoch)
    columns = ("epoch", name, f"val_{name}") if validation else ("epoch", name)
    alt = f"{name} over {len(rows)} epochs, last {format_figure(train[-1])}"
    if validation:
        alt += f", validation {format_figure(validation[-1])}"
    return _picture(path, figure, name, alt, columns, _table(rows, columns))


def _learning_rate(training: Training) -> list[Drawing]:
    """Return what draws the learning rate, if it moves."""
    rows = training.rows
    rates = [row["learning_rate"] for row in rows]

    def draw(path: Path) -> Picture:
        figure = draw_learning_rate([int(row["epoch"]) for row in rows], rates)
        columns = ("epoch", "learning_rate")
        alt = f"Learning rate from {rates[0]:g} to {rates[-1]:g}"
        return _picture(path, figure, "learning_rate", alt, columns, _table(rows, columns))

    return [("learning_rate", draw)] if len(set(rates)) > 1 else []


def _answers(evaluation: Evaluation, class_names: tuple[str, ...]) -> list[Drawing]:
    """Return what draws the model's answers; a diverged model has none to look at."""
    probabilities = evaluation.probabilities
    answers = evaluation.predicted if probabilities is None else probabilities
    if not np.isfinite(answers).all():
        return []
    if evaluation.task == "classification":
        return [("confusion_matrix", partial(_confusion, evaluation, class_names))]
    return [
        ("predicted_against_true", partial(_predicted_against_true, evaluation)),
        ("residuals", partial(_residuals, evaluation)),
    ]


def _confusion(evaluation: Evaluation, class_names: tuple[str, ...], path: Path) -> Picture:
    """Draw how often each class was taken for which."""
    classes = max(len(class_names), int(evaluation.predicted.max()) + 1)
    names = name_units(class_names, classes)
    counts = scores.confusion_matrix(
        evaluation.true, evaluation.predicted, labels=range(classes)
    )
    right = int(np.trace(counts))
    return _picture(
        path,
        draw_confusion_matrix(counts, names),
        "confusion_matrix",
        f"Confusion matrix of the test split: {right} of {counts.sum()} right",
        ("true \\ predicted", *names),
        tuple(
            (name, *(str(count) for count in row))
            for name, row in zip(names, counts.tolist(), strict=True)
        ),
    )


def _predicted_against_true(evaluation: Evaluation, path: Path) -> Picture:
    """Draw predictions against the truth."""
    true, predicted = evaluation.true, evaluation.predicted
    r2 = float(scores.r2_score(true, predicted)) if len(true) > 1 else None
    mae = float(scores.mean_absolute_error(true, predicted))
    spread = f", R2 {r2:.3f}" if r2 is not None else ""
    alt = f"Predicted against true values of {len(true)} test examples, mean absolute error"
    figure = draw_predicted_against_true(true, predicted, "value", r2=r2, mae=mae)
    return _picture(
        path,
        figure,
        "predicted_against_true",
        f"{alt} {mae:.4g}{spread}",
        *_quantiles(
            {"true": true, "predicted": predicted, "true minus predicted": true - predicted}
        ),
    )


def _residuals(evaluation: Evaluation, path: Path) -> Picture:
    """Draw what predictions leave over of the truth."""
    true, predicted = evaluation.true, evaluation.predicted
    return _picture(
        path,
        draw_residuals(true, predicted),
        "residuals",
        "True minus predicted values of the test split, over the predicted ones",
        *_quantiles({"true minus predicted": true - predicted}),
    )


def _quantiles(
    values: dict[str, np.ndarray],
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return head and rows of a table of ranges, a row for each array."""
    return ("", "least", "median", "most"), tuple(
        (name, *(format_figure(float(q)) for q in np.quantile(array, (0, 0.5, 1))))
        for name, array in values.items()
    )


def _picture(
    path: Path,
    figure: Figure,
    name: str,
    alt: str,
    columns: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
) -> Picture:
    """Save a figure as PNG and return it as SVG with its numbers."""
    with writing(path):
        save_png(figure, path)
    return Picture(name.replace("_", " "), to_svg(figure), alt, columns, rows)


def _table(rows: Sequence[Row], columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return columns of the history as text."""
    return tuple(
        tuple(
            str(int(row[name])) if name == "epoch" else format_figure(row[name])
            for name in columns
        )
        for row in rows
    )
