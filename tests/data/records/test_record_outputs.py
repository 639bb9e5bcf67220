"""Records for models of several outputs, each with features of its own to learn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, Target, join
from dlkit.data.load import load_dataset, load_folds

pytestmark = pytest.mark.keras

FEATURES = {"x": {"float32": [2]}, "kind": "string", "mass": "float32"}
OUTPUTS: dict[str, Any] = {
    "mass": {"loss": "mse", "target": "mass"},
    "kind": {"loss": "sparse_categorical_crossentropy", "target": "kind"},
}


@pytest.fixture(autouse=True)
def made(tmp_path: Path) -> None:
    """Write records whose x begins with their number."""
    import tensorflow as tf

    def floats(*numbers: float) -> Any:
        return tf.train.Feature(float_list=tf.train.FloatList(value=numbers))

    with tf.io.TFRecordWriter(str(tmp_path / "made.tfrecord")) as writer:
        for number in range(30):
            word = tf.train.BytesList(value=[b"kind %d" % (number % 3)])
            features = {
                "x": floats(number, 1),
                "kind": tf.train.Feature(bytes_list=word),
                "mass": floats(number / 2),
            }
            message = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(message.SerializeToString())


def settings(outputs: Any = None, features: Any = None, **dataset: Any) -> Any:
    source = {"path": "made.tfrecord", "features": features or FEATURES}
    layers = [
        {"Dense": {"name": "mass", "units": 1, "from": "input"}},
        {"Dense": {"name": "kind", "units": 3, "activation": "softmax", "from": "input"}},
    ]
    return load_config(
        {
            "dataset": {"source": {"tfrecord": source}, **dataset},
            "architecture": {"layers": layers},
            "outputs": outputs or OUTPUTS,
        }
    ).config


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


def assert_labels(dataset: Dataset) -> None:
    for part in ("train", "validation", "test"):
        split, rows = held(getattr(dataset, part)), dataset.rows[part]
        assert isinstance(split.x, np.ndarray)
        assert split.x[:, 0].tolist() == rows.tolist()
        assert split.targets["mass"].tolist() == [[row / 2] for row in rows]
        assert split.targets["kind"].tolist() == [row % 3 for row in rows]
        assert split.y.tolist() == split.targets["mass"].tolist()


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_every_output_learns_features_of_its_own(tmp_path: Path, stream: bool) -> None:
    dataset = load_dataset(settings(stream=stream), [tmp_path])
    assert isinstance(dataset.train, Stream if stream else Split)
    assert_labels(dataset)
    assert dataset.outputs == {
        "mass": Target("regression", (), ("mass",)),
        "kind": Target("classification", ("kind 0", "kind 1", "kind 2")),
    }
    for fold in load_folds(settings(folds=3), [tmp_path]):
        assert_labels(fold)


def test_first_target_with_classes_keeps_their_proportions(tmp_path: Path) -> None:
    outputs = {"kind": OUTPUTS["kind"], "mass": OUTPUTS["mass"]}
    dataset = load_dataset(settings(outputs, test=6), [tmp_path])
    assert np.bincount(held(dataset.test).y).tolist() == [2, 2, 2]


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_labels_that_nobody_needs_are_zeros(tmp_path: Path, stream: bool) -> None:
    back = {name: {"loss": "mse", "target": "input"} for name in OUTPUTS}
    features = {"x": FEATURES["x"]}
    dataset = load_dataset(settings(back, features, stream=stream), [tmp_path])
    assert not dataset.is_labelled
    split = held(dataset.train)
    assert split.y.shape == (len(split), 1)
    assert not split.y.any()
