"""Pictures of what a model answers, and the numbers behind each of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from sklearn import metrics as scores

from dlkit.evaluate.predictions import Evaluation
from dlkit.report.copies import copy_drawings
from dlkit.report.drawing import Drawing, Drawn, quantile_table
from dlkit.report.figures.classification import draw_confusion_matrix
from dlkit.report.figures.forecast import draw_forecast
from dlkit.report.figures.labels import draw_label_scores
from dlkit.report.figures.regression import draw_predicted_against_true, draw_residuals
from dlkit.report.outputs import Output
from dlkit.report.prediction_file import name_units
from dlkit.report.terminal import format_figure

MOST_TARGETS = 6
"""Values to predict that get pictures; of more than these the first ones do."""

MOST_LABELS = 40
"""Labels that fit into one picture; of more than these the most frequent ones do."""

MOST_FORECASTS = 100
"""Beyond, a forecast and the truth can no longer be told apart."""


def answer_drawings(output: Output, tested: str = "the test split") -> list[Drawing]:
    """Return what draws a model's answers; a diverged model has none to look at.

    Args:
        output: The answers beside the truth, and the words for them.
        tested: What was answered, in words.
    """
    evaluation, names = output.evaluation, output.names
    probabilities = evaluation.probabilities
    answers = evaluation.predicted if probabilities is None else probabilities
    if not np.isfinite(answers).all():
        return []
    if evaluation.is_copy:
        drawings = copy_drawings(evaluation, output.picture, tested)
    elif evaluation.task == "classification":
        drawings = [Drawing("confusion_matrix", partial(_confusion, evaluation, names, tested))]
    elif evaluation.task == "multi_label":
        drawings = [Drawing("labels", partial(_labels, evaluation, names, tested))]
    else:
        drawings = _values(evaluation, names, tested)
    if output.naive is not None:
        forecast = partial(_forecast, evaluation, names, output.naive)
        drawings = [Drawing("forecast", forecast), *drawings]
    return [_headed(drawing, output.head) for drawing in drawings]


def _headed(drawing: Drawing, head: str) -> Drawing:
    """Put the name of an output in front of a drawing's, where there are several."""
    if not head:
        return drawing

    def draw() -> Drawn:
        drawn = drawing.draw()
        return replace(drawn, title=f"{head}: {drawn.title}", alt=f"{head}: {drawn.alt}")

    return Drawing(f"{head}_{drawing.name}", draw, drawing.section)


def columns_of(array: np.ndarray) -> np.ndarray:
    """Return values as float64 ``(examples, values)``, also where there is one a row."""
    return array.reshape(len(array), -1).astype(np.float64)


def label_scores(
    true: np.ndarray, predicted: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return precision, recall, F1 (0 where undefined) and examples of each label.

    Args:
        true: int 0 or 1 of shape ``(examples, labels)``.
        predicted: The same.
    """
    right, said, there = ((true & predicted).sum(0), predicted.sum(0), true.sum(0))
    return (
        right / np.maximum(said, 1),
        right / np.maximum(there, 1),
        2 * right / np.maximum(said + there, 1),
        there,
    )


def _confusion(evaluation: Evaluation, names: tuple[str, ...], tested: str) -> Drawn:
    """Draw how often each class was taken for which."""
    true, predicted = evaluation.true, evaluation.predicted
    classes = max(len(names), int(predicted.max(initial=0)) + 1)
    named = name_units(names, classes)
    counts = np.zeros((classes, classes), np.int64)
    np.add.at(counts, (true, predicted), 1)
    right = int(np.trace(counts))
    return Drawn(
        "confusion matrix",
        draw_confusion_matrix(counts, named),
        f"Confusion matrix of {tested}: {right} of {counts.sum()} right",
        ("true \\ predicted", *named),
        tuple(
            (name, *(str(count) for count in row))
            for name, row in zip(named, counts.tolist(), strict=True)
        ),
    )


def _labels(evaluation: Evaluation, names: tuple[str, ...], tested: str) -> Drawn:
    """Draw how many of a label's calls were right, and how many examples were found."""
    named = name_units(names, evaluation.true.shape[1])
    precision, recall, f1, support = label_scores(evaluation.true, evaluation.predicted)
    shown = np.sort(np.argsort(-support, kind="stable")[:MOST_LABELS])
    title = "precision and recall of each label"
    if len(named) > len(shown):
        title = f"precision and recall of the {len(shown)} most frequent labels"
    figure = draw_label_scores([named[i] for i in shown], precision[shown], recall[shown])
    best, worst = named[int(np.argmax(f1))], named[int(np.argmin(f1))]
    return Drawn(
        title,
        figure,
        f"Precision and recall of {len(named)} labels in {tested}: mean F1"
        f" {f1.mean():.3f}, best {best}, worst {worst}",
        ("label", "examples", "precision", "recall", "F1"),
        tuple(
            (name, str(count), *(f"{value:.4f}" for value in figures))
            for name, count, *figures in zip(
                named,
                support.tolist(),
                precision.tolist(),
                recall.tolist(),
                f1.tolist(),
                strict=True,
            )
        ),
    )


def _values(evaluation: Evaluation, names: tuple[str, ...], tested: str) -> list[Drawing]:
    """Return two drawings for each of the first values that are predicted."""
    true, predicted = columns_of(evaluation.true), columns_of(evaluation.predicted)
    count = true.shape[1]
    drawings = []
    for index in range(min(count, MOST_TARGETS)):
        name = names[index] if index < len(names) else "value"
        title, file = (f": {name}", f"_{index + 1}") if count > 1 else ("", "")
        pair = true[:, index], predicted[:, index]
        drawings += [
            Drawing(
                f"predicted_against_true{file}",
                partial(_predicted_against_true, *pair, name, title, tested),
            ),
            Drawing(f"residuals{file}", partial(_residuals, *pair, title, tested)),
        ]
    return drawings


def _predicted_against_true(
    true: np.ndarray, predicted: np.ndarray, name: str, title: str, tested: str
) -> Drawn:
    """Draw predictions against the truth."""
    r2 = float(scores.r2_score(true, predicted)) if len(true) > 1 else None
    mae = float(np.abs(true - predicted).mean())
    spread = f", R2 {r2:.3f}" if r2 is not None else ""
    ranges = {"true": true, "predicted": predicted, "true minus predicted": true - predicted}
    return Drawn(
        f"predicted against true{title}",
        draw_predicted_against_true(true, predicted, name, r2=r2, mae=mae),
        f"Predicted against true values of {len(true)} examples of {tested}{title}, mean"
        f" absolute error {mae:.4g}{spread}",
        *quantile_table(ranges),
    )


def _residuals(true: np.ndarray, predicted: np.ndarray, title: str, tested: str) -> Drawn:
    """Draw what predictions leave over of the truth."""
    return Drawn(
        f"residuals{title}",
        draw_residuals(true, predicted),
        f"True minus predicted values of {tested}{title}, over the predicted ones",
        *quantile_table({"true minus predicted": true - predicted}),
    )


def _forecast(evaluation: Evaluation, names: tuple[str, ...], naive: np.ndarray) -> Drawn:
    """Draw the first forecasts of the first value over the truth and the naive forecast."""
    true, predicted, last = (
        columns_of(array)[:, 0] for array in (evaluation.true, evaluation.predicted, naive)
    )
    shown = min(len(true), MOST_FORECASTS)
    name = names[0] if names else "value"
    errors = {"model": predicted - true, "last value": last - true}
    mae = {who: format_figure(float(np.abs(e).mean())) for who, e in errors.items()}
    return Drawn(
        f"forecasts: {name}",
        draw_forecast(true[:shown], predicted[:shown], last[:shown], name),
        f"The first {shown} of {len(true)} test forecasts of {name} over the truth; mean"
        f" absolute error of all {mae['model']}, of the last value {mae['last value']}",
        ("forecast of", "mean absolute error", "mean squared error"),
        tuple(
            (who, mae[who], format_figure(float(np.square(error).mean())))
            for who, error in errors.items()
        ),
    )
