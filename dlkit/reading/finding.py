"""What a rule has found in a run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something that stands out in a run.

    Attributes:
        name: What the rule is called: ``overfitting``. Programs know it by this.
        title: What is the matter, in a sentence of a few words.
        evidence: The numbers that it is concluded from, in a sentence.
        change: Lines of YAML to try, which replace or extend those of the config; empty
            where nothing in the config would help.
        why: What that would do, in a sentence beside it; empty where there is no change.
    """

    name: str
    title: str
    evidence: str
    change: str = ""
    why: str = ""
