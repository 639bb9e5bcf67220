"""Compute once what would otherwise be computed in every epoch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras

from dlkit.data.dataset import Dataset, Examples, Split, Stream
from dlkit.data.disk import ExampleWriter, write_examples
from dlkit.errors import DataError
from dlkit.model.inputs import Runner


def encode(dataset: Dataset, once: keras.Model | None, folder: Path | None) -> Dataset:
    """Return a dataset whose inputs are what the trained model takes.

    Args:
        dataset: Raw inputs.
        once: What is computed of them, or None for nothing.
        folder: Where streams that can only be read in order are written to; None takes
            the first block of each for the whole, which is enough to check a model.

    Raises:
        DataError: If texts would have to be written.
    """
    if once is None and not any(map(_is_one_way, _parts(dataset).values())):
        return dataset
    run = Runner(once, dataset.columns) if once is not None else None
    if folder is not None and dataset.together is not None:
        # One pass over the source for all parts: parsing costs more than computing.
        writers = {part: ExampleWriter(folder / part) for part in _parts(dataset)}
        for block in dataset.together():
            for part, split in block.items():
                for piece in _encoded(split, run):
                    writers[part].add(_numbers(piece))
        return _with_parts(dataset, {part: w.finish() for part, w in writers.items()})

    def change(examples: Examples, part: str) -> Examples:
        if isinstance(examples, Split):
            return replace(examples, x=run(examples.x)) if run is not None else examples
        blocks = (
            _numbers(piece) for block in examples.blocks() for piece in _encoded(block, run)
        )
        return next(blocks) if folder is None else write_examples(blocks, folder / part)

    return _with_parts(dataset, {p: change(e, p) for p, e in _parts(dataset).items()})


def _parts(dataset: Dataset) -> dict[str, Examples]:
    parts = {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}
    return {name: part for name, part in parts.items() if part is not None}


def _with_parts(dataset: Dataset, parts: dict[str, Examples]) -> Dataset:
    return replace(
        dataset,
        train=parts["train"],
        validation=parts.get("validation"),
        test=parts["test"],
        together=None,
    )


def _is_one_way(examples: Examples) -> bool:
    return isinstance(examples, Stream) and examples.read is None


def _numbers(split: Split) -> Split:
    """Return a block that can be kept on the disk.

    Raises:
        DataError: If it holds texts.
    """
    arrays = split.x.values() if isinstance(split.x, dict) else [split.x]
    if any(array.dtype.kind == "O" for array in arrays):
        raise DataError(
            "streamed texts must become numbers ahead of training, and here a trained layer"
            " reads them. Give TextVectorization an `output_sequence_length`, read each text"
            " once, or set `stream: false`."
        )
    return split


def _encoded(split: Split, run: Runner | None) -> Iterator[Split]:
    """Yield a block as the trained model takes it, in pieces of bounded memory."""
    if run is None:
        yield split
        return
    for start in range(0, len(split), run.rows):
        piece = split.take(slice(start, start + run.rows))
        yield replace(piece, x=run(piece.x))
