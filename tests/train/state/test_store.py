"""Snapshots on the disk: damage is noticed, and the snapshot before it is there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlkit.train.state.snapshot import Snapshot
from dlkit.train.state.store import Store


def snapshot(number: float) -> Snapshot:
    return Snapshot({"number": number}, {"x": np.full(100, number)})


def newest(store: Store, **options: bool) -> Any:
    found, damaged = store.newest(**options)
    return (found.facts["number"] if found else None), damaged


def names(folder: Path) -> list[str]:
    return sorted(path.name[:15] for path in folder.iterdir())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "checkpoints")


def test_folder_is_made_with_the_first_snapshot(store: Store) -> None:
    assert store.newest() == (None, [])
    assert not store.folder.exists()
    store.write(1, snapshot(1))
    assert newest(store) == (1, [])


def test_two_newest_are_kept(store: Store) -> None:
    for number in (1, 9, 10, 1_000_000_000, 2_000_000_000):
        store.write(number, snapshot(number))
    assert names(store.folder) == ["state-100000000", "state-200000000"]
    assert newest(store) == (2_000_000_000, [])


@pytest.mark.parametrize("length", [0, 1, 0.5, -1])
def test_torn_file_gives_way_to_the_one_before(store: Store, length: float) -> None:
    store.write(1, snapshot(1))
    path = store.write(2, snapshot(2))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 if length == 0.5 else int(length)])
    assert newest(store) == (1, [f"{path}: the file is damaged"])


def test_flipped_bit_anywhere_gives_way_to_the_one_before(store: Store) -> None:
    store.write(1, snapshot(1))
    path = store.write(2, snapshot(2))
    data = path.read_bytes()
    for place in range(0, len(data), 7):
        path.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
        assert newest(store)[0] == 1
    path.write_bytes(data)
    assert newest(store) == (2, [])


def test_file_under_a_wrong_name_is_no_snapshot(store: Store) -> None:
    path = store.write(1, snapshot(1))
    path.rename(path.with_name(path.name.replace("000000001", "000000002")))
    assert newest(store) == (1, []), "the number is only an order"
    for name in ("state-000000003.npz", "state-3-x.npz", "notes.txt", "state-000000009-.npz"):
        (store.folder / name).write_bytes(b"x")
    assert newest(store) == (1, [])


def test_folder_in_the_place_of_a_snapshot_is_damage(store: Store) -> None:
    store.write(1, snapshot(1))
    path = store.write(2, snapshot(2))
    path.unlink()
    path.mkdir()
    assert newest(store) == (1, [f"{path}: Is a directory"])


def test_all_damaged_is_told_of_all(store: Store) -> None:
    for number in (1, 2):
        store.write(number, snapshot(number)).write_bytes(b"")
    found, damaged = store.newest()
    assert (found, len(damaged)) == (None, 2)


def test_training_that_began_again_before_a_damaged_snapshot_removes_it(store: Store) -> None:
    store.write(1, snapshot(1))
    store.write(5, snapshot(5)).write_bytes(b"damaged")
    assert newest(store)[0] == 1
    store.write(3, snapshot(3))
    assert names(store.folder) == ["state-000000001", "state-000000003"]
    assert newest(store) == (3, [])


def test_snapshot_of_the_same_step_takes_the_place_of_the_other(store: Store) -> None:
    store.write(1, snapshot(1))
    store.write(2, snapshot(2))
    store.write(2, snapshot(2.5))
    assert newest(store) == (2.5, [])
    assert len(names(store.folder)) == 2


def test_best_weights_stay_while_a_kept_snapshot_refers_to_them(store: Store) -> None:
    first = store.write_best(1, {"w": np.ones(3)})
    store.write(10, snapshot(10), first)
    second = store.write_best(2, {"w": np.ones(4)})
    store.write(20, snapshot(20), second)
    assert first.exists()
    store.write(30, snapshot(30), second)
    assert not first.exists()
    third = store.write_best(3, {"w": np.ones(5)})
    again = Store(store.folder)  # another process goes on
    again.write(40, snapshot(40), third)
    assert second.exists(), "the snapshot of step 30 is kept, and needs it"
    again.write(50, snapshot(50), third)
    assert not second.exists()
    found, _ = again.newest(with_best=True)
    assert found is not None
    np.testing.assert_array_equal(again.read_best(found)["w"], np.ones(5), strict=True)


def test_epoch_that_was_trained_twice_has_weights_for_each_snapshot(store: Store) -> None:
    one = store.write_best(7, {"w": np.zeros(2)})
    store.write(10, snapshot(10), one)
    two = store.write_best(7, {"w": np.ones(2)})  # elsewhere, with other last bits
    store.write(20, snapshot(20), two)
    for best, number in ((two, 20), (one, 10)):
        found, _ = store.newest(with_best=True)
        assert found is not None
        assert found.facts["number"] == number
        assert store.best_of(found) == best
        best.write_bytes(b"")


def test_snapshot_whose_best_weights_are_damaged_gives_way_where_they_are_needed(
    store: Store,
) -> None:
    store.write(10, snapshot(10), store.write_best(1, {"w": np.ones(3)}))
    best = store.write_best(2, {"w": np.zeros(3)})
    store.write(20, snapshot(20), best)
    best.write_bytes(best.read_bytes()[:-1])
    assert newest(store) == (20, [])
    assert newest(store, with_best=True) == (10, [f"{best}: the file is damaged"])
    best.unlink()
    assert newest(store, with_best=True) == (10, [f"{best}: No such file or directory"])


def test_best_weights_are_looked_for_nowhere_else(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other").write_best(1, {"w": np.ones(3)})
    store.write(1, Snapshot({"number": 1}), Path(f"../other/{other.name}"))
    found = Snapshot({"best_file": f"../other/{other.name}"})
    assert store.best_of(found) == store.folder / other.name
    with pytest.raises(FileNotFoundError):
        store.read_best(found)
    with pytest.raises(FileNotFoundError, match="no best weights belong to this state"):
        store.read_best(Snapshot({}))
    with pytest.raises(ValueError, match="this is no name of a state"):
        store.read_best(Snapshot({"best_file": "identity.json"}))


def test_half_written_files_are_removed(store: Store) -> None:
    store.write(1, snapshot(1))
    (store.folder / f".tmp-1-state-000000002-{'0' * 32}.npz").write_bytes(b"x")
    store.tidy()
    assert names(store.folder) == ["state-000000001"]
    Store(store.folder / "gone").tidy()


def test_folder_of_the_run_that_vanished_is_not_made_again(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    store = Store(run / "checkpoints")
    store.write(1, snapshot(1))
    shutil.rmtree(run)
    with pytest.raises(FileNotFoundError):
        store.write(2, snapshot(2))
    assert store.newest() == (None, [])
    assert not run.exists()


def test_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("in the way")
    store = Store(tmp_path / "checkpoints")
    with pytest.raises(FileExistsError):
        store.write(1, snapshot(1))
    with pytest.raises(NotADirectoryError):
        store.newest()
