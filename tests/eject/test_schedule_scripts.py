"""Schedules that Keras has not: in scripts, in model files, and drawn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

PLATEAU = {"ReduceLROnPlateau": {"factor": 0.5, "patience": 1, "min_delta": 9}}
AFTER = {"steps": "1 epochs", "schedule": {"Power": "1 epochs"}}

CONFIG: dict[str, Any] = {
    "name": "scheduled",
    "dataset": {"source": "iris", "test": 0.2, "validation": 0.2},
    "architecture": {"layers": [{"Dense": {"units": 3, "activation": "softmax"}}]},
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"SGD": {"learning_rate": 0.1, "momentum": 0.5}},
    "lr_schedule": "OneCycle",
    "training": {
        "batch_size": 16,
        "stages": [
            {"epochs": 3},
            {"epochs": 4, "lr_schedule": PLATEAU},
            {"epochs": 2, "lr_schedule": {"ExponentialByEpoch": 0.5}},
            {"epochs": 3, "lr_schedule": {"WarmUp": AFTER}},
        ],
    },
}

LOADING = """
import json, sys
sys.modules["dlkit"] = None
import keras
found = {"names": [], "refused": ""}
model = keras.saving.load_model(sys.argv[1])
found["rate"] = float(model.optimizer.learning_rate)
found["steps"] = int(model.optimizer.iterations)
found["size"] = sum(float(abs(v.numpy()).sum()) for v in model.optimizer.variables[2:])
try:
    keras.saving.load_model(sys.argv[2])
except Exception as error:
    found["refused"] = str(error)
print(json.dumps(found))
"""
"""Loads a model file of a run, and one that needs a schedule of dlkit's."""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Any:
    import dlkit

    return dlkit.run(CONFIG, output=tmp_path_factory.mktemp("experiments"))


def test_script_trains_as_dlkit_does(
    result: Any, script: Callable[..., str], figures: Callable[[str], Any]
) -> None:
    text = script(CONFIG)
    assert [f"class {name}(" in text for name in ("OneCycle", "Power", "WarmUp")] == [True] * 3
    assert text.count("keras.callbacks.ReduceLROnPlateau(") == 1
    assert max(map(len, text.splitlines())) <= 88
    wanted = {k: v for k, v in result.metrics.items() if k.startswith(("val_", "test_"))}
    assert figures(text) == pytest.approx(wanted, abs=1e-5)


def test_script_defines_only_what_it_uses(script: Callable[..., str]) -> None:
    one = {**CONFIG, "lr_schedule": {"Power": "1 epochs"}, "training": {"epochs": 2}}
    text = script(one)
    assert "class Power(" in text
    assert "class OneCycle(" not in text
    assert "class WarmUp(" not in text
    assert "initial_learning_rate=0.1, decay_steps=STEPS_PER_EPOCH" in " ".join(text.split())


def test_plateau_in_a_script_is_told_which_is_better(script: Callable[..., str]) -> None:
    watched = {"ReduceLROnPlateau": {"monitor": "val_accuracy", "patience": 2}}
    text = script({**CONFIG, "lr_schedule": watched, "training": {"epochs": 5}})
    assert 'monitor="val_accuracy"' in text
    assert 'mode="max"' in text


def test_model_file_is_loaded_where_there_is_no_dlkit(result: Any, tmp_path: Path) -> None:
    from dlkit.model.schedules import OneCycle

    other = keras.models.clone_model(result.model)
    other.compile(optimizer=keras.optimizers.SGD(OneCycle(0.1, 10)), loss="mse")
    other.save(tmp_path / "other.keras")
    done = subprocess.run(
        [sys.executable, "-c", LOADING, result.folder.model, tmp_path / "other.keras"],
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["rate"] == pytest.approx(result.rows[-1]["learning_rate"])
    steps = len(result.rows) // 4 * 6  # 96 examples: 6 steps an epoch, 3 epochs in stage 4
    assert found["steps"] == steps
    assert found["size"] > 0  # its momentum
    assert "OneCycle" in found["refused"]  # the other one cannot be loaded


def test_rates_are_drawn_by_steps_and_told_by_epochs(result: Any) -> None:
    page = result.folder.report.read_text("utf-8")
    assert (result.folder.path / "plots" / "learning_rate.png").exists()
    # The peak lies within the first epoch: no row of the history has it.
    assert "Learning rate from 0.004 to " in page
    assert "at most 0.1" in page
    assert max(row["learning_rate"] for row in result.rows[:3]) < 0.0999
