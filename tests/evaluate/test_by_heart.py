"""Whether a few examples were learned by heart, and what is to be looked at if not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.load import load_config  # noqa: E402
from dlkit.data.dataset import Dataset, Split  # noqa: E402
from dlkit.evaluate.by_heart import ByHeart, judge_by_heart  # noqa: E402
from dlkit.train.loops.method import Method  # noqa: E402
from dlkit.train.trainer import Training  # noqa: E402

X = np.array([[0.0], [1.0], [2.0], [3.0]], "float32")
VALUES = np.array([[1.0], [3.0], [5.0], [7.0]], "float32")  # 2 x + 1


def training(losses: list[float]) -> Training:
    rows = tuple(
        {"epoch": n, "loss": loss, "learning_rate": 0.01, "seconds": 0.1}
        for n, loss in enumerate(losses, 1)
    )
    method = Method("tape", False, "so")
    return Training(rows, 1, len(rows), "completed", method, {}, 1.0)


def judge(
    layers: list[Any],
    weights: list[Any],
    losses: list[float],
    split: Split | None = None,
    **others: Any,
) -> ByHeart | None:
    """Judge a model of given weights on the points of a line."""
    split = split or Split(X, VALUES)
    values = split.y.dtype == np.float32
    config = load_config(
        {
            "dataset": {"source": "diabetes" if values else "moons"},
            "architecture": {"layers": [{"Dense": 1}]},
            "loss": "mse" if values else {"BinaryCrossentropy": {"from_logits": True}},
            "training": {"overfit": 4, "epochs": len(losses), "batch_size": 4},
        }
        | others
    ).config
    dataset = Dataset(
        name="made",
        stand_in_for=None,
        origin="here",
        task="regression" if values else "classification",
        class_names=() if values else ("no", "yes"),
        feature_names=(),
        train=split,
        validation=split,
        test=split,
        resolved=config.dataset,
    )
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile(
        "sgd",
        "mse" if values else keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )
    model.set_weights([np.array(one, "float32") for one in weights])
    return judge_by_heart(model, dataset, config, training(losses))


DENSE = [[[2.0]], [1.0]]
FALLEN = [10.0, *np.linspace(1, 0.5, 119), *[0.5] * 80]


def test_line_that_is_known_is_learned() -> None:
    found = judge([keras.layers.Dense(1)], DENSE, FALLEN)
    assert found == ByHeart(
        True,
        "Learned by heart: the squared error is 0.0% of that of always saying the mean.",
    )


def test_share_of_the_error_is_worked_out_by_hand() -> None:
    # always 1 too much: 4 of squared error; the mean, 4, leaves 9 + 1 + 1 + 9 = 20
    found = judge([keras.layers.Dense(1)], [[[2.0]], [2.0]], FALLEN)
    assert found is not None
    assert not found.learned
    assert found.text == (
        "Not learned by heart: the squared error is 20.0% of that of always saying the mean,"
        " and 5% is the limit."
    )
    # 0.4 too much: 4 * 0.16 = 0.64 of 20
    close = judge([keras.layers.Dense(1)], [[[2.0]], [1.4]], FALLEN)
    assert close is not None
    assert close.learned
    assert "is 3.2% of" in close.text


@pytest.mark.parametrize(("bias", "learned"), [(9.0, True), (7.0, False)])
def test_values_that_are_all_alike_are_measured_by_their_size(
    bias: float, learned: bool
) -> None:
    """An error of 1 is 1 % of what 10 squared comes to, and one of 3 is 9 %."""
    alike = Split(X, np.full((4, 1), 10.0, "float32"))
    found = judge([keras.layers.Dense(1)], [[[0.0]], [bias]], FALLEN, alike)
    assert found is not None
    assert found.learned is learned


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([2.0, 1.9], "Length: the loss went from 2 to 1.9 in 2 steps, train longer."),
        (
            [*np.linspace(2, 1, 150)],
            "Length: the loss went from 2 to 1 and was still falling, train longer.",
        ),
        (
            [1.0] * 150,
            "Learning rate: the loss went from 1 to 1, hardly anywhere: raise it (it is 0.01).",
        ),
        (
            [1.0, *[50.0] * 150],
            "Learning rate: the loss went from 1 to 50, lower it (it is 0.01).",
        ),
        (
            [1.0, 2.0] * 75 + [1.0],
            "Learning rate: the loss went from 1 to 1, lower it (it is 0.01).",
        ),
        (
            FALLEN,
            (
                "Learning rate: the loss went from 10 to 0.5 and stood still, try another (it"
                " is 0.01)."
            ),
        ),
    ],
    ids=["short", "falling", "stuck", "rising", "jumping", "standing"],
)
def test_course_of_the_loss_says_what_to_look_at(losses: list[float], said: str) -> None:
    found = judge([keras.layers.Dense(1)], [[[0.0]], [0.0]], losses)
    assert found is not None
    assert found.advice[0] == said
    assert found.advice[-1].startswith("Do the labels belong to their examples")


def test_what_holds_learning_back_is_named() -> None:
    penalty = keras.regularizers.L2(0.1)
    layers = [
        keras.layers.Dense(1, kernel_regularizer=penalty),
        keras.layers.Dropout(0.5),
        keras.layers.Dropout(0),
        keras.layers.GaussianNoise(0.1),
    ]
    found = judge(layers, [[[0.0]], [0.0]], FALLEN)
    assert found is not None
    assert found.advice[1] == (
        "Regularization: take the penalty on Dense, Dropout, GaussianNoise out while you try."
    )
    plain = judge([keras.layers.Dense(1)], [[[0.0]], [0.0]], FALLEN)
    assert plain is not None
    assert not any("Regularization" in advice for advice in plain.advice)


def test_batch_normalization_that_lags_behind_is_told() -> None:
    layers = [keras.layers.Dense(1), keras.layers.BatchNormalization()]
    weights = [[[0.0]], [0.0], [1.0], [0.0], [0.0], [1.0]]
    found = judge(layers, weights, [1.0] * 100 + [0.01] * 50)
    assert found is not None
    assert any(
        advice.startswith("BatchNormalization: while it trains") for advice in found.advice
    )


def test_frozen_layers_are_told() -> None:
    frozen = keras.layers.Dense(50, trainable=False)
    weights = [np.zeros((1, 50)), np.zeros(50), np.zeros((50, 1)), [0.0]]
    found = judge([frozen, keras.layers.Dense(1)], weights, FALLEN)
    assert found is not None
    assert "Frozen layers: only 51 of 151 weights are trained." in found.advice


def test_classes_have_to_be_right_one_by_one() -> None:
    # logits x - 1.5: no, no, yes, yes
    weights = [[[1.0]], [-1.5]]
    right = Split(X, np.array([[0], [0], [1], [1]], np.int32))
    found = judge([keras.layers.Dense(1)], weights, FALLEN, right)
    assert found == ByHeart(True, "Learned by heart: all 4 examples are right.")
    wrong = Split(X, np.array([[0], [1], [1], [1]], np.int32))
    found = judge([keras.layers.Dense(1)], weights, FALLEN, wrong)
    assert found is not None
    assert found.text == "Not learned by heart: 3 of 4 examples are right."


def test_equal_examples_of_other_labels_are_told_first() -> None:
    twice = Split(X[[0, 0, 2, 3]], np.array([[0], [1], [1], [1]], np.int32))
    found = judge([keras.layers.Dense(1)], [[[1.0]], [-1.5]], FALLEN, twice)
    assert found is not None
    assert found.advice[0] == (
        "Labels: 2 examples equal others that have other labels. No model can learn these."
    )


def test_other_trainings_are_not_judged() -> None:
    assert judge([keras.layers.Dense(1)], DENSE, FALLEN, training={"epochs": 3}) is None
