"""Data without labels, for models that give back what they read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, Stream, Target, join
from dlkit.data.load import load_dataset, load_folds
from dlkit.data.profile.profile import profile
from dlkit.data.profile.survey import survey
from dlkit.errors import DataError

BACK = {"copy": {"loss": "mse", "target": "input"}}


def settings(source: Any, **dataset: Any) -> Any:
    return load_config(
        {
            "dataset": {"source": source, **dataset},
            "architecture": {"layers": ["Flatten", {"Dense": {"name": "copy", "units": 2}}]},
            "outputs": BACK,
        }
    ).config


def write(folder: Path, kind: str, count: int = 40) -> Any:
    """Write examples whose first number is their own; return the source."""
    numbers = np.stack([np.arange(count), np.arange(count) % 3], axis=1)
    if kind == "csv":
        rows = "\n".join(f"{a}.5,{b}.25" for a, b in numbers.tolist())
        (folder / "made.csv").write_text(f"a,b\n{rows}\n")
        return {"csv": "made.csv"}
    if kind == "arrays":
        np.savez(folder / "made.npz", x=numbers.astype("float32") + 0.5)
        return {"arrays": "made.npz"}
    (folder / "pictures").mkdir()
    for number in range(count):
        picture = Image.fromarray(np.full((8, 9), number, np.uint8))
        picture.save(folder / "pictures" / f"{number:03}.png")
    return {"images": "pictures"}


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


def first_numbers(split: Split) -> list[int]:
    x = next(iter(split.x.values())) if isinstance(split.x, dict) else split.x
    return [int(first) for first in x.reshape(len(split), -1)[:, 0]]


def assert_unlabelled(dataset: Dataset) -> None:
    assert not dataset.is_labelled
    assert (dataset.task, dataset.class_names, dataset.target_names) == ("regression", (), ())
    assert dataset.outputs == {"copy": Target("regression")}
    for part in ("train", "validation", "test"):
        split = held(getattr(dataset, part))
        assert first_numbers(split) == dataset.rows[part].tolist()
        assert split.y.dtype == np.float32
        assert split.y.shape == (len(split), 1)
        assert not split.y.any()
        assert not split.targets


@pytest.mark.parametrize("kind", ["csv", "arrays", "images"])
def test_labels_that_nobody_needs_are_zeros(tmp_path: Path, kind: str) -> None:
    dataset = load_dataset(settings(write(tmp_path, kind)), [tmp_path])
    assert_unlabelled(dataset)
    assert not [note for note in dataset.notes if "class" in note or "label" in note]


@pytest.mark.parametrize("kind", ["csv", "images"])
def test_streams_need_no_labels_either(tmp_path: Path, kind: str) -> None:
    dataset = load_dataset(settings(write(tmp_path, kind), stream=True), [tmp_path])
    assert isinstance(dataset.train, Stream)
    assert_unlabelled(dataset)


@pytest.mark.parametrize("kind", ["csv", "arrays", "images"])
def test_folds_need_none(tmp_path: Path, kind: str) -> None:
    folds = [*load_folds(settings(write(tmp_path, kind), folds=4), [tmp_path])]
    for dataset in folds:
        assert_unlabelled(dataset)
    tested = np.concatenate([dataset.rows["test"] for dataset in folds])
    assert sorted(tested.tolist()) == [*range(40)]


@pytest.mark.parametrize("kind", ["csv", "arrays", "images"])
def test_look_at_the_data_says_nothing_of_labels(tmp_path: Path, kind: str) -> None:
    config = settings(write(tmp_path, kind))
    dataset = load_dataset(config, [tmp_path])
    found = profile(survey(dataset), dataset, config, lambda row: f"row {row}", {})
    assert found.classes == {}
    assert "target" not in {column.kind for column in found.columns}
    assert not [each for each in found.findings if "label" in str(each) or "class" in str(each)]


def test_parts_in_files_of_their_own_need_none(tmp_path: Path) -> None:
    source = write(tmp_path, "csv")
    (tmp_path / "late.csv").write_text("a,b\n7,1\n8,2\n")
    dataset = load_dataset(settings(source, test="late.csv"), [tmp_path])
    assert first_numbers(held(dataset.test)) == [7, 8]
    (tmp_path / "more").mkdir()
    Image.fromarray(np.full((8, 9), 3, np.uint8)).save(tmp_path / "more" / "one.png")
    dataset = load_dataset(settings(write(tmp_path, "images"), test="more"), [tmp_path])
    assert first_numbers(held(dataset.test)) == [3]


def test_classes_that_are_there_keep_their_proportions(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for number in range(10):
            picture = Image.fromarray(np.full((8, 9), number, np.uint8))
            picture.save(tmp_path / "pictures" / name / f"{number}.png")
    dataset = load_dataset(settings({"images": "pictures"}, test=0.2), [tmp_path])
    assert dataset.class_names == ("a", "b")
    assert np.bincount(held(dataset.test).y).tolist() == [2, 2]


def test_pictures_that_are_learned_from_need_their_folders(tmp_path: Path) -> None:
    config = load_config(
        {
            "dataset": {"source": write(tmp_path, "images")},
            "architecture": {
                "layers": ["Flatten", {"Dense": {"units": 2, "activation": "softmax"}}]
            },
            "loss": "sparse_categorical_crossentropy",
        }
    ).config
    with pytest.raises(DataError, match="expected a folder a class, received 40 pictures"):
        load_dataset(config, [tmp_path])
