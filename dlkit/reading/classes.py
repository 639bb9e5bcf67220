"""Classes that are rare, and classes that are never the answer."""

from __future__ import annotations

from dlkit.reading.finding import Finding
from dlkit.reading.remedies import balanced_classes
from dlkit.reading.story import Answered, Story
from dlkit.reading.wording import counted, percent, quoted

MOST = 0.8
"""From this share on a class is nearly everything."""

ENOUGH = 5
"""Test examples of a class that is found half of the time: all missed once in 32 cases."""

MOST_NAMED = 3

MOST_OF_HEAD = 12
"""Characters of an output's name that are shown beside a class of it."""


def imbalance(story: Story) -> Finding | None:
    """Nearly all labels are one class, and the others are mostly missed."""
    return next(filter(None, (_imbalance_of(story, one) for one in story.answered)), None)


def _imbalance_of(story: Story, one: Answered) -> Finding | None:
    labels = one.train or one.true
    if one.task != "classification" or not one.true or max(labels) < MOST * sum(labels):
        return None
    top = labels.index(max(labels))
    rare = sum(one.true) - one.true[top]
    found = sum(one.right) - one.right[top]
    if found * 2 >= max(rare, 1):
        return None
    share, name = max(labels) / sum(labels), _name(one, top)
    accuracy = sum(one.right) / sum(one.true)
    change = balanced_classes(story)
    return Finding(
        "imbalance",
        f"Nearly all are {name}, and others are missed.",
        f"{percent(share)} of the labels are {name}. Always answering it is right for"
        f" {percent(one.true[top] / sum(one.true))} of the test, the model for"
        f" {percent(accuracy)}; of the {counted(rare, 'other test example')} it finds {found}.",
        change,
        "Let every class count the same, and look at more than accuracy." if change else "",
    )


def class_never_predicted(story: Story) -> Finding | None:
    """Some classes are in the test, and never the answer."""
    return next(filter(None, (_missed_in(story, one) for one in story.answered)), None)


def _missed_in(story: Story, one: Answered) -> Finding | None:
    if one.task != "classification" or not one.true:
        return None
    pairs = enumerate(zip(one.true, one.predicted, strict=True))
    missed = [place for place, (true, said) in pairs if true >= ENOUGH and said == 0]
    if not missed:
        return None
    first = _name(one, missed[0])
    more = len(missed) - 1
    told = [
        f"{_name(one, place)} is the truth of {counted(one.true[place], 'test example')}"
        for place in missed[:MOST_NAMED]
    ]
    rest = f", and {more + 1 - MOST_NAMED} classes more" if more + 1 > MOST_NAMED else ""
    is_rare = one.train and one.train[missed[0]] * len(one.train) * 2 < sum(one.train)
    change = balanced_classes(story) if is_rare else ""
    also = f" and {counted(more, 'other')}" if more else ""
    return Finding(
        "class_never_predicted",
        f"{first}{also} {'are' if more else 'is'} never the answer.",
        f"{', '.join(told)}{rest}, and the answer for none.",
        change,
        "Let every class count the same." if change else "",
    )


def _name(one: Answered, place: int) -> str:
    """Write the name of a class, with its output where there are several."""
    name = one.classes[place] if place < len(one.classes) else str(place)
    return f"{one.name[:MOST_OF_HEAD]}: {quoted(name)}" if one.name else quoted(name)
