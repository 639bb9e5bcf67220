"""What a disk does not take in a run, file by file, and a clock that runs backward."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dlkit
from dlkit.errors import StorageError
from tests.kills.experiments import PLAIN

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

pytest.importorskip("tensorflow")


def refusing(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function fail for files of a name, as a full disk would."""

    def wrapped(path: Path, *args: Any) -> Any:
        if path.name.endswith(name):
            raise OSError(errno.ENOSPC, "No space left on device")
        return call(path, *args)

    return wrapped


def run(output: Path, **options: Any) -> Any:
    return dlkit.run(PLAIN, {"training.epochs": 2}, output=output, **options)


@pytest.mark.parametrize(
    "name",
    ["model.keras", "metrics.json", "environment.json", "predictions.csv", "report.html"],
)
def test_result_that_cannot_be_written_is_told_and_written_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from dlkit import storage

    with monkeypatch.context() as patch:
        patch.setattr(storage, "_sync", refusing(f"-{name}", storage._sync))
        fault = rf"plain/1/{name}: cannot be written \(No space left on device\)\.$"
        with pytest.raises(StorageError, match=fault):
            run(tmp_path)
    folder = tmp_path / "plain" / "1"
    assert not (folder / name).exists()
    assert not [path for path in folder.rglob("*") if ".tmp" in path.name]
    if name == "model.keras":  # one is enough: the state is the same for all
        result = run(tmp_path, resume=True)
        assert result.folder.path == folder
        assert (folder / name).is_file()


def test_history_that_cannot_be_appended_to_is_whole_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dlkit.report import records, write

    assert write.rewrite_history is records.rewrite_history  # and stays so there
    append, rewrite = records.append_history, records.rewrite_history

    def torn(path: Path, row: dict[str, float]) -> None:
        append(path, row)
        if row["epoch"] > 1:
            path.write_bytes(path.read_bytes()[:-7])
            raise StorageError(f"{path}: is full.")

    def refused(path: Path, rows: Any) -> None:
        if len(rows) > 1:
            raise StorageError(f"{path}: is full.")
        rewrite(path, rows)

    monkeypatch.setattr(records, "append_history", torn)
    monkeypatch.setattr(records, "rewrite_history", refused)
    result = dlkit.run(PLAIN, output=tmp_path)
    told = [line for line in capsys.readouterr().out.splitlines() if "warning: " in line]
    assert len(told) == 1
    assert told[0].endswith(
        "history.csv: is full. Training goes on, and writes it again later."
    )
    on_disk = pd.read_csv(result.folder.history).set_index("epoch")
    pd.testing.assert_frame_equal(result.history, on_disk)


def test_clock_that_runs_backward_changes_no_duration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(2 * 10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    started = time.monotonic()
    result = run(tmp_path)
    took = time.monotonic() - started
    facts = json.loads(result.folder.metrics.read_text())
    assert 0 < facts["seconds"] < took
    assert all(0 < row["seconds"] <= facts["seconds"] for row in result.rows)


UNFIT = """
import sys
from pathlib import Path
from dlkit import cli

place = Path(sys.argv[1])
(place / "file").write_text("in the way")
(place / "out").mkdir()
(place / "out" / "iris_mlp").write_text("in the way")
for output in ("file", "file/below", "out", "/proc/nowhere", "/dev/null/x"):
    try:
        cli.main(["run", sys.argv[2], "--output", str(place / output)])
    except SystemExit as end:
        print(output, end.code)
slow = {"tensorflow", "keras", "sklearn", "pandas", "matplotlib"} & sys.modules.keys()
print("imported", sorted(slow))
"""


def test_output_folder_that_cannot_be_made_is_told_before_anything_is_loaded(
    tmp_path: Path,
) -> None:
    config = Path(__file__).parent.parent.parent / "configs" / "iris_mlp.yaml"
    command = [sys.executable, "-c", UNFIT, str(tmp_path), str(config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    places = ("file", "file/below", "out", "/proc/nowhere", "/dev/null/x")
    assert done.stdout.splitlines() == [*(f"{place} 5" for place in places), "imported []"]
    lines = done.stderr.splitlines()
    assert len(lines) == len(places)
    assert all("cannot make a run folder here" in line for line in lines)
    assert all(line.endswith("Choose another with --output.") for line in lines)
