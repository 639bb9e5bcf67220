"""What a run shows of its training data: some examples, and what augmentation makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.figure import Figure

from dlkit.data.dataset import Dataset, Split
from dlkit.data.profile.glance import glance
from dlkit.data.profile.survey import Survey
from dlkit.errors import DataError
from dlkit.report.data.pictures import (
    MOST_CLASSES,
    PICTURES_A_CLASS,
    VARIANTS,
    data_drawings,
)
from dlkit.report.drawing import Drawing, Drawn
from dlkit.train.augmentation import Augmentation

MOST_POINTS = 2000
"""Points of a plane, of all classes together."""

MOST_READ = 24
"""Pictures that are read from the disk once more."""

MOST_VALUES = 600_000
"""Values that the pictures have in all, as they are drawn: a page should stay small."""

DRAWN_SIDE = 120
"""Pixels on a side of a picture that is drawn."""


def sample_drawings(
    raw: Dataset, augmentation: Augmentation | None, seed: int
) -> list[Drawing]:
    """Return what draws some training examples, where they are pictures or points.

    Nothing is read but these examples, and what the run draws at random stays the same.

    Args:
        raw: The data as it was loaded.
        augmentation: What changed each training batch, or None.
        seed: Chooses the examples.
    """
    look = partial(_look, raw, augmentation, seed)
    if isinstance(raw.train, Split):
        found = look()
        return [Drawing("samples", partial(_draw, lambda: found), "data")] if found else []
    if raw.train.read is not None and raw.resolved.source.name == "images":
        return [Drawing("samples", partial(_draw, look), "data")]
    return []


Look = tuple[Survey, Callable[[], Figure], str]
"""Examples, what draws them, and what that shows."""


def _look(raw: Dataset, augmentation: Augmentation | None, seed: int) -> Look | None:
    """Choose examples, and how to draw them; None where there is no way.

    Raises:
        ValueError: If the pictures are no longer on the disk.
    """
    generator = np.random.default_rng([seed, 0x5EE])
    in_memory = isinstance(raw.train, Split)
    size = _drawn_size(raw.train) if isinstance(raw.train, Split) else DRAWN_SIDE**2 * 3
    variants = VARIANTS + 1 if augmentation else 1
    most = max(1, MOST_VALUES // (size * variants)) if size else MOST_POINTS
    most = most if in_memory else min(most, MOST_READ)
    classes = max(1, len(raw.class_names))
    shown = min(PICTURES_A_CLASS, max(1, most // min(classes, MOST_CLASSES)))
    each = shown if size else -(-MOST_POINTS // classes)
    try:
        found = glance(raw, most, each, generator)
    except DataError as error:
        raise ValueError(str(error)) from error
    if found is None:
        return None
    draw = dict(data_drawings(found, raw, augmentation, seed)).get("samples.png")
    if draw is None:
        return None
    pictures = any(field.kind == "pictures" for field in found.fields)
    what = "training pictures" if pictures else "training examples"
    augmented = augmentation and pictures and len(found.fields) == 1
    return found, draw, f"{what} and what augmentation makes of them" if augmented else what


def _drawn_size(train: Split) -> int:
    """Return how many values a picture has as it is drawn; 0 where examples are columns."""
    x = next(iter(train.x.values())) if isinstance(train.x, dict) else train.x
    if x.ndim < 3:
        return 0
    height, width, *channels = x.shape[1:]
    return int(min(height, DRAWN_SIDE) * min(width, DRAWN_SIDE) * math.prod(channels))


def _draw(look: Callable[[], Look | None]) -> Drawn:
    """Draw the examples that a look finds.

    Raises:
        ValueError: If there are none.
    """
    seen = look()
    if seen is None:
        raise ValueError("there is nothing to be seen of the training data.")
    found, draw, title = seen
    alt = f"{len(found.rows)} examples of the training split: {title}"
    return Drawn(title, draw(), alt, (), ())
