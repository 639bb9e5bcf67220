from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.dataset import Split  # noqa: E402
from dlkit.data.order import epoch_order  # noqa: E402
from dlkit.train.callbacks import UserCallbacks  # noqa: E402
from dlkit.train.loops.evaluation import EvaluationLoop  # noqa: E402
from dlkit.train.loops.feed import Feed  # noqa: E402
from dlkit.train.loops.fit import FitLoop  # noqa: E402
from dlkit.train.loops.tape import TapeLoop  # noqa: E402
from dlkit.train.plan import Stretch  # noqa: E402

Build = Callable[[], Any]

EPOCHS = 3
BATCH = 16


def images(count: int = 90) -> Split:
    """Random pictures whose label is their brightest quarter; the last batch is partial."""
    generator = np.random.default_rng(7)
    x = generator.integers(0, 256, (count, 8, 8), dtype=np.uint8)
    quarters = x.reshape(count, 2, 4, 2, 4).mean(axis=(2, 4)).reshape(count, 4)
    return Split(x, quarters.argmax(axis=1).astype(np.int32))


def mlp_with_dropout() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Rescaling(1 / 255),
            layers.Flatten(),
            layers.Dense(24, activation="relu", kernel_regularizer=keras.regularizers.L2(1e-3)),
            layers.Dropout(0.3),
            layers.Dense(4, activation="softmax"),
        ]
    )


def cnn_with_batch_normalization() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Rescaling(1 / 255),
            layers.Reshape((8, 8, 1)),
            layers.Conv2D(6, 3),
            layers.BatchNormalization(),
            layers.Activation("relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dense(4, activation="softmax"),
        ]
    )


def lstm_over_rows() -> Any:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((8, 8)),
            layers.Rescaling(1 / 255),
            layers.LSTM(6),
            layers.Dense(4, activation="softmax"),
        ]
    )


def compiled(build: Build, **optimizer: Any) -> Any:
    keras.utils.set_random_seed(3)
    model = build()
    model.compile(
        optimizer=keras.optimizers.Adam(0.01, **optimizer),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    return model


def tape_loop(model: Any, split: Split, seed: int = 0, batch_size: int = BATCH) -> TapeLoop:
    return TapeLoop(model, Feed(split, batch_size), batch_size, seed, None)


def fit_loop(model: Any, split: Split) -> FitLoop:
    callbacks = UserCallbacks((), model, EPOCHS, 6)
    return FitLoop(model, Feed(split, BATCH), BATCH, 0, None, callbacks)


def history(loop: Any, count: int) -> list[dict[str, float]]:
    steps = -(-count // BATCH)
    return [
        loop.run_epoch(epoch, [Stretch(epoch, 0, steps)], lambda done: None)
        for epoch in range(EPOCHS)
    ]


def plain_keras(model: Any, split: Split) -> list[dict[str, float]]:
    """What a person would write: numpy arrays in the wanted order, one fit an epoch."""
    rows = []
    for epoch in range(EPOCHS):
        order = epoch_order(len(split), 0, epoch)
        fitted = model.fit(
            split.x[order].astype("float32"),
            split.y[order],
            batch_size=BATCH,
            epochs=1,
            shuffle=False,
            verbose=0,
        )
        rows.append({name: values[0] for name, values in fitted.history.items()})
    return rows


BUILDERS = [mlp_with_dropout, cnn_with_batch_normalization, lstm_over_rows]


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_tape_fit_and_plain_keras_give_the_same_history(build: Build) -> None:
    split = images()
    tape = history(tape_loop(compiled(build), split), len(split))
    fit = history(fit_loop(compiled(build), split), len(split))
    plain = plain_keras(compiled(build), split)
    for ours, theirs, written in zip(tape, fit, plain, strict=True):
        assert ours == pytest.approx(theirs, abs=1e-5)
        assert ours == pytest.approx(written, abs=1e-5)
    assert tape[0]["loss"] != pytest.approx(tape[-1]["loss"], abs=1e-3)


@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param({"clipnorm": 0.1}, id="clipping"),
        pytest.param(
            {"gradient_accumulation_steps": 2}, id="accumulation", marks=pytest.mark.nightly
        ),
        pytest.param(
            {"use_ema": True, "ema_momentum": 0.9}, id="ema", marks=pytest.mark.nightly
        ),
        pytest.param({"weight_decay": 0.01}, id="weight-decay"),
    ],
)
def test_optimizer_arguments_act_alike_in_both_loops(optimizer: dict[str, Any]) -> None:
    split = images()
    first, second = (compiled(mlp_with_dropout, **optimizer) for _ in range(2))
    tape = history(tape_loop(first, split), len(split))
    fit = history(fit_loop(second, split), len(split))
    assert tape[-1] == pytest.approx(fit[-1], abs=1e-5)
    for ours, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_order_of_examples_changes_the_history() -> None:
    """The negative control: were the order ignored, the tests above would say nothing."""
    split = images()
    ours = history(tape_loop(compiled(mlp_with_dropout), split), len(split))
    other = history(tape_loop(compiled(mlp_with_dropout), split, seed=1), len(split))
    assert ours[-1] != pytest.approx(other[-1], abs=1e-5)


def test_every_step_is_reported_up_to_the_partial_last_one() -> None:
    seen: list[int] = []
    loop = tape_loop(compiled(mlp_with_dropout), images(90))
    loop.run_epoch(0, [Stretch(0, 0, 6)], seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == 6


def test_optimizer_counts_every_step_of_every_epoch() -> None:
    model = compiled(mlp_with_dropout)
    history(tape_loop(model, images(90)), 90)
    assert int(model.optimizer.iterations.numpy()) == 6 * EPOCHS


def test_batch_larger_than_the_data_makes_one_step() -> None:
    model = compiled(mlp_with_dropout)
    loop = tape_loop(model, images(10), batch_size=64)
    logs = loop.run_epoch(0, [Stretch(0, 0, 1)], lambda done: None)
    assert int(model.optimizer.iterations.numpy()) == 1
    assert np.isfinite(logs["loss"])


@pytest.mark.parametrize("count", [100, 256, 600], ids=["part", "one", "several-and-part"])
def test_evaluation_equals_keras_evaluate(count: int) -> None:
    split = images(count)
    model = compiled(cnn_with_batch_normalization)
    measured = EvaluationLoop(model, split, BATCH).measure()
    expected = model.evaluate(
        split.x.astype("float32"), split.y, batch_size=32, verbose=0, return_dict=True
    )
    assert measured == pytest.approx(expected, abs=1e-6)


def test_collected_outputs_are_those_of_predict_in_order() -> None:
    split = images(600)
    model = compiled(mlp_with_dropout)
    measured, outputs, labels = EvaluationLoop(model, split, BATCH).collect()
    np.testing.assert_array_equal(labels, split.y)
    np.testing.assert_allclose(
        outputs, model.predict(split.x.astype("float32"), verbose=0), atol=1e-6
    )
    assert measured["accuracy"] == pytest.approx(
        float((outputs.argmax(axis=1) == split.y).mean()), abs=1e-6
    )


def test_evaluation_leaves_weights_and_the_next_epochs_metrics_alone() -> None:
    split = images()
    model = compiled(cnn_with_batch_normalization)
    before = model.get_weights()
    evaluation = EvaluationLoop(model, split, BATCH)
    assert evaluation.measure() == evaluation.measure()
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
