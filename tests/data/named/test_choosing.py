"""Some classes and some examples of a named dataset, against numpy on the same arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Split
from dlkit.data.load import load_dataset, load_folds


def settings(source: Any, units: int = 2, **dataset: Any) -> Any:
    return load_config(
        {
            "dataset": {"source": source, **dataset},
            "architecture": {
                "layers": ["Flatten", {"Dense": {"units": units, "activation": "softmax"}}]
            },
            "loss": "sparse_categorical_crossentropy",
        }
    ).config


def load(source: Any, units: int = 2, **dataset: Any) -> Dataset:
    return load_dataset(settings(source, units, **dataset), [])


def held(dataset: Dataset, part: str) -> Split:
    split = getattr(dataset, part)
    assert isinstance(split, Split)
    return split


@pytest.fixture
def mnist(data_folder: Path, pictures: Any) -> dict[str, Any]:
    """Put a small mnist where it is looked for: 60 pictures, 20 of the test."""
    arrays: dict[str, Any] = pictures()
    np.savez(data_folder / "mnist.npz", **arrays)
    return arrays


def test_only_the_chosen_classes_are_there_in_their_order(mnist: Any) -> None:
    dataset = load({"mnist": [7, 0]})
    assert dataset.class_names == ("7", "0")
    for part, array in (("train", "train"), ("validation", "train"), ("test", "test")):
        split, rows = held(dataset, part), dataset.rows[part]
        np.testing.assert_array_equal(split.x, mnist[f"x_{array}"][rows])
        wanted = np.array([7, 0])[split.y]
        assert wanted.tolist() == mnist[f"y_{array}"][rows].tolist()
    assert len(held(dataset, "test")) == 4  # all of its own
    sizes = [len(held(dataset, part)) for part in ("train", "validation")]
    assert sizes == [11, 1]


def test_test_split_that_is_mixed_in_is_numbered_behind_the_others(mnist: Any) -> None:
    dataset = load({"mnist": [7, 0]}, test=0.25, validation=0)
    x = np.concatenate([mnist["x_train"], mnist["x_test"]])
    for part in ("train", "test"):
        np.testing.assert_array_equal(held(dataset, part).x, x[dataset.rows[part]])
    assert (len(held(dataset, "train")), len(held(dataset, "test"))) == (12, 4)


def test_so_many_examples_of_each_class_are_learned_from(mnist: Any) -> None:
    dataset = load({"mnist": {"examples_per_class": 4}}, 10, validation=10)
    assert np.bincount(held(dataset, "train").y).tolist() == [3] * 10
    assert np.bincount(held(dataset, "validation").y).tolist() == [1] * 10
    assert len(held(dataset, "test")) == 20
    assert dataset.notes == ()


def test_seed_chooses_them_and_more_are_added_to_the_same(mnist: Any) -> None:
    def rows(count: int, seed: int = 0) -> set[int]:
        config = settings({"mnist": {"examples_per_class": count}}, 10, validation=0)
        config = config.model_copy(update={"seed": seed})
        return {*load_dataset(config, []).rows["train"].tolist()}

    assert rows(2) == rows(2)
    assert rows(2) < rows(3) < rows(5)
    assert rows(2) != rows(2, seed=1)


def test_classes_with_fewer_examples_are_told(mnist: Any) -> None:
    dataset = load({"mnist": {"classes": [3, 4], "examples_per_class": 100}}, validation=0)
    assert dataset.notes == (
        "examples_per_class: 100 are more than there are of '3' (6), '4' (6)",
    )


def test_test_of_a_set_without_one_is_set_aside_first() -> None:
    dataset = load({"digits": {"classes": [8, 9], "examples_per_class": 20}}, validation=0)
    target = load_digits().target
    whole = np.count_nonzero((target == 8) | (target == 9))
    assert len(held(dataset, "test")) == round(0.2 * whole)
    assert np.bincount(held(dataset, "train").y).tolist() == [20, 20]
    for part in ("train", "test"):
        own = np.array([8, 9])[held(dataset, part).y]
        assert own.tolist() == target[dataset.rows[part]].tolist()


def test_folds_learn_from_so_many_and_are_tested_on_all() -> None:
    source = {"iris": {"classes": ["virginica", "setosa"], "examples_per_class": 9}}
    folds = [*load_folds(settings(source, folds=5, validation=0), [])]
    for dataset in folds:
        assert np.bincount(held(dataset, "train").y).tolist() == [9, 9]
    tested = np.concatenate([dataset.rows["test"] for dataset in folds])
    assert sorted(tested.tolist()) == [*range(50), *range(100, 150)]


@pytest.mark.keras
def test_stand_in_has_the_same_classes(data_folder: Path, no_network: None) -> None:
    source = {"mnist": {"classes": [5, 6, 7, 8, 9], "examples_per_class": 30}}
    dataset = load(source, 5, offline="digits")
    assert (dataset.name, dataset.stand_in_for) == ("digits", "mnist")
    assert dataset.class_names == ("5", "6", "7", "8", "9")
    train = held(dataset, "train")
    assert train.x.shape == (135, 28, 28)  # type: ignore[union-attr]
    digits = load_digits().target[dataset.rows["train"]]
    assert (train.y + 5).tolist() == digits.tolist()


def test_words_of_some_topics(data_folder: Path) -> None:
    words = np.arange(80, dtype=np.int32).reshape(8, 10)
    labels = np.array([0, 1] * 4)
    np.savez(
        data_folder / "imdb.npz", x_train=words, y_train=labels, x_test=words, y_test=labels
    )
    told = {"maxlen": 10, "classes": ["positive", "negative"], "examples_per_class": 2}
    dataset = load({"imdb": told}, validation=0)
    assert dataset.class_names == ("positive", "negative")
    assert np.bincount(held(dataset, "train").y).tolist() == [2, 2]
    assert held(dataset, "test").y.tolist() == [1, 0] * 4
