"""A model as a table: what each layer makes of its input, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from dlkit.config.objects import LayerEntry


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


def summarize(
    model: keras.Model, entries: tuple[LayerEntry, ...], lines: tuple[int, ...]
) -> list[LayerRow]:
    """List a model's layers in the order they are written.

    Args:
        model: The built model.
        entries: Its layers as written.
        lines: The line of each entry.
    """
    return [
        LayerRow(
            name=entry.name,
            type=entry.layer.name,
            output_shape=tuple(model.get_layer(entry.name).output.shape),
            parameters=model.get_layer(entry.name).count_params(),
            line=line,
        )
        for entry, line in zip(entries, lines, strict=True)
    ]
