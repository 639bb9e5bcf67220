"""Whether validation and test can be believed: their size, their noise, where they are from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dlkit.reading.chance import distance, distance_by_chance, errors_apart, interval, shares
from dlkit.reading.course import course, jump, later_half, rising_share
from dlkit.reading.finding import Finding
from dlkit.reading.knowledge import accuracy_name, error_spread, left_of, scale
from dlkit.reading.story import Answered, Story
from dlkit.reading.wording import counted, lines, number, percent, quoted, setting

SMALL = 10
"""Fewer examples than this leave a share open by 0.28 and more, even if all are right."""

FAR = 4.0
"""Standard errors between two splits that validation chose by, so that some are given away."""

WORDS = {"train": "training", "validation": "validation", "test": "test"}


def unlike_splits(story: Story) -> Finding | None:
    """The splits have other labels, or the same model does far better on one of them."""
    for one in story.answered:
        evidence = _other_classes(one) or _other_values(one, story.examples)
        if evidence:
            return _unlike("The splits are not alike: their labels differ.", evidence)
    evidence = _other_accuracy(story) or _other_loss(story)
    if evidence:
        return _unlike("Validation and test do not agree: the splits are not alike.", evidence)
    evidence = _better_than_training(story)
    if evidence:
        return _unlike("Validation is easier than training: it is not alike.", evidence)
    return None


def _unlike(title: str, evidence: str) -> Finding:
    text = f"{evidence} Were the examples sorted, or taken from different places?"
    return Finding("unlike_splits", title, text)


def _other_classes(one: Answered) -> str:
    for name, counts in (("test", one.true), ("validation", one.validation)):
        if not sum(one.train) or not sum(counts):
            continue
        far = distance(one.train, counts)
        if far < 0.15 + 2 * distance_by_chance(one.train, counts):
            continue
        first, other = shares(one.train), shares(counts)
        place = max(range(len(first)), key=lambda i: abs(first[i] - other[i]))
        label = one.classes[place] if place < len(one.classes) else str(place)
        return (
            f"{quoted(label)} makes up {percent(first[place])} of the training examples and"
            f" {percent(other[place])} of the {sum(counts):,} of the {name} split."
        )
    return ""


def _other_values(one: Answered, examples: Mapping[str, int]) -> str:
    """Say that a mean is more than a deviation away, and more than chance would bring it."""
    if "train" not in one.spread:
        return ""
    mean, deviation = one.spread["train"]
    for name in ("test", "validation"):
        other, _ = one.spread.get(name, (mean, deviation))
        far = max(1.0, FAR / max(examples.get(name, 0), 1) ** 0.5)
        if abs(other - mean) > far * deviation > 0:
            return (
                f"The values to predict are {number(mean)} on average in training, give or take"
                f" {number(deviation)}, and {number(other)} in the {name} split."
            )
    return ""


def _other_accuracy(story: Story) -> str:
    name = accuracy_name(story)
    here, there = story.figures.get(f"val_{name}"), story.figures.get(f"test_{name}")
    counts = story.examples["validation"], story.examples["test"]
    if not name or here is None or there is None or not all(counts):
        return ""
    far = errors_apart(here, counts[0], there, counts[1])
    if abs(here - there) < 0.1 or abs(far) < FAR:
        return ""
    return (
        f"{percent(here)} of {counts[0]:,} validation examples are right and {percent(there)}"
        f" of {counts[1]:,} test examples: {number(abs(far))} standard errors apart."
    )


def _other_loss(story: Story) -> str:
    here, there = left_of(story, "val"), left_of(story, "test")
    counts = story.examples["validation"], story.examples["test"]
    if accuracy_name(story) or here is None or there is None or min(counts) < 10:
        return ""
    low, high = sorted((max(here, 0.0), max(there, 0.0)))
    unsure = error_spread(story) * (1 / counts[0] + 1 / counts[1]) ** 0.5
    if high - low < 0.2 or high < low * (2 + 2 * FAR * unsure):
        return ""
    figures = story.figures
    return (
        f"The loss of {counts[0]:,} validation examples is {number(figures['val_loss'])}, and"
        f" that of {counts[1]:,} test examples {number(figures['test_loss'])}."
    )


def _better_than_training(story: Story) -> str:
    """Say that validation is better than training where nothing makes training worse.

    Training figures are means over an epoch, while the model gets better: those of the next
    epoch are the ones to compare, or what the last two would lead to.
    """
    name = accuracy_name(story)
    trained = course(story, name) if name else ()
    measured, kept = story.figures.get(f"val_{name}"), story.kept_epoch
    if measured is None or story.network.noise or len(trained) < max(3, kept):
        return ""
    now, before = trained[kept - 1], trained[max(kept - 2, 0)]
    after = trained[kept] if kept < len(trained) else now + max(0.0, now - before)
    fair = min(1.0, max(now, after))
    count = story.examples["validation"]
    far = errors_apart(measured, count, fair, story.examples["train"])
    if measured - fair < 0.1 or far < FAR:
        return ""
    return (
        f"{percent(measured)} of {count:,} validation examples are right and {percent(fair)} of"
        f" the training examples, though nothing is dropped or changed there: {number(far)}"
        " standard errors."
    )


def small_validation(story: Story) -> Finding | None:
    """So few examples are watched that their figures say little."""
    count = story.examples["validation"]
    if not 0 < count < SMALL or story.status == "diverged":
        return None
    name = accuracy_name(story)
    share = story.figures.get(f"val_{name}")
    evidence = f"The validation split has {counted(count, 'example')}."
    if name and share is not None:
        low, high = interval(share, count)
        evidence += (
            f" Its accuracy of {percent(share)} lies between {percent(low)} and {percent(high)}"
            f" in truth (95 %), and one example is {percent(1 / count)} of it."
        )
    else:
        unsure = min(1.0, error_spread(story) / count**0.5)
        evidence += f" Its mean error is sure to about {percent(unsure)}."
    return Finding("small_validation", "Validation is too small to tell.", evidence)


def noisy_validation(story: Story) -> Finding | None:
    """Validation jumps from epoch to epoch while training goes smoothly."""
    losses = later_half(course(story, "loss"))
    measured = later_half(course(story, "val_loss"))
    if len(measured) < 4 or len(losses) != len(measured) or rising_share(measured) < 0.3:
        return None
    size = jump(measured)
    if size < 0.1 * scale(story) or size < 3 * jump(losses) or _mostly_up(measured):
        return None
    batch = story.config.training.batch_size
    larger = min(4 * batch, story.examples["train"])
    change = lines(setting(("training", "batch_size"), larger)) if larger > batch else ""
    return Finding(
        "noisy_validation",
        "Validation jumps from epoch to epoch.",
        f"In the last {len(measured)} epochs the loss of {story.examples['validation']:,}"
        f" validation examples changed by {number(size)} an epoch, up or down, between"
        f" {number(min(measured))} and {number(max(measured))}; the training loss by"
        f" {number(jump(losses))}.",
        change,
        f"Average gradients over more than {batch} examples." if change else "",
    )


def _mostly_up(values: Sequence[float]) -> bool:
    """Tell whether the jumps add up to a rise: that is overfitting."""
    return values[-1] - values[0] > 0.5 * jump(values) * (len(values) - 1)
