"""Settings to try against what was found, which fit what a config says already."""

from __future__ import annotations

from typing import Any

from dlkit.reading.story import Story
from dlkit.reading.wording import lines, setting

SECTION = "regularization"


def against_overfitting(story: Story) -> tuple[str, str]:
    """Return the YAML that holds learning by heart back, and what it does in words."""
    found: dict[str, Any] = {}
    words = []
    section = story.config.regularization
    if story.examples["validation"] and section.early_stopping is None:
        found["early_stopping"] = {"patience": 5}
        words.append("stop where validation is best")
    if not story.network.dropped and story.network.bends:
        found["dropout"] = 0.3
        words.append("make the model forget more")
    elif not story.network.penalized:
        found["l2"] = 0.001
        words.append("keep the weights small")
    elif section.dropout and section.dropout < 0.5:
        found["dropout"] = 0.5
        words.append("make the model forget more")
    if not found:
        return "", ""
    text = ", and ".join(words)
    return lines({SECTION: found}), f"{text[0].upper()}{text[1:]}."


def less_penalty(story: Story) -> str:
    """Return the YAML that makes the section's penalties a hundredth; else nothing."""
    section = story.config.regularization
    found: dict[str, Any] = {
        name: float(f"{getattr(section, name) / 100:.2g}")
        for name in ("l1", "l2", "weight_decay")
        if getattr(section, name)
    }
    if section.l1_l2 is not None:
        found["l1_l2"] = {
            name: float(f"{getattr(section.l1_l2, name) / 100:.2g}") for name in ("l1", "l2")
        }
    return lines({SECTION: found}) if found else ""


def balanced_classes(story: Story) -> str:
    """Return the YAML that gives every class the same weight; nothing where one is given."""
    config = story.config
    if config.training.class_weight is not None or config.outputs or len(story.answered) != 1:
        return ""
    return lines(setting(("training", "class_weight"), "balanced"))


def longer(story: Story, factor: int) -> str:
    """Return the YAML that trains so many times longer; nothing where stages say how long."""
    training = story.config.training
    if training.stages:
        return ""
    if training.steps:
        return lines(setting(("training", "steps"), training.steps * factor))
    return lines(setting(("training", "epochs"), (training.epochs or 1) * factor))
