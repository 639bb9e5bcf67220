"""Workers that abort, refuse and grow, as real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from dlkit.errors import TrainingError
from dlkit.sweep import local
from dlkit.sweep.local import LocalPool
from dlkit.sweep.messages import Message, Outcome, Setup, Task

ROOT = Path(__file__).parent.parent.parent

PLUGIN = """
import os

import keras


@keras.saving.register_keras_serializable("own")
class Aborting(keras.layers.Layer):
    def call(self, x):
        os.abort()


@keras.saving.register_keras_serializable("own")
class Raising(keras.layers.Layer):
    def call(self, x):
        raise RuntimeError("no good comes of this")
"""

LAYERS: list[Any] = [
    {"Conv2D": {"filters": 3, "kernel_size": 3, "activation": "relu"}},
    "Aborting",
    {"Conv2D": {"filters": 3, "kernel_size": 9}},
    "Raising",
    {"Conv2D": {"filters": 4, "kernel_size": 5, "activation": "relu"}},
]

CONFIG: dict[str, Any] = {
    "name": "pitfalls",
    "dataset": {"source": "digits", "validation": 0.2},
    "architecture": {
        "layers": [
            {"Reshape": [8, 8, 1]},
            LAYERS[0],
            "Flatten",
            {"Dense": {"units": 10, "activation": "softmax"}},
        ]
    },
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": "Adam",
    "training": {"epochs": 2, "batch_size": 256},
    "sweep": {
        "parameters": {"architecture.layers[1]": LAYERS},
        "objective": {"val_loss": "min"},
        "jobs": 2,
    },
}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of dlkit's in a folder."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "dlkit", "run", *words, "--output", str(folder / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
    )


@pytest.mark.keras
def test_sweep_names_what_is_impossible_and_its_best_repeats_to_the_bit(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    plugin, config = tmp_path / "own.py", tmp_path / "pitfalls.yaml"
    plugin.write_text(PLUGIN)
    config.write_text(yaml.safe_dump(CONFIG))
    done = run(tmp_path, str(config), "--plugin", str(plugin))
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "out" / "pitfalls" / "1"
    table = pd.read_csv(folder / "trials.csv", index_col="trial")
    assert [*table["state"]] == ["complete", "failed", "failed", "failed", "complete"]
    assert "ended by SIGABRT (out of memory?), and once more" in table["reason"][2]
    assert "Conv2D" in table["reason"][3]
    assert "no good comes of this" in table["reason"][4]

    # Convolutions differ by the number of threads: each worker had a part of them.
    best = run(tmp_path, str(folder / "best.yaml"), "--plugin", str(plugin))
    assert best.returncode == 0, best.stdout + best.stderr
    history = pd.read_csv(next(tmp_path.glob("out/*_best/1/history.csv")))
    repeated = history["val_loss"].min()
    assert repeated == table["val_loss"].min()


def pool_of(tmp_path: Path, *plugins: Path) -> LocalPool:
    setup = Setup(plugins, tmp_path, {"val_loss": "min"}, waits=False)
    return LocalPool(setup, [{}], tmp_path / "run.log")


def heard_of(pool: LocalPool) -> Message:
    for _ in range(600):
        message = pool.wait(0.2)
        if message is not None:
            return message
    raise AssertionError("nothing was heard")


@pytest.fixture
def task(tmp_path: Path) -> Task:
    from dlkit.config.source import Source

    return Task(1, Source({}, {}), tmp_path / "trial_1")


def test_worker_that_cannot_start_says_why(tmp_path: Path, task: Task) -> None:
    pool = pool_of(tmp_path, tmp_path / "missing.py")
    pool.start(task)
    with pytest.raises(
        TrainingError, match=r"no worker can be started: .*missing\.py"
    ) as raised:
        heard_of(pool)
    assert raised.value.exit_code == 4
    pool.close(kindly=False)


def test_worker_that_dies_before_it_is_ready_is_not_started_for_ever(
    tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = 0

    class Dying(subprocess.Popen[bytes]):
        def __init__(self, command: Any, **how: Any) -> None:
            nonlocal started
            started += 1
            super().__init__(["/bin/sh", "-c", "kill -9 $$"], **how)

    monkeypatch.setattr(local.subprocess, "Popen", Dying)
    pool = pool_of(tmp_path)
    pool.start(task)
    with pytest.raises(
        TrainingError, match=r"started: its process was ended by SIGKILL .*run\.log"
    ):
        heard_of(pool)
    assert started == local.MOST_STARTS
    pool.close(kindly=False)


ECHO = """
import sys
from dlkit.sweep.messages import Outcome, Task
from dlkit.sweep.pipes import receive, send
from dlkit.sweep.worker import READY
tasks, replies = sys.stdin.buffer, sys.stdout.buffer
receive(tasks)
send(replies, READY)
held = []
while True:
    try:
        task = receive(tasks)
    except EOFError:
        break
    held.append(bytearray(b"1") * 2**20)
    send(replies, Outcome(task.number, "complete", (1.0,)))
"""


def test_worker_that_has_grown_is_replaced_by_one_that_is_ready(
    tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []

    class Echo(subprocess.Popen[bytes]):
        def __init__(self, command: Any, **how: Any) -> None:
            super().__init__([sys.executable, "-c", ECHO], **how)
            begun.append(self.pid)

    monkeypatch.setattr(local.subprocess, "Popen", Echo)
    monkeypatch.setattr(local, "MOST_GROWTH", 10 * 2**20)
    pool = pool_of(tmp_path)
    for _ in range(40):
        assert pool.free == 1
        pool.start(task)
        assert isinstance(heard_of(pool), Outcome)
        assert len(pool._workers) <= 3  # one works, one gets ready, one leaves
    assert 3 <= len(begun) <= 8
    pool.close(kindly=False)
    assert not any(Path(f"/proc/{pid}").exists() for pid in begun)
