"""Pictures of how far a model's answers can be trusted, and the numbers behind them."""

from __future__ import annotations

from functools import partial

import numpy as np

from dlkit.evaluate.calibration import Calibration, brier_score, calibrate, plausible_shares
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawing, Drawn, quantile_table
from dlkit.report.figures.calibration import (
    draw_calibration,
    draw_confidence,
    format_confidence,
)
from dlkit.report.figures.style import shorten
from dlkit.report.prediction_file import name_units

NAME_LENGTH = 40

ROUNDING = 1e-3
"""How far float16 may lead a probability beyond 0 or 1."""


def trust_drawings(
    evaluation: Evaluation, names: tuple[str, ...], tested: str
) -> list[Drawing]:
    """Return what draws whether a classifier's probabilities can be believed.

    A model whose outputs are no probabilities has nothing to draw.

    Args:
        evaluation: Of classes, or of several labels an example; finite.
        names: Of the classes or the labels.
        tested: What was answered, in words.
    """
    probabilities = evaluation.probabilities
    if probabilities is None or not probabilities.size or not _are_shares(probabilities):
        return []
    calibration = Drawing(
        "calibration", partial(_calibration, evaluation, names, tested), "trust"
    )
    if evaluation.task == "multi_label":
        return [calibration]
    confidence = Drawing("confidence", partial(_confidence, evaluation, tested), "trust")
    return [calibration, confidence]


def _are_shares(probabilities: np.ndarray) -> bool:
    return bool(probabilities.min() >= -ROUNDING and probabilities.max() <= 1 + ROUNDING)


def _calibration(evaluation: Evaluation, names: tuple[str, ...], tested: str) -> Drawn:
    """Draw how often probabilities came true: of one class, of all labels, of the answers."""
    probabilities, true = evaluation.probabilities, evaluation.true
    assert probabilities is not None  # noqa: S101  # only values have none
    classes = probabilities.shape[1]
    if evaluation.task == "multi_label":
        found = calibrate(probabilities.reshape(-1), true.reshape(-1))
        what, words = "the labels", ("probability of a label", "share that has it")
        more = ""
    else:
        more = f", Brier score {brier_score(probabilities, true):.4g}"
        if classes == 2:
            found = calibrate(probabilities[:, 1], true == 1)
            what = shorten(name_units(names, 2)[1], NAME_LENGTH)
            words = (f"probability of {what}", f"share that is {what}")
        else:
            found = calibrate(*confidence_of(evaluation))
            what, words = "the answers", ("confidence", "share that is right")
    title = f"expected calibration error {found.error:.4g}"
    plausible = plausible_shares(found.came, found.counts)
    figure = draw_calibration(
        found.edges, found.counts, (found.said, found.came), plausible, (*words, title + more)
    )
    return Drawn(
        f"calibration of {what}",
        figure,
        f"How often the probabilities of {what} came true in {tested}, in"
        f" {len(found.counts)} bins: {title}{more}",
        ("probability", "examples", "mean probability", "came true"),
        _bin_rows(found),
    )


def confidence_of(evaluation: Evaluation) -> tuple[np.ndarray, np.ndarray]:
    """Return how sure a classifier is of each answer, and whether the answer is right.

    Args:
        evaluation: Of classes.

    Returns:
        Float32 and bool, ``(examples,)`` each.

    Raises:
        TypeError: If there are no probabilities.
    """
    if evaluation.probabilities is None:
        raise TypeError("values have no probabilities.")
    confidence = evaluation.probabilities[np.arange(len(evaluation.true)), evaluation.predicted]
    return confidence, evaluation.predicted == evaluation.true


def _bin_rows(found: Calibration) -> tuple[tuple[str, ...], ...]:
    """Return the table of the bins that are not empty."""
    return tuple(
        (
            f"{found.edges[place]:.2f} to {found.edges[place + 1]:.2f}",
            str(found.counts[place]),
            f"{found.said[place]:.4f}",
            f"{found.came[place]:.4f}",
        )
        for place in np.flatnonzero(found.counts)
    )


def _confidence(evaluation: Evaluation, tested: str) -> Drawn:
    """Draw how sure the model is of its right and of its wrong answers."""
    confidence, is_right = confidence_of(evaluation)
    groups = {"right": confidence[is_right], "wrong": confidence[~is_right]}
    groups = {name: values for name, values in groups.items() if len(values)}
    medians = ", ".join(
        f"{len(values)} {name} with median confidence"
        f" {format_confidence(float(np.median(values)))}"
        for name, values in groups.items()
    )
    return Drawn(
        "confidence of right and wrong answers",
        draw_confidence(confidence[is_right], confidence[~is_right]),
        f"Confidence of the answers for {tested}: {medians}",
        *quantile_table(groups),
    )
