"""The tape loop, with XLA too, ``fit`` and hand-written Keras come to the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")
tf = pytest.importorskip("tensorflow")

from dlkit.data.dataset import Split  # noqa: E402
from dlkit.data.order import epoch_order  # noqa: E402
from dlkit.train.callbacks import UserCallbacks  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.fit import FitLoop  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402
from tests.nightly import by_night  # noqa: E402

layers = keras.layers

EPOCHS, BATCH, STEPS = 3, 8, 6
EVEN, ODD = 48, 44
"""Examples of six whole batches, and of five and a half."""

Rows = list[dict[str, float]]
Trained = tuple[Rows, list[np.ndarray]]


@dataclass(frozen=True)
class Case:
    """Something to train.

    Attributes:
        build: Makes the model, not compiled.
        compile: Arguments of ``compile`` but the optimizer, made anew each time.
        optimizer: Makes the optimizer.
        y: Labels, or a dict of them by output.
        class_weight: What each class counts, by number.
        draws: Whether a layer draws at random: XLA draws other numbers.
        examples: How many there are.
    """

    build: Callable[[], Any]
    compile: Callable[[], dict[str, Any]]
    optimizer: Callable[[], Any]
    y: Any
    class_weight: dict[int, float] | None = None
    draws: bool = False
    examples: int = EVEN


GENERATOR = np.random.default_rng(11)
X = GENERATOR.normal(size=(EVEN, 8, 6)).astype("float32")
CLASSES = (X[:, :4].mean((1, 2)) > X[:, 4:].mean((1, 2))).astype("int32") + (X[:, 0, 0] > 1)
VALUES = X.mean(axis=1)[:, :1]


def chain(*made: Any, units: int = 3) -> Any:
    return keras.Sequential(
        [keras.Input((8, 6)), *made, layers.Dense(units, activation="softmax")]
    )


def small() -> Any:
    return chain(layers.Flatten(), layers.Dense(6, activation="tanh"))


def mlp() -> Any:
    dense = layers.Dense(12, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3))
    return chain(layers.Flatten(), dense, layers.Dropout(0.3))


def cnn() -> Any:
    # No bias: batch normalization takes it out again, so that its gradient is rounding
    # alone, which Adam makes as long as any other step.
    return chain(
        layers.Reshape((8, 6, 1)),
        layers.Conv2D(4, 3, use_bias=False),
        layers.BatchNormalization(),
        layers.ReLU(),
        layers.AveragePooling2D(2),
        layers.Flatten(),
    )


def lstm() -> Any:
    return chain(layers.LSTM(5))


def two_outputs() -> Any:
    start = keras.Input((8, 6))
    hidden = layers.Dense(6, activation="relu")(layers.Flatten()(start))
    outputs = {
        "kind": layers.Dense(3, activation="softmax", name="kind")(hidden),
        "mean": layers.Dense(1, name="mean")(hidden),
    }
    return keras.Model(start, outputs)


def classes() -> dict[str, Any]:
    return {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}


def mixed() -> dict[str, Any]:
    return {
        "loss": {"kind": "sparse_categorical_crossentropy", "mean": "mse"},
        "loss_weights": {"kind": 1.0, "mean": 0.3},
        "metrics": {"kind": ["accuracy"], "mean": ["mae"]},
    }


def adam(**arguments: Any) -> Callable[[], Any]:
    return lambda: keras.optimizers.Adam(0.01, **arguments)


def scheduled(name: str, *places: Any, **named: Any) -> Case:
    schedule = getattr(keras.optimizers.schedules, name)
    return replace(
        BASE, optimizer=lambda: keras.optimizers.SGD(schedule(*places, **named), 0.9)
    )


BASE = Case(small, classes, adam(), CLASSES)

CASES = {
    "dropout-and-l2": replace(BASE, build=mlp, draws=True),
    "batch-normalization": replace(BASE, build=cnn),
    "lstm": replace(BASE, build=lstm),
    "class-weights": replace(BASE, class_weight={0: 0.5, 1: 2.0, 2: 5.0}, examples=ODD),
    "mixed-outputs": Case(
        two_outputs, mixed, adam(), {"kind": CLASSES, "mean": VALUES}, examples=ODD
    ),
    "accumulation": replace(BASE, optimizer=adam(gradient_accumulation_steps=4)),
    "ema": replace(BASE, optimizer=adam(use_ema=True, ema_momentum=0.8)),
    "exponential-decay": scheduled("ExponentialDecay", 0.1, 5, 0.5),
    "cosine-decay": scheduled("CosineDecay", 0.02, 10, 0.1, warmup_target=0.1, warmup_steps=4),
    "cosine-restarts": scheduled("CosineDecayRestarts", 0.1, 4),
    "piecewise": scheduled("PiecewiseConstantDecay", [4, 9], [0.1, 0.05, 0.01]),
    "polynomial-decay": scheduled("PolynomialDecay", 0.1, 7, 0.01, 2.0, True),
    "inverse-time-decay": scheduled("InverseTimeDecay", 0.1, 3, 0.5),
}


def compiled(case: Case) -> Any:
    keras.utils.set_random_seed(3)
    model = case.build()
    model.compile(optimizer=case.optimizer(), jit_compile=False, **case.compile())
    model.optimizer.build(model.trainable_variables)
    return model


def split(case: Case) -> Split:
    y = tf.nest.map_structure(lambda part: part[: case.examples], case.y)
    weights = case.class_weight
    counts = np.array([weights[label] for label in y], "float32") if weights else None
    lone, named = (y["kind"], y) if isinstance(y, dict) else (y, {})
    return Split(X[: case.examples], lone, weight=counts, targets=named)


def ours(case: Case, way: str, seed: int = 0, epochs: int = EPOCHS) -> Trained:
    model = compiled(case)
    feed = Feed(split(case), BATCH)
    if way == "fit":
        callbacks = UserCallbacks((), model, epochs, STEPS)
        loop: Any = FitLoop(model, feed, BATCH, seed, None, callbacks)
    else:
        loop = TapeLoop(model, feed, BATCH, seed, None, xla=way == "xla")
    rows = [
        loop.run_epoch(epoch, [Stretch(epoch, 0, STEPS)], lambda done: None)
        | {"rate": float(model.optimizer.learning_rate)}
        for epoch in range(epochs)
    ]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return rows, model.get_weights()


def batches(case: Case) -> Iterator[np.ndarray]:
    for epoch in range(EPOCHS):
        order = epoch_order(case.examples, 0, epoch)
        yield from (order[start : start + BATCH] for start in range(0, case.examples, BATCH))


def by_hand(case: Case) -> Trained:
    """A training as one writes it: the textbook's loop, step after step, nothing compiled."""
    model, rows = compiled(case), []
    mean = keras.metrics.Mean()
    for step, chosen in enumerate(batches(case)):
        x = X[chosen]
        y = tf.nest.map_structure(lambda part, chosen=chosen: part[chosen], case.y)
        weight = None
        if case.class_weight:
            weight = np.array([case.class_weight[number] for number in y], "float32")
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = model.compute_loss(x, y, outputs, sample_weight=weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        mean.update_state(loss, sample_weight=len(chosen))
        model.compute_metrics(x, y, outputs, sample_weight=weight)
        if (step + 1) % STEPS == 0:
            row = model.get_metrics_result() | {"loss": mean.result()}
            rows.append({name: float(value) for name, value in row.items()})
            rows[-1]["rate"] = float(model.optimizer.learning_rate)
            model.reset_metrics()
            mean.reset_state()
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return rows, model.get_weights()


def difference(one: Trained, other: Trained) -> float:
    """Return the largest difference between two trainings."""
    figures = [
        abs(a[name] - b[name])
        for a, b in zip(one[0], other[0], strict=True)
        for name in sorted({*a} & {*b})
    ]
    assert len(figures) >= 3 * EPOCHS
    weights = [abs(a - b).max() for a, b in zip(one[1], other[1], strict=True)]
    return float(max([*figures, *weights]))


LIKE_OTHERS = ("cosine-decay", "piecewise", "polynomial-decay", "inverse-time-decay")
"""Schedules of Keras that reach the loops as the two others do."""


@pytest.mark.parametrize("name", by_night(CASES, LIKE_OTHERS))
def test_three_ways_and_xla_agree(name: str) -> None:
    case = CASES[name]
    tape, written = ours(case, "tape"), by_hand(case)
    assert {*tape[0][0]} == {*written[0][0]}
    assert difference(tape, written) < 1e-5
    assert difference(ours(case, "fit"), tape) < 1e-5
    if not case.draws:
        assert difference(ours(case, "xla"), tape) < 1e-4
    assert abs(tape[0][0]["loss"] - tape[0][-1]["loss"]) > 1e-3


def test_classes_count_as_in_keras() -> None:
    """The argument ``class_weight`` of ``fit`` is another way to say it."""
    case = CASES["class-weights"]
    model, losses = compiled(case), []
    for epoch in range(EPOCHS):
        order = epoch_order(case.examples, 0, epoch)
        options = {"batch_size": BATCH, "class_weight": case.class_weight, "verbose": 0}
        fitted = model.fit(X[order], CLASSES[order], shuffle=False, **options)
        losses += fitted.history["loss"]
    rows, weights = ours(case, "tape")
    assert [row["loss"] for row in rows] == pytest.approx(losses, abs=1e-5)
    for one, other in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_another_order_comes_to_other_numbers() -> None:
    """The negative control: every difference above could have been seen."""
    assert difference(ours(BASE, "tape", seed=1), ours(BASE, "tape")) > 1e-3


def normalized(dtype: str, *, bias: bool) -> Any:
    return keras.Sequential(
        [
            keras.Input((8, 6), dtype=dtype),
            layers.Reshape((8, 6, 1), dtype=dtype),
            layers.Conv2D(4, 3, use_bias=bias, dtype=dtype),
            layers.BatchNormalization(dtype=dtype),
            layers.ReLU(dtype=dtype),
            layers.Flatten(dtype=dtype),
            layers.Dense(3, activation="softmax", dtype=dtype),
        ]
    )


@pytest.mark.parametrize(
    ("dtype", "bias", "bound"),
    [
        pytest.param("float64", True, 1e-9, id="more-digits"),
        pytest.param("float32", False, 1e-6, id="no-idle-bias"),
    ],
)
def test_loops_drift_apart_by_rounding_alone(dtype: str, bias: bool, bound: float) -> None:
    """Over 48 steps, convolution and batch normalization drift apart in the two loops.

    ``fit`` leaves the batch's length open, and TensorFlow then rewrites the normalization
    less, so that sums round differently. A bias in front of it has a gradient of 0 but for
    that rounding, and Adam makes steps of full length of it. So the drift has to vanish
    with more digits, and without that bias.
    """
    case = replace(BASE, build=lambda: normalized(dtype, bias=bias))
    (_, tape), (_, fit) = (ours(case, way, epochs=8) for way in ("tape", "fit"))
    assert max(abs(one - other).max() for one, other in zip(tape, fit, strict=True)) < bound
    assert {str(array.dtype) for array in tape} == {dtype}
