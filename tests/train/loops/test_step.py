"""The training step against arithmetic done by hand."""

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.train.loops.step import evaluation_step, training_step  # noqa: E402


def linear(weights: list[float], bias: float, rate: float, penalty: float = 0.0):  # type: ignore[no-untyped-def]
    """A model y = w x + b with squared error and plain gradient descent."""
    regularizer = keras.regularizers.L2(penalty) if penalty else None
    layer = keras.layers.Dense(1, kernel_regularizer=regularizer)
    model = keras.Sequential([keras.Input((len(weights),)), layer])
    layer.set_weights([np.array(weights, "float32")[:, None], np.array([bias], "float32")])
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="mse", metrics=["mae"])
    return model


def test_first_update_of_two_inputs_by_hand() -> None:
    # (x1, x2) -> y; start at w = (5, 8), b = -2, rate 0.02, mean squared error.
    x = np.array([[2, 3], [1, 1], [3, -1], [-1, 1], [-3, -2]], "float32")
    y = np.array([[18], [10], [8], [6], [-7]], "float32")
    model = linear([5.0, 8.0], -2.0, 0.02)
    mean = keras.metrics.Mean()
    training_step(model, mean, x, y)
    # predictions 32 11 5 1 -33; errors 14 1 -3 -5 -26
    # d/dw1 = 2/5 (28 + 1 - 9 + 5 + 78) = 41.2; d/dw2 = 2/5 (42 + 1 + 3 - 5 + 52) = 37.2
    # d/db  = 2/5 (14 + 1 - 3 - 5 - 26) = -7.6
    kernel, bias = model.get_weights()
    assert kernel[:, 0].tolist() == pytest.approx([5 - 0.824, 8 - 0.744], abs=1e-6)
    assert bias.tolist() == pytest.approx([-2 + 0.152], abs=1e-6)
    # the loss before the update: (196 + 1 + 9 + 25 + 676) / 5
    assert float(mean.result()) == pytest.approx(181.4, abs=1e-4)


def test_penalty_is_part_of_the_loss_and_of_the_gradient() -> None:
    x, y = np.array([[1.0]], "float32"), np.array([[0.0]], "float32")
    model = linear([3.0], 0.0, 0.1, penalty=0.5)
    mean = keras.metrics.Mean()
    training_step(model, mean, x, y)
    # loss 3^2 + 0.5 * 3^2 = 13.5; gradient 2*3 + 2*0.5*3 = 9
    assert float(mean.result()) == pytest.approx(13.5)
    assert model.get_weights()[0].item() == pytest.approx(3 - 0.9)


def test_evaluation_step_measures_and_changes_nothing() -> None:
    x, y = np.array([[1.0], [2.0]], "float32"), np.array([[1.0], [1.0]], "float32")
    model = linear([2.0], 0.0, 0.1)
    mean = keras.metrics.Mean()
    outputs = evaluation_step(model, mean, x, y)
    # errors 1 and 3
    assert np.array(outputs)[:, 0].tolist() == [2.0, 4.0]
    assert float(mean.result()) == pytest.approx(5.0)
    assert float(model.get_metrics_result()["mae"]) == pytest.approx(2.0)
    assert model.get_weights()[0].item() == 2.0


def test_loss_is_weighted_by_examples_over_batches() -> None:
    model = linear([1.0], 0.0, 0.1)
    mean = keras.metrics.Mean()
    evaluation_step(model, mean, np.zeros((3, 1), "float32"), np.full((3, 1), 2, "float32"))
    evaluation_step(model, mean, np.zeros((1, 1), "float32"), np.zeros((1, 1), "float32"))
    # three examples with loss 4, one with 0
    assert float(mean.result()) == pytest.approx(3.0)


@pytest.mark.parametrize("named", [False, True], ids=["lone", "named"])
def test_examples_count_by_their_weights_where_the_loss_has_a_value_a_pixel(
    named: bool,
) -> None:
    """Two pictures of 2 x 2 pixels that should be 0, and are 1 and 2; they count 3 and 1."""
    x = np.repeat(np.array([1.0, 2.0], "float32"), 4).reshape(2, 2, 2, 1)
    start = keras.Input((2, 2, 1))
    scale = keras.layers.Conv2D(1, 1, kernel_initializer="ones", name="copy")(start)
    model = keras.Model(start, {"copy": scale} if named else scale)
    loss = keras.losses.MeanSquaredError()
    model.compile(optimizer="sgd", loss={"copy": loss} if named else loss)
    labels = np.zeros_like(x)
    mean = keras.metrics.Mean()
    y = {"copy": labels} if named else labels
    evaluation_step(model, mean, x, y, np.array([3.0, 1.0], "float32"))
    # over pixels: (3 * 4 * 1 + 1 * 4 * 4) / 8
    assert float(mean.result()) == pytest.approx(3.5)
