"""A disk that is full: training goes on, what was kept stays, and a person is told."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")

ROOT = Path(__file__).parent.parent.parent

# The limit of the system stands for a full disk: Python ignores SIGXFSZ, and what is written
# beyond the limit fails by an OSError. The state and the model are larger, the rest is not.
SCRIPT = """
import contextlib, hashlib, io, json, resource, sys
from pathlib import Path

from dlkit.backend import import_tensorflow
import_tensorflow()
import dlkit
from dlkit import cli, experiment
from dlkit.report import run_page
from dlkit.train.state.store import Store
from tests.kills.experiments import PLAIN
from tests.kills.player import digest, leftovers, often

often()
layers = [{"Dense": 4000}, *PLAIN["architecture"]["layers"]]
LARGE = {**PLAIN, "architecture": {"layers": layers}, "regularization": {}}
LIMIT = 60_000
FREE = resource.getrlimit(resource.RLIMIT_FSIZE)[1]

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, FREE))

def run(output, epochs, config=LARGE, **options):
    lines, errors, code = io.StringIO(), io.StringIO(), 0
    overrides = {"training.epochs": epochs}
    try:
        with contextlib.redirect_stdout(lines):
            result = dlkit.run(config, overrides, output=output, **options)
    except dlkit.DlkitError as error:
        return dict(out=lines.getvalue(), error=str(error), code=error.exit_code)
    return dict(out=lines.getvalue(), left=leftovers(result.folder.path), **digest_of(result))

def digest_of(result):
    state, _ = Store(result.folder.checkpoints).newest()
    return digest(result) if state else dict(rows=len(result.rows))

def files(run):
    model = run / "model.keras"
    state, damaged = Store(run / "checkpoints").newest()
    return dict(
        model=hashlib.sha256(model.read_bytes()).hexdigest(),
        epochs=len(state.facts["rows"]),
        damaged=damaged,
    )

found = {}
place = Path(sys.argv[1])
draw, run_page.draw_pictures = run_page.draw_pictures, lambda *_: []
found["alone"] = run(place / "alone", 4)
found["begun"] = run(place / "filled", 2)
found["files before"] = files(place / "filled/plain/1")
limit(LIMIT)
found["filled"] = run(place / "filled", 4, resume=True)
found["files after"] = files(place / "filled/plain/1")
limit(FREE)
found["resumed"] = run(place / "filled", 4, resume=True)

limit(LIMIT)
evaluate = experiment.evaluate_model
def evaluate_with_room(*arguments):
    limit(FREE)
    run_page.draw_pictures = draw
    return evaluate(*arguments)
experiment.evaluate_model = evaluate_with_room
found["never kept"] = run(place / "never", 3)
Path(sys.argv[2]).write_text(json.dumps(found))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What came of a few runs on a disk that was full for some of the time."""
    folder = tmp_path_factory.mktemp("disk")
    command = [sys.executable, "-c", SCRIPT, str(folder), str(folder / "found.json")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr  # and no segmentation fault
    return json.loads((folder / "found.json").read_text()) | {"folder": folder}


def warnings(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("warning: ")]


def test_training_goes_on_with_one_warning_and_ends_with_a_storage_error(found: Any) -> None:
    filled = found["filled"]
    assert filled["code"] == 5
    assert filled["error"].endswith("model.keras: cannot be written (File too large).")
    assert "  4/4" in filled["out"]
    (line,) = warnings(filled["out"])
    assert "could not be kept in" in line
    assert "(File too large). Training goes on" in line


def test_what_was_on_the_disk_is_as_it_was(found: Any) -> None:
    assert found["files after"] == found["files before"]
    assert found["files before"] == found["files before"] | {"epochs": 2, "damaged": []}


def test_run_goes_on_when_there_is_room_again_to_the_same_bits(found: Any) -> None:
    assert warnings(found["resumed"].pop("out")) == []
    found["alone"].pop("out")
    assert found["resumed"] == found["alone"]
    assert found["alone"]["left"] == []


def test_run_whose_state_was_never_kept_has_its_results(found: Any) -> None:
    never, run = found["never kept"], found["folder"] / "never" / "plain" / "1"
    assert never["rows"] == 3
    assert len(warnings(never["out"])) == 1
    with (run / "history.csv").open(newline="") as file:
        assert [row["epoch"] for row in csv.DictReader(file)] == ["1", "2", "3"]
    names = {"metrics.json", "model.keras", "predictions.csv", "report.html", "history.csv"}
    assert names <= {path.name for path in run.iterdir()}
    assert not [path for path in run.rglob("*") if ".tmp" in path.name]
