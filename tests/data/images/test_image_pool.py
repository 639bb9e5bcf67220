"""Folders of pictures from files to splits, in memory and streamed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, join
from dlkit.data.load import load_dataset, load_folds
from dlkit.errors import ConfigError, DataError

PARTS = ("train", "validation", "test")


def paint(top: Path, count: int = 12, first: int = 0, classes: str = "ab") -> None:
    """Write gray pictures of 4 x 6, each filled with its number in the order of reading."""
    for index, name in enumerate(classes):
        (top / name).mkdir(parents=True)
        for number in range(count):
            value = first + index * count + number
            Image.fromarray(np.full((4, 6), value, np.uint8)).save(
                top / name / f"{number:03}.png"
            )


def settings(**dataset: Any) -> Any:
    return load_config(
        {
            "dataset": {"source": {"images": "pictures"}, **dataset},
            "architecture": {
                "layers": ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]
            },
            "loss": "sparse_categorical_crossentropy",
        }
    ).config


def load(folder: Path, **dataset: Any) -> Dataset:
    return load_dataset(settings(**dataset), [folder])


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


def assert_rows(dataset: Dataset, count: int = 12) -> None:
    for part in PARTS:
        split, rows = held(getattr(dataset, part)), dataset.rows[part]
        assert isinstance(split.x, np.ndarray)
        assert (split.x.dtype, split.x.shape[1:]) == (np.uint8, (4, 6, 1))
        assert split.x[:, 0, 0, 0].tolist() == rows.tolist()
        assert split.y.tolist() == (rows // count).tolist()


@pytest.mark.parametrize("stream", [False, True], ids=["held", "streamed"])
def test_recorded_rows_are_the_used_pictures(tmp_path: Path, stream: bool) -> None:
    paint(tmp_path / "pictures")
    dataset = load(tmp_path, validation=0.25, stream=stream)
    assert isinstance(dataset.train, Stream if stream else Split)
    assert dataset.class_names == ("a", "b")
    assert sorted(np.concatenate([*dataset.rows.values()])) == [*range(24)]
    assert_rows(dataset)


def test_pictures_are_streamed_as_they_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "pictures")
    monkeypatch.setattr("dlkit.data.images.image_pool.BLOCK_BYTES", 5 * 24)
    streamed, resident = (load(tmp_path, stream=stream) for stream in (True, False))
    assert isinstance(streamed.train, Stream)
    assert [len(block) for block in streamed.train.blocks()] == [5, 5, 5, 2]
    np.testing.assert_array_equal(held(streamed.train).x, held(resident.train).x)
    order = np.array([7, 0, 16, 7])
    assert streamed.train.read is not None
    np.testing.assert_array_equal(
        streamed.train.read(order).x, held(resident.train).take(order).x
    )


def test_folder_beyond_a_size_is_streamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(tmp_path / "pictures")
    for limit, kind in ((24 * 24, Split), (24 * 24 - 1, Stream)):
        monkeypatch.setattr("dlkit.data.images.image_pool.RESIDENT_BYTES", limit)
        assert isinstance(load(tmp_path).train, kind)


def test_folder_of_its_own_is_a_part(tmp_path: Path) -> None:
    paint(tmp_path / "pictures")
    paint(tmp_path / "later", 3, first=24)
    dataset = load(tmp_path, test="later")
    assert dataset.rows["test"].tolist() == [*range(6)]  # in the folder of its own
    split = held(dataset.test)
    assert isinstance(split.x, np.ndarray)
    assert split.x[:, 0, 0, 0].tolist() == [*range(24, 30)]
    assert split.y.tolist() == [0, 0, 0, 1, 1, 1]


def test_folder_of_other_classes_is_refused(tmp_path: Path) -> None:
    paint(tmp_path / "pictures")
    paint(tmp_path / "later", 3, classes="ac")
    expected = r"later: expected the classes a, b, received a, c\.$"
    with pytest.raises(DataError, match=expected):
        load(tmp_path, test="later")


def test_folder_that_training_reads_too_is_refused(tmp_path: Path) -> None:
    paint(tmp_path / "pictures")
    expected = (
        r"^dataset\.test: pictures belongs to training as well\. A picture has one part\.$"
    )
    with pytest.raises(ConfigError, match=expected):
        load(tmp_path, test="pictures")


def test_folds_test_every_picture_once(tmp_path: Path) -> None:
    paint(tmp_path / "pictures")
    datasets = [*load_folds(settings(folds=3, validation=0.25), [tmp_path])]
    for dataset in datasets:
        assert_rows(dataset)
    tested = np.concatenate([dataset.rows["test"] for dataset in datasets])
    assert sorted(tested.tolist()) == [*range(24)]
