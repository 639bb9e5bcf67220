"""Which pictures a cross-validation gets: its folds together, and all their answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dlkit.report.answers import answer_drawings
from dlkit.report.drawing import Drawing, Drawn, draw_all
from dlkit.report.figures.folds import FoldCurves, draw_fold_curves
from dlkit.report.figures.spread import Scores, draw_score_spread
from dlkit.report.outputs import Output
from dlkit.report.page import Picture
from dlkit.report.pictures import metric_names
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import format_figure
from dlkit.report.together.sums import moments
from dlkit.train.trainer import Training

MOST_SCORES = 4
"""Final figures that fit beside each other."""


def draw_fold_pictures(
    folder: RunFolder,
    trainings: Sequence[Training],
    scores: Sequence[Scores],
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
    found = [moments(trainings, column) for column in names]
    curves = [FoldCurves(folds, [mean for mean, _ in pairs]) for folds, pairs in found]
    pairs = [pairs for _, pairs in found]
    figure = draw_fold_curves(name, curves[0], curves[1] if len(curves) > 1 else None)
    last = ", ".join(
        f"{column} {format_figure(each[-1][0])}"
        for column, each in zip(names, pairs, strict=True)
    )
    columns = ["epoch"]
    for column in names:
        columns += [column, "±"]
    return Drawn(
        name.replace("_", " "),
        figure,
        f"{name} of {len(trainings)} folds over {len(pairs[0])} epochs, last mean {last}",
        tuple(columns),
        tuple(
            (str(epoch), *(format_figure(value) for pair in row for value in pair))
            for epoch, row in enumerate(zip(*pairs, strict=True), start=1)
        ),
    )


def _spread(scores: Sequence[Scores]) -> Drawn:
    """Draw how far the folds' final figures lie apart."""
    words = [f"{s.name} {format_figure(s.mean)} ± {format_figure(s.deviation)}" for s in scores]
    folds = len(scores[0].values)
    return Drawn(
        "test figures of the folds",
        draw_score_spread(scores, [f"fold {number}" for number in range(1, folds + 1)]),
        f"Test figures of {folds} folds: {', '.join(words)}",
        ("fold", *(score.name for score in scores)),
        tuple(
            (str(number), *(format_figure(score.values[number - 1]) for score in scores))
            for number in range(1, folds + 1)
        ),
    )
