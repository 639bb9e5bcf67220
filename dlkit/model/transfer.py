"""What a person should know of the parts of a model that are trained already."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dlkit.config.objects import LayerEntry
from dlkit.config.own_layers import KIND, RUN
from dlkit.model.applications import is_gray
from dlkit.model.freezing import statistics_kept

if TYPE_CHECKING:
    from dlkit.model.graph import Built


def transfer_notes(built: Built, entries: tuple[LayerEntry, ...]) -> Iterator[str]:
    """Say where parts come from, and what is done that nobody wrote.

    Args:
        built: The model.
        entries: Its layers as written.
    """
    for entry in entries:
        name, notation, layer = entry.name, entry.layer, built.layers[entry.name]
        if notation.kind == KIND and notation.name == RUN:
            until = notation.arguments.get("until")
            part = f" up to {until}" if until else ""
            yield f"{name}: the model of {notation.arguments['path']}{part}"
        if notation.kind == "applications" and is_gray(layer):
            yield f"{name}: gray pictures are repeated to the 3 colors that it reads"
        if kept := statistics_kept(layer):
            layers = "layer keeps" if kept == 1 else "layers keep"
            yield f"{name}: {kept} BatchNormalization {layers} what was learned before"
