"""Labels of several columns in an archive, where one label an example is expected."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.load import load_dataset
from dlkit.errors import DataError

CLASSES = np.arange(40) % 3
SEVERAL = "For several labels use binary_crossentropy behind a sigmoid unit for each."
STEPS = "Classes of single steps or pixels cannot be learned from arrays."
ONE_HOT = "They are one-hot: save `y.argmax(axis=1)` instead, whatever the loss."


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.eye(3)[CLASSES], ONE_HOT),
        (np.eye(3, dtype=bool)[CLASSES], ONE_HOT),
        (1 - np.eye(3)[CLASSES], SEVERAL),
        (2 * np.eye(3)[CLASSES], SEVERAL),
        (np.stack([CLASSES] * 3, axis=1), STEPS),
    ],
    ids=["one-hot", "booleans", "two-hot", "twos", "steps"],
)
@pytest.mark.parametrize(
    "loss", ["sparse_categorical_crossentropy", "categorical_crossentropy"]
)
def test_advice_fits_the_labels(tmp_path: Path, y: np.ndarray, said: str, loss: str) -> None:
    np.savez(tmp_path / "made.npz", x=np.zeros((40, 2)), y=y)
    config = {
        "dataset": {"source": {"arrays": "made.npz"}},
        "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
        "loss": loss,
    }
    with pytest.raises(DataError) as caught:
        load_dataset(load_config(config).config, [tmp_path])
    assert str(caught.value).endswith(
        f"made.npz: expected one label an example, received 3. {said}"
    )
