"""What the data says of outputs with targets of their own, when it is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.load import load_dataset  # noqa: E402
from dlkit.errors import ConfigError  # noqa: E402
from dlkit.preparation import Prepared, data_places, located, prepare  # noqa: E402

CONFIG = """\
dataset:
  source: {csv: plants.csv}
architecture:
  layers:
    - Dense: {name: kind, units: KINDS, activation: softmax, from: input}
    - Dense: {name: size, units: SIZES, from: input}
outputs:
  kind: {loss: sparse_categorical_crossentropy, target: kind}
  size: {loss: mse, target: [height, width]}
training: {epochs: 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a table of two numbers, four kinds and two sizes."""
    numbers = np.random.default_rng(0).normal(size=(80, 4)).round(3)
    rows = [
        ",".join([*map(str, row), "abcd"[number % 4]]) for number, row in enumerate(numbers)
    ]
    (tmp_path / "plants.csv").write_text("\n".join(["x,y,height,width,kind", *rows]))
    return tmp_path


def prepared(folder: Path, kinds: str = "4", sizes: str = "2") -> Prepared:
    path = folder / "plants.yaml"
    text = CONFIG.replace("KINDS", kinds).replace("SIZES", sizes)
    path.write_text(text)
    loaded = load_config(path)
    with located(loaded):
        return prepare(loaded, load_dataset(loaded.config, data_places(loaded)), None)


def test_targets_of_all_outputs_reach_training(folder: Path) -> None:
    train = prepared(folder, kinds="'${dataset.num_classes}'").dataset.train
    targets = next(iter(train.blocks())).targets
    assert {name: labels.shape for name, labels in targets.items()} == {
        "kind": (58,),
        "size": (58, 2),
    }


@pytest.mark.parametrize(
    ("kinds", "sizes", "said"),
    [
        ("3", "2", r":5:.*the labels have 4 classes, and the last layer has 3 units"),
        (
            "4",
            "1",
            r":6:.*2 values are to be predicted, and the last layer has 1 unit\b",
        ),
    ],
)
def test_output_that_does_not_fit_its_own_target_is_refused_at_its_line(
    folder: Path, kinds: str, sizes: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        prepared(folder, kinds, sizes)
