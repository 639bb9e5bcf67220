"""Pictures of how well an output gives its input back."""

from __future__ import annotations

from functools import partial

import numpy as np

from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawing, Drawn, quantile_table
from dlkit.report.figures.regression import draw_errors
from dlkit.report.figures.samples import draw_picture_rows
from dlkit.report.terminal import format_figure

MOST_SHOWN = 10
"""Examples that are drawn beside what was made of them."""


def copy_drawings(
    evaluation: Evaluation, picture: tuple[int, ...], tested: str
) -> list[Drawing]:
    """Return what draws inputs, what was given back of them, and how far that is off.

    Args:
        evaluation: Inputs and what was given back.
        picture: Shape of an example where it is a picture; else empty.
        tested: What was answered, in words.
    """
    drawings = [Drawing("errors", partial(_errors, evaluation, tested), "trust")]
    if picture:
        shown = Drawing("pictures", partial(_pictures, evaluation, picture, tested))
        return [shown, *drawings]
    return drawings


def _errors(evaluation: Evaluation, tested: str) -> Drawn:
    """Draw how the examples' errors are spread."""
    errors = evaluation.copy_errors
    return Drawn(
        "error of each example",
        draw_errors(errors),
        f"Mean squared errors of {len(errors)} examples of {tested}, median"
        f" {format_figure(float(np.median(errors)))}",
        *quantile_table({"mean squared error": errors}),
    )


def _pictures(evaluation: Evaluation, picture: tuple[int, ...], tested: str) -> Drawn:
    """Draw pictures above what was given back of them, from the best to the worst."""
    errors = evaluation.copy_errors
    order = np.argsort(errors, kind="stable")
    places = np.linspace(0, len(order) - 1, min(MOST_SHOWN, len(order))).round().astype(int)
    rows = order[places]
    inputs, given = (
        array[rows].reshape(-1, *picture) for array in (evaluation.true, evaluation.predicted)
    )
    value_range = float(inputs.min()), float(inputs.max())
    heads = [format_figure(float(errors[row])) for row in rows]
    figure = draw_picture_rows(
        [("input", list(inputs)), ("given back", list(given))], value_range, heads
    )
    return Drawn(
        "inputs and what is given back, from the least to the largest error",
        figure,
        f"{len(rows)} pictures of {tested} above what the model makes of them; mean squared"
        f" errors from {heads[0]} to {heads[-1]}",
        ("place in the test split", "mean squared error"),
        tuple((str(row), head) for row, head in zip(rows.tolist(), heads, strict=True)),
    )
