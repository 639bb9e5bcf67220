"""How the stages of training are told, and where they begin in a history."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from itertools import pairwise

from dlkit.model.summary import StageRow

WIDTH = 80


def describe_stage(stage: StageRow) -> str:
    """Say what a stage trains, how long and how fast."""
    changes = f" ({', '.join(stage.changes)})" if stage.changes else ""
    text = (
        f"{stage.epochs} epoch{'' if stage.epochs == 1 else 's'},"
        f" {stage.trainable:,} trainable weights{changes},"
        f" {stage.optimizer}, rate {stage.learning_rate:g}"
        f"{f' by {stage.schedule}' if stage.schedule else ''}"
    )
    head = f"{f'stage {stage.number}':<10}"
    return textwrap.fill(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * 10, break_long_words=False
    )


def stage_starts(rows: Sequence[Mapping[str, float]]) -> dict[int, int]:
    """Return the first epoch of every stage but the first one, by the stages' numbers.

    Args:
        rows: The history; without stages it has no such column.
    """
    return {
        int(row["stage"]): int(row["epoch"])
        for before, row in pairwise(rows)
        if "stage" in row and row["stage"] != before["stage"]
    }
