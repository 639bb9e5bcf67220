import math
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.catalogue import load_catalogue  # noqa: E402
from dlkit.config.choices import Choice  # noqa: E402
from dlkit.config.data_sources import Whole  # noqa: E402
from dlkit.config.load import load_config  # noqa: E402
from dlkit.config.schema import Config, DatasetConfig  # noqa: E402
from dlkit.data.dataset import Dataset, Split  # noqa: E402
from dlkit.data.order import epoch_order  # noqa: E402
from dlkit.errors import TrainingError  # noqa: E402
from dlkit.model.graph import build_model  # noqa: E402
from dlkit.model.inputs import open_entrance  # noqa: E402
from dlkit.train.assembly import assemble  # noqa: E402
from dlkit.train.epochs import Row  # noqa: E402
from dlkit.train.loops.method import choose_method  # noqa: E402
from dlkit.train.trainer import Subject, Training, train_model  # noqa: E402


class Notes:
    """An observer that keeps what it hears."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.steps: list[tuple[int, int, int]] = []

    def on_stage(self, stage: Any, epochs: int, kept: int) -> None:
        raise AssertionError("there are no stages")

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        self.steps.append((epoch, done, steps))

    def on_epoch(self, row: Row) -> None:
        self.rows.append(row)


def line(*, noise: float = 0.0, validation: bool = True) -> Dataset:
    """Points of y = 2 x + 1; the validation targets may be noise."""
    x = np.linspace(-1, 1, 40, dtype="float32")[:, None]
    y = 2 * x + 1
    other = y + noise * np.random.default_rng(1).normal(size=y.shape).astype("float32")
    held = Split(x, other.astype("float32")) if validation else None
    return made(Split(x, y), held)


def made(train: Split, validation: Split | None = None) -> Dataset:
    parts = (train, validation, train)
    source = DatasetConfig(source=Choice("diabetes", Whole()))
    return Dataset("made", None, "here", "regression", (), (), *parts, source)


def config(**sections: Any) -> Config:
    data = {
        "dataset": {"source": "diabetes"},
        "architecture": {"layers": [{"Dense": 1}]},
        "loss": "mse",
        "optimizer": {"SGD": {"learning_rate": 0.1}},
        "training": {"epochs": 4, "batch_size": 8},
        **sections,
    }
    return load_config(data).config


def build(settings: Config, dataset: Dataset) -> Any:
    layers = settings.architecture.layers
    return build_model(layers, dataset, open_entrance(dataset, ()), "made").model


def train(dataset: Dataset, settings: Config, *callbacks: Any) -> tuple[Any, Training, Notes]:
    keras.utils.set_random_seed(settings.seed)
    model = build(settings, dataset)
    assemble(model, settings, dataset, 5, load_catalogue())
    notes = Notes()
    method = choose_method(settings, model, dataset, callbacks, None)
    subject = Subject(model, dataset, settings, method)
    return model, train_model(subject, callbacks, notes), notes


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_line_is_learned(loop: str) -> None:
    settings = config(training={"epochs": 40, "batch_size": 8, "loop": loop})
    model, training, _ = train(line(), settings)
    kernel, bias = (weight.item() for weight in model.get_weights())
    assert (kernel, bias) == (pytest.approx(2, abs=0.01), pytest.approx(1, abs=0.01))
    assert training.method.loop == loop


def test_history_has_a_row_an_epoch_with_validation_and_rate() -> None:
    _, training, notes = train(line(), config(metrics=["mae"]))
    assert list(training.rows[0]) == [
        *("epoch", "loss", "mae", "val_loss", "val_mae", "learning_rate", "seconds")
    ]
    assert [row["epoch"] for row in notes.rows] == [1, 2, 3, 4]
    assert notes.steps[-1] == (4, 5, 5)


def test_validation_is_left_out_where_there_is_none() -> None:
    settings = config(dataset={"source": "diabetes", "validation": 0})
    _, training, _ = train(line(validation=False), settings)
    assert not [name for name in training.rows[0] if name.startswith("val_")]
    assert training.validation == {}


def test_early_stopping_stops_and_brings_the_best_weights_back() -> None:
    stopping = {"monitor": "val_loss", "patience": 3}
    settings = config(
        regularization={"early_stopping": stopping}, training={"epochs": 60, "batch_size": 8}
    )
    _, training, _ = train(line(noise=1.0), settings)
    losses = [row["val_loss"] for row in training.rows]
    best = losses.index(min(losses)) + 1
    assert training.status == "stopped early"
    assert (training.best_epoch, training.kept_epoch) == (best, best)
    assert len(losses) == best + 3
    assert training.validation["loss"] == pytest.approx(min(losses), rel=1e-6)


def test_last_weights_stay_when_the_best_are_not_asked_for() -> None:
    stopping = {"monitor": "val_loss", "patience": 3, "restore_best": False}
    settings = config(
        regularization={"early_stopping": stopping}, training={"epochs": 60, "batch_size": 8}
    )
    _, training, _ = train(line(noise=1.0), settings)
    assert training.kept_epoch == len(training.rows) > training.best_epoch


def test_diverging_run_ends_with_the_epoch_that_diverged() -> None:
    settings = config(optimizer={"SGD": {"learning_rate": 1e30}})
    _, training, _ = train(line(), settings)
    assert training.status == "diverged"
    assert not math.isfinite(training.rows[-1]["loss"])
    assert len(training.rows) == 1


def test_averaged_weights_are_those_of_plain_keras_after_one_epoch() -> None:
    ema = {"SGD": {"learning_rate": 0.1, "use_ema": True, "ema_momentum": 0.5}}
    settings = config(optimizer=ema, training={"epochs": 1, "batch_size": 8})
    dataset = line()
    model, _, _ = train(dataset, settings)
    keras.utils.set_random_seed(0)
    plain = build(settings, dataset)
    optimizer = keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5)
    plain.compile(optimizer=optimizer, loss="mse")
    order = epoch_order(40, 0, 0)
    plain.fit(
        dataset.train.x[order], dataset.train.y[order], batch_size=8, shuffle=False, verbose=0
    )
    for ours, theirs in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-6)


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_callbacks_hear_of_epochs_and_may_stop(loop: str) -> None:
    heard: list[tuple[str, int]] = []

    class Stops(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            heard.append(("begin", 0))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            heard.append(("epoch", epoch))
            assert set(logs) == {"loss", "val_loss"}
            self.model.stop_training = epoch == 1

        def on_train_end(self, logs: Any = None) -> None:
            heard.append(("end", 0))

    settings = config(training={"epochs": 9, "batch_size": 8, "loop": loop})
    _, training, _ = train(line(), settings, Stops())
    assert heard == [("begin", 0), ("epoch", 0), ("epoch", 1), ("end", 0)]
    assert training.status == "stopped early"


def test_callback_that_wants_batches_chooses_fit() -> None:
    class Counts(keras.callbacks.Callback):
        batches = 0

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            self.batches += 1

    counts = Counts()
    _, training, _ = train(line(), config(), counts)
    assert (training.method.loop, counts.batches) == ("fit", 4 * 5)


def test_rate_in_the_history_follows_the_schedule() -> None:
    settings = config(
        lr_schedule={"ExponentialDecay": {"decay_steps": "1 epoch", "decay_rate": 0.5}}
    )
    _, training, _ = train(line(), settings)
    rates = [row["learning_rate"] for row in training.rows]
    last = [4, 9, 14, 19]  # the last step of each epoch of 5, counted from 0
    assert rates == pytest.approx([0.1 * 0.5 ** (step / 5) for step in last])


def test_same_seed_repeats_the_history_to_the_bit() -> None:
    first, second = (train(line(), config())[1] for _ in range(2))
    for ours, theirs in zip(first.rows, second.rows, strict=True):
        assert {**ours, "seconds": 0} == {**theirs, "seconds": 0}


@pytest.mark.parametrize("loop", ["tape", "fit"])
def test_steps_say_how_long_and_cut_the_last_epoch_short(loop: str) -> None:
    settings = config(training={"steps": 12, "batch_size": 8, "loop": loop})
    model, training, notes = train(line(), settings)
    assert int(model.optimizer.iterations.numpy()) == 12
    assert [row["epoch"] for row in training.rows] == [1, 2, 3]
    assert (training.status, notes.steps[-1]) == ("completed", (3, 2, 2))


def test_steps_that_fill_epochs_train_as_the_epochs_do() -> None:
    by_steps = train(line(), config(training={"steps": 15, "batch_size": 8}))[0]
    by_epochs = train(line(), config(training={"epochs": 3, "batch_size": 8}))[0]
    for ours, theirs in zip(by_steps.get_weights(), by_epochs.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_callback_that_fails_is_named_at_its_place() -> None:
    class Breaks(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise FileNotFoundError(2, "No such file or directory", "/nope/log.csv")

    with pytest.raises(TrainingError, match=r"Breaks failed: .*No such file") as caught:
        train(line(), config(), keras.callbacks.TerminateOnNaN(), Breaks())
    assert caught.value.problems[0].path == ("training", "callbacks", 1)


def test_both_loops_measure_validation_alike() -> None:
    rows = []
    for loop in ("tape", "fit"):
        training = {"epochs": 3, "batch_size": 8, "loop": loop}
        rows.append(train(line(noise=1.0), config(metrics=["mae"], training=training))[1].rows)
    for ours, theirs in zip(*rows, strict=True):
        assert list(ours) == list(theirs)
        same = {name: ours[name] for name in ours if name != "seconds"}
        assert same == pytest.approx({name: theirs[name] for name in same}, abs=1e-5)


def test_weights_that_are_not_finite_are_a_diverged_run() -> None:
    settings = config(optimizer={"SGD": {"learning_rate": 3e38}}, training={"steps": 1})
    _, training, _ = train(line(validation=False), settings.model_copy())
    assert math.isfinite(training.rows[-1]["loss"])
    assert training.status == "diverged"


def test_failure_inside_the_graph_is_told_in_its_own_words() -> None:
    layers = [{"Embedding": [1, 4]}, "Flatten", {"Dense": 1}]
    settings = config(architecture={"layers": layers})
    x = np.zeros((40, 1), "float32")
    x[30] = 5  # beyond the table, and beyond the examples that are proved
    with pytest.raises(TrainingError, match=r"^epoch 1 failed: indices\[\S+ = 5 is not in"):
        train(made(Split(x, x)), settings)
