"""What draws at random goes on where it stopped when a training is taken up."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.training_section import CheckpointConfig  # noqa: E402
from dlkit.train.state.keeper import Keeper  # noqa: E402
from dlkit.train.state.store import Store  # noqa: E402

Make = Callable[..., Any]

RECURRENT = [
    {"Reshape": {"target_shape": [3, 1]}},
    {"LSTM": {"units": 3, "dropout": 0.5}},
    {"Dense": {"units": 1}},
]


def interrupted_at(epoch: int, step: int) -> Any:
    """Return an observer that sends a signal when it hears of a step."""
    from tests.train.conftest import Notes

    class Interrupting(Notes):
        def on_steps(self, number: int, done: int, steps: int) -> None:
            if (number, done) == (epoch, step):
                os.kill(os.getpid(), signal.SIGINT)

    return Interrupting()


def keeper(folder: Path, taken_up: Any = None) -> Keeper:
    return Keeper(Store(folder), CheckpointConfig(seconds=3600), pytest.fail, taken_up)


def of_keras() -> float:
    return float(keras.random.uniform(()))


def of_numpy() -> float:
    return float(np.random.uniform())  # as one's own code may do it


def of_python() -> float:
    return random.gauss(0.5, 0.1)  # it keeps every second number for later


class Drawing(keras.callbacks.Callback):
    """Draws a learning rate after every epoch, by no generator of its own."""

    def __init__(self, draw: Callable[[], float]) -> None:
        super().__init__()
        self.draw = draw

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = 0.1 * self.draw()


def compare(bench: Make, folder: Path, *callbacks: Any, epoch: int, **sections: Any) -> None:
    """Train at a stretch, and with an interruption, and compare."""
    whole, training, _ = bench(None, **sections).train(
        *(make() for make in callbacks), keeper=keeper(folder / "whole")
    )
    with pytest.raises(KeyboardInterrupt):
        bench(None, **sections).train(
            *(make() for make in callbacks),
            keeper=keeper(folder / "parts"),
            notes=interrupted_at(epoch, 3),
        )
    taken_up, _ = Store(folder / "parts").newest()
    assert taken_up is not None
    resumed, again, _ = bench(None, **sections).train(
        *(make() for make in callbacks), keeper=keeper(folder / "parts", taken_up)
    )
    figures = [(row["loss"], row["learning_rate"]) for row in again.rows]
    assert figures == [(row["loss"], row["learning_rate"]) for row in training.rows]
    for mine, theirs in zip(resumed.variables, whole.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))


@pytest.mark.parametrize("epoch", [pytest.param(1, marks=pytest.mark.nightly), 2])
def test_recurrent_dropout_in_keras_loop_goes_on_to_the_same_bits(
    bench: Make, tmp_path: Path, epoch: int
) -> None:
    compare(
        bench,
        tmp_path,
        epoch=epoch,
        architecture={"layers": RECURRENT},
        training={"epochs": 3, "loop": "fit"},
    )


@pytest.mark.parametrize("draw", [of_keras, of_numpy, of_python])
def test_what_draws_from_a_generator_of_the_process(
    bench: Make, tmp_path: Path, draw: Callable[[], float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.0)
    compare(bench, tmp_path, partial(Drawing, draw), epoch=2, training={"epochs": 3})
