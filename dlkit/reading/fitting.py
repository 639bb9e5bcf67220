"""What was learned: nothing, too little, the examples by heart, or more than can be true."""

from __future__ import annotations

from dlkit.config.made_sources import SYNTHETIC
from dlkit.reading.chance import errors_apart, share_error
from dlkit.reading.course import course, end, noise, slope
from dlkit.reading.finding import Finding
from dlkit.reading.knowledge import (
    accuracy_name,
    beats_naive,
    error_spread,
    few_learned,
    has_learned,
    left,
    naive_loss,
    scale,
)
from dlkit.reading.remedies import against_overfitting, less_penalty
from dlkit.reading.story import Story
from dlkit.reading.wording import lines, number, percent, setting

CERTAIN = 3.0
"""Standard errors that chance reaches in one of 700 cases."""

LUCK = 2.5
"""Standard deviations by which the best of some dozens of epochs is better than the others."""

FEW = 100
"""Training examples that are too few to blame their labels."""

SHRUNK = 0.1
"""Kernels below this share of their first size are held down by a penalty."""


def not_learning(story: Story) -> Finding | None:
    """Neither training nor test is better than the naive answer."""
    if has_learned(story) or story.status == "diverged":
        return None
    return Finding(
        "not_learning", "It has learned nothing: no better than guessing.", no_better(story)
    )


def no_better(story: Story) -> str:
    """Say in numbers that nothing was learned."""
    found = []
    naive, loss = naive_loss(story), story.figures.get("train_loss")
    if naive is not None and loss is not None:
        found.append(
            f"the training loss is {number(loss)}, that of the same best answer for every"
            f" example {number(naive)}"
        )
    return _sentence([*found, *_tested(story)])


def _tested(story: Story) -> list[str]:
    """Say in numbers what the test answers of each output are worth."""
    found = []
    for one in story.answered:
        head = f"{one.name}: " if one.name else ""
        if one.task == "classification" and one.true:
            most = max(one.true) / sum(one.true)
            right = sum(one.right) / sum(one.true)
            found.append(
                f"{head}{percent(right)} of the test answers are right, where the most"
                f" frequent class makes up {percent(most)}"
            )
        elif one.error_share is not None:
            found.append(
                f"{head}the squared test error is {percent(one.error_share)} of that of"
                " always saying the mean"
            )
    return found


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def regularized_too_much(story: Story) -> Finding | None:
    """Penalties have pressed the weights to nothing, or nearly all is dropped."""
    if not few_learned(story, 0.7):
        return None
    network = story.network
    shrunk = {name: share for name, share in network.shrunk.items() if share < SHRUNK}
    title = "Regularization is too strong."
    if network.penalized and shrunk:
        name, share = min(shrunk.items(), key=lambda item: item[1])
        evidence = (
            f"The weights of {name} have shrunk to {percent(share)} of the size they are"
            f" usually drawn with, and {_lower(no_better(story))}"
        )
        change = less_penalty(story)
        why = "Make the penalty a hundredth." if change else ""
        return Finding("regularized_too_much", title, evidence, change, why)
    if network.dropped >= 0.7:
        evidence = (
            f"{percent(network.dropped)} of a layer's outputs are dropped in training, and"
            f" {_lower(no_better(story))}"
        )
        section = story.config.regularization.dropout
        change = lines(setting(("regularization", "dropout"), 0.2)) if section else ""
        why = "Drop less." if change else ""
        return Finding("regularized_too_much", title, evidence, change, why)
    return None


def underfitting(story: Story) -> Finding | None:
    """Much of the loss is left, training stands still, and the model is small."""
    share, losses = left(story), course(story, "loss")
    if share is None or share < 0.6 or len(losses) < 5 or story.status == "diverged":
        return None
    network, examples = story.network, story.examples["train"]
    small = network.bends == 0 or network.parameters * 20 < examples
    tail = losses[-max(3, len(losses) // 5) :]
    if not small or -slope(tail) * len(tail) > 0.05 * scale(story):
        return None
    what = "no hidden layer with an activation" if network.bends == 0 else "few weights"
    return Finding(
        "underfitting",
        "It underfits: the model is too small, or its inputs say too little.",
        f"Training leaves {percent(share)} of the loss of the naive answer and stands still"
        f" ({number(tail[0])} to {number(tail[-1])} in the last {len(tail)} epochs); the model"
        f" has {what}: {network.parameters:,} weights for {examples:,} examples.",
    )


def shuffled_labels(story: Story) -> Finding | None:
    """Training learns its examples, and what is learned holds for no other."""
    share = left(story)
    answers = [beats_naive(one) for one in story.answered]
    if share is None or share > 0.7 or any(answer is not False for answer in answers):
        return None
    held = story.examples["validation"] + story.examples["test"]
    losses, measured = course(story, "loss"), course(story, "val_loss")
    naive = naive_loss(story) or 0.0
    if story.examples["train"] < FEW:
        return None  # so few can be known by heart, and tell nothing of others
    if held < 30 or (measured and min(measured) < 0.97 * naive):
        return None
    best = (
        f"the validation loss was never below {number(min(measured))}, where the naive answer"
        f" has {number(naive)}"
        if measured
        else f"the naive answer has {number(naive)}"
    )
    return Finding(
        "shuffled_labels",
        "Only by heart: the labels look shuffled.",
        f"The training loss fell from {number(losses[0])} to {number(losses[-1])}, but {best}."
        f" {_sentence(_tested(story))} Do the labels belong to their examples?",
    )


def overfitting(story: Story) -> Finding | None:
    """Validation gets worse while training gets better, or is far behind it."""
    if story.config.training.overfit is not None or story.status == "diverged":
        return None
    return _worsened(story) or _behind(story)


def _worsened(story: Story) -> Finding | None:
    losses, measured = course(story, "loss"), course(story, "val_loss")
    if len(measured) < 4 or len(losses) != len(measured):
        return None
    if story.kept_epoch < len(measured):  # the best weights came back: see how far behind
        return None
    least, last = min(measured), end(measured)
    best = measured.index(least) + 1
    examples = story.examples["validation"]
    # Both are of the same examples; a few answers of a small split make much of the rise.
    limit = (0.05 + 0.5 / max(examples, 1) ** 0.5) * scale(story)
    limit = max(limit, LUCK * noise(measured[best - 1 :]))
    if last - least < limit or end(losses) >= losses[best - 1]:
        return None
    change, why = against_overfitting(story)
    return Finding(
        "overfitting",
        f"It overfits from epoch {best + 1} on.",
        f"Validation loss was least at epoch {best} ({number(least)}) and is"
        f" {number(measured[-1])} at epoch {len(measured)}, while training loss fell from"
        f" {number(losses[best - 1])} to {number(losses[-1])}.",
        change,
        why,
    )


def _behind(story: Story) -> Finding | None:
    evidence = _accuracy_behind(story) or _loss_behind(story)
    if not evidence:
        return None
    change, why = against_overfitting(story)
    title = "It overfits: it knows the training examples far better than others."
    return Finding("overfitting", title, evidence, change, why)


def _held_out(story: Story, figure: str) -> tuple[float, int] | None:
    """Return a figure of all examples that were not learned from, and how many they are."""
    found = [
        (story.figures[f"{short}_{figure}"], story.examples[split])
        for short, split in (("val", "validation"), ("test", "test"))
        if f"{short}_{figure}" in story.figures and story.examples[split]
    ]
    count = sum(each for _, each in found)
    return (sum(value * each for value, each in found) / count, count) if count else None


def _accuracy_behind(story: Story) -> str:
    name = accuracy_name(story)
    trained = story.figures.get(f"train_{name}")
    held = _held_out(story, name) if name else None
    if trained is None or held is None:
        return ""
    other, count = held
    if trained - other < 0.1:
        return ""
    if errors_apart(trained, story.examples["train"], other, count) < CERTAIN:
        return ""
    error = share_error(other, count)
    return (
        f"{percent(trained)} of the {story.examples['train']:,} training examples are right,"
        f" and {percent(other)} of the {count:,} others, give or take {percent(2 * error)}."
    )


def _loss_behind(story: Story) -> str:
    held, trained, naive = _held_out(story, "loss"), left(story), naive_loss(story)
    if accuracy_name(story) or held is None or trained is None or not naive:
        return ""
    loss, count = held
    other = (loss - story.network.penalty) / naive
    unsure = CERTAIN * error_spread(story) / count**0.5
    if other - trained < 0.2 or other < max(trained, 0.0) * (1.5 + unsure):
        return ""
    return (
        f"The loss of the {story.examples['train']:,} training examples is"
        f" {number(story.figures['train_loss'])}, {percent(max(trained, 0.0))} of the naive"
        f" answer's; that of the {count:,} others is {number(loss)}, {percent(other)} of it."
    )


def learned_at_once(story: Story) -> Finding | None:
    """All is right after one epoch already: perhaps the inputs tell the answer."""
    if story.config.dataset.source.name in SYNTHETIC or not story.rows:
        return None
    first, naive = story.rows[0], naive_loss(story)
    if not naive or story.examples["validation"] < 30 or _knows_before(story):
        return None
    share = first.get("val_loss", naive) / naive
    if share >= 0.01 or story.steps_of_epoch > 1000:
        return None
    return Finding(
        "learned_at_once",
        "It knew everything after one epoch: do the inputs tell the answer?",
        f"The validation loss was {number(first['val_loss'])} after epoch 1, {percent(share)}"
        f" of the naive answer's {number(naive)}, after {story.steps_of_epoch:,} updates. Look"
        " for a column that is made of the target, or for examples that are in both splits.",
    )


def _knows_before(story: Story) -> bool:
    """Tell whether a model has learned from other data already."""
    layers = (entry.layer for entry in story.config.architecture.layers)
    return bool(story.config.initial_weights) or any(one.kind != "layers" for one in layers)


def _lower(text: str) -> str:
    return f"{text[:1].lower()}{text[1:]}"
