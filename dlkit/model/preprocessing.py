"""From the columns of a table to what the layers of a config read, inside the model.

Everything here is layers and operations of Keras's own, so a saved model turns raw
columns into predictions wherever Keras is, without dlkit. What depends on no weight that
is trained is one layer, ``encoding``, and can be computed once, ahead of training.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from dlkit.config.expansion import INPUT
from dlkit.config.feature_kinds import (
    CategoricalFeature,
    DateFeature,
    NumericFeature,
    TextFeature,
)
from dlkit.data.tables.fitted import Columns, FittedColumn
from dlkit.errors import DataError, Problem
from dlkit.model.dates import date_part
from dlkit.model.numbers import number_parts
from dlkit.model.parts import Part, concatenate
from dlkit.model.words import (
    embedding_length,
    name_index,
    name_part,
    text_part,
    text_tokens,
)

Texts = Callable[[str], Iterator[np.ndarray]]
"""Reads the training texts of a column, in arrays of objects of shape ``(texts,)``."""


@dataclass(frozen=True)
class Encoding:
    """The beginning of a model's graph, as symbolic tensors.

    Attributes:
        inputs: Raw columns by name, sorted: float32 numbers (NaN where missing), or texts,
            each ``(batch, 1)``. An input is named as its column, unless Keras cannot have
            that name (a slash in it, none at all, a layer of the same name): then Keras
            warns of it when a model is made or loaded, and goes by the keys all the same.
        boundary: What is the same in every epoch: the vector as far as it needs no trained
            weights (``input``), and under the columns' names in plain letters the numbers
            of names to embed, numbers of tokens (int32), raw texts ``(batch,)``.
        features: What layers read: ``input``, float32 ``(batch, positions)``; and texts
            that are no part of it by column, int32 ``(batch, length)`` or raw. A lone such
            text is ``input`` as well.
        names: One for each position of ``input`` where it is a vector.
    """

    inputs: dict[str, Any]
    boundary: dict[str, Any]
    features: dict[str, Any]
    names: tuple[str, ...]


def encode_columns(
    columns: Sequence[FittedColumn], texts: Texts, reserved: Collection[str] = ()
) -> Encoding:
    """Build the beginning of a model that reads raw columns.

    Args:
        columns: What the training rows taught.
        texts: Where columns of texts learn their words.
        reserved: Names that layers of the model have.

    Raises:
        DataError: If no column gives a feature, a text has no words, or a name has two
            meanings.
    """
    ordered = sorted(columns, key=lambda column: column.name)
    _refuse_two_inputs(ordered)
    taken = {*reserved}
    inputs = _inputs(ordered, taken)
    keys = _keys(ordered)
    fixed = [column for column in ordered if _place(column) != "raw"]
    encoder, names = _encoder(fixed, keys, texts, _unique("encoding", taken))
    boundary: dict[str, Any] = {}
    if encoder is not None:
        boundary = encoder([inputs[column.name] for column in fixed])
    for name in sorted(inputs.keys() - {column.name for column in fixed}):
        boundary[keys[name]] = _flat(inputs[name], _unique(f"{name}_text", taken))
    for key, tensor in boundary.items():
        tensor.name = key  # so that a model can begin here
    vector = [boundary[INPUT]] if names else []
    features: dict[str, Any] = {}
    for column in ordered:
        if _place(column) == "index":
            embedded, positions = _embed(column, boundary[keys[column.name]], taken)
            vector.append(embedded)
            names += positions
        elif _place(column) in ("tokens", "raw"):
            features[column.name] = boundary[keys[column.name]]
    if vector:
        features[INPUT] = concatenate(vector, _unique("features", taken))
    elif len(features) == 1:
        features[INPUT] = next(iter(features.values()))
    elif not features:
        raise DataError("no column gives a feature: all are constant dates.")
    return Encoding(inputs, boundary, features, names)


def raw_tensors(columns: Sequence[FittedColumn], values: Columns) -> dict[str, tf.Tensor]:
    """Turn columns into what the model takes.

    Keras's ``predict`` refuses texts in numpy's arrays, and takes these.

    Args:
        columns: Those that the model reads.
        values: Arrays of shape ``(rows,)`` by column, perhaps with others among them.

    Returns:
        By column, float32 or string ``(rows, 1)``.
    """
    tensors = {}
    for column in sorted(columns, key=lambda column: column.name):
        array = values[column.name].reshape(-1, 1)
        if _dtype(column) == "string":
            tensors[column.name] = tf.constant(array, tf.string)
        else:
            with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite
                tensors[column.name] = tf.constant(array.astype(np.float32))
    return tensors


def _place(column: FittedColumn) -> str:
    """Tell how a column leaves the fixed part of the model."""
    settings = column.feature.settings
    if isinstance(settings, CategoricalFeature) and settings.encoding == "embedding":
        return "index"
    if isinstance(settings, TextFeature) and settings.output_mode in ("int", "raw"):
        return "raw" if settings.output_mode == "raw" else "tokens"
    return "vector"


def _dtype(column: FittedColumn) -> str:
    return "float32" if isinstance(column.feature.settings, NumericFeature) else "string"


def _refuse_two_inputs(columns: Sequence[FittedColumn]) -> None:
    """Refuse a text that layers would call as they call everything else.

    Raises:
        DataError: If there is one.
    """
    for column in columns:
        if column.name == INPUT and len(columns) > 1 and _place(column) in ("tokens", "raw"):
            message = f"column {INPUT!r}: layers call the other columns so, taken together."
            hint = "Give the column another name."
            raise DataError(Problem(message, column.feature.path, hint))


def _unique(name: str, taken: set[str]) -> str:
    """Return a name in plain letters that is not taken, and take it."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    plain = plain if plain[:1].isalnum() else f"column{plain}"
    unique, number = plain, 1
    while unique in taken:
        number += 1
        unique = f"{plain}_{number}"
    taken.add(unique)
    return unique


def _keys(columns: Sequence[FittedColumn]) -> dict[str, str]:
    """Return the name of each column beyond the fixed part."""
    taken = {INPUT}
    return {c.name: _unique(c.name, taken) for c in columns if _place(c) != "vector"}


def _inputs(columns: Sequence[FittedColumn], taken: set[str]) -> dict[str, Any]:
    """Make the raw inputs, each named as its column wherever Keras lets it."""
    names = {c.name: c.name for c in columns if c.name and "/" not in c.name}
    names = {name: name for name in names if name not in taken}
    taken |= names.keys()
    return {
        c.name: keras.Input(
            (1,), dtype=_dtype(c), name=names.get(c.name) or _unique(c.name, taken)
        )
        for c in columns
    }


def _encoder(
    columns: Sequence[FittedColumn], keys: Mapping[str, str], texts: Texts, name: str
) -> tuple[keras.Model | None, tuple[str, ...]]:
    """Build the fixed part of the model, as one layer.

    A model of its own keeps the names of its operations to itself: Keras numbers them
    without regard to names that people give to layers.

    Returns:
        The model, which takes a list of the columns, or None where nothing is to be done;
        and the names of the vector's positions.

    Raises:
        DataError: If a text has no words.
    """
    raw = {
        c.name: keras.Input((1,), dtype=_dtype(c), name=f"column_{number}")
        for number, c in enumerate(columns)
    }
    outputs: dict[str, Any] = {}
    parts = _parts([c for c in columns if _place(c) == "vector"], texts, raw)
    if parts:
        outputs[INPUT] = concatenate([part.tensor for part in parts])
    for column in columns:
        settings, tensor = column.feature.settings, raw[column.name]
        if _place(column) == "index":
            outputs[keys[column.name]] = name_index(column, tensor)
        elif isinstance(settings, TextFeature) and _place(column) == "tokens":
            batches = partial(texts, column.name)
            outputs[keys[column.name]] = text_tokens(column, settings, batches, tensor)
    names = tuple(name for part in parts for name in part.names)
    model = keras.Model(list(raw.values()), outputs, name=name) if outputs else None
    return model, names


def _parts(columns: Sequence[FittedColumn], texts: Texts, raw: Mapping[str, Any]) -> list[Part]:
    """Encode what becomes part of the vector, numbers first.

    Raises:
        DataError: If a text has no words.
    """
    numeric = [c for c in columns if isinstance(c.feature.settings, NumericFeature)]
    parts = number_parts(numeric, raw)
    for column in columns:
        settings, tensor = column.feature.settings, raw[column.name]
        if isinstance(settings, CategoricalFeature):
            parts.append(name_part(column, settings, tensor))
        elif isinstance(settings, TextFeature):
            batches = partial(texts, column.name)
            parts.append(text_part(column, settings, batches, tensor))
        elif isinstance(settings, DateFeature) and column.parts:
            parts.append(date_part(column, tensor))
    return parts


def _flat(text: Any, name: str) -> Any:
    """Pass a raw text on with the shape ``(batch,)``.

    It must not stay an input: a model that begins with inputs and with other tensors
    breaks the one that they come from (Keras 3.15). And ``TextVectorization`` is mistaken
    about the shapes that follow ``(batch, 1)``.
    """
    return keras.layers.Reshape((), name=name)(text)


def _embed(column: FittedColumn, index: Any, taken: set[str]) -> tuple[Any, tuple[str, ...]]:
    """Look the vectors of names up, which are learned with the model."""
    settings = column.feature.settings
    given = settings.output_dim if isinstance(settings, CategoricalFeature) else None
    length = given or embedding_length(len(column.vocabulary))
    embedding = keras.layers.Embedding(
        len(column.vocabulary) + 1,
        length,
        dtype="float32",
        name=_unique(f"{column.name}_embedding", taken),
    )
    flatten = keras.layers.Flatten(
        dtype="float32", name=_unique(f"{column.name}_flatten", taken)
    )
    names = tuple(f"{column.name}: embedding {number}" for number in range(length))
    return flatten(embedding(index)), names
