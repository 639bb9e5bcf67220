"""All rules over one run."""

from __future__ import annotations

from collections.abc import Callable

from dlkit.reading.finding import Finding
from dlkit.reading.story import Story

Rule = Callable[[Story], Finding | None]

RULES: tuple[Rule, ...] = ()
"""The most telling first. Each speaks only with its numbers, or not at all."""


def read_story(story: Story) -> tuple[Finding, ...]:
    """Return what stands out in a run, the most telling first; nothing is a fine verdict."""
    found = (rule(story) for rule in RULES)
    return tuple(finding for finding in found if finding is not None)
