"""Pictures of which classes, or labels, are found and which are taken for others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from dlkit.evaluate.class_scores import (
    ClassScores,
    Triple,
    confused_pairs,
    count_confusions,
    macro_average,
    micro_average,
    score_classes,
    score_labels,
    share,
    weighted_average,
)
from dlkit.evaluate.predictions import Evaluation
from dlkit.report.drawing import Drawing, Drawn, Rows
from dlkit.report.figures.class_scores import draw_class_scores, draw_confused_pairs
from dlkit.report.figures.classification import MOST_NUMBERED_CLASSES, draw_confusion_matrix
from dlkit.report.figures.style import shorten
from dlkit.report.prediction_file import name_units

MOST_CLASSES = 120
"""Classes whose confusions fit into one picture."""

WORST_CLASSES = 20
"""Of more classes than that, so many are shown: each has its name, each cell its number."""

MOST_SCORED = 40
"""Classes or labels whose scores fit into one picture."""

MOST_PAIRS = 12
"""Pairs of confused classes that are drawn."""

MOST_LISTED_PAIRS = 50
"""Pairs of confused classes that are listed."""

NOTHING = "\N{EN DASH}"
"""Stands in a table where there is nothing to count."""

SCORES = ("precision", "recall", "F1")


def class_drawings(
    evaluation: Evaluation, names: tuple[str, ...], tested: str
) -> list[Drawing]:
    """Return what draws the confusions and the scores of classes that exclude each other.

    Args:
        evaluation: Of a classification.
        names: Of the classes; may be fewer than there are.
        tested: What was answered, in words.
    """
    true, predicted = evaluation.true, evaluation.predicted
    units = max(int(values.max(initial=0)) + 1 for values in (true, predicted))
    named = name_units(names, max(len(names), units))
    counts = count_confusions(true, predicted, len(named))
    scores = score_classes(counts)
    matrix = partial(_confusion, counts, named, tested)
    drawings = [
        Drawing("confusion_matrix", partial(matrix, as_shares=False)),
        Drawing("confusion_shares", partial(matrix, as_shares=True)),
        Drawing("class_scores", partial(_scores, scores, named, "class", tested), "mistakes"),
    ]
    # Of two classes the matrix itself says it all.
    pairs = confused_pairs(counts) if len(named) > 2 else []
    if pairs:
        draw = partial(_pairs, pairs, scores.support, named, tested)
        drawings.append(Drawing("confused_classes", draw, "mistakes"))
    return drawings


def label_drawings(
    evaluation: Evaluation, names: tuple[str, ...], tested: str
) -> list[Drawing]:
    """Return what draws the scores of labels that an example may have any number of.

    Args:
        evaluation: Of several labels.
        names: Of the labels; may be fewer than there are.
        tested: What was answered, in words.
    """
    named = name_units(names, evaluation.true.shape[1])
    scores = score_labels(evaluation.true, evaluation.predicted)
    return [Drawing("labels", partial(_scores, scores, named, "label", tested))]


def _confusion(
    counts: np.ndarray, named: Sequence[str], tested: str, *, as_shares: bool
) -> Drawn:
    """Draw how often each class was taken for which."""
    right, classes = int(np.trace(counts)), len(named)
    support = counts.sum(axis=1)
    title = "confusion matrix, in % of each true class" if as_shares else "confusion matrix"
    alt = f"Confusion matrix of {tested}: {right} of {counts.sum()} right"
    if as_shares:
        recall = share(np.diag(counts), support)[support > 0]
        alt = (
            f"Confusion matrix of {tested} as shares of each true class: from"
            f" {recall.min(initial=1):.1%} to {recall.max(initial=0):.1%} of a class right"
        )
    if classes > MOST_CLASSES:
        shown = _most_confused(counts)
        counts, named, support = (
            counts[np.ix_(shown, shown)],
            [named[index] for index in shown],
            support[shown],
        )
        title += f", the {len(shown)} most confused of {classes:,} classes"
    figure = draw_confusion_matrix(counts, named, as_shares=as_shares, support=support)
    if len(named) <= MOST_NUMBERED_CLASSES:
        table = _matrix_table(counts, named, support, as_shares=as_shares)
    else:
        table = _taken_for_table(counts, named, support, as_shares=as_shares)
    return Drawn(title, figure, alt, *table)


def _most_confused(counts: np.ndarray) -> np.ndarray:
    """Return, in their order, the classes that most of the mistakes have to do with."""
    wrong = counts - np.diag(np.diag(counts))
    mistakes = wrong.sum(axis=0) + wrong.sum(axis=1)
    return np.sort(np.argsort(-mistakes, kind="stable")[:WORST_CLASSES])


def _matrix_table(
    counts: np.ndarray, named: Sequence[str], support: np.ndarray, *, as_shares: bool
) -> tuple[tuple[str, ...], Rows]:
    """Return the matrix as text."""
    cells = counts.astype(str)
    if as_shares:
        cells = np.char.mod("%.2f%%", 100 * share(counts, support[:, None]))
    rows = tuple((name, *row) for name, row in zip(named, cells.tolist(), strict=True))
    return ("true \\ predicted", *named), rows


def _taken_for_table(
    counts: np.ndarray, named: Sequence[str], support: np.ndarray, *, as_shares: bool
) -> tuple[tuple[str, ...], Rows]:
    """Return for each of many classes what it was taken for; all cells would fill pages."""
    rows = []
    for index, (name, row, total) in enumerate(
        zip(named, counts.tolist(), support.tolist(), strict=True)
    ):
        right, row[index] = row[index], 0
        times = max(row)
        figures = (
            tuple(f"{number / max(total, 1):.2%}" for number in (right, times))
            if as_shares
            else (str(right), str(times))
        )
        said = named[row.index(times)] if times else NOTHING
        rows.append((name, str(total), figures[0], said, figures[1]))
    return ("class", "examples", "right", "most often taken for", "then"), tuple(rows)


def _scores(scores: ClassScores, named: Sequence[str], kind: str, tested: str) -> Drawn:
    """Draw precision, recall and F1, the weakest first."""
    weakest = _weakest(scores)
    shown = weakest[:MOST_SCORED]
    each = scores.precision, scores.recall, scores.f1
    title = f"precision, recall and F1 of each {kind}, the weakest first"
    if len(named) > len(shown):
        title = f"precision, recall and F1 of the {len(shown)} weakest of {len(named):,}"
        title += " labels" if kind == "label" else " classes"
    values = (array[shown] for array in (*each, scores.support))
    figure = draw_class_scores([named[index] for index in shown], *values)
    averages = {"macro average": macro_average(scores)}
    if kind == "label":
        averages["micro average"] = micro_average(scores)
    averages["weighted average"] = weighted_average(scores)
    alt = (
        f"Precision, recall and F1 of {len(named)} {'labels' if kind == 'label' else 'classes'}"
        f" in {tested}: {_macro_words(averages['macro average'])}"
    )
    known = weakest[scores.support[weakest] > 0]
    if known.size:
        low, high = known[0], known[-1]
        alt += (
            f"; weakest {shorten(named[low], 60)} with F1 {each[2][low]:.3f}, best"
            f" {shorten(named[high], 60)} with {each[2][high]:.3f}"
        )
    return Drawn(
        title, figure, alt, (kind, "examples", *SCORES), _rows(scores, named, averages)
    )


def _weakest(scores: ClassScores) -> np.ndarray:
    """Return the classes by F1, then by recall; those without examples are the last."""
    return np.lexsort((scores.recall, scores.f1, ~scores.known, scores.support == 0))


def _macro_words(average: Triple) -> str:
    named = zip(SCORES, average, strict=True)
    return "macro average " + ", ".join(f"{name} {value:.3f}" for name, value in named)


def _rows(scores: ClassScores, named: Sequence[str], averages: dict[str, Triple]) -> Rows:
    """Return the scores of all classes in their order, and the averages, as text."""
    total = str(scores.support.sum())
    figures = zip(
        named,
        scores.known.tolist(),
        scores.support.tolist(),
        scores.precision.tolist(),
        scores.recall.tolist(),
        scores.f1.tolist(),
        strict=True,
    )
    each = tuple(
        (name, str(support), *(f"{value:.4f}" if known else NOTHING for value in triple))
        for name, known, support, *triple in figures
    )
    return each + tuple(
        (name, total, *(f"{value:.4f}" for value in triple))
        for name, triple in averages.items()
    )


def _pairs(
    pairs: Sequence[tuple[int, int, int]],
    support: np.ndarray,
    named: Sequence[str],
    tested: str,
) -> Drawn:
    """Draw which classes are most often taken for which."""
    shares = [times / int(support[true]) for true, _, times in pairs]
    shown = pairs[:MOST_PAIRS]
    words = [(named[true], named[said]) for true, said, _ in pairs[:MOST_LISTED_PAIRS]]
    figure = draw_confused_pairs(
        words[: len(shown)], [times for _, _, times in shown], shares[: len(shown)]
    )
    (true, said), times = [shorten(name, 60) for name in words[0]], pairs[0][2]
    mistakes = sum(times for _, _, times in pairs)
    return Drawn(
        "most confused classes",
        figure,
        f"Most confused classes of {tested}: {true} is taken for {said} {times} times,"
        f" {shares[0]:.1%} of its examples; {mistakes} mistakes in all",
        ("true", "predicted", "examples", "of the true class"),
        tuple(
            (*pair, str(times), f"{of_class:.2%}")
            for pair, (_, _, times), of_class in zip(words, pairs, shares, strict=False)
        ),
    )
