"""A training that is taken up again comes to the same bits as one that never stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.training_section import CheckpointConfig  # noqa: E402
from dlkit.train.state.keeper import Keeper  # noqa: E402
from dlkit.train.state.store import Store  # noqa: E402

Make = Callable[..., Any]

STAGES = [
    {"epochs": 3},
    {"epochs": 3, "learning_rate": 0.01, "trainable": {"base": False}},
]


class KilledError(Exception):
    """Stands for whatever ends the process."""


def stop_at(notes: Any, epoch: int, step: int) -> Any:
    """Let an observer die when it hears of a step; step 0: of the end of the epoch."""
    heard, heard_epoch = notes.on_steps, notes.on_epoch

    def on_steps(number: int, done: int, steps: int) -> None:
        heard(number, done, steps)
        if (number, done) == (epoch, step):
            raise KilledError

    def on_epoch(row: dict[str, float]) -> None:
        heard_epoch(row)
        if (row["epoch"], 0) == (epoch, step):
            raise KilledError

    notes.on_steps, notes.on_epoch = on_steps, on_epoch
    return notes


def keeper(folder: Path, *, seconds: float = 1e-9, taken_up: Any = None) -> Keeper:
    return Keeper(Store(folder), CheckpointConfig(seconds=seconds), pytest.fail, taken_up)


def everything(model: Any) -> list[np.ndarray]:
    return [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]]


def rows(training: Any) -> list[dict[str, float]]:
    return [{n: v for n, v in row.items() if n != "seconds"} for row in training.rows]


POINTS = [(1, 1), (1, 6), (1, 0), (2, 3), (3, 0), (4, 1), (4, 5), (6, 6), (6, 0)]
ALWAYS = {("plain", 1, 6), ("plain", 3, 0), ("plain", 6, 6), ("stages", 3, 0), ("stages", 4, 1)}
"""First and last steps, the end of an epoch and of a stage, and the step behind it."""


@pytest.mark.parametrize(
    ("stages", "epoch", "step"),
    [
        pytest.param(
            stages,
            *point,
            id=f"{name}-{point[0]}-{point[1]}",
            marks=[] if (name, *point) in ALWAYS else pytest.mark.nightly,
        )
        for name, stages in (("plain", None), ("stages", STAGES))
        for point in POINTS
    ],
)
def test_taken_up_training_ends_with_the_same_bits(
    bench: Make, tmp_path: Path, stages: Any, epoch: int, step: int, monkeypatch: Any
) -> None:
    from tests.train.conftest import Notes

    monkeypatch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.0)
    monkeypatch.setattr("dlkit.train.state.keeper.SHARE", 0)
    patience = 2 if stages else 5
    stopping = {"early_stopping": {"monitor": "val_loss", "patience": patience}}
    sections: dict[str, Any] = {
        "regularization": stopping,
        "optimizer": {"SGD": {"learning_rate": 0.02, "momentum": 0.9}},
    }
    if not stages:
        sections["training"] = {"epochs": 6}
    whole, training, _ = bench(stages, **sections).train()
    with pytest.raises(KilledError):
        bench(stages, **sections).train(
            keeper=keeper(tmp_path), notes=stop_at(Notes(), epoch, step)
        )
    taken_up, damaged = Store(tmp_path).newest()
    assert not damaged
    resumed, again, _ = bench(stages, **sections).train(
        keeper=keeper(tmp_path, taken_up=taken_up)
    )
    assert rows(again) == rows(training)
    assert (again.best_epoch, again.kept_epoch) == (training.best_epoch, training.kept_epoch)
    for mine, theirs in zip(everything(resumed), everything(whole), strict=True):
        np.testing.assert_array_equal(mine, theirs)
