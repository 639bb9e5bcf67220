"""What is measured of layers equals what hand and numpy say, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.dataset import Split  # noqa: E402
from dlkit.train.diagnostics import Probe  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402

Make = Callable[..., Any]


@keras.saving.register_keras_serializable("test_diagnostics")
def squared(x: Any) -> Any:
    return keras.ops.square(x)


def measured(
    model: Any, split: Split, batch_size: int, epochs: int = 1, *, xla: bool = False
) -> list[dict[str, float]]:
    """Train with a probe, and return what it says of each epoch."""
    model.optimizer.build(model.trainable_variables)
    probe = Probe(model, split, 0)
    loop = TapeLoop(model, Feed(split, batch_size), batch_size, 0, None, xla=xla, probe=probe)
    found = []
    for epoch in range(epochs):
        stretch = Stretch(epoch, 0, -(-len(split) // batch_size))
        loop.run_epoch(epoch, [stretch], lambda done: None)
        found.append(probe.read_and_reset())
    return found


def by_hand(**optimizer: Any) -> tuple[Any, Split]:
    """Return x = 1, h = (W1 x)^2, y = W2 h with W1 = 2, W2 = 3, for a target of 10."""
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Dense(1, use_bias=False, activation=squared, name="first"),
            keras.layers.Dense(1, use_bias=False, name="second"),
        ]
    )
    model.set_weights([np.array([[2.0]]), np.array([[3.0]])])
    model.compile(keras.optimizers.SGD(0.001, **optimizer), "mse")
    return model, Split(np.ones((1, 1), np.float32), np.full((1, 1), 10, np.float32))


@pytest.mark.parametrize("xla", [False, True])
def test_worked_example_gives_its_gradients_norms_and_ratios(xla: bool) -> None:
    (row,) = measured(*by_hand(), 1, xla=xla)
    # y = 12, dL/dy = 4; dL/dW2 = 4 * 4 = 16; dL/dW1 = 4 * 3 * 2 * 2 * 1 = 48
    assert row == pytest.approx(
        {
            "gradient_norm/first": 48.0,
            "gradient_norm/second": 16.0,
            "update_ratio/first": 0.048 / 2,
            "update_ratio/second": 0.016 / 3,
            "weight_norm/first": 2 - 0.048,
            "weight_norm/second": 3 - 0.016,
        },
        rel=1e-5,
    )


def test_loss_scale_is_taken_out_and_a_step_that_overflows_is_left_out() -> None:
    plain = measured(*by_hand(), 1)[0]
    for scale in (1024.0, 3.0e38):
        model, split = by_hand()
        inner = model.optimizer
        scaled = keras.optimizers.LossScaleOptimizer(inner, initial_scale=scale)
        model.compile(scaled, "mse")
        (row,) = measured(model, split, 1)
        if scale == 1024.0:
            assert row == pytest.approx(plain, rel=1e-5)
        else:
            norms = {"weight_norm/first": 2.0, "weight_norm/second": 3.0}
            assert row == dict.fromkeys(plain, 0.0) | norms


def test_steps_that_gather_gradients_are_no_updates() -> None:
    model, one = by_hand(gradient_accumulation_steps=2)
    split = one.take(np.zeros(4, int))
    (row,) = measured(model, split, 1)  # four steps, two updates
    first, second = 2 - 0.048, 3 - 0.016
    left = 2 * (second * first**2 - 10)
    assert row["update_ratio/second"] == pytest.approx(
        np.mean([0.016 / 3, 0.001 * left * first**2 / second]), rel=1e-5
    )
    assert row["gradient_norm/second"] == pytest.approx(
        np.mean([16, 16, left * first**2, left * first**2]), rel=1e-5
    )


def two_layers(activation: str = "tanh") -> Any:
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(5, activation=activation, name="hidden"),
            keras.layers.Dense(2, name="out"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model


def sample(count: int = 23) -> Split:
    generator = np.random.default_rng(3)
    x = generator.normal(size=(count, 3)).astype("float32")
    return Split(x, (x[:, :2] ** 2).astype("float32"))


def numpy_epoch(weights: list[np.ndarray], split: Split, order: np.ndarray, size: int) -> Any:
    """Train two dense layers with tanh by plain numpy, and measure them."""
    w1, b1, w2, b2 = (w.astype(np.float64) for w in weights)
    seen: dict[str, list[float]] = {}

    def norm(*arrays: np.ndarray) -> float:
        return float(np.sqrt(sum((a**2).sum() for a in arrays)))

    for start in range(0, len(order), size):
        x, y = (a[order[start : start + size]].astype(np.float64) for a in (split.x, split.y))
        h = np.tanh(x @ w1 + b1)
        d_out = 2 * (h @ w2 + b2 - y) / y.size
        d_hidden = d_out @ w2.T * (1 - h**2)
        g1, g2 = (x.T @ d_hidden, d_hidden.sum(0)), (h.T @ d_out, d_out.sum(0))
        for name, gradients, old in (("hidden", g1, (w1, b1)), ("out", g2, (w2, b2))):
            seen.setdefault(f"gradient_norm/{name}", []).append(norm(*gradients))
            ratio = 0.05 * norm(*gradients) / norm(*old)
            seen.setdefault(f"update_ratio/{name}", []).append(ratio)
        w1, b1, w2, b2 = (
            w1 - 0.05 * g1[0],
            b1 - 0.05 * g1[1],
            w2 - 0.05 * g2[0],
            b2 - 0.05 * g2[1],
        )
    means = {name: float(np.mean(values)) for name, values in seen.items()}
    return means | {"weight_norm/hidden": norm(w1, b1), "weight_norm/out": norm(w2, b2)}


def test_two_layers_equal_plain_numpy_also_with_a_partial_batch() -> None:
    from dlkit.data.order import epoch_order

    model, split = two_layers(), sample()
    expected = numpy_epoch(model.get_weights(), split, epoch_order(23, 0, 0), 8)
    (row,) = measured(model, split, 8)
    assert row == pytest.approx(expected, rel=1e-4)


def test_sums_begin_anew_in_every_epoch() -> None:
    first, second = measured(two_layers(), sample(), 8, epochs=2)
    model = two_layers()
    measured(model, sample(), 8)
    probe = Probe(model, sample(), 0)
    loop = TapeLoop(model, Feed(sample(), 8), 8, 0, None, probe=probe)
    loop.run_epoch(1, [Stretch(1, 0, 3)], lambda done: None)
    assert probe.read_and_reset() == pytest.approx(second, rel=1e-6)
    assert first != second


def kill_units(model: Any, units: slice) -> None:
    kernel, bias, *rest = model.get_weights()
    kernel[..., units], bias[units] = 0, -1
    model.set_weights([kernel, bias, *rest])


def test_units_that_no_example_wakes_are_dead() -> None:
    model = two_layers("relu")
    kill_units(model, slice(0, 3))
    (row,) = measured(model, sample(), 8)
    assert row["dead_units/hidden"] == pytest.approx(3 / 5)
    assert [name for name in row if name.startswith("dead")] == ["dead_units/hidden"]
    assert measured(two_layers("relu"), sample(), 8)[0]["dead_units/hidden"] == 0


def test_filters_are_units_and_activations_of_their_own_count() -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(4, 3, name="filters", activation="relu"),
            layers.Conv2D(3, 3, name="plain"),
            layers.BatchNormalization(name="norm"),
            layers.ReLU(name="rectifier"),
            layers.LeakyReLU(name="leaky"),
            layers.Flatten(),
            layers.Dense(2, activation="relu", name="end"),
        ]
    )
    model.compile("sgd", "mse")
    kill_units(model, slice(1, 2))
    norm = model.get_layer("norm")
    norm.set_weights([np.zeros(3), np.array([-1.0, 1.0, 1.0]), np.zeros(3), np.ones(3)])
    norm.trainable = False
    x = np.random.default_rng(0).normal(size=(12, 6, 6, 1)).astype("float32")
    (row,) = measured(model, Split(x, np.zeros((12, 2), np.float32)), 4)
    dead = {name: value for name, value in row.items() if name.startswith("dead")}
    assert dead == pytest.approx({"dead_units/filters": 1 / 4, "dead_units/rectifier": 1 / 3})
    assert row["gradient_norm/norm"] == row["update_ratio/norm"] == 0
    assert row["weight_norm/norm"] == pytest.approx(np.sqrt(3))


def test_dead_units_are_counted_without_drawing() -> None:
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4, 2)),
            layers.LSTM(3, dropout=0.5, name="lstm"),  # it draws whenever it is called
            layers.Dense(3, activation="relu", name="hidden"),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    x = np.ones((5, 4, 2), np.float32)
    probe = Probe(model, Split(x, np.zeros((5, 1), np.float32)), 0)
    before = [np.array(v) for v in model.variables]
    probe.read_and_reset()
    for old, new in zip(before, model.variables, strict=True):
        np.testing.assert_array_equal(old, np.array(new))


STAGES = [
    {"epochs": 1, "trainable": {"base": False}},
    {"epochs": 1, "trainable": {"base": True}},
]


@pytest.mark.parametrize(
    ("stages", "xla"),
    [
        pytest.param(None, False, id="plain"),
        pytest.param(None, True, id="xla"),
        pytest.param(STAGES, False, id="stages"),
    ],
)
def test_weights_are_the_same_to_the_bit_as_without(
    bench: Make, stages: Any, xla: bool
) -> None:
    training = {"xla": xla} | ({} if stages else {"epochs": 2})
    plain, without, _ = bench(stages, training=training).train()
    probed, told, _ = bench(stages, training=training | {"diagnostics": True}).train()
    for mine, theirs in zip(probed.variables, plain.variables, strict=True):
        np.testing.assert_array_equal(np.array(mine), np.array(theirs))
    for row, other in zip(told.rows, without.rows, strict=True):
        figures = {name: value for name, value in other.items() if name != "seconds"}
        assert {name: row[name] for name in figures} == figures
        assert list(row)[-1] == "dead_units/base"
    base = [row["gradient_norm/base"] == 0 for row in told.rows]
    assert base == ([True, False] if stages else [False, False])


def test_what_was_measured_before_a_kill_counts_in_its_epoch(
    bench: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dlkit.train.state.store import Store
    from tests.train.conftest import Notes
    from tests.train.test_resume import KilledError, keeper, rows, stop_at

    monkeypatch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.0)
    monkeypatch.setattr("dlkit.train.state.keeper.SHARE", 0)
    training = {"epochs": 2, "diagnostics": True}
    _, whole, _ = bench(None, training=training).train()
    with pytest.raises(KilledError):
        bench(None, training=training).train(
            keeper=keeper(tmp_path), notes=stop_at(Notes(), 2, 3)
        )
    taken_up, _ = Store(tmp_path).newest()
    again = bench(None, training=training)
    _, resumed, _ = again.train(keeper=keeper(tmp_path, taken_up=taken_up))
    assert rows(resumed) == rows(whole)
    assert "gradient_norm/base" in rows(resumed)[1]


def test_callbacks_hear_of_figures_alone(bench: Make) -> None:
    heard: list[str] = []

    class Listener(keras.callbacks.Callback):  # type: ignore[misc, name-defined]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            heard.extend(logs)

    bench(None, training={"epochs": 1, "diagnostics": True}).train(Listener())
    assert heard == ["loss", "mae", "val_loss", "val_mae"]
