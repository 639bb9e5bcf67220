"""Call a layer on the tensors that it reads."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

import keras

from dlkit.config.names import did_you_mean
from dlkit.config.objects import KerasObject
from dlkit.config.own_layers import told_when_called
from dlkit.errors import ModelError, Problem, TrainingError
from dlkit.model.memory import OUT_OF_MEMORY, refuse_large_layer
from dlkit.model.objects import refusal, refusals_of
from dlkit.model.remedies import layer_remedy


def call_layer(
    layer: Any, inputs: list[Any], notation: KerasObject, roles: tuple[str, ...] = ()
) -> list[Any]:
    """Call a layer.

    A layer whose ``call`` takes several tensors (attention: query and value) gets them
    one by one, and the same one again where fewer are written.

    Args:
        layer: The layer.
        inputs: The tensors that it reads.
        notation: The layer as written.
        roles: The argument of its call that takes each of them; empty: in their order.

    Returns:
        The tensors that it gives.

    Raises:
        ModelError: If the layer cannot take them.
        TrainingError: If there is not enough memory for its weights.
    """
    told = told_when_called(notation.kind, notation.name, notation.arguments)
    positional, by_name = arrange_inputs(layer, inputs, roles, notation)
    refuse_large_layer(layer, inputs, notation)
    try:
        output = layer(*positional, **by_name, **told)
    except OUT_OF_MEMORY as error:
        message = f"there is not enough memory for the weights of {notation.name}."
        hint = "Make it or its input smaller."
        raise TrainingError(Problem(message, notation.path, hint)) from error
    except refusals_of(notation) as error:
        shapes = [tuple(tensor.shape) for tensor in inputs]
        received = f"an input of shape {' and '.join(map(str, shapes))}"
        problem = refusal(notation, error, received)
        hint = layer_remedy(notation.name, problem.message, shapes)
        if any(tensor.dtype == "string" for tensor in inputs):
            hint = "It reads texts: make them numbers first, by `TextVectorization`."
        raise ModelError(replace(problem, hint=hint)) from error
    return list(keras.tree.flatten(output))


def arrange_inputs(
    layer: Any, inputs: list[Any], roles: tuple[str, ...], notation: KerasObject
) -> tuple[list[Any], dict[str, Any]]:
    """Return the positional arguments of a call, and those by name."""
    if isinstance(layer, keras.Model) and not notation.own_code:  # which is called as layers
        names = [tensor.name for tensor in layer.inputs]
        inputs = in_order(names, inputs, roles, notation)
    elif roles:
        return _by_role(layer, inputs, roles, notation)
    wanted = _count_inputs(layer)
    if wanted > 1:
        return [*inputs, *[inputs[-1]] * (wanted - len(inputs))], {}
    return [inputs[0] if len(inputs) == 1 else inputs], {}


def in_order(
    names: Sequence[str], inputs: list[Any], roles: tuple[str, ...], notation: KerasObject
) -> list[Any]:
    """Return tensors in the order of the names that a model has for its inputs.

    Raises:
        ModelError: If they are given for other names.
    """
    if not roles:
        return inputs
    if sorted(roles) != sorted(names):
        message = f"expected {' and '.join(names)}, received {' and '.join(roles)}."
        raise ModelError(Problem(message, (*notation.path, "from")))
    return [inputs[roles.index(name)] for name in names]


def _by_role(
    layer: Any, inputs: list[Any], roles: tuple[str, ...], notation: KerasObject
) -> tuple[list[Any], dict[str, Any]]:
    """Return the arguments of a call where each input says which it is.

    Raises:
        ModelError: If the layer's call has no such argument.
    """
    parameters = _parameters(layer)
    known = [name for name in parameters if name != "training"]
    missing = _required(layer)
    for role in roles:
        if role not in known:
            message = f"{notation.name} is not called with {role!r}."
            path = (*notation.path, "from", role)
            raise ModelError(Problem(message, path, did_you_mean(role, known)))
    if lacking := [name for name in missing if name not in roles]:
        message = f"{notation.name} must be called with {' and '.join(lacking)} too."
        written = ", ".join(f"{name}: NAME" for name in lacking)
        hint = f"Write `from: {{{written}, {roles[0]}: ...}}`."
        raise ModelError(Problem(message, (*notation.path, "from"), hint))
    given: dict[str, Any] = {}
    for role in roles:
        tensors = [tensor for tensor, same in zip(inputs, roles, strict=True) if same == role]
        given[role] = tensors if len(tensors) > 1 else tensors[0]
    return [given.pop(known[0])] if known[0] in given else [], given


def takes_one(layer: Any) -> bool:
    """Tell whether a layer's ``call`` takes one tensor, as a Sequential model's must."""
    return _count_inputs(layer) == 1


def _count_inputs(layer: Any) -> int:
    """Count the tensors that a layer's ``call`` cannot do without."""
    return max(1, len(_required(layer)))


def _required(layer: Any) -> list[str]:
    """Return what a layer's ``call`` cannot do without; some Keras itself gives."""
    own = ("training", "mask")
    parameters = _parameters(layer)
    return [key for key, p in parameters.items() if p.default is p.empty and key not in own]


def _parameters(layer: Any) -> dict[str, inspect.Parameter]:
    """Return what a layer is called with, in its order."""
    signature = inspect.signature(getattr(layer, "call", layer))
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return {key: p for key, p in signature.parameters.items() if p.kind in positional}


def rename_hidden(outputs: Iterable[Any], taken: Collection[str]) -> None:
    """Give the operations that Keras adds by itself names that no layer has.

    It joins the masks of what is concatenated, say, by an operation that it may call
    ``concatenate_2``. A model's names must differ, and those of its layers are the user's.

    Args:
        outputs: The tensors that a model is to give.
        taken: Names of layers and inputs.
    """
    waiting, seen, names = list(outputs), set(), {*taken}
    while waiting:
        operation, index, _ = waiting.pop()._keras_history
        if (id(operation), index) in seen:
            continue
        seen.add((id(operation), index))
        waiting += operation._inbound_nodes[index].input_tensors
        while not isinstance(operation, keras.layers.Layer) and operation.name in names:
            operation.name += "_hidden"
        names.add(operation.name)
