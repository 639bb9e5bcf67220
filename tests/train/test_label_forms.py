"""Labels in the form that loss and model compare, and how much each example counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.config.schema import Config, DatasetConfig  # noqa: E402
from dlkit.data.dataset import Dataset, Examples, Split, Stream, join  # noqa: E402
from dlkit.errors import ConfigError  # noqa: E402
from dlkit.train.labels import shape_labels, weigh_classes  # noqa: E402

LABELS = np.repeat([0, 1, 2], [60, 30, 10]).astype(np.int32)


def config(loss: str, units: int) -> Config:
    activation = "sigmoid" if units == 1 else "softmax"
    data = {
        "dataset": {"source": "breast_cancer" if units < 3 else "iris"},
        "architecture": {"layers": [{"Dense": {"units": units, "activation": activation}}]},
        "loss": loss,
    }
    return load_config(data).config


def model(units: int) -> Any:
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])


def dataset(
    labels: np.ndarray = LABELS,
    *,
    task: Any = "classification",
    weight: np.ndarray | None = None,
    streamed: bool = False,
) -> Dataset:
    part: Examples = Split(np.zeros((len(labels), 2), np.float32), labels, weight)
    if streamed:
        whole = part

        def blocks() -> Iterator[Split]:
            for start in range(0, len(labels), 32):
                yield whole.take(slice(start, start + 32))

        part = Stream(len(labels), blocks, whole.take)
    names = ("cat", "dog", "emu")[: int(labels.max()) + 1]
    source: DatasetConfig = config("sparse_categorical_crossentropy", 3).dataset
    parts = (part, part, part)
    return Dataset("made", None, "here", task, names, (), *parts, source)


def held(examples: Examples | None) -> Split:
    assert examples is not None
    return join([*examples.blocks()])


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
def test_one_hot_labels_are_those_of_keras(streamed: bool) -> None:
    shaped = shape_labels(
        dataset(streamed=streamed), model(3), config("categorical_crossentropy", 3)
    )
    for part in (shaped.train, shaped.validation, shaped.test):
        y = held(part).y
        assert y.dtype == np.float32
        np.testing.assert_array_equal(y, keras.utils.to_categorical(LABELS, 3))


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
def test_single_unit_compares_with_a_column(streamed: bool) -> None:
    labels = (np.arange(50) % 2).astype(np.int32)
    data = dataset(labels, streamed=streamed)
    y = held(shape_labels(data, model(1), config("binary_crossentropy", 1)).train).y
    assert y[:, 0].tolist() == labels.tolist()
    assert y.shape == (50, 1)


def test_unit_a_class_compares_with_numbers() -> None:
    data = dataset()
    assert shape_labels(data, model(3), config("sparse_categorical_crossentropy", 3)) is data


@pytest.mark.parametrize("streamed", [False, True], ids=["held", "streamed"])
@pytest.mark.parametrize("counts", [[60, 30, 10], [1, 1, 1], [2, 97, 1]])
def test_balanced_weights_are_scikit_learn_s(counts: list[int], streamed: bool) -> None:
    labels = np.repeat([0, 1, 2], counts).astype(np.int32)
    weighed = weigh_classes(dataset(labels, streamed=streamed), "balanced")
    classes = np.arange(3)
    expected = compute_class_weight("balanced", classes=classes, y=labels)[labels]
    weight = held(weighed.train).weight
    assert weight is not None
    assert weight.dtype == np.float32
    np.testing.assert_allclose(weight, expected, rtol=1e-6)
    assert held(weighed.validation).weight is None
    assert held(weighed.test).weight is None


def test_class_without_training_examples_takes_no_share() -> None:
    labels = np.array([0, 0, 0, 2], np.int32)
    weight = held(weigh_classes(dataset(labels), "balanced").train).weight
    assert weight is not None
    np.testing.assert_allclose(weight, [4 / (2 * 3)] * 3 + [4 / 2], rtol=1e-6)


def test_weights_by_name_leave_others_at_one() -> None:
    weight = held(weigh_classes(dataset(), {"dog": 2.5, "emu": 0.0}).train).weight
    assert weight is not None
    assert weight.tolist() == [1.0] * 60 + [2.5] * 30 + [0.0] * 10


def test_weights_of_examples_are_multiplied() -> None:
    own = np.linspace(0, 2, 100).astype(np.float32)
    weight = held(weigh_classes(dataset(weight=own), {"cat": 3.0}).train).weight
    assert weight is not None
    np.testing.assert_allclose(weight, own * np.where(LABELS == 0, 3, 1), rtol=1e-6)


def test_nothing_changes_where_no_weights_are_asked_for() -> None:
    data = dataset()
    assert weigh_classes(data, None) is data


def test_weights_of_what_has_no_classes_are_refused() -> None:
    expected = (
        r"^training\.class_weight: there are no classes to weigh: multi label\."
        r" Use dataset\.sample_weight\.$"
    )
    with pytest.raises(ConfigError, match=expected):
        weigh_classes(dataset(task="multi_label"), "balanced")


def test_weight_of_an_unknown_class_is_refused() -> None:
    expected = r"^training\.class_weight: no class is named 'dgo'\. Did you mean 'dog'\?$"
    with pytest.raises(ConfigError, match=expected):
        weigh_classes(dataset(), {"cat": 1.0, "dgo": 2.0})
