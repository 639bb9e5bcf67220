"""A process is killed at everything it does to the disk, and nothing is ever lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

STORAGE = '''
import errno, json, os, shutil, sys
from pathlib import Path

sys.path.insert(0, {here!r})
from dying import Trap, in_child

import numpy as np
from dlkit.config.training_section import CheckpointConfig
from dlkit.storage import write_whole
from dlkit.train.state.keeper import Keeper, take_up
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import Store

assert "tensorflow" not in sys.modules

def made(number):
    rows = [dict(epoch=e + 1, loss=float("nan")) for e in range(number)]
    return Snapshot(dict(number=number, rows=rows), dict(x=np.full(50, number)))

def work(folder):
    """Go on with a training by two epochs, each of them the best so far."""
    store = Store(folder)
    taken = take_up(store, print, restores=True)
    keeper = Keeper(store, CheckpointConfig(), print, taken)
    first = taken.facts["number"] if taken else 0
    for number in (first + 1, first + 2):
        keeper.see_best(number, dict(w=np.full(20, number)))
        keeper._write_best()
        assert keeper.keep(number, lambda: made(number), number)

def look(folder):
    """Return the newest number, having proved that all that belongs to it is whole."""
    store = Store(folder)
    found, damaged = store.newest(with_best=True)
    assert not damaged, damaged
    if found is None:
        return 0
    number = found.facts["number"]
    np.testing.assert_array_equal(found.arrays["x"], np.full(50, number))
    np.testing.assert_array_equal(store.read_best(found)["w"], np.full(20, number))
    assert len(found.facts["rows"]) == number
    return number
'''
HERE = Path(__file__).parent


def play(tmp_path: Path, script: str) -> Any:
    """Run a script behind the storage layer, in a process without TensorFlow."""
    text = STORAGE.format(here=str(HERE)) + script
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_snapshot_is_old_or_new_at_every_crash(tmp_path: Path) -> None:
    found = play(
        tmp_path,
        """
work(Path("begun"))  # two snapshots, and the weights of each
shutil.copytree("begun", "counted")
trap = Trap()
with trap.set():
    work(Path("counted"))
seen = []
for at in range(len(trap.seen)):
    for after in (False, True):
        folder = Path(f"killed-{at}-{after}")
        shutil.copytree("begun", folder)
        def die_at():
            with Trap(at, after=after).set():
                work(folder)
        assert in_child(die_at) == -9, (at, trap.seen[at])
        number = look(folder)
        Store(folder).tidy()
        left = [path.name for path in folder.iterdir() if ".tmp" in path.name]
        work(folder)  # and it goes on as if nothing had been
        seen.append((trap.seen[at], number, left, look(folder), len(list(folder.iterdir()))))
        shutil.rmtree(folder)
print(json.dumps(seen))
""",
    )
    calls = [call for call, *_ in found]
    assert {"open", "write", "fsync", "replace", "unlink"} <= {*calls}
    assert len(found) >= 80, "two for every durable step of four files"
    numbers = [number for _, number, *_ in found]
    assert numbers == sorted(numbers), "never one that is older than before"
    assert {*numbers} == {2, 3, 4}
    assert all(left == [] for *_, left, _, _ in found)
    assert all(after == number + 2 for _, number, _, after, _ in found)
    assert {files for *_, files in found} == {4}, "two snapshots and the weights of each"


def test_first_snapshot_is_there_or_not_at_every_crash(tmp_path: Path) -> None:
    numbers = play(
        tmp_path,
        """
trap = Trap()
with trap.set():
    work(Path("counted"))
assert trap.seen[0] == "mkdir", trap.seen
numbers = []
for at in range(len(trap.seen)):
    folder = Path(f"killed-{at}")
    def die_at():
        with Trap(at).set():
            work(folder)
    assert in_child(die_at) == -9
    numbers.append(look(folder))
print(json.dumps(numbers))
""",
    )
    assert numbers == sorted(numbers)
    assert {*numbers} == {0, 1, 2}


def test_trap_sees_a_write_that_is_not_safe(tmp_path: Path) -> None:
    """The negative control: a file that is written in place is torn at some crash."""
    contents = play(
        tmp_path,
        """
def unsafe():
    Path("x").write_bytes(b"new!")
contents = []
for at in range(4):
    Path("x").write_bytes(b"old!")
    def die_at():
        with Trap(at).set():
            unsafe()
    in_child(die_at)
    contents.append(Path("x").read_text())
print(json.dumps(contents))
""",
    )
    assert {"", "ne"} <= {*contents}


def test_disk_that_is_full_at_any_step_leaves_the_old_snapshot(tmp_path: Path) -> None:
    found = play(
        tmp_path,
        """
import io, contextlib
work(Path("begun"))
shutil.copytree("begun", "counted")
trap = Trap()
with trap.set():
    work(Path("counted"))
def refuse():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
seen = []
for at in range(len(trap.seen)):
    folder = Path(f"full-{at}")
    shutil.copytree("begun", folder)
    store, told = Store(folder), []
    taken = take_up(store, print, restores=True)
    keeper = Keeper(store, CheckpointConfig(), told.append, taken)
    with Trap(at, happen=refuse).set():
        for number in (3, 4):
            keeper.see_best(number, dict(w=np.full(20, number)))
            keeper.keep(number, lambda: made(number), number)
    assert keeper.keep(5, lambda: made(5), 4), "there is room again"
    found, damaged = store.newest()
    left = [path.name for path in folder.iterdir() if ".tmp" in path.name]
    seen.append((trap.seen[at], damaged, left, told, found.facts["number"]))
print(json.dumps(seen))
""",
    )
    warned = 0
    for call, damaged, left, told, number in found:
        assert (damaged, number) == ([], 5)
        assert call == "unlink" or left == []
        warnings = [line for line in told if line.startswith("warning: ")]
        assert len(warnings) <= 1
        warned += len(warnings)
    assert warned >= 8


def test_disk_that_is_full_for_real_leaves_the_old_snapshot(tmp_path: Path) -> None:
    """The limit of the system: Python ignores SIGXFSZ, so that writing fails by an error."""
    kept, told, files = play(
        tmp_path,
        """
import resource
folder = Path("state")
folder.mkdir()
store, told = Store(folder), []
keeper = Keeper(store, CheckpointConfig(), told.append)
assert keeper.keep(1, lambda: made(1), 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
for number in range(2, 6):
    large = made(number).arrays | dict(y=np.zeros(10_000))
    assert not keeper.keep(number, lambda: Snapshot(made(number).facts, large), 0)
print(json.dumps([store.newest()[0].facts["number"], told, len(list(folder.iterdir()))]))
""",
    )
    (line,) = told
    assert (kept, files) == (1, 1)
    assert "(File too large). Training goes on" in line
