"""Connect layers into a Keras Sequential or Functional model.

Every layer is built and called in the order it is written, so that a shape that does not
fit is reported at the layer that cannot take it, and seeded weights are drawn in a
stable order.

What the first layers make of the data is the same in every epoch where they hold nothing
that is trained: it is computed once, ahead of training. The exported model holds those
layers too, and takes raw data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.expansion import INPUT
from dlkit.config.objects import LayerEntry
from dlkit.data.dataset import Dataset, Examples, Split, Stream
from dlkit.errors import ModelError, Path, Problem
from dlkit.model.calls import rename_hidden, takes_one
from dlkit.model.inputs import Entrance, Runner
from dlkit.model.layers import RunModels, add_layer, is_chain
from dlkit.model.precision import in_full

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
        layers: Every layer of the config by its name; one that is called again goes by
            both names.
        shapes: The output shape of each, None for the batch.
    """

    model: keras.Model
    core: keras.Model
    once: keras.Model | None
    layers: Mapping[str, Any] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict)


def build_model(
    entries: tuple[LayerEntry, ...],
    dataset: Dataset,
    entrance: Entrance,
    name: str,
    outputs: Collection[str] = (),
    runs: RunModels | None = None,
) -> Built:
    """Build the model of an architecture.

    Preprocessing layers that learn from data (``Normalization``, ...) are adapted here,
    to the training inputs alone.

    Args:
        entries: Layers in the order they are written.
        dataset: Provides the training inputs.
        entrance: Where they enter.
        name: The model's name.
        outputs: Names of the layers that make its outputs, which it gives by these names;
            none: the last layer makes its only output.
        runs: Where the models of finished runs lie, by the paths that layers name.

    Returns:
        A Sequential model where each layer follows the one before it and the data is one
        array, else a Functional one.

    Raises:
        ModelError: If Keras refuses a layer or a layer cannot take its input.
    """
    once = dict(entrance.once)
    tensors = dict(entrance.read)
    made: dict[str, Any] = {}
    previous = INPUT
    readers = _readers(entries)
    ends = set(outputs) or {entries[-1].name}
    for entry in entries:
        inputs = [_tensor(tensors, name, entry) for name in entry.inputs or (previous,)]
        learn = _learner(entrance, dataset)
        is_end = entry.name in ends
        layer, given = add_layer(entry, inputs, made, runs or {}, learn, is_end=is_end)
        made[entry.name] = layer
        tensors |= given
        # Who else reads the same tensor would be left without it. And an output stays: what
        # is trained must have it.
        names = [name for name, tensor in tensors.items() if tensor is inputs[0]]
        if sum(readers[name] for name in names) == 1 and not ends & {*names, entry.name}:
            _move_once(once, entry, inputs, tensors[entry.name], dataset)
        previous = entry.name
    _refuse_unread(entrance, readers, dataset)
    end = {key: tensors[key] for key in outputs} if outputs else tensors[previous]
    built = _connect(entries, entrance, once, made, end, name)
    shapes = {name: tuple(tensors[name].shape) for name in made}
    return replace(built, layers=made, shapes=shapes)


def _learner(entrance: Entrance, dataset: Dataset) -> Callable[[Any, Any], None]:
    """Return what lets a preprocessing layer learn what a tensor holds in training."""
    return lambda layer, tensor: layer.adapt(_seen(entrance, tensor, dataset))


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
    made: dict[str, Any],
    output: Any,
    name: str,
) -> Built:
    """Make the two forms of the model."""
    plain = not isinstance(entrance.raw, dict) and not isinstance(output, dict)
    if plain and is_chain(entries) and all(map(takes_one, made.values())):
        model = keras.Sequential([entrance.raw, *made.values()], name=name)
    else:
        output = in_full(output)
        inputs = [tensor.name for tensor in keras.tree.flatten(entrance.raw)]
        rename_hidden(keras.tree.flatten(output), {*made, *inputs})
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
