import os
from pathlib import Path

import numpy as np
import pytest

from dlkit.backend import native_stderr_to


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
