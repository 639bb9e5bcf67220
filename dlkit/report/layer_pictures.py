"""Which pictures the diagnostics of layers get: one for each kind of figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

from dlkit.config.columns import DIAGNOSTICS
from dlkit.report.drawing import Drawing, Drawn
from dlkit.report.figures.layers import draw_layers
from dlkit.report.stages import stage_starts
from dlkit.report.terminal import format_figure
from dlkit.train.epochs import Row

LABELS = {
    "gradient_norm": "gradient norm",
    "update_ratio": "update / weights",
    "weight_norm": "weight norm",
    "dead_units": "dead units",
}


def layer_drawings(rows: Sequence[Row]) -> Iterator[Drawing]:
    """Yield what can be drawn of the layers of a history; nothing where none was measured."""
    for kind in DIAGNOSTICS:
        names = [name for name in rows[0] if name.startswith(f"{kind}/")]
        if names:
            yield Drawing(kind, partial(_draw, rows, kind, names), "layers")


def _draw(rows: Sequence[Row], kind: str, names: Sequence[str]) -> Drawn:
    """Draw one kind of figure of all layers."""
    epochs = [int(row["epoch"]) for row in rows]
    layers = {
        name.removeprefix(f"{kind}/"): [row.get(name, math.nan) for row in rows]
        for name in names
    }
    figure = draw_layers(
        LABELS[kind],
        epochs,
        layers,
        stage_starts(rows),
        shares=kind == "dead_units",
        healthy=kind == "update_ratio",
    )
    table = tuple(
        (str(epoch), *(format_figure(values[place]) for values in layers.values()))
        for place, epoch in enumerate(epochs)
    )
    last = {name: format_figure(values[-1]) for name, values in layers.items()}
    least = min(last, key=lambda name: layers[name][-1])
    most = max(last, key=lambda name: layers[name][-1])
    alt = (
        f"{LABELS[kind]} of {len(layers)} layers over {len(rows)} epochs, last from"
        f" {last[least]} ({least}) to {last[most]} ({most})"
    )
    return Drawn(f"{LABELS[kind]} of each layer", figure, alt, ("epoch", *layers), table)
