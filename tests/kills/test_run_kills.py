"""A run that is killed again and again comes to the same bits as one that was left alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from dlkit.train.state.store import Store
from tests.kills.experiments import AUGMENTED, FIT, PLAIN, SEEDS, STAGES
from tests.kills.player import PHASES
from tests.nightly import NIGHTLY

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")

ROOT = Path(__file__).parent.parent.parent
Point = tuple[str, int, int] | tuple[str, int, int, int]

STEPS = 3  # of an epoch of each experiment
GRIDS: list[tuple[dict[str, Any], int, bool]] = [
    (PLAIN, 5, True),
    (STAGES, 4, True),
    (AUGMENTED, 2, True),
    (FIT, 3, False),
]
"""Experiments, their epochs, and whether their state is kept within an epoch."""

CHAIN: list[Point] = [
    ("after step", 1, 1),
    ("state half written", 1, 2),
    ("history half appended", 2, 0),
    ("validation", 3, 0),
    ("before step", 4, 2),
    ("state written", 4, 0),
    ("training over", 0, 0),
    ("model half written", 0, 0),
    ("report", 0, 0),
]
OTHERS: list[tuple[dict[str, Any], list[Point]]] = [
    (FIT, [("after step", 2, 2)]),
    (STAGES, [("state written", 2, 0), ("after step", 4, 2)]),
    (AUGMENTED, [("before step", 2, 2)]),
    # In the second seed; where that has a state of its own, the first one only reports again.
    (SEEDS, [("after step", 2, 1, 2), ("report", 0, 0, 2)]),
]


def grid(epochs: int, *, keeps_within: bool) -> list[Point]:
    """Return every step and every phase of a run, in the order in which they come."""
    points: list[Point] = []
    for epoch in range(1, epochs + 1):
        for step in range(1, STEPS + 1):
            points += [("before step", epoch, step), ("after step", epoch, step)]
            if keeps_within and step < STEPS:
                points += [("state half written", epoch, step), ("state written", epoch, step)]
        points += [("validation", epoch, 0), ("history half appended", epoch, 0)]
        # Who dies at one of the two goes on in the next epoch, and never comes by the other.
        last = "state written" if epoch % 2 else "epoch over"
        points += [("state half written", epoch, 0), (last, epoch, 0)]
    return [*points, ("training over", 0, 0), ("model half written", 0, 0), ("report", 0, 0)]


class Lives:
    """Plays jobs, each list of them in a process of its own that may die."""

    def __init__(self, player: subprocess.Popen[str]) -> None:
        self._player = player

    def play(self, folder: Path, name: str, jobs: Sequence[dict[str, Any]]) -> tuple[int, Any]:
        """Return how a process ended, and what its jobs came to if it lived."""
        assert self._player.stdin is not None
        assert self._player.stdout is not None
        asked = folder / f"{name}.json"
        asked.write_text(json.dumps(jobs))
        self._player.stdin.write(f"{asked}\n")
        self._player.stdin.flush()
        code = int(self._player.stdout.readline())
        if code not in {0, -signal.SIGKILL}:
            raise AssertionError(f"{code}: {asked.with_suffix('.log').read_text()}")
        found = asked.with_suffix(".found")
        return code, json.loads(found.read_text()) if code == 0 else None


@pytest.fixture(scope="module")
def lives() -> Iterator[Lives]:
    command = [sys.executable, "-m", "tests.kills.player"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as player:
        yield Lives(player)
        assert player.stdin is not None
        player.stdin.close()


def job(folder: Path, config: dict[str, Any], die: Point | None = None) -> dict[str, Any]:
    """Return a job; one experiment draws, and the others spare the seconds."""
    draw = NIGHTLY or config is FIT
    return {"config": config, "output": str(folder), "die": die, "draw": draw}


def kill_again_and_again(
    lives: Lives, folder: Path, config: dict[str, Any], points: list[Point]
) -> None:
    """Begin a run and go on with it, and kill it at a point each time."""
    for number, point in enumerate(points):
        name = f"{config['name']}-{number}"
        end = lives.play(folder, name, [job(folder / "killed", config, point)])
        assert end == (-signal.SIGKILL, None), f"{point} was not reached"
        for kept in (folder / "killed" / config["name"] / "1").rglob("checkpoints"):
            damaged = Store(kept).newest(with_best=True)[1]
            assert damaged == [], f"{point} left something damaged"


def compare(lives: Lives, folder: Path, configs: list[dict[str, Any]]) -> None:
    """Bring killed runs to their end, and compare them with runs that were left alone."""
    outputs = (folder / "killed", folder / "alone")
    jobs = [job(output, config) for config in configs for output in outputs]
    code, found = lives.play(folder, "end", jobs)
    assert code == 0
    for config, killed, alone in zip(configs, found[::2], found[1::2], strict=True):
        assert killed["left"] == []
        assert killed.keys() == alone.keys()
        for what in alone:
            assert killed[what] == alone[what], f"{what} of {config['name']}"


def test_killed_runs_end_with_the_same_bits(lives: Lives, tmp_path: Path) -> None:
    chains = [(PLAIN, CHAIN), *OTHERS]
    for config, points in chains:
        kill_again_and_again(lives, tmp_path, config, points)
    compare(lives, tmp_path, [config for config, _ in chains])


@pytest.mark.nightly
@pytest.mark.parametrize(("config", "epochs", "keeps_within"), GRIDS)
def test_run_killed_at_every_step_and_phase_ends_with_the_same_bits(
    lives: Lives, tmp_path: Path, config: dict[str, Any], epochs: int, keeps_within: bool
) -> None:
    points = grid(epochs, keeps_within=keeps_within)
    kill_again_and_again(lives, tmp_path, config, points)
    compare(lives, tmp_path, [config])


def test_grid_has_every_phase() -> None:
    assert {phase for phase, *_ in grid(2, keeps_within=True)} == {*PHASES}
