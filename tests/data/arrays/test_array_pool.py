"""Arrays whose file names the classes: labels are numbers, or the names themselves."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Split
from dlkit.data.load import load_dataset
from dlkit.errors import DataError

NAMES = np.array(["dog", "cat"])  # not in the order of the alphabet
NUMBERS = np.arange(40) % 2


def load(folder: Path, y: np.ndarray) -> Dataset:
    np.savez(folder / "made.npz", x=np.arange(40.0), y=y, class_names=NAMES)
    config = {
        "dataset": {"source": {"arrays": "made.npz"}, "validation": 0, "test": 10},
        "architecture": {"layers": [{"Dense": {"units": 2, "activation": "softmax"}}]},
        "loss": "sparse_categorical_crossentropy",
    }
    return load_dataset(load_config(config).config, [folder])


@pytest.mark.parametrize(
    "y", [NUMBERS, NUMBERS.astype("float64"), NUMBERS[:, None], NAMES[NUMBERS]], ids=str
)
def test_labels_are_numbered_in_the_order_of_the_given_names(
    tmp_path: Path, y: np.ndarray
) -> None:
    data = load(tmp_path, y)
    assert data.class_names == ("dog", "cat")
    assert isinstance(data.train, Split)
    assert data.train.y.dtype == np.int32
    assert data.train.y.tolist() == NUMBERS[data.rows["train"]].tolist()


@pytest.mark.parametrize(
    ("label", "said"),
    [
        (np.array(["cow"]), "expected labels among dog, cat, received cow in row 3."),
        (np.array([0.7]), "expected class numbers, received 0.7 in row 3."),
        (np.array([np.nan]), "expected class numbers, received nan in row 3."),
        (np.array([2]), "expected labels from 0 to 1, received 0 to 2."),
    ],
    ids=str,
)
def test_label_that_is_no_class_is_refused(
    tmp_path: Path, label: np.ndarray, said: str
) -> None:
    y = NAMES[NUMBERS] if label.dtype.kind == "U" else NUMBERS.astype(label.dtype)
    y[3] = label[0]
    with pytest.raises(DataError, match=re.escape(said)):
        load(tmp_path, y)
