"""Stages of training, against plain Keras that freezes, compiles and fits again."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.order import epoch_order  # noqa: E402

BATCH = 8
FROZEN = {"epochs": 2, "trainable": {"base": False, "norm": False}}
ADAM = {"Adam": {"learning_rate": 0.01}}
WHOLE = {"epochs": 3, "trainable": {"base": True}, "optimizer": ADAM}
BASE, NORM, HEAD = 3 * 8 + 8, 2 * 8, 8 + 1
"""Trainable weights of the layers."""

Bench = Callable[..., Any]


def figures(rows: Any) -> list[dict[str, float]]:
    hidden = {"epoch", "stage", "seconds"}
    return [{name: row[name] for name in row if name not in hidden} for row in rows]


def fit_by_hand(model: Any, data: Any, first: int, count: int) -> list[dict[str, float]]:
    """What a person would write: numpy arrays in the wanted order, one fit an epoch."""
    rows = []
    for epoch in range(first, first + count):
        order = epoch_order(43, 0, epoch)
        fitted = model.fit(
            data.train.x[order],
            data.train.y[order],
            batch_size=BATCH,
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            verbose=0,
            validation_data=(data.validation.x, data.validation.y),
        )
        row = {name: values[0] for name, values in fitted.history.items()}
        rows.append(row | {"learning_rate": float(model.optimizer.learning_rate)})
    return rows


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_two_stages_are_plain_keras_compiled_and_fitted_again(bench: Bench, loop: str) -> None:
    made = bench([FROZEN, WHOLE], training={"loop": loop})
    model, training, _ = made.train()
    plain = made.build()
    plain.get_layer("base").trainable = plain.get_layer("norm").trainable = False
    plain.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse", metrics=["mae"])
    rows = fit_by_hand(plain, made.dataset, 0, 2)
    plain.get_layer("base").trainable = True
    plain.compile(keras.optimizers.Adam(0.01), "mse", metrics=["mae"])
    rows += fit_by_hand(plain, made.dataset, 2, 3)
    assert training.method.loop == loop
    for ours, theirs in zip(figures(training.rows), rows, strict=True):
        assert ours == pytest.approx(theirs, rel=1e-5)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_one_stage_is_the_same_training_to_the_bit(bench: Bench, loop: str) -> None:
    model, staged, _ = bench([{"epochs": 3}], training={"loop": loop}).train()
    other, plain, _ = bench(None, training={"epochs": 3, "loop": loop}).train()
    assert figures(staged.rows) == figures(plain.rows)
    for ours, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_same_seed_repeats_stages_to_the_bit(bench: Bench) -> None:
    first, second = (bench([FROZEN, WHOLE]).train()[1] for _ in range(2))
    assert figures(first.rows) == figures(second.rows)


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_frozen_layers_stay_as_they_were(bench: Bench, loop: str) -> None:
    made = bench([FROZEN], training={"loop": loop})
    before, after = made.build().get_weights(), made.train()[0].get_weights()
    moved = [not np.array_equal(a, b) for a, b in zip(before, after, strict=True)]
    assert moved == [False] * 6 + [True] * 2  # the means of the normalization too


def test_history_counts_on_and_names_the_stage(bench: Bench) -> None:
    _, training, notes = bench([FROZEN, WHOLE]).train()
    assert [(row["epoch"], row["stage"]) for row in training.rows] == [
        *((1, 1), (2, 1), (3, 2), (4, 2), (5, 2))
    ]
    assert list(training.rows[0])[:3] == ["epoch", "stage", "loss"]
    order = "stage 1, epoch 1, epoch 2, stage 2, epoch 3, epoch 4, epoch 5"
    assert ", ".join(notes.heard) == order
    assert (training.status, training.kept_epoch) == ("completed", 5)


def test_observer_hears_what_each_stage_trains(bench: Bench) -> None:
    (first, *_), (second, *_) = bench([FROZEN, WHOLE]).train()[2].stages
    assert (first.trainable, second.trainable) == (HEAD, BASE + HEAD)
    assert first.changes == ("base frozen", "norm frozen")
    assert second.changes == ("base trained",)
    assert (first.optimizer, second.optimizer) == ("SGD", "Adam")
    assert (first.learning_rate, second.learning_rate) == pytest.approx((0.05, 0.01))


def test_what_a_stage_says_holds_for_those_after_it(bench: Bench) -> None:
    stages = [
        {"epochs": 1, "trainable": {"base": False}, "learning_rate": 0.01},
        {"epochs": 1, "trainable": {"norm": False}},
        {"epochs": 1, "optimizer": {"RMSprop": {"learning_rate": 0.002}}},
        {"epochs": 1, "learning_rate": 0.001},
    ]
    rows = [stage for stage, *_ in bench(stages).train()[2].stages]
    assert [row.trainable for row in rows] == [NORM + HEAD, HEAD, HEAD, HEAD]
    assert [row.optimizer for row in rows] == ["SGD", "SGD", "RMSprop", "RMSprop"]
    assert [row.learning_rate for row in rows] == pytest.approx([0.01, 0.01, 0.002, 0.001])


def test_own_setting_of_a_layer_holds_until_a_stage_says_otherwise(bench: Bench) -> None:
    layers = [{"Dense": {"name": "base", "units": 8, "trainable": False}}, {"Dense": 1}]
    stages = [{"epochs": 1}, {"epochs": 1, "trainable": {"base": True}}]
    notes = bench(stages, architecture={"layers": layers}).train()[2]
    assert [stage.trainable for stage, *_ in notes.stages] == [HEAD, BASE + HEAD]


def test_schedule_begins_again_with_each_stage(bench: Bench) -> None:
    halved = {"ExponentialDecay": {"decay_steps": "1 epoch", "decay_rate": 0.5}}
    stages = [{"epochs": 2}, {"epochs": 2, "learning_rate": 0.01}]
    _, training, _ = bench(stages, lr_schedule=halved).train()
    rates = [row["learning_rate"] for row in training.rows]
    last = [0.5 ** (steps / 6) for steps in (5, 11)]  # of two epochs: steps count from 0
    assert rates == pytest.approx([*(0.05 * x for x in last), *(0.01 * x for x in last)])


def test_averaged_weights_are_taken_at_the_end_of_every_stage(bench: Bench) -> None:
    averaged = {"SGD": {"learning_rate": 0.05, "use_ema": True, "ema_momentum": 0.5}}
    made = bench([{"epochs": 2}, {"epochs": 1}], optimizer=averaged)
    model, *_ = made.train()
    plain, data = made.build(), made.dataset.train
    for first, count in ((0, 2), (2, 1)):
        plain.compile(keras.optimizers.SGD(0.05, use_ema=True, ema_momentum=0.5), "mse")
        order = np.concatenate([epoch_order(43, 0, first + each) for each in range(count)])
        batches = [
            order[43 * each :][:43][start : start + BATCH]
            for each in range(count)
            for start in range(0, 43, BATCH)
        ]
        for rows in batches:
            plain.train_on_batch(data.x[rows], data.y[rows])
        plain.optimizer.finalize_variable_values(plain.trainable_variables)
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
