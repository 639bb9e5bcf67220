"""Pictures of every threshold: how well a model's probabilities order the examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from matplotlib.figure import Figure

from dlkit.evaluate.predictions import Evaluation
from dlkit.evaluate.ranking import (
    Curve,
    Ranking,
    Rankings,
    heights,
    mean_curve,
    rank_classes,
    rank_labels,
)
from dlkit.report.drawing import Drawing, Drawn, Rows
from dlkit.report.figures.ranking import Band, Line, draw_precision_recall, draw_roc
from dlkit.report.figures.style import shorten
from dlkit.report.prediction_file import name_units

MOST_NAMED = 10
"""Classes whose curves can be told apart."""

WEAKEST = 5
"""Of more classes, so many are drawn by name."""

BAND_POINTS = 129

WRONG_RATES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)
RECALLS = (0.5, 0.75, 0.9, 0.95, 0.99, 1.0)


@dataclass(frozen=True)
class _View:
    """One of the two ways to look at an order.

    Attributes:
        name: Of the picture's file.
        one: How the caption of a single curve begins.
        many: The caption of several.
        score: What the number of a curve is called.
        score_of: The number.
        curve_of: The curve.
        draw: Draws curves, their averages, and the others, given the mean share of positives.
        table_of: Points of a single curve: a head, and rows.
    """

    name: str
    one: str
    many: str
    score: str
    score_of: Callable[[Ranking], float]
    curve_of: Callable[[Ranking], Curve]
    draw: Callable[[Sequence[Line], Sequence[Line], Band | None, float], Figure]
    table_of: Callable[[Ranking], tuple[tuple[str, ...], Rows]]


def _found(ranking: Ranking) -> tuple[tuple[str, ...], Rows]:
    """Return what is found at some shares of wrong ones."""
    rows = tuple((f"{r:.1%}", f"{ranking.recall_at(r):.2%}") for r in WRONG_RATES)
    return ("of the others wrong, at most", "of the class found"), rows


def _right(ranking: Ranking) -> tuple[tuple[str, ...], Rows]:
    """Return how many are right where at least some shares are found."""
    rows = tuple((f"{r:.0%}", f"{ranking.precision_at(r):.2%}") for r in RECALLS)
    return ("of the class found, at least", "precision"), rows


VIEWS = (
    _View(
        name="roc",
        one="ROC curve of",
        many="ROC curves, each against the rest",
        score="AUC",
        score_of=lambda ranking: ranking.area,
        curve_of=Ranking.roc,
        draw=lambda classes, averages, others, _: draw_roc(classes, averages, others),
        table_of=_found,
    ),
    _View(
        name="precision_recall",
        one="precision over recall of",
        many="precision over recall, each against the rest",
        score="average precision",
        score_of=lambda ranking: ranking.average_precision,
        curve_of=Ranking.precision_recall,
        draw=lambda classes, averages, others, prevalence: draw_precision_recall(
            classes, averages, others, prevalence=prevalence
        ),
        table_of=_right,
    ),
)


def ranking_drawings(
    evaluation: Evaluation, names: tuple[str, ...], tested: str
) -> list[Drawing]:
    """Return what draws ROC and precision-recall curves, each class against the rest.

    Args:
        evaluation: Of a classification or of several labels, with finite probabilities;
            where none of its classes has both examples and others, nothing is drawn.
        names: Of the classes or labels; may be fewer than there are.
        tested: What was answered, in words.
    """
    true, probabilities = evaluation.true, evaluation.probabilities
    if probabilities is None or not len(true) or (true == true[0]).all():
        return []
    rank = rank_classes if evaluation.task == "classification" else rank_labels
    ranked = cache(partial(rank, true, probabilities))  # both pictures want it
    named = name_units(names, probabilities.shape[1])
    return [
        Drawing(view.name, partial(_curves, view, ranked, named, tested), "trust")
        for view in VIEWS
    ]


def _curves(
    view: _View, ranked: Callable[[], Rankings], named: Sequence[str], tested: str
) -> Drawn:
    """Draw the curves of all classes that have one."""
    ranks = ranked()
    draw = _one if len(ranks.each) == 1 else _several
    drawn = draw(view, ranks, named, tested)
    # Of two classes, one curve says all.
    missing = len(named) - len(ranks.each) if ranks.micro else 0
    if not missing:
        return drawn
    left_out = f"without {missing} that none or all of the examples have"
    return Drawn(
        f"{drawn.title}; {left_out}",
        drawn.figure,
        f"{drawn.alt}; {left_out}",
        drawn.columns,
        drawn.rows,
    )


def _one(view: _View, ranks: Rankings, named: Sequence[str], tested: str) -> Drawn:
    """Draw the only curve there is, with some of its points as the table."""
    ((number, ranking),) = ranks.each.items()
    score = view.score_of(ranking)
    line = Line(named[number], score, *view.curve_of(ranking))
    figure = view.draw([line], [], None, ranking.prevalence)
    title = f"{view.one} {shorten(named[number], 60)}"
    alt = f"{title[0].upper()}{title[1:]} in {tested}: {view.score} {score:.4f}"
    others = f"{ranking.positives} examples of it, {ranking.negatives} others"
    return Drawn(title, figure, f"{alt}; {others}", *view.table_of(ranking))


def _several(view: _View, ranks: Rankings, named: Sequence[str], tested: str) -> Drawn:
    """Draw the curves of several classes and their averages, all numbers as the table."""
    scores = {number: view.score_of(ranking) for number, ranking in ranks.each.items()}
    curves = {number: view.curve_of(ranking) for number, ranking in ranks.each.items()}
    macro = ranks.mean(view.score_of)
    averages = [Line("macro average", macro, *mean_curve([*curves.values()]))]
    if ranks.micro:
        score = view.score_of(ranks.micro)
        averages.append(Line("micro average", score, *view.curve_of(ranks.micro)))
    weakest = sorted(scores, key=lambda number: scores[number])
    shown = weakest if len(weakest) <= MOST_NAMED else weakest[:WEAKEST]
    lines = [Line(named[number], scores[number], *curves[number]) for number in shown]
    band = _band({number: curves[number] for number in weakest[len(shown) :]})
    low, high = weakest[0], weakest[-1]
    prevalence = ranks.mean(lambda ranking: ranking.prevalence)
    return Drawn(
        view.many if not band else f"{view.many}: the {WEAKEST} weakest by name",
        view.draw(lines, averages, band, prevalence),
        f"{view.many[0].upper()}{view.many[1:]}, in {tested}: {view.score}, macro average"
        f" {macro:.4f}, weakest {shorten(named[low], 60)} {scores[low]:.4f}, best"
        f" {shorten(named[high], 60)} {scores[high]:.4f}",
        ("", "examples", "share of all", view.score),
        (*_score_rows(ranks, named, scores), *_average_rows(averages)),
    )


def _score_rows(ranks: Rankings, named: Sequence[str], scores: Mapping[int, float]) -> Rows:
    """Return the number of each class, with its examples, as text."""
    return tuple(
        (
            named[number],
            str(ranking.positives),
            f"{ranking.prevalence:.2%}",
            f"{scores[number]:.6f}",
        )
        for number, ranking in ranks.each.items()
    )


def _average_rows(averages: Sequence[Line]) -> Rows:
    return tuple((line.name, "", "", f"{line.score:.6f}") for line in averages)


def _band(curves: Mapping[int, Curve]) -> Band | None:
    """Return between which heights curves lie; nothing for none."""
    if not curves:
        return None
    across = np.linspace(0, 1, BAND_POINTS)
    up = np.stack([heights(curve, across) for curve in curves.values()])
    return Band(f"the other {len(curves):,}", across, up.min(axis=0), up.max(axis=0))
