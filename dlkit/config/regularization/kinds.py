"""What a layer does, as far as its name and its arguments tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from dlkit.config.notation import ACTIVATION_LAYERS
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND, MODEL, RUN, SHARED

Role = Literal["dense", "convolution", "recurrent"]

DENSE = frozenset({"Dense", "EinsumDense"})

CONVOLUTIONS: dict[str, int] = {
    f"{form}{axes}D{end}": axes
    for form, end, most in (
        ("Conv", "", 3),
        ("Conv", "Transpose", 3),
        ("DepthwiseConv", "", 2),
        ("SeparableConv", "", 2),
    )
    for axes in range(1, most + 1)
}
"""Convolutions, and over how many axes each goes."""

RECURRENT = frozenset(
    {
        *("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional"),
        *("ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"),
    }
)

NORMALIZATIONS = frozenset(
    {
        *("BatchNormalization", "LayerNormalization", "GroupNormalization"),
        *("RMSNormalization", "UnitNormalization"),
    }
)

DROPOUTS = frozenset(
    {
        *("Dropout", "AlphaDropout", "GaussianDropout"),
        *("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"),
    }
)

ACTIVATIONS = frozenset({"Activation", *ACTIVATION_LAYERS})

WRAPPERS = frozenset({"TimeDistributed", "SpectralNormalization"})
"""Layers that do what the layer inside them does."""


def unwrapped(layer: KerasObject) -> KerasObject:
    """Return the layer inside wrappers, or the layer itself."""
    while layer.name in WRAPPERS and isinstance(layer.arguments.get("layer"), KerasObject):
        layer = layer.arguments["layer"]
    return layer


def role_of(layer: KerasObject) -> Role | None:
    """Return what kind of hidden layer a layer can be, or None."""
    name = unwrapped(layer).name
    if name in DENSE:
        return "dense"
    if name in CONVOLUTIONS:
        return "convolution"
    return "recurrent" if name in RECURRENT else None


def is_normalization(layer: KerasObject) -> bool:
    """Tell whether a layer normalizes what it reads."""
    return unwrapped(layer).name in NORMALIZATIONS


def is_dropout(layer: KerasObject) -> bool:
    """Tell whether a layer sets a share of what it reads to 0, or does the like."""
    return unwrapped(layer).name in DROPOUTS


def is_activation(layer: KerasObject) -> bool:
    """Tell whether a layer is an activation of its own."""
    return unwrapped(layer).name in ACTIVATIONS


def learns(layer: KerasObject) -> bool:
    """Tell whether a layer has weights, other than those that rescale what it reads."""
    if layer.kind == "applications" or (layer.kind == KIND and layer.name == RUN):
        return True
    if is_normalization(layer) or is_activation(layer):
        return False
    if layer.entry and any(name.endswith("_initializer") for name in layer.entry.parameters):
        return True
    return any(map(learns, inner_layers(layer)))


def inner_layers(layer: KerasObject) -> Iterator[KerasObject]:
    """Yield the layers that are arguments of a layer, or make a model up."""
    for value in layer.arguments.values():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            inner = item.layer if isinstance(item, LayerEntry) else item
            if isinstance(inner, KerasObject) and inner.kind in ("layers", KIND):
                yield inner


def is_model(layer: KerasObject) -> bool:
    """Tell whether a layer is a model of the config's own."""
    return layer.kind == KIND and layer.name == MODEL


def is_called_again(layer: KerasObject) -> bool:
    """Tell whether a layer is one that stands above, called once more."""
    return layer.kind == KIND and layer.name == SHARED


def without_argument(layer: KerasObject, name: str) -> KerasObject:
    """Return a layer with an argument left out, inside wrappers where it stands there."""
    arguments = {key: value for key, value in layer.arguments.items() if key != name}
    if unwrapped(layer) is not layer:
        arguments["layer"] = without_argument(layer.arguments["layer"], name)
    return replace(layer, arguments=arguments)


def keras_object(
    kind: str, name: str, arguments: Mapping[str, Any], setting: str
) -> KerasObject:
    """Return an object that a setting of the section asks for."""
    return KerasObject(kind, name, name, arguments, ("regularization", setting))
