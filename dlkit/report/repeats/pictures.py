"""Which pictures several seeds get: how they learned, how far apart they end, the ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dlkit.report.answers import answer_drawings
from dlkit.report.drawing import Drawing, Drawn, draw_all
from dlkit.report.figures.bands import Band, draw_bands
from dlkit.report.figures.spread import Scores, draw_score_spread
from dlkit.report.page import Picture
from dlkit.report.pictures import metric_names
from dlkit.report.repeats.sums import Repeats
from dlkit.report.terminal import format_figure
from dlkit.report.together.sums import moments
from dlkit.report.together.words import tested, with_deviation
from dlkit.train.trainer import Training

MOST_SCORES = 4
"""Final figures that fit beside each other."""


def draw_repeat_pictures(whole: Repeats) -> list[Picture]:
    """Draw everything the seeds have to show together, as PNG files and for the page.

    Args:
        whole: All seeds; their folder gets the PNG files under ``plots/``.

    Raises:
        StorageError: If the disk does not take them.
    """
    trainings = whole.trainings
    curves = [
        Drawing(name, partial(_curves, trainings, name), "learning")
        for name in metric_names(trainings[0].rows[0])
    ]
    scores = tested(whole.scores)[:MOST_SCORES]
    spread = [Drawing("seeds", partial(_spread, scores, whole.labels))] if scores else []
    who = f"the ensemble of {len(trainings)} models"
    answers = [drawing for output in whole.outputs for drawing in answer_drawings(output, who)]
    return draw_all(whole.folder, curves, [*spread, *answers])


def _curves(trainings: Sequence[Training], name: str) -> Drawn:
    """Draw one figure of all histories as a band."""
    names = [name]
    if f"val_{name}" in trainings[0].rows[0]:
        names.append(f"val_{name}")
    found = [moments(trainings, column) for column in names]
    bands = [
        Band(each, [mean for mean, _ in pairs], [deviation for _, deviation in pairs])
        for each, pairs in found
    ]
    best = [each.best_epoch for each in trainings if each.best_epoch is not None]
    figure = draw_bands(name, bands[0], bands[1] if len(bands) > 1 else None, best)
    pairs = [pairs for _, pairs in found]
    last = ", ".join(
        f"{column} {format_figure(each[-1][0])} ± {format_figure(each[-1][1])}"
        for column, each in zip(names, pairs, strict=True)
    )
    alt = f"{name} of {len(trainings)} seeds over {len(pairs[0])} epochs, last {last}"
    return Drawn(
        name.replace("_", " "),
        figure,
        f"{alt}; best epochs {', '.join(map(str, best))}",
        ("epoch", *(head for column in names for head in (column, "±"))),
        tuple(
            (str(epoch), *(format_figure(value) for pair in row for value in pair))
            for epoch, row in enumerate(zip(*pairs, strict=True), start=1)
        ),
    )


def _spread(scores: Sequence[Scores], labels: Sequence[str]) -> Drawn:
    """Draw how far the seeds' final figures lie apart."""
    words = [f"{score.name} {with_deviation(score)}" for score in scores]
    together = [
        f"{score.name} {format_figure(score.ensemble)}"
        for score in scores
        if score.ensemble is not None
    ]
    said = f"; the ensemble: {', '.join(together)}" if together else ""
    return Drawn(
        "test figures of the seeds",
        draw_score_spread(scores, labels),
        f"Test figures of {len(labels)} seeds: {', '.join(words)}{said}",
        ("", *(score.name for score in scores)),
        tuple(
            (label, *(format_figure(score.values[index]) for score in scores))
            for index, label in enumerate(labels)
        ),
    )
