"""Columns of names and of texts, as parts of the vector or as numbers of tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from dlkit.config.feature_kinds import CategoricalFeature, TextFeature
from dlkit.data.tables.fitted import FittedColumn
from dlkit.errors import DataError, Problem
from dlkit.model.parts import Part

Batches = Callable[[], Iterator[np.ndarray]]
"""Reads training texts, arrays of objects of shape ``(texts,)``."""

UNSEEN = "(unseen)"

CHUNK = 1024
"""Texts whose words are counted at a time, a row of ``max_tokens`` numbers each."""


def name_part(column: FittedColumn, settings: CategoricalFeature, tensor: Any) -> Part:
    """Encode names one-hot: the bucket of unseen ones, then every name; or hashed bins."""
    if settings.encoding == "hashing":
        bins = settings.num_bins
        hashed = keras.layers.Hashing(num_bins=bins, output_mode="one_hot")(tensor)
        names = tuple(f"{column.name}: bin {number}" for number in range(bins))
        return Part(ops.cast(hashed, "float32"), names)
    hot = _lookup(column, "one_hot")(tensor)
    shown = [UNSEEN, *(name or "(missing)" for name in column.vocabulary)]
    return Part(ops.cast(hot, "float32"), tuple(f"{column.name} = {name}" for name in shown))


def name_index(column: FittedColumn, tensor: Any) -> Any:
    """Number names: int32 ``(batch, 1)``, 0 for unseen ones, then in falling frequency."""
    return ops.cast(_lookup(column, "int")(tensor), "int32")


def embedding_length(names: int) -> int:
    """Return how long the vectors of so many names are, by the rule of fastai."""
    return min(50, round(1.6 * math.pow(names, 0.56)))


def _lookup(column: FittedColumn, output_mode: str) -> Any:
    unseen = "[UNK]"
    while unseen in column.vocabulary:  # Keras would take the name for its bucket
        unseen += "?"
    return keras.layers.StringLookup(
        vocabulary=list(column.vocabulary), oov_token=unseen, output_mode=output_mode
    )


def text_part(column: FittedColumn, settings: TextFeature, texts: Batches, tensor: Any) -> Part:
    """Encode texts by the words in them.

    Raises:
        DataError: If the training texts have no word.
    """
    mode = settings.output_mode or "tf_idf"
    tokens = _tokens(column, settings, texts, "multi_hot")
    given: dict[str, Any] = {"vocabulary": tokens}
    if mode == "tf_idf":
        given["idf_weights"] = _inverse_frequencies(tokens, settings, texts)
    layer = keras.layers.TextVectorization(output_mode=mode, ngrams=settings.ngrams, **given)
    names = tuple(f"{column.name}: {token}" for token in [UNSEEN, *tokens])
    counted = ops.reshape(layer(tensor), (-1, len(names)))  # Keras expects an axis more
    return Part(ops.cast(counted, "float32"), names)


def text_tokens(
    column: FittedColumn, settings: TextFeature, texts: Batches, tensor: Any
) -> Any:
    """Number the words of texts: int32 ``(batch, length)``, 0 behind the end, 1 unseen.

    Raises:
        DataError: If the training texts have no word.
    """
    layer = keras.layers.TextVectorization(
        output_mode="int",
        ngrams=settings.ngrams,
        output_sequence_length=column.length,
        vocabulary=_tokens(column, settings, texts, "int"),
    )
    return ops.cast(layer(tensor), "int32")


def _tokens(
    column: FittedColumn, settings: TextFeature, texts: Batches, mode: str
) -> list[str]:
    """Learn the most frequent words, as many as fit beside Keras's own.

    They are given to a new layer, since an adapted one is saved as a file of lines, and
    falls apart where a word has a character in it that Python takes for a line's end.

    Raises:
        DataError: If there are none.
    """
    learner = keras.layers.TextVectorization(
        max_tokens=settings.max_tokens, output_mode=mode, ngrams=settings.ngrams
    )
    learner.adapt(texts())
    tokens: list[str] = learner.get_vocabulary(include_special_tokens=False)
    if not tokens:
        what = f"column {column.name!r}: no training text has a word."
        raise DataError(Problem(what, column.feature.path, "Write `drop` for it."))
    return tokens


def _inverse_frequencies(
    tokens: list[str], settings: TextFeature, texts: Batches
) -> list[float]:
    """Return log(1 + texts / (1 + texts with the word)) of every word, as Keras weighs.

    Keras's own ``adapt`` takes milliseconds a text for it.
    """
    layer = keras.layers.TextVectorization(
        output_mode="multi_hot", ngrams=settings.ngrams, vocabulary=tokens
    )
    total, having = 0, np.zeros(len(tokens))
    for batch in texts():
        for start in range(0, len(batch), CHUNK):
            chunk = batch[start : start + CHUNK]
            hot = ops.convert_to_numpy(layer(ops.convert_to_tensor(chunk)))
            having += hot[:, 1:].sum(axis=0, dtype=np.float64)
            total += len(chunk)
    return [float(weight) for weight in np.log1p(total / (1 + having))]
