"""Whether the learning rate fits: training that jumps, blows up, or hardly moves."""

from __future__ import annotations

from dlkit.config.rate_place import rate_place
from dlkit.reading.course import course, end, jump, later_half, rising_share, slope, steps
from dlkit.reading.finding import Finding
from dlkit.reading.knowledge import few_learned, has_learned, left, naive_loss, scale
from dlkit.reading.story import Story
from dlkit.reading.wording import counted, lines, number, setting

FAR_ABOVE = 30
"""Times the usual rate that make it the first suspect where nothing is learned."""

FAR_BELOW = 0.01
"""The share of the usual rate that does so."""

BOUNDED = frozenset({"Adam", "AdamW", "Nadam", "Adamax", "RMSprop", "Lion"})
"""Optimizers whose steps change a weight by about the learning rate at most."""

FACTOR = 10
"""By which a rate is changed: half a power of ten more or less seldom matters."""


def rate_too_high(story: Story) -> Finding | None:
    """The loss is lost in numbers, rises, or jumps about; or a huge rate teaches nothing."""
    evidence = (
        _diverged(story) or _rose(story) or _swings(story) or _huge_without_success(story)
    )
    if not evidence:
        return None
    titles = {
        _diverged(story): "Training diverged: the learning rate is too high.",
        _swings(story): "The loss swings: the learning rate is too high.",
    }
    title = titles.get(evidence, "The learning rate is too high.")
    change = rate_lines(story, 1 / FACTOR)
    why = "Take smaller steps." if change else ""
    return Finding("rate_too_high", title, evidence, change, why)


def _diverged(story: Story) -> str:
    if story.status != "diverged":
        return ""
    losses, rate = course(story, "loss"), number(story.rows[-1]["learning_rate"])
    epoch = len(story.rows)
    if not losses:
        return f"The loss was no number in epoch {epoch}, at a learning rate of {rate}."
    went = f"The loss of epoch 1 was {number(losses[0])}"
    if len(losses) > 1:
        went = f"The loss went from {number(losses[0])} to {number(losses[-1])}"
    return f"{went}; in epoch {epoch} numbers were lost, at a learning rate of {rate}."


def _rose(story: Story) -> str:
    """Say that training ended worse than it had been; stages change what is trained."""
    losses = course(story, "loss")
    if len(losses) < 3 or story.config.training.stages:
        return ""
    least, last = min(losses), end(losses)
    if last < 1.5 * least or last - least < 0.2 * scale(story):
        return ""
    at = losses.index(least) + 1
    return (
        f"The training loss was {number(least)} in epoch {at} and rose to {number(last)} by"
        f" epoch {len(losses)}, at a learning rate of {_rate(story)}."
    )


def _swings(story: Story) -> str:
    """Say that the training loss goes up about as often as down, and far."""
    losses = later_half(course(story, "loss"))
    if len(losses) < 5 or story.config.training.stages:
        return ""
    # What dropout or augmentation draw differs from epoch to epoch, the less the more there is.
    by_chance = 0.5 / story.examples["train"] ** 0.5
    size = jump(losses)
    if rising_share(losses) < 0.3 or size < (0.05 + by_chance) * scale(story):
        return ""
    rises = sum(change > 0 for change in steps(losses))
    return (
        f"In the last {len(losses) - 1} epochs the training loss rose {counted(rises, 'time')},"
        f" by {number(size)} an epoch up or down, between {number(min(losses))} and"
        f" {number(max(losses))}; the learning rate is {_rate(story)}."
    )


def _huge_without_success(story: Story) -> str:
    usual, rate = story.usual_rate, _highest(story)
    if not usual or rate < FAR_ABOVE * usual or has_learned(story):
        return ""
    times = rate / usual
    return (
        f"The learning rate reaches {number(rate)}, {number(times)} times the usual"
        f" {number(usual)}, and {_no_better(story)}"
    )


def rate_too_low(story: Story) -> Finding | None:
    """The weights hardly moved, or the loss falls steadily and slowly to the end."""
    hardly = _out_of_reach(story) or _tiny(story)
    evidence = hardly or _creeps(story)
    if not evidence:
        return None
    title = "The weights hardly moved" if hardly else "It learns slowly"
    change = rate_lines(story, FACTOR)
    why = "Take larger steps." if change else ""
    name = "rate_too_low"
    return Finding(name, f"{title}: the learning rate is too low.", evidence, change, why)


def _out_of_reach(story: Story) -> str:
    """Say that all updates together cannot change the weights much."""
    size = story.network.weight_size
    if story.config.optimizer.name not in BOUNDED or not size or not few_learned(story, 0.5):
        return ""
    usual = story.usual_rate
    if usual and _highest(story) >= usual / FACTOR:  # it was too short, not too slow
        return ""
    reach = story.steps_of_epoch * sum(row["learning_rate"] for row in story.rows)
    if reach >= 0.1 * size:
        return ""
    updates = story.steps_of_epoch * len(story.rows)
    return (
        f"At a learning rate of {_rate(story)}, {counted(updates, 'update')} move a weight by"
        f" {number(reach)} at most; the weights are {number(size)} in size."
    )


def _tiny(story: Story) -> str:
    usual, rate = story.usual_rate, _highest(story)
    if not usual or rate > FAR_BELOW * usual or not few_learned(story, 0.9):
        return ""
    losses = course(story, "loss")
    return (
        f"The learning rate is {number(rate)}, where {number(usual)} is usual, and the training"
        f" loss went from {number(losses[0])} to {number(losses[-1])}."
    )


def _creeps(story: Story) -> str:
    """Say that the loss falls in nearly every epoch, slowly, and no slower than before."""
    losses = course(story, "loss")
    if len(losses) < 6 or not few_learned(story, 0.5) or story.config.training.stages:
        return ""
    third = len(losses) // 3
    early, late = slope(losses[: third + 1]), slope(losses[-third - 1 :])
    slow = 0 < -late < 0.02 * scale(story)
    leads_on = -late * 10 * len(losses) > 0.05 * losses[-1]  # with ten times the patience
    if not (slow and leads_on) or late > 0.5 * early or rising_share(losses) > 0.2:
        return ""
    return (
        f"The training loss still falls in epoch {len(losses)} (from {number(losses[0])} to"
        f" {number(losses[-1])}), by {number(-late)} an epoch, as at the beginning"
        f" ({number(-early)})."
    )


def rate_lines(story: Story, factor: float) -> str:
    """Return the YAML that changes the learning rate; nothing where no one value says it.

    A rate that is far from what is usual is made the usual one.
    """
    place = rate_place(story.config)
    if not place.path or place.value is None or any(isinstance(p, int) for p in place.path):
        return ""
    rate, usual = place.value * factor, story.usual_rate
    if usual and not usual / FACTOR <= rate <= usual * FACTOR:
        rate = usual
    if (rate - place.value) * (factor - 1) <= 0:  # the usual one lies on the other side
        rate = place.value * factor
    return lines(setting(place.path, float(f"{rate:.2g}")))


def _highest(story: Story) -> float:
    return max(row["learning_rate"] for row in story.rows)


def _rate(story: Story) -> str:
    """Write the rate of a run, both ends where it was changed."""
    rates = [row["learning_rate"] for row in story.rows]
    least, most = number(min(rates)), number(max(rates))
    return most if least == most else f"{least} to {most}"


def _no_better(story: Story) -> str:
    naive, loss = naive_loss(story), story.figures.get("train_loss")
    if naive is None or loss is None or left(story) is None:
        return "the test answers are no better than naive ones."
    return f"the training loss is {number(loss)}, where the naive answer has {number(naive)}."
