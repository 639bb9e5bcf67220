"""Which pictures a run gets, and the numbers behind each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import metrics as scores

from dlkit.evaluate.predictions import Evaluation
from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.curves import draw_learning_rate, draw_metric
from dlkit.report.figures.regression import draw_predicted_against_true, draw_residuals
from dlkit.report.figures.style import save_png, to_svg
from dlkit.report.page import Picture
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_figure
from dlkit.train.trainer import OWN_COLUMNS, Row, Training


def draw_pictures(
    folder: RunFolder, training: Training, evaluation: Evaluation, class_names: tuple[str, ...]
) -> list[Picture]:
    """Draw everything a run has to show, as PNG files and for the page.

    Args:
        folder: Gets the PNG files under ``plots/``.
        training: Provides the curves.
        evaluation: Provides the answers for the test split.
        class_names: In the order of the labels; empty for regression.
    """
    pictures = draw_curves(folder, training)
    answers = (
        evaluation.predicted if evaluation.probabilities is None else evaluation.probabilities
    )
    if not np.isfinite(answers).all():
        return pictures  # a diverged model has no answers to look at
    if evaluation.task == "classification":
        pictures.append(_confusion(folder, evaluation, class_names))
    else:
        pictures += _regression(folder, evaluation)
    return pictures


def draw_curves(folder: RunFolder, training: Training) -> list[Picture]:
    """Draw each figure of the history over the epochs, and the learning rate if it moves."""
    rows = training.rows
    epochs = [int(row["epoch"]) for row in rows]
    names = [n for n in rows[0] if not n.startswith("val_") and n not in OWN_COLUMNS]
    pictures = []
    for name in names:
        train = [row[name] for row in rows]
        validation = [row[f"val_{name}"] for row in rows] if f"val_{name}" in rows[0] else None
        figure = draw_metric(name, epochs, train, validation, training.best_epoch)
        columns = ("epoch", name, f"val_{name}") if validation else ("epoch", name)
        pictures.append(
            _picture(
                folder,
                figure,
                name,
                f"{name} over {len(rows)} epochs, last {format_figure(train[-1])}"
                + (f", validation {format_figure(validation[-1])}" if validation else ""),
                columns,
                _table(rows, columns),
            )
        )
    rates = [row["learning_rate"] for row in rows]
    if len(set(rates)) > 1:
        figure = draw_learning_rate(epochs, rates)
        columns = ("epoch", "learning_rate")
        alt = f"Learning rate from {rates[0]:g} to {rates[-1]:g}"
        pictures.append(
            _picture(folder, figure, "learning_rate", alt, columns, _table(rows, columns))
        )
    return pictures


def _confusion(
    folder: RunFolder, evaluation: Evaluation, class_names: tuple[str, ...]
) -> Picture:
    """Draw how often each class was taken for which."""
    classes = max(len(class_names), int(evaluation.predicted.max()) + 1)
    names = [*class_names, *(f"unit {index}" for index in range(len(class_names), classes))]
    counts = scores.confusion_matrix(
        evaluation.true, evaluation.predicted, labels=range(classes)
    )
    right = int(np.trace(counts))
    return _picture(
        folder,
        draw_confusion_matrix(counts, names),
        "confusion_matrix",
        f"Confusion matrix of the test split: {right} of {counts.sum()} right",
        ("true \\ predicted", *names),
        tuple(
            (name, *(str(count) for count in row))
            for name, row in zip(names, counts.tolist(), strict=True)
        ),
    )


def _regression(folder: RunFolder, evaluation: Evaluation) -> list[Picture]:
    """Draw predictions against the truth, and what is left over."""
    true, predicted = evaluation.true, evaluation.predicted
    r2 = float(scores.r2_score(true, predicted)) if len(true) > 1 else None
    mae = float(scores.mean_absolute_error(true, predicted))
    spread = f", R2 {r2:.3f}" if r2 is not None else ""
    alt = f"Predicted against true values of {len(true)} test examples, mean absolute error"
    figure = draw_predicted_against_true(true, predicted, "value", r2=r2, mae=mae)
    columns = ("", "least", "median", "most")
    rows = tuple(
        (name, *(format_figure(float(q)) for q in np.quantile(values, (0, 0.5, 1))))
        for name, values in (
            ("true", true),
            ("predicted", predicted),
            ("true minus predicted", true - predicted),
        )
    )
    return [
        _picture(
            folder, figure, "predicted_against_true", f"{alt} {mae:.4g}{spread}", columns, rows
        ),
        _picture(
            folder,
            draw_residuals(true, predicted),
            "residuals",
            "True minus predicted values of the test split, over the predicted ones",
            columns,
            rows[2:],
        ),
    ]


def _picture(
    folder: RunFolder,
    figure: Any,
    name: str,
    alt: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, ...]],
) -> Picture:
    """Save a figure as PNG and return it as SVG with its numbers."""
    save_png(figure, folder.plots / f"{name}.png")
    return Picture(name.replace("_", " "), to_svg(figure), alt, tuple(columns), tuple(rows))


def _table(rows: Sequence[Row], columns: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Return columns of the history as text."""
    return tuple(
        tuple(
            str(int(row[name])) if name == "epoch" else format_figure(row[name])
            for name in columns
        )
        for row in rows
    )
