"""What goes wrong while a run trains is told in a line, and what was learned is kept."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.cli import main  # noqa: E402

Make = Callable[..., Any]


@pytest.fixture
def leave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs a config and gives its exit code, its output and its complaints."""
    monkeypatch.chdir(tmp_path)

    def leave(config: dict[str, Any]) -> tuple[int, str, str]:
        Path("made.yaml").write_text(json.dumps(config, indent=1))
        code = 0
        try:
            main(["run", "made.yaml"])
        except SystemExit as leaving:
            code = int(str(leaving.code))
        return code, *capsys.readouterr()

    return leave


FOLDER = Path("experiments", "made", "1")


def facts() -> dict[str, Any]:
    return dict(json.loads((FOLDER / "metrics.json").read_text(), parse_constant=pytest.fail))


def test_diverged_run_leaves_the_best_weights_and_a_row_without_figures(
    leave: Make, table: Make, experiment: Make
) -> None:
    """6 steps an epoch: the third one begins with the 13th step."""
    table(rows=60)
    wild = {"PiecewiseConstantDecay": {"boundaries": [13], "values": [0.01, 1e38]}}
    adam = {"SGD": {"learning_rate": 0.01}}
    training = {"epochs": 5, "batch_size": 8}
    code, out, err = leave(experiment(optimizer=adam, lr_schedule=wild, training=training))
    assert code == 4
    (line,) = err.splitlines()
    assert line.startswith("training diverged in epoch 3: the ")
    assert "Lower the learning rate (it is 1e+38)." in line
    known = facts()
    kept = known["kept_epoch"]
    assert (known["status"], known["epochs"], known["best_epoch"]) == ("diverged", 3, kept)
    assert f"the model with the weights of epoch {kept}." in line
    assert f"kept      the weights of epoch {kept}, the best one" in out
    history = pd.read_csv(FOLDER / "history.csv")
    assert history["loss"].notna().tolist()[:2] == [True, True]
    assert len(history) == 3
    assert history.loc[2, ["loss", "accuracy", "val_loss", "val_accuracy"]].isna().all()
    model = keras.saving.load_model(FOLDER / "model.keras")
    weights = [w for w in model.get_weights() if w.dtype.kind == "f"]
    assert all(np.isfinite(each).all() for each in weights)
    assert known["val_loss"] == pytest.approx(history.loc[kept - 1, "val_loss"])
    assert known["test_accuracy"] is not None
    page = (FOLDER / "report.html").read_text()
    assert f"Training diverged in epoch 3. The model has the weights of epoch {kept}." in page
    assert (FOLDER / "plots" / "loss.png").is_file()


def test_run_without_one_finite_figure_has_a_report(
    leave: Make, table: Make, experiment: Make
) -> None:
    table()
    wild = {"SGD": {"learning_rate": 3e38}}
    code, _, err = leave(experiment(optimizer=wild))
    assert code == 4
    assert err.startswith("training diverged in epoch 1: ")
    assert "weights of epoch" not in err
    assert facts()["status"] == "diverged"
    assert "Training diverged in epoch 1." in (FOLDER / "report.html").read_text()


@pytest.mark.parametrize(
    "error", [RuntimeError("no luck"), TypeError("no luck"), MemoryError()]
)
def test_pictures_that_fail_cost_no_result(
    leave: Make,
    table: Make,
    experiment: Make,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    table()

    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr("dlkit.report.drawing.save_png", fail)
    code, out, err = leave(experiment(training={"epochs": 1}))
    assert (code, err) == (0, "")
    reason = "no luck" if str(error) else "MemoryError"
    assert f"warning: the picture 'loss' is left out, it cannot be drawn: {reason}" in out
    assert facts()["status"] == "completed"
    assert "<html" in (FOLDER / "report.html").read_text()


class Elements(HTMLParser):
    """Notes the elements and attributes that a page has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag} {name}" for name, _ in attrs)}


HOSTILE = [
    "<script>alert(1)</script>",
    "=cmd()",
    "-x",
    "../x",
    "\N{GRINNING FACE}\N{SNOWMAN}",
    "$x$",
    "a\nb",
    "n" * 300,
]


def test_hostile_names_of_layers_are_refused(leave: Make, experiment: Make) -> None:
    """They would name columns of the history where layers are measured."""
    config = experiment()
    hostile = [{"Dense": {"units": 2, "name": name}} for name in HOSTILE]
    config["architecture"]["layers"][:0] = hostile
    code, _, err = leave(config)
    assert code == 2
    assert sum("Dense.name: " in line for line in err.splitlines()) == len(HOSTILE)


@pytest.mark.filterwarnings("ignore:When providing `inputs` as a dict")
def test_hostile_names_in_the_data_stay_text(
    leave: Make, experiment: Make, tmp_path: Path
) -> None:
    """Of columns and classes, through pictures, page and files to the end."""
    rows = 8 * len(HOSTILE)
    columns = {name: np.random.default_rng(0).normal(size=rows) for name in HOSTILE}
    pd.DataFrame({**columns, "kind": HOSTILE * 8}).to_csv(tmp_path / "made.csv", index=False)
    config = experiment(units=len(HOSTILE), training={"epochs": 1, "diagnostics": True})
    code, _, err = leave(config)
    assert (code, err) == (0, "")
    page = (FOLDER / "report.html").read_text()
    elements = Elements(page).found
    assert "script" not in elements
    assert not [each for each in elements if " on" in each]
    assert "&lt;script&gt;" in page
    answers = pd.read_csv(FOLDER / "predictions.csv")
    assert set(answers["true"].str.lstrip("'")) <= {*HOSTILE}
    inside = FOLDER.resolve()
    assert all(path.resolve().is_relative_to(inside) for path in FOLDER.rglob("*"))
    assert {path.name for path in tmp_path.iterdir()} == {
        "made.csv",
        "made.yaml",
        "experiments",
    }
    for line in (FOLDER / "predictions.csv").read_text().splitlines():
        assert line[0] not in "=+-@"


@pytest.mark.parametrize(
    "name",
    ["../x", "a/b", "<script>", "CON/x", "x" * 300, "a\nb", "-x", "=cmd()", "\N{SNOWMAN}"],
)
def test_hostile_name_of_a_run_is_refused(leave: Make, experiment: Make, name: str) -> None:
    code, _, err = leave(experiment(name=name))
    assert code == 2
    assert err.startswith("made.yaml:")
    assert " name: " in err
    assert not Path("experiments").exists()


def test_terminal_that_is_interrupted_gets_its_cursor_back(
    tmp_path: Path, table: Make, experiment: Make
) -> None:
    """A real process with a real terminal: one Ctrl-C while the bar of an epoch is shown."""
    table(rows=60)
    slow = {"epochs": 1, "batch_size": 1, "loop": "fit", "steps_per_epoch": 10**6}
    slow |= {"callbacks": [{"TerminateOnNaN": {}}]}
    config = experiment(training=slow)
    (tmp_path / "made.yaml").write_text(json.dumps(config, indent=1))
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "dlkit", "run", "made.yaml"]
    child = subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(terminal)
    told, asked = b"", 0.0
    try:
        with contextlib.suppress(OSError):  # the terminal's end, when nobody writes any more
            while more := os.read(reader, 10_000):
                told += more
                if not asked and b"\x1b[?25l" in told:
                    asked = time.monotonic()
                    child.send_signal(signal.SIGINT)
        assert child.wait(60) == 130, told
        assert time.monotonic() - asked < 30
    finally:
        child.kill()
        os.close(reader)
    assert told.rindex(b"\x1b[?25h") > told.rindex(b"\x1b[?25l")
    assert b"Interrupted in epoch 1, step " in told
    assert b"Traceback" not in told
