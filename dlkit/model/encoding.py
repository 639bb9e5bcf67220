"""Compute once what would otherwise be computed in every epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras

from dlkit.data.dataset import Dataset, Examples, Split, Stream
from dlkit.data.disk import write_examples
from dlkit.model.inputs import Runner


def encode(dataset: Dataset, once: keras.Model | None, folder: Path | None) -> Dataset:
    """Return a dataset whose inputs are what the trained model takes.

    Args:
        dataset: Raw inputs.
        once: What is computed of them, or None for nothing.
        folder: Where streams that can only be read in order are written to; None takes
            the first block of each for the whole, which is enough to check a model.
    """
    if once is None and not any(map(_is_one_way, _parts(dataset))):
        return dataset
    run = Runner(once, dataset.columns) if once is not None else None

    def change(examples: Examples, part: str) -> Examples:
        if isinstance(examples, Split):
            return _encoded(examples, run)
        blocks = (_encoded(block, run) for block in examples.blocks())
        return next(blocks) if folder is None else write_examples(blocks, folder / part)

    validation = dataset.validation
    return replace(
        dataset,
        train=change(dataset.train, "train"),
        validation=None if validation is None else change(validation, "validation"),
        test=change(dataset.test, "test"),
    )


def _parts(dataset: Dataset) -> Iterator[Examples]:
    for part in (dataset.train, dataset.validation, dataset.test):
        if part is not None:
            yield part


def _is_one_way(examples: Examples) -> bool:
    return isinstance(examples, Stream) and examples.read is None


def _encoded(split: Split, run: Runner | None) -> Split:
    return replace(split, x=run(split.x)) if run is not None else split
