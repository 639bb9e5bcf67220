"""Random numbers that a proof draws must not be missing in what comes after it."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def drawing_nothing() -> Iterator[None]:
    """Put the generators back that Keras draws seeds from, and that one's own code may use."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
