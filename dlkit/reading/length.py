"""Whether training ended too early: it was still getting better, or was cut short by noise."""

from __future__ import annotations

from dlkit.reading.course import course, jump, slope
from dlkit.reading.finding import Finding
from dlkit.reading.knowledge import left, scale
from dlkit.reading.remedies import longer
from dlkit.reading.story import Story
from dlkit.reading.wording import lines, number, setting

LONGER = 5
"""How many times longer a training may be that was still learning."""


def stopped_too_early(story: Story) -> Finding | None:
    """Validation (else training) still got clearly better in the last epochs."""
    return _ran_out(story) or _lost_patience(story)


def _ran_out(story: Story) -> Finding | None:
    column = "val_loss" if story.examples["validation"] else "loss"
    values = course(story, column)
    if len(values) < 2 or story.status != "completed" or story.best_epoch < len(values):
        return None
    back = max(1, len(values) // 5)
    gain = values[-1 - back] - values[-1]
    if gain < 0.05 * scale(story) or gain < 0.05 * abs(values[-1]):
        return None
    which = "validation" if column == "val_loss" else "training"
    change = longer(story, LONGER)
    return Finding(
        "stopped_too_early",
        "It was still learning when training ended.",
        f"The {which} loss fell from {number(values[-1 - back])} to {number(values[-1])} in the"
        f" last {'epoch' if back == 1 else f'{back} epochs'} of {len(values)}, and is the best"
        " of all.",
        change,
        "Train longer." if change else "",
    )


def _lost_patience(story: Story) -> Finding | None:
    stopping = story.config.regularization.early_stopping
    losses, measured = course(story, "loss"), course(story, "val_loss")
    if stopping is None or story.status != "stopped early" or len(measured) < 3:
        return None
    share = left(story)
    falls = -slope(losses[-3:])
    within_noise = measured[-1] - min(measured) <= jump(measured[:-1])
    is_done = share is None or share < 0.2 or falls < 0.02 * scale(story)
    if stopping.patience > 2 or is_done or not within_noise:
        return None
    return Finding(
        "stopped_too_early",
        "Early stopping had too little patience.",
        f"It stopped after epoch {len(losses)}, {stopping.patience} without a better"
        f" {stopping.monitor}. That jumps by {number(jump(measured))} an epoch and was"
        f" {number(measured[-1])}, {number(min(measured))} at best, while the training loss"
        f" still fell by {number(falls)} an epoch.",
        lines(setting(("regularization", "early_stopping", "patience"), 10)),
        "Wait longer.",
    )
