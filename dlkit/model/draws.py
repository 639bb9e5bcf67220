"""The generators of random numbers that belong to the whole process.

What a proof draws must not be missing in what comes after it, and what one's own code draws
has to go on where it stopped when a training is taken up.
"""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from keras.src.random.seed_generator import global_seed_generator


@contextlib.contextmanager
def drawing_nothing() -> Iterator[None]:
    """Put the generators back that Keras draws seeds from, and that one's own code may use."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


def open_draws() -> None:
    """Let Keras make its generator, which it else does when first it is needed.

    Making it draws a number from Python's, so it has to be made when training begins.
    """
    global_seed_generator()


def read_draws() -> dict[str, Any]:
    """Return the states of Python's, numpy's and Keras's generators, as JSON can hold them."""
    version, numbers, rest = random.getstate()
    state: Any = np.random.get_state(legacy=False)
    return {
        "python": [version, list(numbers), rest],
        "numpy": {**state, "state": {**state["state"], "key": state["state"]["key"].tolist()}},
        "keras": np.asarray(global_seed_generator().state).tolist(),
    }


def write_draws(states: Mapping[str, Any]) -> None:
    """Give the generators states back that ``read_draws`` has returned."""
    version, numbers, rest = states["python"]
    random.setstate((version, tuple(numbers), rest))
    state = states["numpy"]
    key = np.array(state["state"]["key"], np.uint32)
    np.random.set_state({**state, "state": {**state["state"], "key": key}})
    global_seed_generator().state.assign(states["keras"])
