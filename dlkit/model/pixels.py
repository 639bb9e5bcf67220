"""What an application does with raw pixels, as Keras's own layers.

Keras says it in a function beside each application, ``preprocess_input``. What that
function does is read off its answers, so there is no table of ours that could be wrong.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

WHITE = 255.0
COLORS = 3


@dataclass(frozen=True)
class Pixels:
    """What becomes of the colors of a pixel: they change places, then each is scaled.

    Attributes:
        flipped: Whether red and blue change places.
        scale: A factor for each color.
        offset: What is added to each then.
    """

    flipped: bool
    scale: tuple[float, ...]
    offset: tuple[float, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether pixels stay as they are."""
        return not self.flipped and {*self.scale} == {1.0} and {*self.offset} == {0.0}

    @property
    def is_alike(self) -> bool:
        """Whether every color is treated alike, so that any number of them will do."""
        return not self.flipped and len({*self.scale}) == len({*self.offset}) == 1


@functools.cache
def pixels_of(application: str) -> Pixels:
    """Return what an application of Keras's does with raw pixels.

    Args:
        application: Its name, e.g. ``VGG16``.
    """
    module = importlib.import_module(getattr(keras.applications, application).__module__)
    probe = np.concatenate([np.zeros((1, COLORS)), WHITE * np.eye(COLORS)])
    answers = module.preprocess_input(probe.reshape(-1, 1, 1, COLORS), "channels_last")
    black, *colors = np.asarray(answers, "float64").reshape(-1, COLORS)
    slopes = (np.asarray(colors) - black) / WHITE  # [color read, color given]
    places = np.abs(slopes).argmax(axis=0)
    return Pixels(
        flipped=bool((places == np.arange(COLORS)[::-1]).all()),
        scale=tuple(float(slopes[place, color]) for color, place in enumerate(places)),
        offset=tuple(map(float, black)),
    )


def preprocessed(tensor: Any, pixels: Pixels) -> Any:
    """Return pixels as an application wants them.

    Args:
        tensor: Raw pixels from 0 to 255, ``(batch, height, width, colors)``, symbolic.
        pixels: What becomes of them.
    """
    if pixels.is_nothing:
        return tensor
    if pixels.is_alike:
        return keras.layers.Rescaling(pixels.scale[0], pixels.offset[0])(tensor)
    if pixels.flipped:
        tensor = keras.ops.flip(tensor, axis=-1)
    return keras.layers.Rescaling([*pixels.scale], [*pixels.offset])(tensor)
