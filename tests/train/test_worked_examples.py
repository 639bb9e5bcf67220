"""Training against numbers worked by hand, and optimizers against their formulas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.dataset import Split  # noqa: E402
from dlkit.data.order import epoch_order  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402

X = np.array([[2, 3], [1, 1], [3, -1], [-1, 1], [-3, -2]], "float32")
Y = np.array([[18], [10], [8], [6], [-7]], "float32")
START = (5.0, 8.0, -2.0)
RATE = 0.02


def plane(loss: Any = "mse", optimizer: Any = None) -> Any:
    """y = w1 x1 + w2 x2 + b, from w = (5, 8) and b = -2."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.set_weights([np.array(START[:2], "float32")[:, None], np.array(START[2:], "float32")])
    model.compile(optimizer=optimizer or keras.optimizers.SGD(RATE), loss=loss)
    model.optimizer.build(model.trainable_variables)
    return model


def loop(model: Any, batch_size: int, x: np.ndarray = X, y: np.ndarray = Y) -> TapeLoop:
    return TapeLoop(model, Feed(Split(x, y), batch_size), batch_size, 0, None)


def run(trained: TapeLoop, epochs: int, batches: int = 1, first: int = 0) -> list[float]:
    """Run epochs, and return their losses."""
    rows = (
        trained.run_epoch(epoch, [Stretch(epoch, 0, batches)], lambda done: None)
        for epoch in range(first, first + epochs)
    )
    return [row["loss"] for row in rows]


def parameters(model: Any) -> list[float]:
    return [float(value) for array in model.get_weights() for value in array.ravel()]


# Predictions at the start are 32, 11, 5, 1, -33, so the errors are 14, 1, -3, -5, -26. Times
# x1 they sum to 28 + 1 - 9 + 5 + 78 = 103, times x2 to 42 + 1 + 3 - 5 + 52 = 93, and alone
# to -19; the squares sum to 196 + 1 + 9 + 25 + 676 = 907. A step goes against the factor
# below times 0.02 times these sums: 2/5 of them is the gradient of the mean square, 2 of
# that of the sum of squares.
@pytest.mark.parametrize(
    ("loss", "first_loss", "updated"),
    [
        pytest.param("mse", 907 / 5, (5 - 0.824, 8 - 0.744, -2 + 0.152), id="mean"),
        pytest.param(
            lambda: keras.losses.MeanSquaredError(reduction="sum"),
            907,
            (5 - 4.12, 8 - 3.72, -2 + 0.76),
            id="sum",
        ),
    ],
)
def test_all_five_examples_at_once(
    loss: Any, first_loss: float, updated: tuple[float, ...]
) -> None:
    model = plane(loss if isinstance(loss, str) else loss())
    trained = loop(model, batch_size=5)
    assert run(trained, 1) == [pytest.approx(first_loss, rel=1e-6)]
    assert parameters(model) == pytest.approx(updated, abs=1e-6)
    losses = run(trained, 500, first=1)
    assert parameters(model) == pytest.approx([2, 3, 5], abs=1e-4)
    assert losses[-1] == pytest.approx(0, abs=1e-6)


def test_one_example_after_another() -> None:
    # Of the first example alone: prediction 32, error 14, gradient 28 (2, 3, 1).
    model = plane()
    run(loop(model, 1, X[:1], Y[:1]), 1)
    assert parameters(model) == pytest.approx([5 - 1.12, 8 - 1.68, -2 - 0.56], abs=1e-6)

    model, expected = plane(), np.array(START)
    trained = loop(model, batch_size=1)
    for epoch in range(3):
        run(trained, 1, batches=5, first=epoch)
        for row in epoch_order(5, 0, epoch):
            inputs = np.append(X[row].astype(float), 1)
            expected -= RATE * 2 * (inputs @ expected - Y[row]) * inputs
        assert parameters(model) == pytest.approx(expected, rel=2e-6, abs=2e-6)
    run(trained, 60, batches=5, first=3)
    assert parameters(model) == pytest.approx([2, 3, 5], abs=1e-4)


def test_gradients_through_a_square() -> None:
    # x = 1, h = (W1 x)^2 = 4, y = W2 h = 12, L = (y - 10)^2 = 4.
    # dL/dy = 4; dL/dW2 = 4 h = 16; dL/dW1 = 4 W2 * 2 W1 x * x = 4 * 3 * 4 = 48.
    square = keras.layers.Dense(1, use_bias=False, activation=keras.ops.square)
    model = keras.Sequential([keras.Input((1,)), square, keras.layers.Dense(1, use_bias=False)])
    model.set_weights([np.array([[2.0]], "float32"), np.array([[3.0]], "float32")])
    model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse")
    model.optimizer.build(model.trainable_variables)
    one = np.ones((1, 1), "float32")
    assert run(loop(model, 1, one, 10 * one), 1) == [pytest.approx(4)]
    first, second = parameters(model)
    assert (2 - first) / 0.01 == pytest.approx(48, abs=1e-4)
    assert (3 - second) / 0.01 == pytest.approx(16, abs=1e-4)


Update = Callable[[np.ndarray, np.ndarray, dict[str, Any], int], np.ndarray]
"""From weights, gradient, what the optimizer remembers and the step (from 1) to weights."""


def sgd(w: np.ndarray, g: np.ndarray, kept: dict[str, Any], step: int) -> np.ndarray:
    return w - 0.02 * g


def momentum(w: np.ndarray, g: np.ndarray, kept: dict[str, Any], step: int) -> np.ndarray:
    """Polyak 1964: the velocity is 0.9 of the last one, less the gradient's step."""
    kept["v"] = 0.9 * kept.get("v", 0) - 0.02 * g
    return w + kept["v"]


def nesterov(w: np.ndarray, g: np.ndarray, kept: dict[str, Any], step: int) -> np.ndarray:
    """Sutskever et al. 2013: the step already goes along the next velocity."""
    kept["v"] = 0.9 * kept.get("v", 0) - 0.02 * g
    return w + 0.9 * kept["v"] - 0.02 * g


def rmsprop(w: np.ndarray, g: np.ndarray, kept: dict[str, Any], step: int) -> np.ndarray:
    """Tieleman and Hinton 2012: a step is divided by the root of the mean square."""
    kept["s"] = 0.9 * kept.get("s", 0) + 0.1 * g**2
    return w - 0.02 * g / np.sqrt(kept["s"] + 1e-7)


def adam(w: np.ndarray, g: np.ndarray, kept: dict[str, Any], step: int) -> np.ndarray:
    """Kingma and Ba 2015, section 2, in its efficient form (epsilon is outside the root)."""
    kept["m"] = 0.9 * kept.get("m", 0) + 0.1 * g
    kept["s"] = 0.999 * kept.get("s", 0) + 0.001 * g**2
    rate = 0.02 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
    return w - rate * kept["m"] / (np.sqrt(kept["s"]) + 1e-7)


def adamw(w: np.ndarray, g: np.ndarray, kept: dict[str, Any], step: int) -> np.ndarray:
    """Loshchilov and Hutter 2019: decay acts on the weights and not on the gradient."""
    return adam(w - 0.02 * 0.1 * w, g, kept, step)


@pytest.mark.parametrize(
    ("name", "arguments", "update"),
    [
        pytest.param("SGD", {}, sgd, id="sgd"),
        pytest.param("SGD", {"momentum": 0.9}, momentum, id="momentum"),
        pytest.param("SGD", {"momentum": 0.9, "nesterov": True}, nesterov, id="nesterov"),
        pytest.param("RMSprop", {}, rmsprop, id="rmsprop"),
        pytest.param("Adam", {}, adam, id="adam"),
        pytest.param("AdamW", {"weight_decay": 0.1}, adamw, id="adamw"),
    ],
)
def test_updates_follow_the_formula(
    name: str, arguments: dict[str, Any], update: Update
) -> None:
    made = getattr(keras.optimizers, name)(learning_rate=0.02, **arguments)
    model = plane(optimizer=made)
    # A tenth of everything: float32 tells numbers below 1 apart to 1e-7.
    model.set_weights([array / 10 for array in model.get_weights()])
    y = Y / np.float32(10)
    trained = loop(model, batch_size=5, y=y)
    inputs = np.append(X, np.ones((5, 1)), axis=1).astype(float)
    expected, plain = np.array(START) / 10, np.array(START) / 10
    kept: dict[str, Any] = {}
    for step in range(1, 6):  # more would show that float32 rounds 1 - 0.999
        run(trained, 1, first=step)
        gradient = 2 / 5 * inputs.T @ (inputs @ expected - y[:, 0])
        expected = update(expected, gradient, kept, step)
        plain = sgd(plain, 2 / 5 * inputs.T @ (inputs @ plain - y[:, 0]), {}, step)
        assert parameters(model) == pytest.approx(expected, abs=1e-6)
    if update is not sgd:
        assert parameters(model) != pytest.approx(plain, abs=1e-3)


def test_noisy_line_is_found() -> None:
    generator = np.random.default_rng(1)
    x = generator.uniform(-1, 1, (400, 1)).astype("float32")
    y = (2 * x + 1 + 0.1 * generator.normal(size=x.shape)).astype("float32")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    model.optimizer.build(model.trainable_variables)
    run(loop(model, 32, x, y), 20, batches=13)
    assert parameters(model) == pytest.approx([2, 1], abs=0.05)
