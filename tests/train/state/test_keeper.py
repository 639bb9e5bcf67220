"""The keeper: when a snapshot is kept, and what a person is told where it cannot be."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.config.training_section import CheckpointConfig
from dlkit.errors import StorageError
from dlkit.train.state.keeper import Keeper, take_up
from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import Store


def made(number: int) -> Callable[[], Snapshot]:
    rows = [{"epoch": epoch} for epoch in range(number)]
    return lambda: Snapshot({"number": number, "rows": rows}, {"x": np.full(100, number)})


class Bench:
    """A keeper, its store, a disk that may be full, a clock, and what was told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> None:
        self.store = Store(folder / "checkpoints")
        self.told: list[str] = []
        self.tries = 0
        self.full = False
        self.now = 1000.0
        self.slow = 0.0
        self._settings = CheckpointConfig(**settings)
        monkeypatch.setattr("dlkit.train.state.store.write_whole", self._write)
        monkeypatch.setattr("dlkit.train.state.keeper.time.monotonic", lambda: self.now)
        self.keeper = self.open()

    def open(self, taken_up: Snapshot | None = None) -> Keeper:
        return Keeper(self.store, self._settings, self.told.append, taken_up)

    def _write(self, path: Path, data: bytes) -> None:
        self.tries += 1
        self.now += self.slow
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        path.write_bytes(data)

    def newest(self) -> Any:
        found, damaged = self.store.newest(with_best=True)
        assert not damaged
        return found


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(tmp_path, monkeypatch)


def test_disk_that_is_full_is_told_of_once_and_what_was_kept_stays(bench: Bench) -> None:
    assert bench.keeper.keep(1, made(1), 0)
    bench.full = True
    for number in (2, 3, 4):
        bench.keeper.see_best(number, {"w": np.ones(3)})
        assert not bench.keeper.keep(number, made(number), number)
    assert bench.tries >= 6
    (line,) = bench.told
    assert line == (
        "warning: the weights of epoch 2, the best one, could not be kept in"
        f" {bench.store.folder} (No space left on device). Training goes on; what it learns"
        " from here on is lost if it is interrupted."
    )
    assert bench.newest().facts["number"] == 1


def test_disk_that_has_room_again_is_used_and_told_of(bench: Bench) -> None:
    bench.full = True
    bench.keeper.see_best(1, {"w": np.ones(3)})
    bench.keeper.keep(1, made(1), 1)
    bench.full = False
    assert bench.keeper.keep(2, made(2), 1)
    assert bench.told[1:] == ["The state of training is kept again."]
    found = bench.newest()
    assert found.facts["number"] == 2
    assert bench.open(found).read_best(1)["w"].tolist() == [1, 1, 1]
    bench.full = True
    bench.keeper.keep(3, made(3), 1)
    assert len(bench.told) == 3, "it is another fault than the first"


def test_memory_that_does_not_suffice_stops_no_training(bench: Bench) -> None:
    def too_large() -> Snapshot:
        raise MemoryError

    assert not bench.keeper.keep(1, too_large, 0)
    (line,) = bench.told
    assert "could not be kept" in line
    assert "(no memory is left)" in line


def test_run_folder_that_vanished_stops_no_training(tmp_path: Path, bench: Bench) -> None:
    bench.store = Store(tmp_path / "gone" / "checkpoints")
    assert not bench.open().keep(1, made(1), 0)
    assert "(No such file or directory)" in bench.told[0]
    assert not (tmp_path / "gone").exists()


def test_same_step_is_kept_once(bench: Bench) -> None:
    for _ in range(3):
        assert bench.keeper.keep(1, made(1), 0)
    assert bench.tries == 1


def test_snapshot_is_due_by_epochs_and_by_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, monkeypatch, epochs=2, seconds=30)
    is_due = bench.keeper.is_due
    assert [is_due(epochs, over=True) for epochs in (1, 2, 3)] == [False, True, True]
    assert not is_due(2, over=False), "epochs count where one is over"
    bench.now += 29.9
    assert not is_due(1, over=False)
    bench.now += 0.2
    assert is_due(1, over=False)
    bench.keeper.keep(1, made(1), 0)
    assert not is_due(2, over=True)
    assert is_due(3, over=True)


def test_keeping_that_takes_long_is_done_less_often(bench: Bench) -> None:
    bench.slow = 10.0  # seconds: 20 times that is to pass
    bench.keeper.keep(1, made(1), 0)
    bench.now += 199
    assert not bench.keeper.is_due(1, over=True)
    bench.now += 2
    assert bench.keeper.is_due(1, over=True)
    bench.full = True
    bench.keeper.keep(2, made(2), 0)
    bench.now += 199
    assert not bench.keeper.is_due(1, over=True), "a try that fails has taken as long"


def test_clock_that_is_set_back_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(10**9, 0, -1000))
    monkeypatch.setattr("time.time", lambda: next(clock))
    keeper = Keeper(Store(tmp_path / "s"), CheckpointConfig(seconds=0.2), pytest.fail)
    assert not keeper.is_due(1, over=False)
    deadline = time.monotonic() + 5
    while not keeper.is_due(1, over=False):
        assert time.monotonic() < deadline
    assert keeper.keep(1, made(1), 0)
    assert not keeper.is_due(1, over=False)


def test_best_weights_wait_where_writing_them_takes_long(bench: Bench) -> None:
    bench.slow = 1.0
    for epoch in (1, 2, 3):
        bench.keeper.see_best(epoch, {"w": np.full(2, epoch)})
    assert bench.tries == 1
    bench.keeper.keep(3, made(3), 3)
    assert bench.tries == 3, "those of epoch 3, and the snapshot"
    assert bench.open(bench.newest()).read_best(3)["w"].tolist() == [3, 3]


def test_training_that_goes_on_keeps_the_best_weights_it_came_with(bench: Bench) -> None:
    bench.keeper.see_best(1, {"w": np.ones(2)})
    bench.keeper.keep(1, made(1), 1)
    for number in (2, 3, 4):  # each in a process of its own, and none finds a better epoch
        again = bench.open(bench.newest())
        assert again.read_best(1)["w"].tolist() == [1, 1]
        assert again.keep(number, made(number), 1)
    assert bench.open(bench.newest()).read_best(1)["w"].tolist() == [1, 1]
    with pytest.raises(FileNotFoundError, match="no weights of epoch 1"):
        bench.keeper.read_best(1)


def damaged(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-1])
    return path


def test_training_goes_on_from_the_state_before_a_damaged_one(bench: Bench) -> None:
    (bench.store.folder.parent / "x").write_text("")
    assert take_up(bench.store, pytest.fail, restores=True) is None
    bench.keeper.keep(1, made(1), 0)
    path = damaged(bench.store.write(2, made(2)()))
    (bench.store.folder / ".tmp-1-x").write_text("")
    found = take_up(bench.store, bench.told.append, restores=True)
    assert found is not None
    assert found.facts["number"] == 1
    assert bench.told == [
        f"warning: {path}: the file is damaged. Training goes on from the state kept before it."
    ]
    assert not (bench.store.folder / ".tmp-1-x").exists()


def test_training_never_begins_anew_where_all_states_are_damaged(bench: Bench) -> None:
    for number in (1, 2):
        path = damaged(bench.store.write(number, made(number)()))
    message = f"{path}: the file is damaged. No other state of this training is whole"
    with pytest.raises(StorageError, match=message.replace(".", r"\.")):
        take_up(bench.store, pytest.fail, restores=False)


def test_best_weights_that_are_gone_matter_where_they_are_to_come_back(bench: Bench) -> None:
    best = bench.store.write_best(1, {"w": np.ones(2)})
    bench.store.write(1, made(1)(), best)
    best.unlink()
    found = take_up(bench.store, pytest.fail, restores=False)
    assert found is not None
    with pytest.raises(StorageError, match=r"best-000000001-\w+\.npz: No such file"):
        take_up(bench.store, pytest.fail, restores=True)
    assert bench.open(found).keep(2, made(2), 1)
    again = bench.newest()
    assert bench.store.best_of(again) is None, "what is gone is no longer referred to"


def test_folder_that_cannot_be_read_is_told(bench: Bench) -> None:
    bench.store.folder.write_text("in the way")
    with pytest.raises(
        StorageError, match=r"checkpoints: cannot be read \(Not a directory\)\.$"
    ):
        take_up(bench.store, pytest.fail, restores=False)
