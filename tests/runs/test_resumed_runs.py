"""A run that was killed and goes on leaves what it had left otherwise, to the bit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from tests.nightly import by_night  # noqa: E402
from tests.runs.conftest import answers, kept_state  # noqa: E402

Make = Callable[..., Any]

OFTEN = {"seconds": 1e-9}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def pictures() -> dict[str, Any]:
    """Dropout, augmentation and batch normalization: everything that draws or counts."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (60, 6, 6, 1)).astype("uint8")
    np.savez("pictures.npz", x=x, y=(x.mean(axis=(1, 2, 3)) > 127).astype("int32"))
    return {
        "dataset": {"source": {"arrays": {"path": "pictures.npz"}}},
        "architecture": {
            "layers": [
                {"Conv2D": {"filters": 2, "kernel_size": 3, "activation": "relu"}},
                "BatchNormalization",
                "Flatten",
                {"Dropout": 0.4},
                {"Dense": {"units": 2, "activation": "softmax"}},
            ]
        },
        "loss": "sparse_categorical_crossentropy",
        "metrics": ["accuracy"],
        "regularization": {"augmentation": [{"RandomFlip": "horizontal"}]},
    }


def streamed(table: Make, experiment: Make) -> dict[str, Any]:
    """A table on the disk, and an optimizer that averages the weights."""
    table()
    optimizer = {"Adam": {"learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9}}
    return experiment(dataset={"stream": True}, optimizer=optimizer)


def staged(table: Make, experiment: Make) -> dict[str, Any]:
    """Stages that begin with what an earlier run has learned, and end with the best epoch."""
    table()
    dlkit.run({**experiment(), "name": "base"})
    config = experiment()
    layers = config["architecture"]["layers"]
    layers[0]["Dense"]["name"] = "low"
    stages = [
        {"epochs": 2, "trainable": {"low": False}},
        {"epochs": 2, "trainable": {"low": True}, "learning_rate": 0.05},
    ]
    return {
        **config,
        "initial_weights": "experiments/base/1",
        "training": {"stages": stages, "batch_size": 8},
        "regularization": {"early_stopping": {"monitor": "val_loss", "patience": 3}},
    }


def plateau(table: Make, experiment: Make) -> dict[str, Any]:
    """Keras's own loop, and a callback that remembers how long it has waited."""
    table()
    waiting = {"monitor": "loss", "patience": 1, "min_delta": 10.0, "factor": 0.5}
    return experiment(
        training={
            "batch_size": 8,
            "loop": "fit",
            "callbacks": [{"ReduceLROnPlateau": waiting}],
        }
    )


def forked(table: Make, experiment: Make) -> dict[str, Any]:
    """Two outputs, each with losses and metrics of its own."""
    table()
    config = experiment()
    layers = [
        {"Dense": {"units": 4, "activation": "relu", "name": "body"}},
        {"Dense": {"units": 2, "activation": "softmax", "name": "kind", "from": "body"}},
        {"Dense": {"units": 2, "activation": "softmax", "name": "again", "from": "body"}},
    ]
    head = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    del config["loss"], config["metrics"]
    return {
        **config,
        "architecture": {"layers": layers},
        "outputs": {"kind": head, "again": {**head, "weight": 0.5}},
    }


CASES = {
    "pictures": (lambda table, experiment: pictures(), 2, 2),
    "streamed": (streamed, 2, 3),
    "staged": (staged, 3, 2),
    "plateau": (plateau, 3, 2),
    "forked": (forked, 1, 0),
}


KILLED_ELSEWHERE = ("pictures", "plateau", "forked")
"""``tests/kills`` has the like of the first two, and outputs have no state of their own."""


@pytest.mark.parametrize("case", by_night(CASES, KILLED_ELSEWHERE))
def test_killed_run_goes_on_to_the_same_bits(
    case: str, table: Make, experiment: Make, killed_at: Make
) -> None:
    make, epoch, step = CASES[case]
    config = {**make(table, experiment), "name": "net"}
    training = config.get("training", {})
    length = {} if "stages" in training else {"epochs": 4}
    config["training"] = {"batch_size": 8, **training, **length, "checkpoint": OFTEN}
    whole = dlkit.run(config, output="whole")
    with killed_at(epoch, step):
        dlkit.run(config)
    begun = Path("experiments/net/1/history.csv")
    before = begun.read_text("utf-8").splitlines() if begun.is_file() else []
    resumed = dlkit.run(config, resume=True)
    assert kept_state(resumed.folder) == kept_state(whole.folder)
    assert answers(resumed) == answers(whole)
    assert resumed.metrics == whole.metrics
    lines = begun.read_text("utf-8").splitlines()
    assert lines[:epoch] == before[:epoch]  # with their times; later ones were trained again
    table_of = [pd.read_csv(result.folder.history) for result in (resumed, whole)]
    pd.testing.assert_frame_equal(*(each.drop(columns="seconds") for each in table_of))
    assert not list(Path("experiments/net/1").rglob(".tmp-*"))
    assert len(list(resumed.folder.checkpoints.glob("state-*.npz"))) == 1


def test_epoch_that_was_interrupted_takes_as_long_as_its_parts_together(
    table: Make, experiment: Make, killed_at: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table()
    config = {**experiment(), "name": "net"}
    config["training"] = {"epochs": 3, "batch_size": 8, "checkpoint": OFTEN}
    with monkeypatch.context() as patch, killed_at(2, 2):
        patch.setattr("dlkit.train.epochs.Epochs.seconds", 1000.0)  # as if it were that slow
        dlkit.run(config)
    resumed = dlkit.run(config, resume=True)
    assert 1000 < resumed.rows[1]["seconds"] < 1100
    assert resumed.rows[2]["seconds"] < 100


@pytest.mark.nightly
def test_run_that_forgets_its_callbacks_is_not_the_same(
    table: Make, experiment: Make, killed_at: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this one were equal, the test above could not fail."""
    config = {**plateau(table, experiment), "name": "net"}
    config["training"] |= {"epochs": 4, "checkpoint": OFTEN}
    whole = dlkit.run(config, output="whole")
    with killed_at(3, 2):
        dlkit.run(config)
    monkeypatch.setattr("dlkit.train.callbacks.recall", lambda *_: None)
    resumed = dlkit.run(config, resume=True)
    assert kept_state(resumed.folder)[0] != kept_state(whole.folder)[0]


def test_more_epochs_are_as_if_asked_for_at_once(
    table: Make, experiment: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    table()
    config = {**experiment(), "name": "net"}
    six = dlkit.run(config, {"training.epochs": 6}, output="six")
    dlkit.run(config, {"training.epochs": 3})
    folder = Path("experiments/net/1")
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    capsys.readouterr()
    same = dlkit.run(config, {"training.epochs": 3}, resume=True)
    assert capsys.readouterr().out == (
        "experiments/net/1 is already complete, 3 epochs."
        " More of them: training.epochs=NUMBER.\n"
    )
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == times
    assert (len(same.rows), same.metrics["train_loss"]) == (3, same.rows[-1]["loss"])
    longer = dlkit.run(config, {"training.epochs": 6}, resume="net/1")
    told = capsys.readouterr().out
    assert "resumed   from the end of epoch 3 of experiments/net/1\n" in told
    assert "\n  4/6  " in told
    assert "3/6" not in told
    assert kept_state(longer.folder) == kept_state(six.folder)
    assert answers(longer) == answers(six)
    longer.folder.metrics.unlink()  # as if it had been killed while its report was written
    assert dlkit.run(config, {"training.epochs": 6}, resume=True).metrics == six.metrics
    with pytest.raises(
        dlkit.ConfigError, match="were trained already, and training is to have 2 epochs"
    ):
        dlkit.run(config, {"training.epochs": 2}, resume=True)


@pytest.mark.parametrize("lost", ["model.keras", "predictions.csv", "report.html"])
def test_complete_run_writes_again_what_it_lost(
    lost: str, table: Make, experiment: Make
) -> None:
    table()
    config = {**experiment(), "name": "net"}
    whole = dlkit.run(config)
    state, file = kept_state(whole.folder), whole.folder.path / lost
    before = file.read_bytes()
    file.unlink()
    again = dlkit.run(config, resume=True)
    assert kept_state(again.folder) == state
    assert answers(again) == answers(whole)
    assert file.is_file()
    if lost == "predictions.csv":  # the others tell the time
        assert file.read_bytes() == before


def test_last_stage_can_be_made_longer(table: Make, experiment: Make) -> None:
    table()
    config = {**experiment(), "name": "net"}
    stages = [{"epochs": 1}, {"epochs": 1, "learning_rate": 0.05}]
    config["training"] = {"stages": stages, "batch_size": 8}
    longer = {"training.stages[1].epochs": 3}
    whole = dlkit.run(config, longer, output="whole")
    dlkit.run(config)
    resumed = dlkit.run(config, longer, resume=True)
    assert kept_state(resumed.folder) == kept_state(whole.folder)
    with pytest.raises(dlkit.ConfigError, match=r"stages\[0\].epochs: was 1, is 2"):
        dlkit.run(config, longer | {"training.stages[0].epochs": 2}, resume=True)


def test_folds_go_on_each_from_its_own_state(
    table: Make, experiment: Make, killed_at: Make
) -> None:
    table()
    config = {**experiment(dataset={"folds": 2, "validation": 0.2}), "name": "net"}
    config["training"] = {"epochs": 3, "batch_size": 8, "checkpoint": OFTEN}
    whole = dlkit.run(config, output="whole")
    with killed_at(2, 1, fold=2):
        dlkit.run(config)
    first = Path("experiments/net/1/fold_1/history.csv").read_text("utf-8")
    resumed = dlkit.run(config, resume="net")
    assert resumed.metrics == whole.metrics
    for mine, theirs in zip(resumed.runs, whole.runs, strict=True):
        assert kept_state(mine.folder) == kept_state(theirs.folder)
    assert Path("experiments/net/1/fold_1/history.csv").read_text("utf-8") == first
    again = dlkit.run(config, resume="net")
    assert (again.metrics, len(again.runs)) == (whole.metrics, 2)
    with pytest.raises(dlkit.ConfigError, match="one of several folds: they go on together"):
        dlkit.run(config, resume=os.fspath(whole.runs[1].folder.path))
