"""Layers that Keras has no name for: one called again, a model in the model, a run's model.

They are described as Keras's own are, so that one reader checks both:

- ``Shared: {layer: embed, from: right}`` calls the layer ``embed`` once more.
- ``Model: {layers: [...]}`` is a graph of its own, and a layer of this one.
- ``Run: {path: experiments/digits/3, until: features}`` is what an earlier run learned.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dlkit.config.catalogue import Catalogue, Entry, Parameter

KIND = "own"
"""The kind of these layers, beside the kinds of the catalogue."""

SHARED, MODEL, RUN = "Shared", "Model", "Run"

TRAINABLE = Parameter(
    name="trainable",
    required=False,
    default=True,
    accepts=("boolean", "mapping"),
    object_kind="",
    summary="whether its weights are trained; {from: NAME}: those of layer NAME and after it",
)
"""What layers take that hold layers themselves."""

WHOLE = ("applications", KIND)
"""Kinds of layers that may hold layers: a part of them can be trained."""


def _parameter(name: str, accepts: tuple[str, ...], summary: str, **others: Any) -> Parameter:
    known: dict[str, Any] = {"required": False, "default": None, "object_kind": ""}
    return Parameter(name=name, accepts=accepts, summary=summary, **(known | others))


_DESCRIBED = {
    SHARED: (
        "A layer that is called once more, with the same weights",
        [_parameter("layer", ("string",), "the name of a layer above", required=True)],
    ),
    MODEL: (
        "Layers that are one layer together: a model in the model",
        [
            _parameter("layers", ("list",), "layers, in order or as a graph", required=True),
            _parameter(
                "inputs",
                ("list",),
                "names for what it reads, in the order of `from`; else `input`",
            ),
            TRAINABLE,
        ],
    ),
    RUN: (
        "The model that a finished run has trained, or its first layers",
        [
            _parameter("path", ("string",), "the run: its folder, or its name", required=True),
            _parameter("until", ("string",), "its layer whose output is taken; else its last"),
            TRAINABLE,
        ],
    ),
}

OWN_LAYERS = {
    name: Entry(KIND, name, summary, {one.name: one for one in parameters})
    for name, (summary, parameters) in _DESCRIBED.items()
}
"""Every such layer with its arguments."""


def find_layer(catalogue: Catalogue, name: str) -> Entry | None:
    """Return what a name in a list of layers means: a layer, an application, or our own."""
    layer = catalogue.find("layers", name)
    if layer:
        return layer
    application = catalogue.find("applications", name)
    if application:
        parameters = {**application.parameters, TRAINABLE.name: TRAINABLE}
        return replace(application, parameters=parameters)
    return OWN_LAYERS.get(name)


def find_object(catalogue: Catalogue, kind: str, name: str) -> Entry | None:
    """Return an object of a kind, our own layers included."""
    if kind in WHOLE:
        return find_layer(catalogue, name)
    return catalogue.find(kind, name)
