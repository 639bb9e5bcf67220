"""One process at a time in a run's folder, also where one was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dlkit.errors import StorageError
from dlkit.report.finished import find_finished
from dlkit.report.listing import list_runs
from dlkit.report.lock import is_at_work, working_in
from dlkit.report.run_folder import RunFolder

pytest.importorskip("fcntl")

WORK = """
import sys, time
from pathlib import Path
from dlkit.report.lock import working_in
from dlkit.report.run_folder import RunFolder
with working_in(RunFolder(Path(sys.argv[1]))):
    print("at work", flush=True)
    time.sleep(60)
"""


def status(output: Path) -> str:
    (line,) = list_runs(output)
    return line.status


def test_lock_ends_with_the_process_however_that_ends(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "net" / "1")
    folder.path.mkdir(parents=True)
    assert status(tmp_path) == "unfinished"
    command = [sys.executable, "-c", WORK, str(folder.path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        assert is_at_work(folder)
        assert status(tmp_path) == "running"
        with pytest.raises(StorageError, match="another process is working on this run"):
            working_in(folder).__enter__()
        process.kill()
    assert not is_at_work(folder)
    with working_in(folder):
        pass
    folder.checkpoints.mkdir()
    (folder.checkpoints / "state-000000001-0.npz").touch()
    assert status(tmp_path) == "interrupted"


def test_whoever_lists_runs_keeps_none_from_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking takes a lock as well: a run that begins at that moment tries again."""
    import fcntl

    folder = RunFolder(tmp_path)
    with folder.log.open("a") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH)
        monkeypatch.setattr("time.sleep", lambda _: fcntl.flock(looking, fcntl.LOCK_UN))
        with working_in(folder):
            assert is_at_work(folder)


def test_state_of_a_fold_is_one_to_go_on_from(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "net" / "1")
    folder.fold(2).checkpoints.mkdir(parents=True)
    assert not folder.has_state
    (folder.fold(2).checkpoints / "state-000000001-0.npz").touch()
    assert status(tmp_path) == "interrupted"


def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=r"none.run\.log: cannot be written \(No such file"),
        working_in(RunFolder(tmp_path / "none")),
    ):
        pass


def test_run_at_work_is_not_told_to_be_trained_again(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "net" / "1")
    folder.path.mkdir(parents=True)
    with working_in(folder), pytest.raises(StorageError, match=r"net/1: .* still running\.$"):
        find_finished("net/1", tmp_path)
