import gc
import os
import weakref
from pathlib import Path

import numpy as np
import pytest

from dlkit.backend import native_stderr_to, uncollected


def test_what_native_code_writes_goes_to_the_file(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text("before\n")
    with native_stderr_to(log):
        os.write(2, b"noise\n")
    os.write(2, b"")
    assert log.read_text() == "before\nnoise\n"


@pytest.mark.keras
def test_broken_inputs_are_not_hidden_by_a_fused_relu() -> None:
    keras = pytest.importorskip("keras")
    layers = keras.layers
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8, activation="relu")])
    outputs = model.predict(np.full((8, 4), np.nan, "float32"), verbose=0)
    assert np.isnan(outputs).any(axis=1).all()


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_garbage_before_and_after_an_import_is_collected() -> None:
    before = weakref.ref(Ring())
    with uncollected():
        assert not gc.isenabled()
        assert before() is None
    after = weakref.ref(Ring())
    gc.collect()
    assert gc.isenabled()
    assert after() is None


def test_a_collector_at_rest_stays_so() -> None:
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
