"""Give a loop its examples as tensors: all at once where they fit, else block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import tensorflow as tf

from dlkit.data.dataset import Examples, Split, Stream, Value
from dlkit.data.order import block_orders, epoch_order
from dlkit.errors import DataError
from dlkit.model.inputs import as_tensor
from dlkit.train.plan import Stretch

T = TypeVar("T")


@dataclass(frozen=True)
class Block:
    """Examples in memory, and the order in which they are used.

    Attributes:
        data: Inputs, labels and weights (or None) as tensors, rows first; inputs and
            labels may be dicts.
        order: int32, numbers of rows.
        span: The places in the order that are wanted, from and to; None: all of them.
    """

    data: tuple[Any, Any, Any]
    order: np.ndarray
    span: tuple[int, int] | None = None

    @property
    def rows(self) -> np.ndarray:
        """The rows that are wanted, in their order."""
        first, last = self.span or (0, len(self.order))
        return self.order[first:last]


class Feed:
    """Gives out examples of one split.

    Args:
        examples: Encoded, as the trained model takes them.
        batch_size: Every block but the last is a multiple of it.
    """

    def __init__(self, examples: Examples, batch_size: int) -> None:
        self._examples = examples
        self._batch_size = batch_size
        self._held = tensors(examples) if isinstance(examples, Split) else None

    def __len__(self) -> int:
        return len(self._examples)

    @property
    def held(self) -> tuple[Any, Any, Any] | None:
        """All examples, where they lie in memory."""
        return self._held

    def stretch(self, seed: int, stretch: Stretch) -> Iterator[Block]:
        """Yield the examples of some steps of a pass, block by block, in their order."""
        first = stretch.first * self._batch_size
        last = min(stretch.last * self._batch_size, len(self))
        if self._held is not None:
            # The whole order, for another length would have to be compiled anew.
            yield Block(self._held, epoch_order(len(self), seed, stretch.number), (first, last))
            return
        stream = self._stream()
        size = max(1, stream.block // self._batch_size) * self._batch_size
        orders = block_orders(len(stream), stream.piece, size, seed, stretch.number)
        wanted = (
            rows[max(0, first - start) : last - start]
            for start, rows in zip(range(0, last, size), orders, strict=False)
            if start + len(rows) > first
        )
        for rows, data in ahead(wanted, lambda rows: tensors(_read(stream, rows))):
            yield Block(data, np.arange(len(rows), dtype=np.int32))

    def in_order(self) -> Iterator[Block]:
        """Yield all examples in their order."""
        if self._held is not None:
            yield Block(self._held, np.arange(len(self), dtype=np.int32))
            return
        stream = self._stream()
        size = max(1, stream.block // self._batch_size) * self._batch_size
        spans = (
            np.arange(start, min(start + size, len(stream)))
            for start in range(0, len(stream), size)
        )
        for rows, data in ahead(spans, lambda rows: tensors(_read(stream, rows))):
            yield Block(data, np.arange(len(rows), dtype=np.int32))

    def _stream(self) -> Stream:
        assert isinstance(self._examples, Stream)  # noqa: S101  # else it is held
        return self._examples


def tensors(split: Split) -> tuple[Any, Any, Any]:
    """Return inputs, labels (a dict where outputs have names) and weights as tensors."""
    weight = None if split.weight is None else tf.constant(split.weight)
    labels = labels_of(split)
    return *(tf.nest.map_structure(as_tensor, part) for part in (split.x, labels)), weight


def labels_of(split: Split) -> Value:
    """Return what a model's outputs are compared with, by their names if they have any."""
    return dict(split.targets) or split.y


def _read(stream: Stream, rows: np.ndarray) -> Split:
    """Return examples by their numbers.

    Raises:
        DataError: If the stream can only be read from first to last.
    """
    if stream.read is None:
        raise DataError("the data was not prepared for training.")
    return stream.read(rows)


def ahead(
    items: Iterable[np.ndarray], work: Callable[[np.ndarray], T]
) -> Iterator[tuple[np.ndarray, T]]:
    """Do the work for the next item while the result for the last one is used."""
    # One thread: a second would hold one more block in memory, and the disk is no faster.
    with ThreadPoolExecutor(1) as thread:
        waiting = None
        for item in items:
            begun = item, thread.submit(work, item)
            if waiting is not None:
                yield waiting[0], waiting[1].result()
            waiting = begun
        if waiting is not None:
            yield waiting[0], waiting[1].result()
