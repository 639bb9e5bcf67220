"""Pictures of the model: its layers, and what the first of them looks for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np

from dlkit.data.profile.survey import CHANNELS, LEAST_SIDE
from dlkit.report.drawing import Drawing, Drawn
from dlkit.report.figures.filters import draw_filters
from dlkit.report.figures.graph import draw_graph
from dlkit.report.model_graph import graph_of, shorten_graph
from dlkit.report.terminal import format_figure

MOST_FILTERS = 64
MOST_UNITS = 16

PASSING = (
    keras.layers.BatchNormalization,
    keras.layers.InputLayer,
    keras.layers.Normalization,
)
"""Layers with weights that leave a picture a picture."""


@dataclass(frozen=True)
class Filters:
    """The weights of a layer that reads pictures, in the form of pictures.

    Attributes:
        layer: Its name.
        weights: float32 ``(filters, height, width)``, or ``(filters, height, width, 3)``.
        numbers: Of the filters that are shown, in the layer.
        count: How many it has.
        channels: How many channels its input has.
    """

    layer: str
    weights: np.ndarray
    numbers: tuple[int, ...]
    count: int
    channels: int


def model_drawings(core: keras.Model, model: keras.Model) -> Iterator[Drawing]:
    """Yield what can be drawn of a model.

    Args:
        core: As it was trained: its first layers are looked into.
        model: From raw input to prediction: its layers are drawn.
    """
    graph = graph_of(model)
    if graph is not None:
        yield Drawing("layers", partial(_draw_graph, model), "model")
    filters = first_filters(core, picture_shape(model))
    if filters is not None:
        yield Drawing("filters", partial(_draw_filters, filters), "model")


def _draw_graph(model: keras.Model) -> Drawn:
    """Draw the layers, and name for each what it reads."""
    graph = graph_of(model)
    assert graph is not None  # noqa: S101  # asked before
    boxes, edges = shorten_graph(graph)
    reads = [
        ", ".join(boxes[start].name for start, end in edges if end == number)
        for number in range(len(boxes))
    ]
    rows = tuple((box.name, read) for box, read in zip(boxes, reads, strict=True))
    ends = {start for start, _ in edges}
    last = [box.name for number, box in enumerate(boxes) if number not in ends]
    alt = (
        f"Graph of the {len(graph[0])} layers, from {boxes[0].name} to {', '.join(last)},"
        f" {model.count_params():,} parameters in all"
    )
    title = "layers and what reads what; those that learn are blue"
    return Drawn(title, draw_graph(boxes, edges), alt, ("layer", "reads"), rows)


def picture_shape(model: keras.Model) -> tuple[int, ...]:
    """Return the shape of what a model reads if it can be a picture; else nothing."""
    shape = tuple(model.inputs[0].shape[1:]) if len(model.inputs) == 1 else ()
    if None in shape or len(shape) not in {2, 3} or min(shape[:2]) < LEAST_SIDE:
        return ()
    return shape if len(shape) == 2 or shape[2] in CHANNELS else ()


def first_filters(model: keras.Model, picture: tuple[int, ...]) -> Filters | None:
    """Return the weights of the first layer if it looks at pictures, as pictures.

    Of a convolution these are its first kernels; of a dense layer on flattened pictures its
    units with the largest weights.

    Args:
        model: Its first layers may be in a model inside it.
        picture: Shape of an example where it is a picture; else empty.

    Returns:
        The weights; None where there are none to be seen, or some are not finite.
    """
    layer = _first_with_weights(model)
    kernel = getattr(layer, "kernel", None)
    if kernel is None:
        return None
    values = np.asarray(keras.ops.convert_to_numpy(kernel), np.float32)
    if isinstance(layer, keras.layers.Conv2D) and min(values.shape[:2]) > 1:
        filters, most = np.moveaxis(values, -1, 0), MOST_FILTERS
        numbers = np.arange(min(most, len(filters)))
    elif isinstance(layer, keras.layers.Dense) and _is_flat(picture, values):
        shape = picture if len(picture) == 3 else (*picture, 1)
        filters = values.T.reshape(-1, *shape)
        sizes = np.square(values).sum(axis=0)
        numbers = np.sort(np.argsort(-sizes, kind="stable")[:MOST_UNITS])
    else:
        return None
    if not np.isfinite(filters).all():
        return None
    channels = filters.shape[-1]
    shown = filters[numbers] if channels == 3 else filters[numbers][..., 0]
    name, count = str(layer.name), len(filters)
    return Filters(name, shown, tuple(numbers.tolist()), count, channels)


def _is_flat(picture: tuple[int, ...], kernel: np.ndarray) -> bool:
    """Tell whether a dense layer has a weight for each value of a picture."""
    return bool(picture) and math.prod(picture) == kernel.shape[0]


def _first_with_weights(model: Any) -> Any:
    """Return the first layer that learns what to look for, or None."""
    for layer in model.layers:
        inner = getattr(layer, "layer", None)
        one = inner if isinstance(inner, keras.layers.Layer) else layer
        if isinstance(one, keras.Model) and one.weights:
            return _first_with_weights(one)
        if one.weights and not isinstance(one, PASSING):
            return one
    return None


def _draw_filters(filters: Filters) -> Drawn:
    """Draw filters, and say which of them they are."""
    height, width = filters.weights.shape[1:3]
    shown, count = len(filters.numbers), filters.count
    which = f"{shown} of its {count} filters" if shown < count else f"its {count} filters"
    if filters.channels not in {1, 3}:
        which += f", the first of {filters.channels} channels"
    flat = filters.weights.reshape(shown, -1)
    most = format_figure(float(np.abs(flat).max()))
    rows = tuple(
        (str(number), *map(format_figure, (float(one.min()), float(one.max()))))
        for number, one in zip(filters.numbers, flat, strict=True)
    )
    return Drawn(
        f"what {filters.layer} looks for: {which}",
        draw_filters(filters.weights),
        f"{shown} pictures of {height} by {width} weights of the layer {filters.layer}, none"
        f" beyond {most} in size",
        ("filter", "least weight", "largest weight"),
        rows,
    )
