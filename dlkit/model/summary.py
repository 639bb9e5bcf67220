"""A model as a table: what each layer makes of its input, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlkit.config.objects import LayerEntry
from dlkit.config.own_layers import KIND, SHARED
from dlkit.errors import Problem

if TYPE_CHECKING:
    from dlkit.model.graph import Built


@dataclass(frozen=True)
class LayerRow:
    """One layer of a model.

    Attributes:
        name: The layer's name.
        type: Its class.
        output_shape: With None for the batch.
        parameters: Number of its weights.
        line: Where it is written; 0 where the config has no lines.
    """

    name: str
    type: str
    output_shape: tuple[int | None, ...]
    parameters: int
    line: int


@dataclass(frozen=True)
class Overview:
    """What a check finds of an experiment that could be trained.

    Attributes:
        warnings: What may be a mistake.
        data: Which data would be used, in words; empty where it was not looked for.
        notes: What was found of the data and chosen by rule.
        layers: In the order they are written; empty where no model was built.
        parameters: Number of all weights.
        trainable: Number of weights that training changes.
        weight_bytes: Memory of all the weights.
        optimizer_bytes: Memory of the optimizer's state.
        steps_per_epoch: Optimizer steps that an epoch takes.
    """

    warnings: tuple[Problem, ...]
    data: str = ""
    notes: tuple[str, ...] = ()
    layers: tuple[LayerRow, ...] = ()
    parameters: int = 0
    trainable: int = 0
    weight_bytes: int = 0
    optimizer_bytes: int = 0
    steps_per_epoch: int = 0


def summarize(
    built: Built, entries: tuple[LayerEntry, ...], lines: tuple[int, ...]
) -> list[LayerRow]:
    """List a model's layers in the order they are written.

    Args:
        built: The model.
        entries: Its layers as written.
        lines: The line of each entry.
    """
    rows = [
        LayerRow(
            name=entry.name,
            type=entry.layer.name,
            output_shape=built.shapes[entry.name],
            parameters=0 if _is_again(entry) else built.layers[entry.name].count_params(),
            line=line,
        )
        for entry, line in zip(entries, lines, strict=True)
    ]
    model = built.model
    ours = model.count_params() - sum(row.parameters for row in rows)
    if len(model.inputs) == 1 and not ours:
        return rows
    shape = tuple(built.layers[entries[0].name].input.shape)
    return [LayerRow("(columns)", f"{len(model.inputs)} inputs", shape, ours, 0), *rows]


def _is_again(entry: LayerEntry) -> bool:
    """Tell whether a layer stands above already, and its weights with it."""
    return entry.layer.kind == KIND and entry.layer.name == SHARED
