"""What the rules say of classes, of counts made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlkit.reading.classes import class_never_predicted, imbalance
from dlkit.reading.story import Answered, Story

Make = Callable[..., Story]

RARE = Answered(
    task="classification",
    classes=("fine", "faulty"),
    train=(160, 40),
    true=(80, 20),
    predicted=(91, 9),
    right=(80, 9),
)
THREE = Answered(
    task="classification",
    classes=("a", "b", "c"),
    train=(90, 90, 20),
    true=(45, 45, 5),
    predicted=(50, 45, 0),
    right=(40, 40, 0),
)


@pytest.mark.parametrize(
    ("train", "found", "told"),
    [((160, 40), 9, True), ((160, 40), 10, False), ((159, 41), 9, False)],
    ids=["missed", "half of them found", "not so rare"],
)
def test_rare_classes_that_are_missed_are_told(
    story: Make, train: tuple[int, int], found: int, told: bool
) -> None:
    one = replace(RARE, train=train, right=(80, found))
    finding = imbalance(story(answered=one))
    assert (finding is not None) is told
    if finding is not None:
        assert finding.title == "Nearly all are 'fine', and others are missed."
        assert finding.evidence == (
            "80 % of the labels are 'fine'. Always answering it is right for 80 % of the test,"
            " the model for 89 %; of the 20 other test examples it finds 9."
        )
        assert finding.change == "training:\n  class_weight: balanced"


def test_classes_that_are_weighted_are_not_weighted_again(story: Make) -> None:
    sections = {"training": {"class_weight": "balanced"}}
    found = imbalance(story(sections=sections, answered=RARE))
    assert found is not None
    assert (found.change, found.why) == ("", "")


@pytest.mark.parametrize(("true", "said", "told"), [(5, 0, True), (4, 0, False), (5, 1, False)])
def test_class_that_is_never_the_answer_is_told(
    story: Make, true: int, said: int, told: bool
) -> None:
    one = replace(THREE, true=(45, 45, true), predicted=(50, 45, said))
    found = class_never_predicted(story(answered=one))
    assert (found is not None) is told
    if found is not None:
        assert found.title == "'c' is never the answer."
        assert found.evidence == "'c' is the truth of 5 test examples, and the answer for none."


def test_several_classes_are_counted(story: Make) -> None:
    names = tuple("abcdef")
    counts = (50,) * 6
    said = (300, 0, 0, 0, 0, 0)
    one = replace(THREE, classes=names, train=counts, true=counts, predicted=said)
    found = class_never_predicted(story(answered=one))
    assert found is not None
    assert found.title == "'b' and 4 others are never the answer."
    assert "'d' is the truth of 50 test examples, and 2 classes more" in found.evidence
    assert found.change == ""  # none of them is rare


@pytest.mark.parametrize(
    "name", ["x" * 300, "two\nlines", "<script>alert(1)</script>", "$x$", "=cmd()", "🌻"]
)
def test_any_name_leaves_a_title_in_one_short_line(story: Make, name: str) -> None:
    for rule, one in ((imbalance, RARE), (class_never_predicted, THREE)):
        names = (name,) * len(one.classes)
        found = rule(story(answered=replace(one, classes=names)))
        assert found is not None
        assert "\n" not in found.title
        assert len(found.title) <= 70


def test_labels_and_values_have_no_classes_to_miss(story: Make) -> None:
    for one in (Answered(task="regression"), Answered(task="multi_label")):
        assert imbalance(story(answered=one)) is None
        assert class_never_predicted(story(answered=one)) is None
