"""What a loss comes to for the best same answer, as Keras computes it for that answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dlkit.config.objects import KerasObject
from dlkit.evaluate.naive_loss import MOST, naive_loss

pytestmark = pytest.mark.keras

GENERATOR = np.random.default_rng(0)
NUMBERS = GENERATOR.choice(3, 200, p=[0.6, 0.3, 0.1])
COLUMNS = np.eye(3, dtype=np.float32)[NUMBERS]
BITS = (GENERATOR.random((200, 4)) < [0.1, 0.5, 0.9, 0.3]).astype(np.float32)
GRAY = GENERATOR.random((200, 4)).astype(np.float32)
VALUES = GENERATOR.normal(3, 2, (201, 2)).astype(np.float32)


def loss(name: str, **arguments: Any) -> KerasObject:
    return KerasObject("losses", name, name, arguments, ())


@pytest.mark.parametrize(
    ("name", "labels", "answer", "arguments"),
    [
        ("SparseCategoricalCrossentropy", NUMBERS, COLUMNS.mean(axis=0), {}),
        ("SparseCategoricalCrossentropy", NUMBERS[:, None], COLUMNS.mean(axis=0), {}),
        ("CategoricalCrossentropy", COLUMNS, COLUMNS.mean(axis=0), {}),
        (
            "CategoricalCrossentropy",
            COLUMNS,
            COLUMNS.mean(axis=0) * 0.8 + 0.2 / 3,
            {"label_smoothing": 0.2},
        ),
        ("BinaryCrossentropy", BITS, BITS.mean(axis=0), {}),
        ("BinaryCrossentropy", GRAY, GRAY.mean(axis=0), {}),
        (
            "BinaryCrossentropy",
            BITS,
            BITS.mean(axis=0) * 0.8 + 0.1,
            {"label_smoothing": 0.2},
        ),
        ("MeanSquaredError", VALUES, VALUES.mean(axis=0), {}),
        ("MeanAbsoluteError", VALUES, np.median(VALUES, axis=0), {}),
    ],
)
def test_naive_loss_is_that_of_keras(
    name: str, labels: np.ndarray, answer: np.ndarray, arguments: dict[str, Any]
) -> None:
    import keras

    answers = np.tile(answer.astype(np.float32), (len(labels), 1))
    expected = float(getattr(keras.losses, name)(**arguments)(labels, answers))
    found = naive_loss(loss(name, **arguments), labels)
    assert found is not None
    assert found[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "labels", "arguments"),
    [
        ("CategoricalCrossentropy", COLUMNS, {"label_smoothing": 0.2}),
        ("BinaryCrossentropy", GRAY, {}),
    ],
)
def test_least_loss_is_that_of_the_labels_themselves(
    name: str, labels: np.ndarray, arguments: dict[str, Any]
) -> None:
    import keras

    smoothing = arguments.get("label_smoothing", 0.0)
    best = labels * (1 - smoothing) + smoothing / labels.shape[1]
    expected = float(getattr(keras.losses, name)(**arguments)(labels, best))
    found = naive_loss(loss(name, **arguments), labels)
    assert found is not None
    assert found[1] == pytest.approx(expected, rel=1e-4)


def test_certain_labels_leave_nothing() -> None:
    found = naive_loss(loss("BinaryCrossentropy"), BITS)
    assert found is not None
    assert found[1] == pytest.approx(0, abs=1e-9)


def test_unknown_losses_have_no_naive_one() -> None:
    assert naive_loss(loss("Huber"), VALUES) is None
    several = NUMBERS.reshape(50, 2, 2)
    assert naive_loss(loss("SparseCategoricalCrossentropy"), several) is None


def test_many_examples_are_sampled_evenly() -> None:
    labels = np.sort(GENERATOR.choice(2, 4 * MOST, p=[0.9, 0.1]))
    found = naive_loss(loss("SparseCategoricalCrossentropy"), labels)
    shares = np.bincount(labels) / len(labels)
    assert found is not None
    assert found[0] == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-3)
