"""Pictures of predicted numbers: how far they are off, and forecasts over what came."""

from __future__ import annotations

from functools import partial

import numpy as np
from sklearn import metrics as scores

from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawing, Drawn, quantile_table
from dlkit.report.figures.forecast import (
    draw_error_by_value,
    draw_error_over_time,
    draw_forecast,
)
from dlkit.report.figures.regression import (
    draw_error_spread,
    draw_predicted_against_true,
    draw_residuals,
)
from dlkit.report.prediction_file import name_units
from dlkit.report.terminal import format_figure

MOST_TARGETS = 6
"""Values to predict that get pictures; of more than these the first ones do."""

MOST_FORECASTS = 100
"""Beyond, a forecast and the truth can no longer be told apart."""


def columns_of(array: np.ndarray) -> np.ndarray:
    """Return values as float64 ``(examples, values)``, also where there is one a row."""
    return array.reshape(len(array), -1).astype(np.float64)


def value_drawings(
    evaluation: Evaluation,
    names: tuple[str, ...],
    tested: str,
    naive: np.ndarray | None = None,
) -> list[Drawing]:
    """Return the drawings of each of the first values that are predicted.

    Of the steps of one series, which resemble each other, the nearest and the farthest get
    pictures.

    Args:
        evaluation: Of values.
        names: Of the values; may be fewer than there are.
        tested: What was answered, in words.
        naive: For a series what the last value seen would foretell: float32
            ``(examples, values)``.
    """
    true, predicted = columns_of(evaluation.true), columns_of(evaluation.predicted)
    count = true.shape[1]
    drawings = []
    shown = range(min(count, MOST_TARGETS))
    for index in (0, count - 1) if naive is not None and _is_one_series(naive) else shown:
        name = names[index] if index < len(names) else "value"
        title, file = (f": {name}", f"_{index + 1}") if count > 1 else ("", "")
        pair = true[:, index], predicted[:, index]
        drawings += [
            Drawing(
                f"predicted_against_true{file}",
                partial(_predicted_against_true, *pair, name, title, tested),
            ),
            Drawing(f"residuals{file}", partial(_residuals, *pair, title, tested)),
            Drawing(
                f"error_spread{file}",
                partial(_error_spread, *pair, name, title, tested),
                "trust",
            ),
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


def forecast_drawings(
    evaluation: Evaluation, names: tuple[str, ...], naive: np.ndarray
) -> list[Drawing]:
    """Return what draws forecasts of a series.

    Args:
        evaluation: The forecasts and what came.
        names: Of the values that are foretold.
        naive: What the last value seen would foretell: float32 ``(examples, values)``.
    """
    all_values = evaluation.true, evaluation.predicted, naive
    true, predicted, last = (columns_of(values) for values in all_values)
    name = names[0] if names else "value"
    first = true[:, 0], predicted[:, 0], last[:, 0]
    drawings = [
        Drawing("forecast", partial(_forecast, *first, name)),
        Drawing("error_over_time", partial(_error_over_time, *first, name), "mistakes"),
    ]
    if _is_one_series(naive):  # errors of different things would be measured in different units
        by_value = partial(_error_by_value, true, predicted, last, names)
        drawings.append(Drawing("error_by_value", by_value, "mistakes"))
    return drawings


def _is_one_series(naive: np.ndarray) -> bool:
    """Tell whether several values are steps of one: they have the same last value."""
    last = naive.reshape(len(naive), -1)
    return last.shape[1] > 1 and bool((last == last[:, :1]).all())


def _error_spread(
    true: np.ndarray, predicted: np.ndarray, name: str, title: str, tested: str
) -> Drawn:
    """Draw how many examples have which error."""
    errors = true - predicted
    low, median, high = (float(each) for each in np.quantile(errors, (0.05, 0.5, 0.95)))
    columns, rows = quantile_table({"true minus predicted": errors})
    return Drawn(
        f"how errors are spread{title}",
        draw_error_spread(errors, name, (low, high)),
        f"True minus predicted values of {tested}{title}: median {median:.4g}, 90 % between"
        f" {low:.4g} and {high:.4g}",
        (*columns, "5 % are below", "5 % are above"),
        tuple((*row, format_figure(low), format_figure(high)) for row in rows),
    )


def _forecast(true: np.ndarray, predicted: np.ndarray, last: np.ndarray, name: str) -> Drawn:
    """Draw the first forecasts over the truth and the naive forecast."""
    shown = min(len(true), MOST_FORECASTS)
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


def _error_over_time(
    true: np.ndarray, predicted: np.ndarray, last: np.ndarray, name: str
) -> Drawn:
    """Draw how errors change from the first test window to the last."""
    model, naive = np.abs(predicted - true), np.abs(last - true)
    quarters = [part for part in np.array_split(np.arange(len(true)), 4) if len(part)]
    figures = [
        (
            f"{part[0] + 1} to {part[-1] + 1}",
            *(format_figure(float(errors[part].mean())) for errors in (model, naive)),
        )
        for part in quarters
    ]
    return Drawn(
        f"errors in the order of time: {name}",
        draw_error_over_time(model, naive, name),
        f"Absolute errors of {len(true)} test forecasts of {name} in the order of time; mean"
        f" of the first quarter {figures[0][1]}, of the last {figures[-1][1]}",
        ("test windows", "mean absolute error", "of the last value"),
        tuple(figures),
    )


def _error_by_value(
    true: np.ndarray, predicted: np.ndarray, last: np.ndarray, names: tuple[str, ...]
) -> Drawn:
    """Draw how large the errors of each foretold value are."""
    named = name_units(names, true.shape[1])
    model, naive = (np.abs(values - true).mean(axis=0) for values in (predicted, last))
    pairs = [[format_figure(value) for value in both.tolist()] for both in (model, naive)]
    return Drawn(
        "error of each value that is foretold",
        draw_error_by_value(model, naive, named),
        f"Mean absolute errors of {len(named)} foretold values, from {pairs[0][0]}"
        f" ({named[0]}) to {pairs[0][-1]} ({named[-1]})",
        ("value", "mean absolute error", "of the last value"),
        tuple(zip(named, *pairs, strict=True)),
    )
