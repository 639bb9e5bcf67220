"""Which pictures a cross-validation gets: its folds together, and all their answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from dlkit.report.answers import answer_drawings
from dlkit.report.drawing import Drawing, Drawn, draw_all
from dlkit.report.figures.folds import (
    FoldCurves,
    FoldScores,
    draw_fold_curves,
    draw_score_spread,
)
from dlkit.report.folds.sums import mean_and_deviation
from dlkit.report.outputs import Output
from dlkit.report.page import Picture
from dlkit.report.pictures import metric_names
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_figure
from dlkit.train.trainer import Training

MOST_SCORES = 4
"""Final figures that fit beside each other."""


def draw_fold_pictures(
    folder: RunFolder,
    trainings: Sequence[Training],
    scores: Sequence[FoldScores],
    outputs: Sequence[Output],
) -> list[Picture]:
    """Draw everything the folds have to show together, as PNG files and for the page.

    Args:
        folder: Gets the PNG files under ``plots/``.
        trainings: Provide the curves, a fold each.
        scores: The folds' test figures.
        outputs: The answers of all folds, each for its own test examples.

    Raises:
        StorageError: If the disk does not take them.
    """
    curves = [
        Drawing(name, partial(_curves, trainings, name), "learning")
        for name in metric_names(trainings[0].rows[0])
    ]
    spread = [Drawing("folds", partial(_spread, scores[:MOST_SCORES]))] if scores else []
    tested = f"all {len(trainings)} folds"
    answers = [drawing for output in outputs for drawing in answer_drawings(output, tested)]
    return draw_all(folder, curves, [*spread, *answers])


def _curves(trainings: Sequence[Training], name: str) -> Drawn:
    """Draw one figure of all histories."""
    names = [name]
    if f"val_{name}" in trainings[0].rows[0]:
        names.append(f"val_{name}")
    each = [
        [[row.get(column, math.nan) for row in training.rows] for training in trainings]
        for column in names
    ]
    # An epoch that only some folds reached has no mean to compare with the one before.
    shortest = min(len(training.rows) for training in trainings)
    moments = [
        [mean_and_deviation(values) for values in list(zip(*folds, strict=False))[:shortest]]
        for folds in each
    ]
    curves = [
        FoldCurves(folds, [mean for mean, _ in pairs])
        for folds, pairs in zip(each, moments, strict=True)
    ]
    figure = draw_fold_curves(name, curves[0], curves[1] if len(curves) > 1 else None)
    last = ", ".join(
        f"{column} {format_figure(pairs[-1][0])}"
        for column, pairs in zip(names, moments, strict=True)
    )
    columns = ["epoch"]
    for column in names:
        columns += [column, "±"]
    return Drawn(
        name.replace("_", " "),
        figure,
        f"{name} of {len(trainings)} folds over {shortest} epochs, last mean {last}",
        tuple(columns),
        tuple(
            (str(epoch), *(format_figure(value) for pair in pairs for value in pair))
            for epoch, pairs in enumerate(zip(*moments, strict=True), start=1)
        ),
    )


def _spread(scores: Sequence[FoldScores]) -> Drawn:
    """Draw how far the folds' final figures lie apart."""
    words = [f"{s.name} {format_figure(s.mean)} ± {format_figure(s.deviation)}" for s in scores]
    folds = len(scores[0].values)
    return Drawn(
        "test figures of the folds",
        draw_score_spread(scores),
        f"Test figures of {folds} folds: {', '.join(words)}",
        ("fold", *(score.name for score in scores)),
        tuple(
            (str(number), *(format_figure(score.values[number - 1]) for score in scores))
            for number in range(1, folds + 1)
        ),
    )
