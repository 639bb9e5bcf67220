"""Which pictures the answers of a classifier get, and the numbers behind each of them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)

from dlkit.evaluate.predictions import Evaluation
from dlkit.report.class_pictures import class_drawings, label_drawings
from dlkit.report.drawing import Drawing, Drawn
from dlkit.report.figures.style import to_svg
from dlkit.report.ranking_pictures import ranking_drawings

TESTED = "the test split"

Draw = Callable[[Evaluation, tuple[str, ...], str], Sequence[Drawing]]


def classified(true: Sequence[int], predicted: Sequence[int], classes: int) -> Evaluation:
    """Return answers of full confidence."""
    said = np.eye(classes, dtype=np.float32)[list(predicted)]
    return Evaluation("classification", np.array(predicted), said, {}, np.array(true))


def guessed(classes: int, examples: int, seed: int = 0) -> Evaluation:
    """Return answers that know something of the truth."""
    rng = np.random.default_rng(seed)
    true = rng.integers(0, classes, examples)
    logits = rng.normal(size=(examples, classes))
    logits[np.arange(examples), true] += 1
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    said = shares.astype(np.float32)
    return Evaluation("classification", said.argmax(axis=1), said, {}, true)


def labelled(true: np.ndarray, said: np.ndarray) -> Evaluation:
    return Evaluation("multi_label", (said > 0.5).astype(np.int32), said, {}, true)


def names_of(classes: int) -> tuple[str, ...]:
    return tuple(f"class {index}" for index in range(classes))


def drawn(draw: Draw, evaluation: Evaluation, names: tuple[str, ...]) -> dict[str, Drawn]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return {each.name: each.draw() for each in draw(evaluation, names, TESTED)}


def ticks_of(picture: Drawn) -> list[str]:
    assert picture.figure is not None
    return [label.get_text() for label in picture.figure.axes[0].get_yticklabels()]


def texts_of(picture: Drawn) -> list[str]:
    assert picture.figure is not None
    return [text.get_text() for text in picture.figure.axes[0].texts]


def test_every_picture_answers_its_question() -> None:
    evaluation = guessed(3, 60)
    found = class_drawings(evaluation, names_of(3), TESTED)
    found += ranking_drawings(evaluation, names_of(3), TESTED)
    assert {each.name: each.section for each in found} == {
        "confusion_matrix": "answers",
        "confusion_shares": "answers",
        "class_scores": "mistakes",
        "confused_classes": "mistakes",
        "roc": "trust",
        "precision_recall": "trust",
    }


def test_rows_of_the_matrix_are_true_and_columns_predicted() -> None:
    evaluation = classified([0, 0, 1, 2], [0, 1, 1, 0], 3)
    pictures = drawn(class_drawings, evaluation, ("a", "b", "c"))
    matrix, shares = pictures["confusion_matrix"], pictures["confusion_shares"]
    assert matrix.columns == shares.columns == ("true \\ predicted", "a", "b", "c")
    assert matrix.rows == (("a", "1", "1", "0"), ("b", "0", "1", "0"), ("c", "1", "0", "0"))
    assert shares.rows == (
        ("a", "50.00%", "50.00%", "0.00%"),
        ("b", "0.00%", "100.00%", "0.00%"),
        ("c", "100.00%", "0.00%", "0.00%"),
    )
    assert matrix.alt == "Confusion matrix of the test split: 2 of 4 right"
    assert "from 0.0% to 100.0% of a class right" in shares.alt


@pytest.mark.parametrize("classes", [2, 7, 20])
def test_matrix_is_that_of_scikit_learn(classes: int) -> None:
    evaluation = guessed(classes, 500)
    matrix = drawn(class_drawings, evaluation, names_of(classes))["confusion_matrix"]
    expected = confusion_matrix(evaluation.true, evaluation.predicted, labels=range(classes))
    assert [[int(cell) for cell in row[1:]] for row in matrix.rows] == expected.tolist()
    right = int((evaluation.true == evaluation.predicted).sum())
    assert f"{right} of 500 right" in matrix.alt


def test_matrix_of_many_classes_lists_what_each_was_taken_for() -> None:
    true, predicted = [0, 0, 0, 0, 1, 2], [0, 5, 5, 3, 1, 2]
    pictures = drawn(class_drawings, classified(true, predicted, 25), names_of(25))
    counts, shares = pictures["confusion_matrix"].rows, pictures["confusion_shares"].rows
    assert len(counts) == 25
    assert counts[0] == ("class 0", "4", "1", "class 5", "2")
    assert counts[1] == ("class 1", "1", "1", "\N{EN DASH}", "0")
    assert shares[0] == ("class 0", "4", "25.00%", "class 5", "50.00%")
    assert not texts_of(pictures["confusion_matrix"])


def test_of_very_many_classes_the_most_confused_are_shown() -> None:
    true = np.append(np.repeat(np.arange(1000), 2), 700)
    predicted = true.copy()
    predicted[2 * 700 : 2 * 720] = 3  # twenty classes, and that for which they are taken
    predicted[-1] = 999  # which itself is hardly ever confused, and not shown
    pictures = drawn(class_drawings, classified(true.tolist(), predicted, 1000), names_of(1000))
    matrix, shares = pictures["confusion_matrix"], pictures["confusion_shares"]
    assert matrix.title == "confusion matrix, the 20 most confused of 1,000 classes"
    assert "1960 of 2001 right" in matrix.alt
    shown = [row[0] for row in matrix.rows]
    assert shown == ["class 3", *(f"class {index}" for index in range(700, 719))]
    assert matrix.rows[1] == ("class 700", "2", *["0"] * 19)
    assert shares.rows[1] == ("class 700", "66.67%", *["0.00%"] * 19)
    assert texts_of(shares)[:2] == ["100", "66.7"]


def test_scores_of_classes_are_those_of_scikit_learn_and_the_weakest_is_highest() -> None:
    evaluation = guessed(5, 200)
    picture = drawn(class_drawings, evaluation, names_of(5))["class_scores"]
    true, predicted = evaluation.true, evaluation.predicted
    each = precision_recall_fscore_support(true, predicted, zero_division=0)
    assert picture.columns == ("class", "examples", "precision", "recall", "F1")
    assert list(picture.rows[:5]) == [
        (f"class {index}", str(support), f"{precision:.4f}", f"{recall:.4f}", f"{f1:.4f}")
        for index, (precision, recall, f1, support) in enumerate(zip(*each, strict=True))
    ]
    for row, average in zip(picture.rows[5:], ("macro", "weighted"), strict=True):
        scores = precision_recall_fscore_support(true, predicted, average=average)[:3]
        assert row == (f"{average} average", "200", *(f"{score:.4f}" for score in scores))
    order = np.argsort(each[2])
    assert ticks_of(picture) == [f"class {index}" for index in order]
    assert f"weakest class {order[0]} with F1 {each[2][order[0]]:.3f}" in picture.alt


def test_class_that_is_nowhere_is_last_and_has_no_scores() -> None:
    picture = drawn(class_drawings, classified([1, 1, 2], [1, 2, 2], 3), names_of(3))
    scores = picture["class_scores"]
    assert scores.rows[0] == ("class 0", "0", *["\N{EN DASH}"] * 3)
    assert ticks_of(scores)[-1] == "class 0"


def test_only_the_weakest_classes_are_drawn_and_all_are_listed() -> None:
    true = np.repeat(np.arange(50), 50)
    predicted = np.where(np.tile(np.arange(50), 50) < true, 50, true)  # higher ones are weaker
    picture = drawn(class_drawings, classified(true.tolist(), predicted, 51), names_of(51))
    scores = picture["class_scores"]
    assert scores.title == "precision, recall and F1 of the 40 weakest of 51 classes"
    assert ticks_of(scores) == [f"class {index}" for index in range(49, 9, -1)]
    assert len(scores.rows) == 53


def test_most_confused_classes_are_listed_with_their_share() -> None:
    evaluation = classified([0, 0, 0, 0, 1, 2], [0, 1, 1, 2, 1, 0], 3)
    picture = drawn(class_drawings, evaluation, ("cat", "dog", "newt"))["confused_classes"]
    assert picture.rows == (
        ("cat", "dog", "2", "50.00%"),
        ("cat", "newt", "1", "25.00%"),
        ("newt", "cat", "1", "100.00%"),
    )
    assert picture.alt == (
        "Most confused classes of the test split: cat is taken for dog 2 times, 50.0% of its"
        " examples; 4 mistakes in all"
    )


@pytest.mark.parametrize(
    ("true", "predicted", "classes"), [([0, 1, 1], [1, 1, 0], 2), ([0, 1, 2], [0, 1, 2], 3)]
)
def test_no_pairs_where_the_matrix_says_it_or_nothing_is_confused(
    true: list[int], predicted: list[int], classes: int
) -> None:
    found = class_drawings(classified(true, predicted, classes), names_of(classes), TESTED)
    assert "confused_classes" not in {each.name for each in found}


def test_unit_without_a_name_has_its_number() -> None:
    pictures = drawn(class_drawings, classified([0, 1, 0], [0, 3, 0], 4), ("no", "yes"))
    assert pictures["confusion_matrix"].columns[1:] == ("no", "yes", "unit 2", "unit 3")


@pytest.mark.parametrize("label", [0, 1])
def test_test_split_of_one_class_has_no_curves(label: int) -> None:
    evaluation = classified([label] * 5, [label] * 5, 2)
    pictures = drawn(class_drawings, evaluation, ("no", "yes"))
    counts = [["0", "0"], ["0", "0"]]
    counts[label][label] = "5"
    assert pictures["confusion_matrix"].rows == (("no", *counts[0]), ("yes", *counts[1]))
    assert ranking_drawings(evaluation, ("no", "yes"), TESTED) == []


def test_one_example_is_drawn() -> None:
    assert len(drawn(class_drawings, classified([1], [2], 3), names_of(3))) == 4
    assert ranking_drawings(classified([1], [2], 3), names_of(3), TESTED) == []


def test_two_classes_get_one_curve_with_points_of_it() -> None:
    evaluation = guessed(2, 400)
    pictures = drawn(ranking_drawings, evaluation, ("no", "yes"))
    assert evaluation.probabilities is not None
    scores = evaluation.probabilities[:, 1]
    auc = roc_auc_score(evaluation.true, scores)
    roc, precision = pictures["roc"], pictures["precision_recall"]
    positives = int(evaluation.true.sum())
    assert roc.title == "ROC curve of yes"
    assert roc.alt == (
        f"ROC curve of yes in the test split: AUC {auc:.4f}; {positives} examples of it,"
        f" {400 - positives} others"
    )
    assert [row[0] for row in roc.rows] == ["0.1%", "1.0%", "5.0%", "10.0%", "20.0%", "50.0%"]
    found = [float(row[1].rstrip("%")) for row in roc.rows]
    assert found == sorted(found)
    average = average_precision_score(evaluation.true, scores)
    assert f"average precision {average:.4f}" in precision.alt
    assert precision.rows[-1] == (
        "100%",
        f"{positives / (scores >= scores[evaluation.true == 1].min()).sum():.2%}",
    )


@pytest.mark.parametrize("classes", [3, 10, 30])
def test_curves_of_classes_have_the_numbers_of_scikit_learn(classes: int) -> None:
    evaluation = guessed(classes, 600)
    one_hot, said = np.eye(classes)[evaluation.true], evaluation.probabilities
    pictures = drawn(ranking_drawings, evaluation, names_of(classes))
    for name, score in (("roc", roc_auc_score), ("precision_recall", average_precision_score)):
        rows = pictures[name].rows
        for index, expected in enumerate(score(one_hot, said, average=None)):
            support = one_hot[:, index].sum()
            assert rows[index][:3] == (
                f"class {index}",
                f"{support:.0f}",
                f"{support / 600:.2%}",
            )
            assert float(rows[index][3]) == pytest.approx(expected, abs=1e-6)
        for row, average in zip(rows[classes:], ("macro", "micro"), strict=True):
            expected = score(one_hot, said, average=average)
            assert row[0] == f"{average} average"
            assert float(row[3]) == pytest.approx(expected, abs=1e-6)
            if average == "macro":
                assert f"macro average {expected:.4f}" in pictures[name].alt


def test_of_many_classes_the_weakest_curves_are_named() -> None:
    picture = drawn(ranking_drawings, guessed(12, 600), names_of(12))["roc"]
    weakest = sorted(picture.rows[:12], key=lambda row: float(row[3]))[:5]
    assert picture.figure is not None
    legend = picture.figure.axes[0].get_legend()
    assert legend is not None
    named = [text.get_text().split(": ")[0] for text in legend.get_texts()[2:7]]
    assert named == [row[0] for row in weakest]
    assert legend.get_texts()[7].get_text() == "the other 7"
    assert picture.title == "ROC curves, each against the rest: the 5 weakest by name"


def test_class_without_examples_is_left_out_of_the_curves_and_said() -> None:
    evaluation = guessed(4, 100)
    evaluation.true[evaluation.true == 2] = 1
    picture = drawn(ranking_drawings, evaluation, names_of(4))["roc"]
    left_out = "without 1 that none or all of the examples have"
    assert picture.title == f"ROC curves, each against the rest; {left_out}"
    assert picture.alt.endswith(left_out)
    assert [row[0] for row in picture.rows[:3]] == ["class 0", "class 1", "class 3"]


def test_labels_get_a_table_of_their_scores() -> None:
    true = np.array([[1, 1], [1, 0], [0, 0], [1, 0]])
    said = np.array([[0.9, 0.1], [0.8, 0.7], [0.6, 0.2], [0.3, 0.4]], np.float32)
    picture = drawn(label_drawings, labelled(true, said), ("red", "blue"))["labels"]
    assert picture.columns == ("label", "examples", "precision", "recall", "F1")
    assert picture.rows == (
        ("red", "3", "0.6667", "0.6667", "0.6667"),
        ("blue", "1", "0.0000", "0.0000", "0.0000"),
        ("macro average", "4", "0.3333", "0.3333", "0.3333"),
        ("micro average", "4", "0.5000", "0.5000", "0.5000"),
        ("weighted average", "4", "0.5000", "0.5000", "0.5000"),
    )
    assert ticks_of(picture) == ["blue", "red"]
    assert "2 labels in the test split: macro average precision 0.333" in picture.alt


def test_curves_of_labels_have_the_numbers_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    said = rng.random((200, 3), np.float32)
    true = (rng.random((200, 3)) < said).astype(np.int32)
    pictures = drawn(ranking_drawings, labelled(true, said), ("a", "b", "c"))
    for name, score in (("roc", roc_auc_score), ("precision_recall", average_precision_score)):
        numbers = [float(row[3]) for row in pictures[name].rows]
        expected = [*score(true, said, average=None), score(true, said, average="macro")]
        expected.append(score(true, said, average="micro"))
        assert numbers == pytest.approx(expected, abs=1e-6)


def test_label_that_alone_has_a_curve_is_drawn_alone() -> None:
    rng = np.random.default_rng(0)
    said, true = rng.random((50, 2), np.float32), rng.integers(0, 2, (50, 2))
    true[:, 0] = 0
    picture = drawn(ranking_drawings, labelled(true, said), ("never", "some"))["roc"]
    assert picture.title == (
        "ROC curve of some; without 1 that none or all of the examples have"
    )


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "$x$", "=cmd()", "\N{SNOWMAN}", "n" * 300, "a\nb"]
)
def test_names_are_whole_in_tables_and_one_line_elsewhere(name: str) -> None:
    names = (name, "other", "third")
    evaluation = guessed(3, 60)
    pictures = drawn(class_drawings, evaluation, names)
    pictures |= drawn(ranking_drawings, evaluation, names)
    for picture in pictures.values():
        assert any(name in row for row in picture.rows)
        assert "\n" not in picture.title + picture.alt
        assert len(picture.title) < 120
        assert picture.figure is not None
        assert "<script" not in to_svg(picture.figure)


def test_pictures_of_ten_thousand_answers_are_light() -> None:
    evaluation = guessed(10, 10_000)
    pictures = drawn(class_drawings, evaluation, names_of(10))
    pictures |= drawn(ranking_drawings, evaluation, names_of(10))
    sizes = {n: len(to_svg(p.figure)) for n, p in pictures.items() if p.figure is not None}
    assert len(sizes) == 6
    assert max(sizes.values()) < 60_000
    assert sum(sizes.values()) < 300_000
