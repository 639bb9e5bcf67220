"""Connect layers into a Keras Sequential or Functional model.

Every layer is built and called in the order it is written, so that a shape that does not
fit is reported at the layer that cannot take it, and seeded weights are drawn in a
stable order.

What the first layers make of the data is the same in every epoch where they hold nothing
that is trained: it is computed once, ahead of training. The exported model holds those
layers too, and takes raw data.
"""

from __future__ import annotations

import inspect
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.expansion import INPUT
from dlkit.config.objects import KerasObject, LayerEntry
from dlkit.data.dataset import Dataset, Examples, Split, Stream
from dlkit.errors import ModelError, Path, Problem
from dlkit.model.inputs import Entrance, Runner
from dlkit.model.objects import REFUSALS, build_object, refusal
from dlkit.model.remedies import layer_remedy

STATED_STATE = {"mean", "variance", "vocabulary", "bin_boundaries"}
"""Arguments that give a preprocessing layer what it would otherwise learn from data."""

ONCE = frozenset(
    {
        *("Normalization", "Discretization", "CategoryEncoding", "Hashing"),
        *("StringLookup", "IntegerLookup", "TextVectorization"),
    }
)
"""Layers that, in front of all others, are computed once."""

ONCE_BYTES = 1_000_000_000
"""What is computed once must not take more memory than this; else it is computed anew."""


@dataclass(frozen=True)
class Built:
    """A model in its two forms, which share their layers.

    Attributes:
        model: From raw inputs to outputs; this is what is exported.
        core: From what is computed once to outputs; this is what is trained. The same
            object as ``model`` where nothing is computed once.
        once: From raw inputs to what ``core`` takes, or None.
    """

    model: keras.Model
    core: keras.Model
    once: keras.Model | None


def build_model(
    entries: tuple[LayerEntry, ...], dataset: Dataset, entrance: Entrance, name: str
) -> Built:
    """Build the model of an architecture.

    Preprocessing layers that learn from data (``Normalization``, ...) are adapted here,
    to the training inputs alone.

    Args:
        entries: Layers in the order they are written.
        dataset: Provides the training inputs.
        entrance: Where they enter.
        name: The model's name.

    Returns:
        A Sequential model where each layer follows the one before it and the data is one
        array, else a Functional one.

    Raises:
        ModelError: If Keras refuses a layer or a layer cannot take its input.
    """
    once = dict(entrance.once)
    tensors = dict(entrance.read)
    layers = []
    previous = INPUT
    readers = _readers(entries)
    for entry in entries:
        inputs = [_tensor(tensors, name, entry) for name in entry.inputs or (previous,)]
        layer = _build_layer(entry, inputs[0])
        given = {key for key, value in entry.layer.arguments.items() if value is not None}
        if hasattr(layer, "adapt") and not STATED_STATE & given:
            _adapt(layer, entrance, inputs[0], dataset, entry.layer)
            layer = _restated(layer)
        output = tensors[entry.name] = _call(layer, inputs, entry.layer)
        # Who else reads the same tensor would be left without it. And the last layer stays:
        # what is trained must have one.
        names = [name for name, tensor in tensors.items() if tensor is inputs[0]]
        if sum(readers[name] for name in names) == 1 and entry is not entries[-1]:
            _move_once(once, entry, inputs, output, dataset)
        layers.append(layer)
        previous = entry.name
    _refuse_unread(entrance, readers, dataset)
    return _connect(entries, entrance, once, layers, tensors[previous], name)


def _readers(entries: tuple[LayerEntry, ...]) -> Counter[str]:
    """Count the layers that read each tensor by its name."""
    before = (INPUT, *(entry.name for entry in entries))
    return Counter(
        name
        for entry, previous in zip(entries, before, strict=False)
        for name in entry.inputs or (previous,)
    )


def _refuse_unread(entrance: Entrance, readers: Counter[str], dataset: Dataset) -> None:
    """Refuse inputs that would be no part of the model, without a word.

    Raises:
        ModelError: If no layer reads one.
    """
    for name, tensor in entrance.read.items():
        if any(readers[other] for other, same in entrance.read.items() if same is tensor):
            continue
        if name != INPUT:
            message = f"no layer reads {name!r}, so the model would not know of it."
            path: Path = ("dataset", "features", name) if dataset.columns else ("dataset",)
            hint = f"Give a layer `from: {name}`, or leave it out of the data."
            raise ModelError(Problem(message, path, hint))
        rest = [column.name for column in dataset.columns if column.name not in entrance.read]
        shown = ", ".join(rest[:8]) + (f" and {len(rest) - 8} more" if len(rest) > 8 else "")
        message = f"no layer reads {shown}, so the model would not know of it."
        hint = f"Give a layer `from: {INPUT}`, or write `drop` for them under features."
        raise ModelError(Problem(message, ("dataset",), hint))


def _connect(
    entries: tuple[LayerEntry, ...],
    entrance: Entrance,
    once: dict[str, Any],
    layers: list[Any],
    output: Any,
    name: str,
) -> Built:
    """Make the two forms of the model."""
    plain = not isinstance(entrance.raw, dict)
    chain = all(entry.inputs is None and entry.layer.kind == "layers" for entry in entries)
    if plain and chain and all(_call_inputs(layer) == 1 for layer in layers):
        model = keras.Sequential([entrance.raw, *layers], name=name)
    else:
        model = keras.Model(entrance.raw, output, name=name)
    raw = entrance.raw if isinstance(entrance.raw, dict) else {INPUT: entrance.raw}
    if {id(tensor) for tensor in once.values()} & {id(tensor) for tensor in raw.values()}:
        # Keras 3.15: a model that begins with inputs and with other tensors breaks the one
        # that they come from. So all inputs are computed once, or none.
        return Built(model, model, None)
    values: Any = once if len(once) > 1 else next(iter(once.values()))
    core = keras.Model(values, output, name=name)
    return Built(model, core, keras.Model(entrance.raw, values, name=f"{name}_once"))


def _tensor(tensors: dict[str, Any], name: str, entry: LayerEntry) -> Any:
    """Return what a layer reads.

    Raises:
        ModelError: If the data has no input of that name.
    """
    if name in tensors:
        return tensors[name]
    inputs = ", ".join(tensors)
    if name == INPUT:
        message = "the data has several inputs, and the first layer does not say which."
        raise ModelError(
            Problem(message, entry.layer.path, f"Give it `from:` one of: {inputs}.")
        )
    path = (*entry.layer.path, "from")
    raise ModelError(Problem(f"nothing is named {name!r}.", path, f"There are: {inputs}."))


def _move_once(
    once: dict[str, Any], entry: LayerEntry, inputs: list[Any], output: Any, dataset: Dataset
) -> None:
    """Let a layer that can be computed once take the place of what it reads.

    A number that takes one byte in memory stays as it is: computing it anew costs less
    than the memory of the result.
    """
    if entry.layer.name not in ONCE or len(inputs) != 1:
        return
    keys = [key for key, tensor in once.items() if tensor is inputs[0]]
    if not keys or None in output.shape[1:]:
        return
    numbers = inputs[0].dtype != "string"
    if numbers and len(inputs[0].shape) > 2:
        return
    examples = len(dataset.train) + len(dataset.validation or ()) + len(dataset.test)
    if isinstance(dataset.train, Stream):
        examples = 0  # the result goes to the disk
    if 4 * examples * int(np.prod(output.shape[1:])) <= ONCE_BYTES:
        output.name = keys[0]  # a model that begins here wants the name of its key
        once[keys[0]] = output


def _build_layer(entry: LayerEntry, tensor: Any) -> Any:
    """Build a layer, or an application for inputs of a tensor's shape."""
    extra: dict[str, Any] = {"name": entry.name}
    if entry.layer.kind == "applications" and not entry.layer.arguments.get(
        "include_top", True
    ):
        extra["input_shape"] = tuple(tensor.shape[1:])
    return build_object(entry.layer, extra=extra)


def _adapt(
    layer: Any, entrance: Entrance, tensor: Any, dataset: Dataset, notation: KerasObject
) -> None:
    """Let a preprocessing layer learn from what it will see of the training inputs.

    Raises:
        ModelError: If it cannot learn from them.
    """
    try:
        layer.adapt(_seen(entrance, tensor, dataset))
    except REFUSALS as error:
        received = f"inputs of shape {tuple(tensor.shape)}"
        raise ModelError(refusal(notation, error, received)) from error


def _restated(layer: Any) -> Any:
    """Return a layer that was told the words that it learned.

    Learned words are saved as a file of lines, which falls apart where a word has a
    character in it that Python takes for a line's end (Keras 3.15).
    """
    if not hasattr(layer, "get_vocabulary"):
        return layer
    words = layer.get_vocabulary(include_special_tokens=False)
    told: dict[str, Any] = {"vocabulary": words}
    lookup = getattr(layer, "_lookup_layer", layer)
    if lookup.output_mode == "tf_idf":
        first = len(layer.get_vocabulary()) - len(words)  # Keras's own come in front
        weights = np.asarray(lookup.idf_weights_const)
        told["idf_weights"] = weights[first : first + len(words)].tolist()
    return type(layer).from_config({**layer.get_config(), **told})


def _seen(entrance: Entrance, tensor: Any, dataset: Dataset) -> Any:
    """Return what a tensor holds for the training inputs: an array, or batches of them."""
    run = Runner(keras.Model(entrance.raw, tensor), dataset.columns)
    train: Examples = dataset.train
    if isinstance(train, Split):
        array: Any = run(train.x)
        return tf.constant(array) if array.dtype.kind == "O" else array
    signature = tf.TensorSpec(tensor.shape, tensor.dtype)
    return tf.data.Dataset.from_generator(
        lambda: (run(block.x) for block in train.blocks()), output_signature=signature
    )


def _call(layer: Any, inputs: list[Any], notation: KerasObject) -> Any:
    """Call a layer on the tensors it reads.

    A layer whose ``call`` takes several tensors (attention: query and value) gets them
    one by one, and the same one again where fewer are written.

    Raises:
        ModelError: If the layer cannot take them.
    """
    wanted = _call_inputs(layer)
    try:
        if wanted > 1:
            output = layer(*inputs, *[inputs[-1]] * (wanted - len(inputs)))
        else:
            output = layer(inputs[0] if len(inputs) == 1 else inputs)
    except REFUSALS as error:
        shapes = [tuple(tensor.shape) for tensor in inputs]
        received = f"an input of shape {' and '.join(map(str, shapes))}"
        problem = refusal(notation, error, received)
        hint = layer_remedy(notation.name, problem.message, shapes)
        if any(tensor.dtype == "string" for tensor in inputs):
            hint = "It reads texts: make them numbers first, by `TextVectorization`."
        raise ModelError(replace(problem, hint=hint)) from error
    if not isinstance(output, keras.KerasTensor):
        message = f"{notation.name} gives {len(output)} tensors, and a layer gives one."
        hint = "Leave out return_state, or merge_mode: null."
        raise ModelError(Problem(message, notation.path, hint))
    return output


def _call_inputs(layer: Any) -> int:
    """Count the tensors that a layer's ``call`` cannot do without."""
    parameters = inspect.signature(layer.call).parameters.values()
    required = [
        p
        for p in parameters
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    return max(1, len(required))
