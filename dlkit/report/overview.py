"""What ``dlkit check`` prints of an experiment that could be trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlkit.model.summary import Overview
from dlkit.report.landings import format_landings, format_notes
from dlkit.report.stages import describe_stage
from dlkit.report.tables import format_table

if TYPE_CHECKING:
    from dlkit.model.initial_weights import Taken


def format_overview(overview: Overview) -> str:
    """Lay out the layers, their totals, the memory they take and the steps of an epoch."""
    header = ("layer", "type", "output shape", "parameters", "line")
    rows = [
        (
            row.name,
            row.type,
            str(row.output_shape),
            f"{row.parameters:>10,}",
            str(row.line or ""),
        )
        for row in overview.layers
    ]
    frozen = overview.parameters - overview.trainable
    total = f"{overview.parameters:,} parameters"
    if frozen:
        total += f", {overview.trainable:,} of them trainable"
    weights, optimizer = map(format_bytes, (overview.weight_bytes, overview.optimizer_bytes))
    memory = overview.weight_bytes + overview.optimizer_bytes
    return "\n".join(
        [
            format_table(header, rows),
            "",
            total,
            f"{format_bytes(memory)} of memory: {weights} of weights, {optimizer} of optimizer",
            f"{overview.steps_per_epoch:,} steps an epoch",
            *(describe_stage(stage) for stage in overview.stages),
            overview.data,
            *(f"  {note}" for note in overview.notes),
            *format_landings(overview.regularization),
            *format_notes("initialization", overview.initialization),
        ]
    )


def format_taken(taken: Sequence[Taken]) -> str:
    """Lay out what layers take over from another run, and what not and why."""
    rows = [(row.layer, row.shapes, row.result) for row in taken]
    whole = sum(row.result == "taken" for row in taken)
    layers = f"initial weights for {whole} of {len(taken)} layers"
    return f"{format_table(('layer', 'weights', 'from the run'), rows)}\n{layers}\n"


def format_bytes(count: int) -> str:
    """Write an amount of memory: ``812 B``, ``3.1 kB``, ``59.0 MB``, in powers of 1000."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5 or unit == "GB":
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""
