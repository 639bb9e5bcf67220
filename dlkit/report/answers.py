"""Pictures of what a model answers, and the numbers behind each of them."""

from __future__ import annotations

import numpy as np

from dlkit.report.class_pictures import class_drawings, label_drawings
from dlkit.report.copies import copy_drawings
from dlkit.report.drawing import Drawing, headed
from dlkit.report.outputs import Output
from dlkit.report.ranking_pictures import ranking_drawings
from dlkit.report.trust_pictures import trust_drawings
from dlkit.report.value_pictures import forecast_drawings, value_drawings


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
        drawings = class_drawings(evaluation, names, tested)
        drawings += ranking_drawings(evaluation, names, tested)
    elif evaluation.task == "multi_label":
        drawings = label_drawings(evaluation, names, tested)
        drawings += ranking_drawings(evaluation, names, tested)
    else:
        drawings = value_drawings(evaluation, names, tested, output.naive)
    drawings += trust_drawings(evaluation, names, tested)
    if output.naive is not None:
        drawings = [*forecast_drawings(evaluation, names, output.naive), *drawings]
    return [headed(drawing, output.head) for drawing in drawings]
