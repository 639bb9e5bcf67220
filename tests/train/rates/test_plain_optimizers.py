"""What optimizers do beside their steps, against one call of Keras's own fit.

Both loops: the same batches, the same validation after each epoch, the same weights in the
end. 43 examples are 6 steps an epoch and 18 in all, the last of each pass smaller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.data.dataset import Split  # noqa: E402
from dlkit.data.order import epoch_order  # noqa: E402
from tests.nightly import by_night  # noqa: E402

BATCH, EPOCHS, STEPS = 8, 3, 6
FIGURES = ("loss", "mae", "val_loss", "val_mae")

Make = Callable[..., Any]


def plain(bench: Any, train: Split, optimizer: dict[str, Any]) -> tuple[Any, Any]:
    """Train by one call of fit."""
    ((name, arguments),) = optimizer.items()
    model = bench.build()
    model.compile(getattr(keras.optimizers, name)(**arguments), "mse", metrics=["mae"])

    def batches() -> Iterator[Any]:
        for epoch in range(EPOCHS):
            order = epoch_order(len(train), bench.loaded.config.seed, epoch)
            for start in range(0, len(order), BATCH):
                few = train.take(order[start : start + BATCH])
                yield (few.x, few.y) if few.weight is None else (few.x, few.y, few.weight)

    held = bench.dataset.validation
    fitted = model.fit(
        batches(),
        steps_per_epoch=STEPS,
        epochs=EPOCHS,
        validation_data=(held.x, held.y),
        shuffle=False,
        verbose=0,
    )
    return model, fitted.history


SGD = {"learning_rate": 0.05, "momentum": 0.9}
OPTIMIZERS: dict[str, dict[str, Any]] = {
    # 18 steps are 4 whole updates of 4, and two steps that are never applied
    "accumulation": {"SGD": {**SGD, "gradient_accumulation_steps": 4}},
    "average": {"SGD": {**SGD, "use_ema": True, "ema_momentum": 0.8}},
    "average-overwrites": {
        "Adam": {"learning_rate": 0.01, "use_ema": True, "ema_overwrite_frequency": 4}
    },
    "norm": {"SGD": {**SGD, "clipnorm": 0.2}},
    "value": {"SGD": {**SGD, "clipvalue": 0.05}},
    "global": {"SGD": {**SGD, "global_clipnorm": 0.2}},
}


@pytest.mark.parametrize(
    "name", by_night([*OPTIMIZERS, "weights"], ("average-overwrites", "value"))
)
def test_training_is_that_of_keras(bench: Make, name: str) -> None:
    optimizer = OPTIMIZERS.get(name, {"SGD": SGD})
    history: Any = None
    for loop in ("tape", "fit"):
        made = bench(None, optimizer=optimizer, training={"epochs": EPOCHS, "loop": loop})
        if name == "weights":
            made = replace(made, dataset=weighted(made.dataset))
        if history is None:
            other, history = plain(made, made.dataset.train, optimizer)
        model, training, _ = made.train()
        assert training.method.loop == loop
        for figure in FIGURES:
            ours = [row[figure] for row in training.rows]
            assert ours == pytest.approx(history[figure], abs=1e-5), (loop, figure)
        for left, right in zip(model.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(left, right, atol=1e-5)


def weighted(dataset: Any) -> Any:
    """Let each training example count 0, 0.5, 1 or 1.5 times."""
    weight = np.random.default_rng(1).integers(0, 4, len(dataset.train)) / 2
    train = replace(dataset.train, weight=weight.astype("float32"))
    return replace(dataset, train=train)


@pytest.mark.parametrize(
    "name", by_night(["accumulation", "average", "global"], ("average", "global"))
)
def test_without_it_the_weights_are_others(bench: Make, name: str) -> None:
    """The negative control."""
    made = bench(None)
    one, other = (
        plain(made, made.dataset.train, optimizer)[0]
        for optimizer in (OPTIMIZERS[name], {"SGD": SGD})
    )
    assert not all(
        np.allclose(left, right, atol=1e-4)
        for left, right in zip(one.get_weights(), other.get_weights(), strict=True)
    )
