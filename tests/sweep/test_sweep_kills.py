"""Sweeps whose processes are killed, interrupted and refused, as real processes."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")

ROOT = Path(__file__).parent.parent.parent

PATIENCE = 120.0
"""Seconds that anything may take on a machine that is busy."""

SWEEP = """
name: killed
seed: 1
dataset: {source: iris, validation: 0.2}
architecture:
  layers:
    - Dense: {units: 6, activation: relu}
    - Dropout: 0.2
    - Dense: {units: 3, activation: softmax}
loss: sparse_categorical_crossentropy
metrics: [accuracy]
optimizer: {SGD: {momentum: 0.5}}
training: {epochs: 150, batch_size: 16, checkpoint: {epochs: 1, seconds: 1.0e-9}}
sweep:
  parameters:
    optimizer.learning_rate: {low: 1.0e-4, high: 1.0, log: true}
    units: {low: 2, high: 12, int: true, paths: "architecture.layers[0].Dense.units"}
  objective: {val_loss: min}
  trials: 8
"""


class Sweep:
    """A sweep in a process of its own, which leads a group of processes.

    Args:
        config: What is swept.
        output: The folder that keeps experiments.
        words: More of the command.
    """

    def __init__(self, config: Path, output: Path, *words: str) -> None:
        command = [sys.executable, "-m", "dlkit", "run", str(config), *words]
        self.log = Path(f"{output}-{time.monotonic_ns()}.txt")
        with self.log.open("wb") as said:
            self.process = subprocess.Popen(
                [*command, "--output", str(output)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def worker(self) -> int:
        (worker,) = children(self.process.pid)
        return worker

    def until(self, what: Callable[[], bool]) -> None:
        """Wait until something is so, while the sweep lives."""
        until(lambda: what() or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def send(self, number: int) -> None:
        """Send a signal to all processes of the sweep."""
        os.killpg(self.process.pid, number)

    def wait(self) -> int:
        return self.process.wait(PATIENCE)


@pytest.fixture
def begun(tmp_path: Path) -> Iterator[Callable[..., Sweep]]:
    """Begins sweeps, and leaves none behind."""
    sweeps: list[Sweep] = []

    def begin(*words: str, where: str = "hurt") -> Sweep:
        config = tmp_path / "killed.yaml"
        config.write_text(SWEEP)
        sweeps.append(Sweep(config, tmp_path / where, *words))
        return sweeps[-1]

    yield begin
    for sweep in sweeps:
        with contextlib.suppress(ProcessLookupError):
            sweep.send(signal.SIGKILL)
        sweep.process.wait()


def until(what: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


def is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def under_way(trial: Path) -> Callable[[], bool]:
    """Return what tells whether a trial has kept a few epochs, and goes on."""

    def is_under_way() -> bool:
        state = next(trial.glob("checkpoints/state-*.npz"), None)
        return bool(state) and not (trial / "metrics.json").exists()

    return is_under_way


def files(folder: Path) -> dict[str, tuple[str, int]]:
    """Return hash and time of all files of a folder."""
    return {
        str(path.relative_to(folder)): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            path.stat().st_mtime_ns,
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def rows(folder: Path) -> list[dict[str, str]]:
    """Return the table of a sweep, but for times."""
    with (folder / "trials.csv").open(newline="") as file:
        return [
            {n: v for n, v in row.items() if n != "seconds"} for row in csv.DictReader(file)
        ]


def test_sweep_goes_on_after_kills_and_signals(
    tmp_path: Path, begun: Callable[..., Sweep]
) -> None:
    alone = begun(where="alone")
    folder = tmp_path / "hurt" / "killed" / "1"

    # The sweep alone is killed: its worker leaves by itself.
    sweep = begun()
    sweep.until(under_way(folder / "trial_2"))
    worker = sweep.worker
    sweep.process.kill()
    sweep.wait()
    until(lambda: not is_there(worker))
    before = files(folder / "trial_1")

    # A worker is killed: its trial begins again. Then Ctrl-C, which a terminal sends to all.
    sweep = begun()
    sweep.until(under_way(folder / "trial_3"))
    os.kill(sweep.worker, signal.SIGKILL)
    sweep.until(under_way(folder / "trial_4"))
    worker, began = sweep.worker, time.monotonic()
    sweep.send(signal.SIGINT)
    assert sweep.wait() == 130
    assert time.monotonic() - began < 20  # a second on a machine with nothing else to do
    assert not is_there(worker)
    lost = r"3: its process was ended by SIGKILL \(out of memory\?\).* again"
    assert re.search(lost, sweep.said)
    again = r"Interrupted\. The same command goes on with it: .* run .*killed\.yaml"
    assert re.search(again, sweep.said)
    assert "Traceback" not in sweep.said

    # Everything is killed at once, as when the power goes.
    sweep = begun()
    sweep.until(under_way(folder / "trial_5"))
    worker = sweep.worker
    sweep.send(signal.SIGKILL)
    sweep.wait()
    until(lambda: not is_there(worker))

    # Nobody else may run it meanwhile; SIGTERM ends it in order.
    sweep = begun()
    sweep.until(under_way(folder / "trial_6"))
    worker = sweep.worker
    sweep.send(signal.SIGSTOP)  # so that it is not over before the other begins
    other = begun()
    assert other.wait() == 5
    refusal = r".*killed/1: another process is working on this run\..*\n"
    assert re.fullmatch(refusal, other.said)
    sweep.send(signal.SIGCONT)
    sweep.process.terminate()
    assert sweep.wait() == 143, sweep.said
    assert not is_there(worker)

    sweep = begun()
    assert sweep.wait() == 0, sweep.said
    assert alone.wait() == 0, alone.said
    assert rows(folder) == rows(tmp_path / "alone" / "killed" / "1")
    assert not (folder.parent / "2").exists()
    assert files(folder / "trial_1") == before
    for number in range(2, 7):
        assert "resumed   from" in (folder / f"trial_{number}" / "run.log").read_text()
