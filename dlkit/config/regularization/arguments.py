"""Penalties and constraints that are arguments of layers: a layer's own wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.config.own_layers import KIND
from dlkit.config.regularization.kinds import CONVOLUTIONS, is_model, keras_object
from dlkit.config.regularization.landing import Place
from dlkit.config.training_section import RegularizationConfig

KERNELS = ("kernel", "depthwise", "pointwise")
"""Weights that are a layer's kernel in Keras's names. Recurrent kernels and embeddings are
not among them, as Keras's ``kernel_regularizer`` is not for them either: ``defaults`` is."""

SEVERAL_SHAPES = frozenset({"MultiHeadAttention", "GroupQueryAttention"})
"""Layers whose one constraint is for kernels of several shapes."""


@dataclass(frozen=True)
class Filling:
    """A setting that fills arguments which layers leave open.

    Attributes:
        setting: The key of the section.
        arguments: The arguments.
        value: What one of them gets on a layer; None where nothing fits it.
    """

    setting: str
    arguments: tuple[str, ...]
    value: Callable[[KerasObject, str], KerasObject | None]


def fillings(regularization: RegularizationConfig) -> list[Filling]:
    """Return what a section puts into the arguments of layers."""
    found = []
    penalty = kernel_penalty(regularization)
    if penalty:
        setting, regularizer = penalty
        names = tuple(f"{weights}_regularizer" for weights in KERNELS)
        found.append(Filling(setting, names, lambda *_: regularizer))
    bias = regularization.bias_regularizer
    if bias:
        found.append(Filling("bias_regularizer", ("bias_regularizer",), lambda *_: bias))
    most = regularization.max_norm
    if most is not None:
        names = tuple(f"{weights}_constraint" for weights in KERNELS)
        found.append(Filling("max_norm", names, lambda *at: _max_norm(most, *at)))
    return found


def kernel_penalty(regularization: RegularizationConfig) -> tuple[str, KerasObject] | None:
    """Return the penalty on kernels and the key that asks for it, or None."""
    both, l1, l2 = regularization.l1_l2, regularization.l1, regularization.l2
    setting = "l1_l2" if both else "l1" if l1 else "l2"
    l1, l2 = (both.l1, both.l2) if both else (l1, l2)
    factors = {name: value for name, value in (("l1", l1), ("l2", l2)) if value}
    if not factors:
        return None
    name = "L1L2" if len(factors) == 2 else next(iter(factors)).upper()
    return setting, keras_object("regularizers", name, factors, setting)


def _max_norm(most: float, layer: KerasObject, argument: str) -> KerasObject | None:
    """Return the constraint on the norm of the weights into one unit."""
    axes = incoming_axes(layer, argument.removesuffix("_constraint"))
    if axes is None:
        return None
    axis: Any = axes[0] if len(axes) == 1 else axes
    return keras_object("constraints", "MaxNorm", {"max_value": most, "axis": axis}, "max_norm")


def incoming_axes(layer: KerasObject, weights: str) -> list[int] | None:
    """Return the axes of a kernel over which the weights into one unit lie, or None.

    Srivastava et al. (2014), section 5.1: the constraint is on the norm of the incoming
    weights of each hidden unit. Keras's documentation of ``MaxNorm`` names axis 0 for Dense,
    whose kernel is ``(inputs, units)``, and ``[0, 1, 2]`` for Conv2D, whose kernel is
    ``(height, width, inputs, filters)``. A transposed one has inputs last; a depthwise one
    keeps its inputs apart, so only its places count.

    Args:
        layer: The layer.
        weights: ``kernel``, ``depthwise`` or ``pointwise``.
    """
    name = layer.name
    if name in SEVERAL_SHAPES:
        return None
    if name == "EinsumDense":
        return _summed_axes(layer.arguments.get("equation"))
    places = CONVOLUTIONS.get(name)
    if places is None and name.startswith("ConvLSTM"):
        places = int(name[-2])
    if places is None:
        return [0]
    window = list(range(places))
    if weights == "depthwise":
        return window
    return [*window, places + 1 if name.endswith("Transpose") else places]


def _summed_axes(equation: Any) -> list[int] | None:
    """Return the axes of EinsumDense's kernel that its equation sums over, or None."""
    if not isinstance(equation, str) or "->" not in equation or "," not in equation:
        return None
    read, written = equation.replace(" ", "").split("->", 1)
    kernel = read.split(",", 1)[1]
    return [axis for axis, letter in enumerate(kernel) if letter not in written] or None


def fill_arguments(
    entries: tuple[LayerEntry, ...], filling: Filling
) -> tuple[tuple[LayerEntry, ...], list[Place]]:
    """Fill arguments of layers, also inside wrappers, cells and models.

    Pretrained models, of ``keras.applications`` or of a run, are left as they are.

    Returns:
        The layers, and where the setting landed.
    """
    result, places = [], []
    for entry in entries:
        layer, found = _filled(entry.layer, entry.name, filling)
        result.append(replace(entry, layer=layer))
        places += found
    return tuple(result), places


def _filled(layer: KerasObject, name: str, filling: Filling) -> tuple[KerasObject, list[Place]]:
    """Fill the arguments of a layer and of the layers in it."""
    if is_model(layer):
        inner = layer.arguments.get("layers", ())
        layers, found = fill_arguments(inner, filling)
        arguments = {**layer.arguments, "layers": layers}
        return replace(layer, arguments=arguments), [place.inside(name) for place in found]
    places: list[Place] = []

    def inside(value: Any) -> Any:
        if isinstance(value, list):
            return [inside(item) for item in value]
        if not isinstance(value, KerasObject) or value.kind not in ("layers", KIND):
            return value
        filled, found = _filled(value, name, filling)
        places.extend(found)
        return filled

    arguments = {key: inside(value) for key, value in layer.arguments.items()}
    known = layer.entry.parameters if layer.entry and layer.kind == "layers" else {}
    for argument in filling.arguments:
        if argument not in known:
            continue
        if argument in layer.arguments:
            places.append(Place(filling.setting, name, f"its own {argument}"))
            continue
        if argument.startswith("bias") and layer.arguments.get("use_bias") is False:
            continue
        value = filling.value(layer, argument)
        if value is None:
            places.append(Place(filling.setting, name, "its kernels have no axis in common"))
            continue
        arguments[argument] = value
        places.append(Place(filling.setting, name))
    return replace(layer, arguments=arguments), places
