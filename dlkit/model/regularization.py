"""Where the penalties of the ``regularization`` section land."""

from __future__ import annotations

from dataclasses import replace

from dlkit.config.catalogue import Catalogue
from dlkit.config.objects import KerasObject, LayerEntry


def with_kernel_penalty(
    entries: tuple[LayerEntry, ...], l1: float, l2: float, catalogue: Catalogue
) -> tuple[LayerEntry, ...]:
    """Give every layer with a kernel and no ``kernel_regularizer`` of its own a penalty.

    Args:
        entries: The layers as written.
        l1: Factor of the sum of absolute weights; 0 for none.
        l2: Factor of the sum of squared weights; 0 for none.
        catalogue: Tells which layers have a kernel.
    """
    if not (l1 or l2):
        return entries
    penalty = {name: value for name, value in (("l1", l1), ("l2", l2)) if value}
    name = "L1L2" if l1 and l2 else "L1" if l1 else "L2"
    regularizer = KerasObject("regularizers", name, name, penalty, ("regularization",))
    return tuple(
        replace(entry, layer=_penalized(entry.layer, regularizer, catalogue))
        for entry in entries
    )


def _penalized(
    layer: KerasObject, regularizer: KerasObject, catalogue: Catalogue
) -> KerasObject:
    """Return a layer with the penalty, also inside wrappers such as Bidirectional."""
    arguments = {
        key: _penalized(value, regularizer, catalogue)
        if isinstance(value, KerasObject) and value.kind == "layers"
        else value
        for key, value in layer.arguments.items()
    }
    entry = catalogue.find(layer.kind, layer.name)
    if entry and "kernel_regularizer" in entry.parameters:
        arguments.setdefault("kernel_regularizer", regularizer)
    return replace(layer, arguments=arguments)
