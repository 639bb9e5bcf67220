"""A sweep on a Ray cluster of three machines, one of which goes in the middle."""

import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

pytest.importorskip("ray", reason="the extra ray is not installed")

pytestmark = pytest.mark.ray

TRIALS = 6

CONFIG = """
name: moons
dataset: {source: {moons: {examples: 200, noise: 0.2}}, validation: 0.25}
architecture:
  layers: [Dense: {units: 4, activation: relu}, Dense: {units: 2, activation: softmax}]
loss: sparse_categorical_crossentropy
optimizer: Adam
training: {epochs: 40, batch_size: 16}
sweep:
  parameters:
    architecture.layers[0].Dense.units: [4, 8]
    optimizer.learning_rate: [0.001, 0.01, 0.1]
  objective: val_loss
  executor: {ray: ADDRESS}
"""


@pytest.fixture(scope="module")
def surroundings() -> Iterator[dict[str, str]]:
    """An environment in which Ray writes nowhere but below a short path, and asks nobody."""
    place = tempfile.mkdtemp(prefix="ray")  # sockets have names of 107 characters at most
    yield {
        **os.environ,
        "RAY_TMPDIR": place,
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        "HOME": place,
        "TMPDIR": place,
    }
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def cluster(surroundings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("ray_cluster.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=surroundings,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def test_sweep_survives_the_loss_of_a_machine(
    cluster: subprocess.Popen[str], surroundings: dict[str, str], tmp_path: Path
) -> None:
    assert cluster.stdin is not None
    assert cluster.stdout is not None
    address = cluster.stdout.readline().strip()
    config = tmp_path / "moons.yaml"
    config.write_text(CONFIG.replace("ADDRESS", address))
    said = []
    with subprocess.Popen(
        [sys.executable, "-m", "dlkit", "run", str(config), "--output", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=surroundings | {"PYTHONUNBUFFERED": "1"},
    ) as sweep:
        assert sweep.stdout is not None
        for line in sweep.stdout:
            said.append(line)
            if line.split()[:1] == ["1"]:  # the first trial is over: others are under way
                print("one machine less", file=cluster.stdin, flush=True)
    assert sweep.returncode == 0, "".join(said)
    assert f"Ray at {address}, 3 machines: 3 trials at a time, each with 1 CPU" in "".join(said)
    folder = tmp_path / "out" / "moons" / "1"
    rows = table(folder / "trials.csv")
    assert sorted(int(row["trial"]) for row in rows) == [*range(1, TRIALS + 1)]
    assert {row["state"] for row in rows} == {"complete"}
    assert any("begins again" in line for line in said), "".join(said)
    for row in rows:  # 2 inputs, and 2 classes
        units = int(row["architecture.layers[0].Dense.units"])
        assert int(float(row["parameters"])) == (2 * units + units) + (2 * units + 2)
        written = yaml.safe_load((folder / f"trial_{row['trial']}" / "config.yaml").read_text())
        assert written["training"]["threads"] == 1
    check_best(folder, rows, tmp_path, surroundings)


def table(file: Path) -> list[dict[str, str]]:
    return [*csv.DictReader(file.read_text().splitlines())]


def check_best(
    folder: Path, rows: list[dict[str, str]], place: Path, surroundings: dict[str, str]
) -> None:
    """The best trial comes out the same to the last bit without any cluster."""
    best = min(float(row["val_loss"]) for row in rows)
    command = [sys.executable, "-m", "dlkit", "run", str(folder / "best.yaml")]
    subprocess.run(
        [*command, "--output", str(place / "alone")],
        check=True,
        stdout=subprocess.DEVNULL,
        env=surroundings,
    )
    (history,) = (place / "alone").glob("*/1/history.csv")
    rows = table(history)
    assert min(float(row["val_loss"]) for row in rows) == best
