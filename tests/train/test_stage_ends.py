"""How stages end: early stopping, callbacks, numbers that are none; and what is exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.errors import ModelError  # noqa: E402
from tests.nightly import by_night  # noqa: E402

Bench = Callable[..., Any]

FAST = {"epochs": 30, "optimizer": {"Adam": {"learning_rate": 0.1}}}
SLOW = {"epochs": 30, "learning_rate": 0.01, "trainable": {"base": False}}
PATIENT = {"early_stopping": {"patience": 3}}


class Weights(keras.callbacks.Callback):
    """Keeps the weights at the beginning and at the end of every epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.before: list[list[np.ndarray]] = []
        self.after: list[list[np.ndarray]] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.before.append(self.model.get_weights())

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.after.append(self.model.get_weights())


def alike(some: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(some, others, strict=True))


def waited(losses: list[float]) -> int:
    """Return how many epochs went by since the best one."""
    return len(losses) - 1 - losses.index(min(losses))


def test_early_stopping_ends_a_stage_and_the_next_begins_with_the_best(bench: Bench) -> None:
    weights = Weights()
    model, training, notes = bench([FAST, SLOW], regularization=PATIENT).train(weights)
    first, second = (
        [row["val_loss"] for row in training.rows if row["stage"] == stage] for stage in (1, 2)
    )
    losses = first + second
    best, whole_best = losses.index(min(first)), losses.index(min(losses))
    assert (waited(first), waited(second)) == (3, 3)
    assert [planned for _, planned, _ in notes.stages] == [60, len(first) + 30]
    assert notes.stages[1][2] == best + 1
    assert alike(weights.before[len(first)], weights.after[best])
    assert (training.best_epoch, training.kept_epoch) == (whole_best + 1, whole_best + 1)
    assert alike(model.get_weights(), weights.after[whole_best])
    assert training.validation["loss"] == pytest.approx(min(losses), rel=1e-6)
    assert training.status == "stopped early"


def test_best_of_all_stages_is_kept_when_the_last_one_spoils_it(bench: Bench) -> None:
    spoil = {"epochs": 4, "learning_rate": 0.5, "optimizer": "SGD"}
    stages = [{"epochs": 6, "learning_rate": 0.02}, spoil]
    stopping = {"early_stopping": {"patience": 5}}
    _, training, _ = bench(stages, regularization=stopping).train()
    losses = [row["val_loss"] for row in training.rows]
    assert losses.index(min(losses)) < 6
    assert training.kept_epoch == losses.index(min(losses)) + 1


def test_last_weights_go_on_when_the_best_are_not_asked_for(bench: Bench) -> None:
    weights = Weights()
    settings = {"early_stopping": {"patience": 3, "restore_best": False}}
    _, training, notes = bench([FAST, SLOW], regularization=settings).train(weights)
    first = sum(row["stage"] == 1 for row in training.rows)
    assert notes.stages[1][2] == first
    assert alike(weights.before[first], weights.after[first - 1])
    assert training.kept_epoch == len(training.rows)


@pytest.mark.parametrize("loop", by_night(["tape", "fit"], ["fit"]))
def test_callbacks_live_through_all_stages(bench: Bench, loop: str) -> None:
    heard: list[Any] = []

    class Listens(keras.callbacks.Callback):
        def on_train_begin(self, logs: Any = None) -> None:
            heard.append("begin")

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            heard.append((epoch, type(self.model.optimizer).__name__))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            assert set(logs) == {"loss", "mae", "val_loss", "val_mae"}

        def on_train_end(self, logs: Any = None) -> None:
            heard.append("end")

    listens = Listens()
    stages = [{"epochs": 2}, {"epochs": 1, "optimizer": "Adam"}]
    bench(stages, training={"loop": loop}).train(listens)
    assert heard == ["begin", (0, "SGD"), (1, "SGD"), (2, "Adam"), "end"]
    assert listens.params["epochs"] == 3


@pytest.mark.parametrize("loop", by_night(["tape", "fit"], ["fit"]))
def test_callback_that_stops_ends_the_run(bench: Bench, loop: str) -> None:
    class Stops(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = epoch == 1

    stages = [{"epochs": 2}, {"epochs": 1, "optimizer": "Adam"}]
    _, training, notes = bench(stages, training={"loop": loop}).train(Stops())
    assert (len(training.rows), training.status) == (2, "stopped early")
    assert notes.heard[-1] == "epoch 2"


def test_plateau_lowers_the_rate_of_the_optimizer_of_the_stage(bench: Bench) -> None:
    lowers = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=1, min_delta=1e9)
    stages = [{"epochs": 3, "learning_rate": 0.01}, {"epochs": 2, "learning_rate": 0.002}]
    _, training, _ = bench(stages).train(lowers)
    rates = [row["learning_rate"] for row in training.rows]
    assert rates == pytest.approx([0.01, 0.01, 0.001, 0.002, 0.0002])


def test_stage_that_diverges_ends_the_run(bench: Bench) -> None:
    wild = {"epochs": 3, "optimizer": {"SGD": {"learning_rate": 1e30}}}
    _, training, notes = bench([{"epochs": 1}, wild, {"epochs": 1}]).train()
    assert training.status == "diverged"
    assert notes.heard == ["stage 1", "epoch 1", "stage 2", "epoch 2"]


INNER = [{"Dense": {"name": name, "units": 3}} for name in ("one", "two", "three")]
NESTED = [
    {"Model": {"name": "encoder", "layers": INNER}},
    {"Dense": {"name": "head", "units": 1}},
]
"""Weights of the layers of the encoder: 3 * 3 + 3 = 12 each; of the head 3 + 1 = 4."""


def test_exported_model_has_the_flags_of_the_last_stage(bench: Bench, tmp_path: Path) -> None:
    stages = [
        {"epochs": 1, "trainable": {"encoder": False}},
        {"epochs": 1, "trainable": {"encoder": {"from": "three"}}},
    ]
    made = bench(stages, architecture={"layers": NESTED})
    model, _, notes = made.train()
    assert [stage.trainable for stage, *_ in notes.stages] == [4, 12 + 4]
    assert notes.stages[1][0].changes == ("encoder trained from three",)
    made.built.model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    flags = [inner.trainable for inner in again.get_layer("encoder").layers[-3:]]
    assert flags == [False, False, True]
    shapes = [variable.shape for variable in again.optimizer.variables]
    assert shapes == [variable.shape for variable in model.optimizer.variables]


@pytest.mark.parametrize(
    ("trainable", "said"),
    [
        (
            {"heads": True},
            (
                "training.stages[1].trainable.heads: no layer is named 'heads'."
                " Did you mean 'head'?"
            ),
        ),
        (
            {"drop": True, "head": False},
            (
                "training.stages[1]: no layer has weights to train in this stage."
                " Give it a `trainable` with a layer."
            ),
        ),
    ],
    ids=["unknown", "nothing left"],
)
def test_stage_that_cannot_begin_is_refused_before_the_first(
    bench: Bench, trainable: dict[str, Any], said: str
) -> None:
    frozen = {"base": False, "norm": False}
    stages = [{"epochs": 1, "trainable": frozen}, {"epochs": 1, "trainable": trainable}]
    with_more = {"batch_normalization": "before"}  # so that not all names are in the config
    with pytest.raises(ModelError) as caught:
        bench(stages, regularization=with_more)
    assert str(caught.value) == said


def test_proving_leaves_flags_and_weights_as_they_were(bench: Bench) -> None:
    frozen = [{"Dense": {"name": "base", "units": 2, "trainable": False}}, *NESTED]
    stages = [
        {"epochs": 1, "trainable": {"encoder": {"from": "two"}}},
        {"epochs": 1, "trainable": {"encoder": False, "base": True}},
    ]
    made = bench(stages, architecture={"layers": frozen})
    layers, encoder = made.built.layers, made.built.layers["encoder"]
    assert [layers[name].trainable for name in ("base", "encoder", "head")] == [
        *(False, True, True)
    ]
    assert all(inner.trainable for inner in encoder.layers)
    assert alike(made.built.core.get_weights(), made.build().get_weights())


def test_layer_inside_that_is_not_there_is_refused(bench: Bench) -> None:
    stages = [{"epochs": 1}, {"epochs": 1, "trainable": {"wrapped": {"from": "two"}}}]
    layers = [{"Dense": {"name": "wrapped", "units": 2}}, {"Dense": 1}]
    made = bench(stages[:1], architecture={"layers": layers}).stages
    training = made.config.training.model_copy(
        update={"stages": (made.config.training.stages[0].model_copy(update=stages[1]),)}
    )
    config = made.config.model_copy(update={"training": training})
    with pytest.raises(ModelError, match=r"stages\[0\]\.trainable\.wrapped: .*write true or"):
        type(made)(config, made.model, made.layers, made.dataset, made.catalogue).prove()
