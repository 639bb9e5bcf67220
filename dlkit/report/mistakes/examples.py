"""A few examples as people would recognize them: pictures, lines, or rows of a table."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dlkit.config.augmentation_rules import WITHOUT_PICTURES
from dlkit.data.dataset import Dataset, Examples, Split, first_examples, join
from dlkit.data.profile.survey import fields_of
from dlkit.report.figures.style import shorten
from dlkit.report.outputs import CHANNELS, LEAST_SIDE

MOST_COLUMNS = 8
"""Columns of a table that are shown; of more than these the most unusual ones are."""

MOST_LOOKED_AT = 2000
"""Examples that tell what is usual."""

LEAST_STEPS = 4
"""Fewer numbers than this are no line."""

MIDNIGHT = " 00:00:00"
"""Stands behind dates that were written without a time."""

HEAD_LENGTH = 40
TEXT_LENGTH = 300

Fields = Mapping[str, np.ndarray]


def read_examples(examples: Examples, places: np.ndarray) -> Split:
    """Return examples in the order of their numbers.

    Args:
        examples: In memory or streamed; a stream is read from its start where it must be.
        places: int ``(shown,)``, at least one.
    """
    if isinstance(examples, Split):
        return examples.take(places)
    wanted, back = np.unique(places, return_inverse=True)
    if examples.read is not None:
        return examples.read(wanted).take(back)
    found, first = [], 0
    for block in examples.blocks():
        here = wanted[(wanted >= first) & (wanted < first + len(block))]
        if len(here):
            found.append(block.take(here - first))
        first += len(block)
        if first > wanted[-1]:
            break
    return join(found).take(back)


def pictures_of(split: Split, dataset: Dataset) -> np.ndarray | None:
    """Return the first input that is pictures, ``(examples, height, width, ...)``, if any.

    Args:
        split: Some examples as they were loaded.
        dataset: Where they come from.
    """
    if dataset.resolved.source.name in WITHOUT_PICTURES:
        return None
    shown = (array for array in fields_of(split.x, dataset).values() if _is_picture(array))
    return next(shown, None)


def _is_picture(array: np.ndarray) -> bool:
    shape = array.shape[1:]
    plain = len(shape) == 2 or (len(shape) == 3 and shape[2] in CHANNELS)
    return array.dtype.kind != "O" and plain and min(shape[:2]) >= LEAST_SIDE


def lines_of(split: Split, dataset: Dataset) -> np.ndarray | None:
    """Return the first input that is lines, float64 ``(examples, steps, channels)``, if any.

    Whole numbers one after the other are more likely to be words than a line.

    Args:
        split: Some examples as they were loaded.
        dataset: Where they come from.
    """
    for array in fields_of(split.x, dataset).values():
        numbers = array.dtype.kind == "f" and array.ndim in {2, 3}
        if numbers and array.shape[1] >= LEAST_STEPS:
            return array.reshape(*array.shape[:2], -1).astype(np.float64)
    return None


def cells_of(
    split: Split, dataset: Dataset
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return head and rows of a table of what examples have one value of.

    Args:
        split: Some examples as they were loaded.
        dataset: Where they come from.
    """
    columns = _single(fields_of(split.x, dataset))
    if len(columns) > MOST_COLUMNS:
        usual = _single(fields_of(first_examples(dataset.test, MOST_LOOKED_AT).x, dataset))
        strange = {name: _strangeness(values, usual[name]) for name, values in columns.items()}
        kept = sorted(columns, key=lambda name: -strange[name])[:MOST_COLUMNS]
        columns = {name: values for name, values in columns.items() if name in kept}
    texts = [[_text(value) for value in values.tolist()] for values in columns.values()]
    rows = tuple(zip(*texts, strict=True)) if texts else ((),) * len(split)
    return tuple(shorten(name, HEAD_LENGTH) for name in columns), rows


def _single(fields: Fields) -> dict[str, np.ndarray]:
    """Return the inputs of one value an example."""
    return {name: values for name, values in fields.items() if values.ndim == 1}


def _strangeness(values: np.ndarray, usual: np.ndarray) -> float:
    """Return by how many deviations values are unusual, on average; 1 of what is no number."""
    if values.dtype.kind == "O":
        return 1.0
    known = usual[np.isfinite(usual)]
    spread = known.std() if known.size else 0.0
    far = np.abs(values - known.mean()) / spread if spread > 0 else np.zeros(len(values))
    far = far[np.isfinite(far)]
    return float(far.mean()) if far.size else 0.0


def _text(value: object) -> str:
    """Write a value as it would stand in a file."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.6g}"
    return shorten(str(value).removesuffix(MIDNIGHT), TEXT_LENGTH)
