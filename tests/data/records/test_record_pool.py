"""Records from file to splits, in memory and streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, join
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import ConfigError, DataError

pytestmark = pytest.mark.keras

PARTS = ("train", "validation", "test")
FEATURES = {"x": {"float32": [3]}, "label": "string", "mass": "float32"}


def write(path: Path, count: int = 30, classes: int = 3, **changes: dict[int, float]) -> None:
    """Write records whose x begins with their number; the label is a remainder of it."""
    import tensorflow as tf

    def floats(*numbers: float) -> Any:
        return tf.train.Feature(float_list=tf.train.FloatList(value=numbers))

    with tf.io.TFRecordWriter(str(path)) as writer:
        for number in range(count):
            word = tf.train.BytesList(value=[b"kind %d" % (number % classes)])
            features = {
                "x": floats(changes.get("x", {}).get(number, number), 1, 2),
                "label": tf.train.Feature(bytes_list=word),
                "mass": floats(changes.get("mass", {}).get(number, number / 2)),
            }
            message = tf.train.Example(features=tf.train.Features(feature=features))
            writer.write(message.SerializeToString())


def settings(**dataset: Any) -> Any:
    source = {"tfrecord": {"path": "made.tfrecord", "features": FEATURES}}
    return load_config(
        {
            "dataset": {
                "source": source,
                "target": "label",
                "sample_weight": "mass",
                **dataset,
            },
            "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
            "loss": "sparse_categorical_crossentropy",
        }
    ).config


def load(folder: Path, **dataset: Any) -> Dataset:
    return load_dataset(settings(**dataset), [folder])


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


def assert_rows(dataset: Dataset) -> None:
    for part in PARTS:
        split, rows = held(getattr(dataset, part)), dataset.rows[part]
        assert isinstance(split.x, np.ndarray)
        assert split.x[:, 0].tolist() == rows.tolist()
        assert split.y.tolist() == (rows % 3).tolist()
        assert split.weight is not None
        assert split.weight.tolist() == (rows / 2).tolist()


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_recorded_rows_are_the_used_records(tmp_path: Path, stream: bool) -> None:
    write(tmp_path / "made.tfrecord")
    dataset = load(tmp_path, validation=0.25, stream=stream)
    assert isinstance(dataset.train, Stream if stream else Split)
    assert dataset.class_names == ("kind 0", "kind 1", "kind 2")
    assert sorted(np.concatenate([*dataset.rows.values()])) == [*range(30)]
    assert_rows(dataset)


def test_records_in_memory_keep_proportions_of_classes(tmp_path: Path) -> None:
    write(tmp_path / "made.tfrecord")
    dataset = load(tmp_path, validation=6, test=9)
    assert np.bincount(held(dataset.test).y).tolist() == [3, 3, 3]
    assert np.bincount(held(dataset.validation).y).tolist() == [2, 2, 2]


def test_streamed_parts_come_together_as_they_come_alone(tmp_path: Path) -> None:
    write(tmp_path / "made.tfrecord")
    dataset = load(tmp_path, stream=True)
    assert dataset.together is not None
    blocks = [*dataset.together()]
    for part in PARTS:
        together = join([block[part] for block in blocks if part in block])
        np.testing.assert_array_equal(together.x, held(getattr(dataset, part)).x)


def test_folds_test_every_record_once(tmp_path: Path) -> None:
    write(tmp_path / "made.tfrecord")
    datasets = [*load_folds(settings(folds=3), [tmp_path])]
    for dataset in datasets:
        assert_rows(dataset)
    tested = np.concatenate([dataset.rows["test"] for dataset in datasets])
    assert sorted(tested.tolist()) == [*range(30)]


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_records_of_one_class_are_refused(tmp_path: Path, stream: bool) -> None:
    write(tmp_path / "made.tfrecord", classes=1)
    expected = r"^tfrecord: all 22 training examples are of the class 'kind 0'\. There is"
    with pytest.raises(DataError, match=expected):
        load(tmp_path, stream=stream)


def test_record_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "made.tfrecord", x={7: np.nan})
    expected = r"^\S*made\.tfrecord: 1 of 30 examples have .* \(first in record 8, column 0\)"
    with pytest.raises(DataError, match=expected):
        load(tmp_path)


def test_negative_weight_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "made.tfrecord", mass={7: -1.0})
    expected = (
        r"^sample_weight 'mass': expected numbers of at least 0, received -1 in record 8\.$"
    )
    with pytest.raises(DataError, match=expected):
        load(tmp_path)


def test_target_that_is_no_feature_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "made.tfrecord")
    expected = r"dataset\.target: the records have no feature 'labl'\. Did you mean 'label'\?$"
    with pytest.raises(ConfigError, match=expected):
        load(tmp_path, target="labl")
