"""Layers that Keras has no name for: one called again, a model in the model, a run's model.

They are described as Keras's own are, so that one reader checks both:

- ``Shared: {layer: embed, from: right}`` calls the layer ``embed`` once more.
- ``Model: {layers: [...]}`` is a graph of its own, and a layer of this one.
- ``Run: {path: experiments/digits/3, until: features}`` is what an earlier run learned.
- ``Positions`` counts the steps of what it reads, for the embedding of their places.

Some of Keras's layers take more when they are called than when they are made, such as
``use_causal_mask``. Here these are arguments like the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dlkit.config.catalogue import Catalogue, Entry, Parameter
from dlkit.config.values import show

KIND = "own"
"""The kind of these layers, beside the kinds of the catalogue."""

SHARED, MODEL, RUN, POSITIONS = "Shared", "Model", "Run", "Positions"

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
            _parameter(
                "outputs", ("list",), "its layers that give what it gives; else the last"
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
    POSITIONS: ("The place of every step in its sequence: 0, 1, 2, ...", []),
}

CALL_ARGUMENTS = {
    name: (
        _parameter(
            "use_causal_mask", ("boolean",), "whether a step attends only to those before it"
        ),
        _parameter(
            "return_attention_scores", ("boolean",), "whether it gives its scores as well"
        ),
    )
    for name in ("Attention", "AdditiveAttention", "MultiHeadAttention", "GroupQueryAttention")
}
"""What layers are told when they are called, by their names.

Not ``training``: a model that is told it tells all its layers, whatever they were told.
"""

OWN_LAYERS = {
    name: Entry(
        KIND,
        name,
        summary,
        {one.name: one for one in parameters},
    )
    for name, (summary, parameters) in _DESCRIBED.items()
}
"""Every such layer with its arguments."""

UNWRITABLE = {
    "Lambda": (
        "Lambda takes a Python function, which no YAML can hold.",
        "Write Keras's layers (Rescaling, Activation, ...), or one of your own: --plugin FILE.",
    ),
    **{
        name: (
            f"{name} wraps {what}, which no YAML can hold.",
            "Make it in a layer of your own: --plugin FILE.",
        )
        for name, what in {
            "FlaxLayer": "a Flax module",
            "JaxLayer": "a JAX function",
            "TorchModuleWrapper": "a PyTorch module",
        }.items()
    },
    **dict.fromkeys(
        ("Input", "InputLayer"),
        (
            "the data itself says what shape it has.",
            "Leave it out; a layer reads the data by `from: input`.",
        ),
    ),
}
"""Names that a list of layers cannot have: why, and what to write."""


FILLED_IN = frozenset({"input_tensor", "input_shape", "name"})
"""Arguments of applications that follow from where they stand."""


def find_layer(catalogue: Catalogue, name: str) -> Entry | None:
    """Return what a name in a list of layers means: a layer, an application, or our own."""
    layer = catalogue.find("layers", name)
    if layer:
        called = {one.name: one for one in CALL_ARGUMENTS.get(layer.name, ())}
        return replace(layer, parameters={**layer.parameters, **called}) if called else layer
    application = catalogue.find("applications", name)
    if application:
        parameters = {k: v for k, v in application.parameters.items() if k not in FILLED_IN}
        return replace(application, parameters={**parameters, TRAINABLE.name: TRAINABLE})
    return OWN_LAYERS.get(name)


def call_arguments(kind: str, name: str) -> tuple[str, ...]:
    """Return the names of the arguments that a layer is told when it is called."""
    called = CALL_ARGUMENTS.get(name, ()) if kind == "layers" else ()
    return tuple(one.name for one in called)


def told_when_called(kind: str, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of a layer's arguments that it is told when it is called."""
    names = call_arguments(kind, name)
    return {key: arguments[key] for key in names if arguments.get(key) is not None}


def find_object(catalogue: Catalogue, kind: str, name: str) -> Entry | None:
    """Return an object of a kind, our own layers included."""
    if kind == "layers" or kind in WHOLE:
        return find_layer(catalogue, name)
    return catalogue.find(kind, name)


def read_names(value: Any) -> tuple[tuple[str, ...] | None, str]:
    """Read names of tensors, or one of them; and say what is wrong with them."""
    names = [value] if isinstance(value, str) else value
    if isinstance(names, list) and names and all(isinstance(name, str) for name in names):
        return tuple(names), ""
    return None, f"expected a list of names, received {show(value)}."


def read_trainable(value: Any) -> tuple[Any, str]:
    """Read what is trained of a layer that holds layers; and say what is wrong with it."""
    start = value.get("from") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(value, bool) or isinstance(start, str):
        return value, ""
    wanted = "true, false or `{from: name of a layer}`"
    return True, f"expected {wanted}, received {show(value)}."
