"""How things are called: Keras's snake case, and the right name for a wrong one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

MAX_LISTED = 12


def snake_case(name: str) -> str:
    """Return a class name as Keras itself derives names from it.

    ``MaxPooling2D`` is ``max_pooling2d``, ``R2Score`` is ``r2_score``.
    """
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()


def nearest(name: object, legal: Iterable[str]) -> str:
    """Return the legal name most like another, or an empty text where none is near.

    Case is no obstacle: ``adam`` finds ``Adam``. It decides only between names that
    differ in nothing else: ``acuracy`` is ``accuracy``, not the class ``Accuracy``.
    """
    by_lower: dict[str, list[str]] = {}
    for candidate in sorted(legal):
        by_lower.setdefault(candidate.lower(), []).append(candidate)
    near = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    if not near:
        return ""
    return difflib.get_close_matches(str(name), by_lower[near[0]], n=1, cutoff=0)[0]


def did_you_mean(name: object, legal: Iterable[str], most: int = MAX_LISTED) -> str:
    """Return the nearest legal name as a question, else the legal names if they are few.

    Args:
        name: What was written.
        legal: What could have been.
        most: How many names are few.
    """
    names = sorted(legal)
    near = nearest(name, names)
    if near:
        return f"Did you mean {near!r}?"
    if names and len(names) <= most:
        return f"Expected one of: {', '.join(names)}."
    return ""
