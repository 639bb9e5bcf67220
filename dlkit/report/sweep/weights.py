"""How much each parameter of a sweep mattered, as plain values for its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Weights:
    """What the differences between trials came from.

    Attributes:
        shares: For each parameter its share of them, the largest first; they add up to 1.
            Empty where it was not counted.
        beyond: The parameters whose effect is more than chance would give.
        trials: From how many complete trials it was counted.
        reason: Why it was not counted, a sentence; else empty.
    """

    shares: Mapping[str, float] = field(default_factory=dict)
    beyond: frozenset[str] = frozenset()
    trials: int = 0
    reason: str = ""
