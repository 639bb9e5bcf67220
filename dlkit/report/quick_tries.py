"""What a run says that was cut short for a quick try, so that no score is taken for real."""

from __future__ import annotations

from typing import Any

from dlkit.data.dataset import Dataset
from dlkit.evaluate.by_heart import ByHeart
from dlkit.report.opening import hanging


def quick_facts(dataset: Dataset, by_heart: ByHeart | None = None) -> dict[str, Any]:
    """Return what ``metrics.json`` says of a quick try; nothing of a whole run.

    Args:
        dataset: Says where it is cut short.
        by_heart: What came of learning a few examples by heart, if that was tried.
    """
    facts: dict[str, Any] = {"limited": list(dataset.limited)} if dataset.limited else {}
    return facts if by_heart is None else {**facts, "learned_by_heart": by_heart.learned}


def quick_lines(dataset: Dataset, by_heart: ByHeart | None = None) -> list[str]:
    """Return what the terminal says below the scores of a quick try.

    Args:
        dataset: Says where it is cut short.
        by_heart: What came of learning a few examples by heart, if that was tried.
    """
    lines = hanging("", "the scores of a quick try, cut short") if dataset.limited else []
    if by_heart is None:
        return lines
    lines += hanging("by heart", by_heart.text)
    return [*lines, *(line for advice in by_heart.advice for line in hanging("", advice))]
