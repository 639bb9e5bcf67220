"""Lists of layers in few words."""

from __future__ import annotations

from collections.abc import Sequence

MOST_SHOWN = 4
"""More names than this are told by the first and the last."""


def shown_names(names: Sequence[str]) -> str:
    """Write names as a person would: ``a, b`` or ``dense_1 to dense_9 (9 layers)``."""
    if len(names) <= MOST_SHOWN:
        return ", ".join(names)
    return f"{names[0]} to {names[-1]} ({len(names)} layers)"
