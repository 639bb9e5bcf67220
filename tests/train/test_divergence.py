"""What is no number any more ends training at once, and the best weights come back."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.training_section import CheckpointConfig  # noqa: E402
from dlkit.train.divergence import find_divergence  # noqa: E402
from dlkit.train.state.keeper import Keeper  # noqa: E402
from dlkit.train.state.store import Store  # noqa: E402
from tests.train.conftest import Bench, Notes  # noqa: E402

Make = Callable[..., Bench]

WILD = {"optimizer": {"SGD": {"learning_rate": 1e30}}}
FINE = {"weights/0000/dense/kernel": np.ones((2, 2), "float32")}
BROKEN = {**FINE, "weights/0001/dense/bias": np.array([0, np.nan], "float32")}


@pytest.mark.parametrize(
    ("row", "weights", "done", "said"),
    [
        ({"loss": 1.0, "val_loss": 2.0}, FINE, 6, ""),
        ({"loss": 1.0, "auc": math.nan, "val_auc": math.nan}, FINE, 6, ""),
        ({"loss": math.nan, "val_loss": math.nan}, BROKEN, 4, "the loss is nan after step 4"),
        ({"loss": math.nan}, FINE, 0, "the loss is nan"),
        ({"loss": 1.0, "val_loss": math.inf}, FINE, 6, "the validation loss is inf"),
        ({"loss": 1.0}, BROKEN, 6, "the weights dense/bias are no longer finite"),
    ],
    ids=["fine", "undefined metric", "loss", "first step", "validation", "weights"],
)
def test_losses_and_weights_diverge_and_metrics_do_not(
    row: dict[str, float], weights: dict[str, Any], done: int, said: str
) -> None:
    assert find_divergence(row, weights, done) == said


class Wild(keras.callbacks.Callback):
    """Raises the learning rate beyond all measure when an epoch (from 1) begins."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch
        self.batches = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch + 1 == self.epoch:
            self.model.optimizer.learning_rate = 1e30


class Counting(Wild):
    """Counts batches too, so that Keras's own loop runs."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches += 1


def test_keras_own_loop_ends_within_the_epoch(bench: Make) -> None:
    counting = Counting(2)
    _, training, notes = bench(None, training={"epochs": 4}).train(counting)
    assert training.method.loop == "fit"
    assert training.status == "diverged"
    assert 6 < counting.batches < 12
    assert training.divergence == f"the loss is nan after step {counting.batches - 7}"
    assert notes.heard == ["epoch 1", "epoch 2"]
    last = training.rows[-1]
    names = {"loss", "mae", "val_loss", "val_mae"}
    assert all(math.isnan(last[name]) for name in names)


@pytest.mark.parametrize("kind", [Wild, Counting], ids=["tape", "fit"])
def test_model_gets_the_last_finite_best_weights(
    bench: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Wild]
) -> None:
    """Nobody asked for the best weights here: but those that it has are no numbers."""
    monkeypatch.setattr("dlkit.train.state.keeper.SHARE", 0)
    settings = CheckpointConfig(seconds=1e-9)
    keeper = Keeper(Store(tmp_path), settings, pytest.fail)
    model, training, _ = bench(None, training={"epochs": 5}).train(kind(3), keeper=keeper)
    assert (training.status, len(training.rows)) == ("diverged", 3)
    assert training.kept_epoch == training.best_epoch < 3
    short, _, _ = bench(None, training={"epochs": training.kept_epoch}).train(kind(9))
    for mine, theirs in zip(model.get_weights(), short.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert training.validation["loss"] == training.row(training.kept_epoch)["val_loss"]
    snapshot, damaged = Store(tmp_path).newest()
    assert snapshot
    assert not damaged
    assert len(snapshot.facts["rows"]) == 2
    assert all(np.isfinite(v).all() for v in snapshot.arrays.values() if v.dtype.kind == "f")
    best = Store(tmp_path).read_best(snapshot)
    for mine, kept in zip(model.get_weights(), best.values(), strict=True):
        np.testing.assert_array_equal(mine, kept)


def test_best_weights_come_back_where_nothing_is_kept(bench: Make) -> None:
    model, training, _ = bench(None, training={"epochs": 5}).train(Wild(2))
    assert training.kept_epoch == 1
    assert all(np.isfinite(weights).all() for weights in model.get_weights())


def test_without_a_finite_epoch_there_is_nothing_to_give_back(bench: Make) -> None:
    _, training, _ = bench(None, **WILD).train()
    assert (training.status, training.kept_epoch, len(training.rows)) == ("diverged", 1, 1)
    assert "loss is" in training.divergence


class Poison(keras.callbacks.Callback):
    """Makes a weight no number after the last step of the second epoch."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 1:
            bias = self.model.trainable_variables[-1]
            bias.assign(np.full(bias.shape, np.nan))


def test_epoch_with_broken_weights_is_not_the_best_however_good_its_figures(
    bench: Make,
) -> None:
    slow = {"SGD": {"learning_rate": 0.01}}
    made = bench(None, training={"epochs": 4}, optimizer=slow)
    model, training, _ = made.train(Poison())
    assert training.rows[1]["val_loss"] < training.rows[0]["val_loss"]
    assert training.divergence == "the weights head/bias are no longer finite"
    assert training.best_epoch == training.kept_epoch == 1
    assert all(np.isfinite(weights).all() for weights in model.get_weights())


def test_figure_that_is_undefined_is_no_best_and_no_divergence(bench: Make) -> None:
    """Keras's own EarlyStopping would keep a first NaN as the best for ever."""
    made = bench(
        None,
        training={"epochs": 4},
        regularization={"early_stopping": {"monitor": "val_mae", "patience": 2}},
    )
    model = made.built.core
    loss, optimizer = model.loss, model.optimizer
    undefined = keras.metrics.MeanMetricWrapper(lambda true, told: told * math.nan, name="mae")
    model.compile(optimizer=optimizer, loss=loss, metrics=[undefined])
    _, training, _ = made.train(notes=Notes())
    assert (training.status, len(training.rows)) == ("stopped early", 2)
    assert training.best_epoch == 2  # none had a figure: the last one
