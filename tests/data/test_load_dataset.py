from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.datasets import NAMED_SETS
from dlkit.config.load import load_config
from dlkit.data.dataset import Dataset, Examples, Split, all_labels
from dlkit.data.load import load_dataset
from dlkit.errors import DataError

Archive = dict[str, np.ndarray]
Pictures = Callable[..., Archive]


def load(source: str, seed: int = 0, **dataset: Any) -> Dataset:
    """Load a dataset for a model that fits what is learned of it."""
    values = NAMED_SETS[source].task == "regression"
    config = {
        "dataset": {"source": source, **dataset},
        "seed": seed,
        "architecture": {"layers": ["Flatten", {"Dense": "${dataset.num_classes}"}, "Softmax"]},
        "loss": "sparse_categorical_crossentropy",
    }
    if values:
        config |= {"architecture": {"layers": [{"Dense": 1}]}, "loss": "mse"}
    return load_dataset(load_config(config).config, ())


def inputs(examples: Examples | None) -> np.ndarray:
    """Return inputs that are one array in memory."""
    assert isinstance(examples, Split)
    assert isinstance(examples.x, np.ndarray)
    return examples.x


def sizes(data: Dataset) -> tuple[int, int, int]:
    validation = 0 if data.validation is None else len(data.validation)
    return len(data.train), validation, len(data.test)


@pytest.mark.parametrize(
    ("validation", "test", "expected"),
    [
        (0.1, None, (54, 6, 20)),
        (0, None, (60, 0, 20)),
        (12, None, (48, 12, 20)),
        (0.1, 0.5, (36, 4, 40)),
        (0.25, 16, (48, 16, 16)),
    ],
)
def test_source_with_a_test_split_is_divided(
    data_folder: Path,
    pictures: Pictures,
    validation: float,
    test: float | None,
    expected: tuple[int, int, int],
) -> None:
    np.savez(data_folder / "mnist.npz", **pictures(train=60, test=20))
    assert sizes(load("mnist", validation=validation, test=test)) == expected


@pytest.mark.parametrize(
    ("validation", "test", "expected"),
    [
        (0.1, None, (108, 12, 30)),
        (0, None, (120, 0, 30)),
        (0.1, 0.4, (81, 9, 60)),
        (50, 50, (50, 50, 50)),
    ],
)
def test_table_without_a_test_split_gives_a_fifth_of_it(
    validation: float, test: float | None, expected: tuple[int, int, int]
) -> None:
    data = load("iris", validation=validation, test=test)
    assert sizes(data) == expected
    parts = [part for part in (data.train, data.validation, data.test) if part is not None]
    for part in parts:  # the three species are equally many, so nearly so in each part
        assert np.ptp(np.bincount(all_labels(part), minlength=3)) <= 1


def test_source_s_own_test_split_is_kept_in_its_order(
    data_folder: Path, pictures: Pictures
) -> None:
    arrays = pictures()
    np.savez(data_folder / "mnist.npz", **arrays)
    data = load("mnist", seed=4)
    np.testing.assert_array_equal(inputs(data.test), arrays["x_test"])
    np.testing.assert_array_equal(all_labels(data.test), arrays["y_test"])


def test_every_example_is_in_one_part_with_its_own_label(
    data_folder: Path, pictures: Pictures
) -> None:
    arrays = pictures()
    arrays["x_train"][:, 0, 0] = np.arange(60)  # a number to know each picture by
    np.savez(data_folder / "mnist.npz", **arrays)
    data = load("mnist", seed=4, validation=0.5)
    assert data.validation is not None
    x = np.concatenate([inputs(data.train), inputs(data.validation)])
    numbers = x[:, 0, 0].astype(int)
    labels = np.concatenate([all_labels(data.train), all_labels(data.validation)])
    assert sorted(numbers.tolist()) == [*range(60)]
    np.testing.assert_array_equal(labels, numbers % 10)


def test_split_is_a_function_of_the_seed() -> None:
    first, again, other = (inputs(load("iris", seed).train) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("name", "task", "dtype", "labels"),
    [
        ("iris", "classification", np.int32, (108,)),
        ("digits", "classification", np.int32, (1294,)),
        ("diabetes", "regression", np.float32, (319, 1)),
    ],
)
def test_labels_have_the_dtype_and_shape_of_the_task(
    name: str, task: str, dtype: type, labels: tuple[int, ...]
) -> None:
    data = load(name)
    y = all_labels(data.train)
    assert (data.task, y.dtype, y.shape) == (task, dtype, labels)


def test_dataset_says_what_it_is() -> None:
    data = load("iris")
    assert (data.name, data.stand_in_for, data.origin) == (
        *("iris", None, "ships with scikit-learn"),
    )
    assert data.class_names == ("setosa", "versicolor", "virginica")
    assert data.feature_names[0] == "sepal length (cm)"


def test_raw_pictures_keep_their_dtype(data_folder: Path, pictures: Pictures) -> None:
    np.savez(data_folder / "mnist.npz", **pictures())
    x = inputs(load("mnist").train)
    assert (x.dtype, x.shape[1:]) == (np.uint8, (28, 28))


@pytest.mark.parametrize("name", [n for n, s in NAMED_SETS.items() if s.origin == "sklearn"])
def test_facts_of_a_named_set_are_those_of_its_data(name: str) -> None:
    facts, data = NAMED_SETS[name], load(name, validation=0)
    assert inputs(data.train).shape[1:] == facts.shape
    assert len(data.train) + len(data.test) == facts.train
    if facts.classes:
        assert set(np.unique(all_labels(data.train))) == set(range(len(facts.classes)))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_data_that_is_not_finite_is_refused_with_how_much(
    data_folder: Path, pictures: Pictures, bad: float
) -> None:
    arrays = pictures()
    arrays["x_train"] = arrays["x_train"].astype(np.float32)
    arrays["x_train"][3:5, 0, 7] = bad
    arrays["x_train"][9, 1, 0] = bad
    np.savez(data_folder / "mnist.npz", **arrays)
    expected = (
        r"^mnist: 3 of 60 examples have values that are not finite \(first in row 3,"
        r" column 7\)\. Training needs numbers\.$"
    )
    with pytest.raises(DataError, match=expected):
        load("mnist", validation=0)


def test_data_that_is_not_finite_is_refused_in_the_test_split_too(
    data_folder: Path, pictures: Pictures
) -> None:
    arrays = pictures()
    arrays["x_test"] = arrays["x_test"].astype(np.float64)
    arrays["x_test"][0] = np.nan
    np.savez(data_folder / "mnist.npz", **arrays)
    with pytest.raises(
        DataError, match=r"^mnist: 1 of 20 examples have values that are not fi"
    ):
        load("mnist")


@pytest.mark.parametrize(("label", "span"), [(10, "0 to 10"), (-1, "-1 to 9")])
def test_label_out_of_range_is_refused(
    data_folder: Path, pictures: Pictures, label: int, span: str
) -> None:
    arrays = pictures()
    arrays["y_train"] = arrays["y_train"].astype(np.int64)
    arrays["y_train"][5] = label
    np.savez(data_folder / "mnist.npz", **arrays)
    with pytest.raises(
        DataError, match=rf"mnist\.npz: expected labels from 0 to 9, received {span}\.$"
    ):
        load("mnist", validation=0)


@pytest.mark.parametrize(
    ("key", "share", "said"),
    [
        ("validation", 120, r"^dataset\.validation: 120 of 120 examples sets 120 aside\. Both"),
        ("test", 150, r"^dataset\.test: 150 of 150 examples sets 150 aside\. Both parts need"),
        ("test", 0, r"^dataset\.test: 0 of 150 examples sets 0 aside\. Both parts need at "),
    ],
)
def test_split_that_would_be_empty_is_refused(key: str, share: float, said: str) -> None:
    with pytest.raises(DataError, match=said) as error:
        load("iris", **{key: share})
    assert error.value.exit_code == 3


def test_damaged_file_is_refused_although_there_is_a_stand_in(data_folder: Path) -> None:
    (data_folder / "mnist.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"mnist\.npz: the file is damaged "):
        load("mnist", offline="digits")


def test_color_stand_in_of_a_gray_set_keeps_its_own_test_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLKIT_DATA", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    picture = np.zeros((32, 32, 3), np.uint8)
    picture[..., 0] = 90  # a red surface: the mean over the channels is 30
    x = np.stack([picture] * 20)
    x[0] = 255
    labels = np.arange(20) % 10
    np.savez(
        tmp_path / "cifar10.npz", x_train=x, y_train=labels, x_test=x[1:6], y_test=labels[1:6]
    )
    data = load("mnist", offline="cifar10", validation=0)
    assert (inputs(data.train).shape, inputs(data.test).shape) == ((20, 28, 28), (5, 28, 28))
    assert inputs(data.test).dtype == np.uint8
    assert set(np.unique(inputs(data.test))) == {30}
