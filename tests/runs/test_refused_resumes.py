"""What a run does not go on with, what it tells then, and how it ends when interrupted."""

from __future__ import annotations

import json
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = [pytest.mark.keras, pytest.mark.usefixtures("unpictured")]

keras = pytest.importorskip("keras")

import dlkit  # noqa: E402
from dlkit.report.listing import list_runs  # noqa: E402
from dlkit.report.lock import working_in  # noqa: E402
from dlkit.report.run_folder import RunFolder  # noqa: E402
from dlkit.report.terminal import EpochTable  # noqa: E402
from dlkit.train.state.snapshot import Snapshot  # noqa: E402
from dlkit.train.state.store import Store  # noqa: E402
from tests.runs.conftest import kept_state  # noqa: E402
from tests.test_cli import leave  # noqa: E402

Make = Callable[..., Any]
NET = Path("experiments/net/1")


@pytest.fixture
def file(tmp_path: Path, table: Make, experiment: Make, monkeypatch: pytest.MonkeyPatch) -> str:
    """A config of four epochs, in the working directory; every step is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["dlkit"])
    table()
    training = {"epochs": 4, "batch_size": 8, "checkpoint": {"seconds": 1e-9}}
    config = {**experiment(training=training), "name": "net"}
    Path("net.yaml").write_text(yaml.safe_dump(config))
    return "net.yaml"


@pytest.fixture
def command(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Return what runs ``dlkit run net.yaml ...`` and gives exit code, output and errors."""

    def command(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["/bin/dlkit", "run", file, *words])
        code = leave("run", file, *words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return command


@pytest.fixture
def at_step(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Return what lets something happen once, in epoch 2 at step 3."""
    heard = EpochTable.on_steps

    def at_step(act: Callable[[], Any]) -> None:
        def on_steps(table: EpochTable, epoch: int, done: int, steps: int) -> None:
            heard(table, epoch, done, steps)
            if (epoch, done) == (2, 3):
                monkeypatch.setattr(EpochTable, "on_steps", heard)
                act()

        monkeypatch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.0)
        monkeypatch.setattr(EpochTable, "on_steps", on_steps)

    return at_step


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["INT", "TERM"]
)
def test_interrupted_command_says_how_it_goes_on(
    command: Make, at_step: Make, number: int, code: int
) -> None:
    at_step(lambda: signal.raise_signal(number))
    assert command("training.batch_size=7")[::2] == (
        code,
        (
            "\nInterrupted in epoch 2, step 3. Go on with:"
            " dlkit run net.yaml training.batch_size=7 --resume\n"
        ),
    )
    (line,) = list_runs(Path("experiments"))
    assert line.status == "interrupted"
    done, told, wrong = command("training.batch_size=7", "--resume", "training.epochs=3")
    assert (done, wrong) == (0, "")
    assert told.startswith("resumed   from epoch 2, step 3 of experiments/net/1\n")
    assert [each for each in told.splitlines() if each.startswith("  2/3 ")]
    assert list_runs(Path("experiments"))[0].status == "completed"


def test_interrupted_call_says_how_it_goes_on(
    file: str, at_step: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["mine.py"])
    at_step(lambda: signal.raise_signal(signal.SIGINT))
    call = r"Go on with: dlkit.run\(..., resume='experiments/net/1'\)$"
    with pytest.raises(KeyboardInterrupt, match=call):
        dlkit.run(file)


def test_interruption_before_training_can_go_on_as_well(
    command: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("dlkit.experiment.load_dataset", interrupt)
        code, _, wrong = command()
    assert (code, wrong) == (130, "\nInterrupted. Go on with: dlkit run net.yaml --resume\n")
    assert list_runs(Path("experiments"))[0].status == "unfinished"
    code, told, _ = command("--resume", "training.epochs=1")
    beginning = "resumed   experiments/net/1 from its beginning: it had kept no state yet\n"
    assert (code, told.startswith(beginning)) == (0, True)
    assert len((NET / "history.csv").read_text().splitlines()) == 2


@pytest.fixture
def interrupted(command: Make, at_step: Make) -> None:
    at_step(lambda: signal.raise_signal(signal.SIGINT))
    assert command()[0] == 130


CHANGED = """\
experiments/net/1: this run began with another config:
  optimizer.Adam.learning_rate: was 0.01, is 0.02
  regularization.dropout: was 0.0, is 0.1
Take that back, begin a new run without --resume, or go on all the same with --force \
(in Python `force=True`).
"""


@pytest.mark.usefixtures("interrupted")
def test_what_has_changed_is_told_and_refused(command: Make, table: Make) -> None:
    times = {path: path.stat().st_mtime_ns for path in NET.rglob("*")}
    rate = "optimizer.Adam.learning_rate=0.02"
    changed = command("--resume", rate, "regularization.dropout=0.1")
    assert changed == (2, "", CHANGED)
    with working_in(RunFolder(NET)):
        assert list_runs(Path("experiments"))[0].status == "running"
        assert command("--resume") == (
            5,
            "",
            (
                "experiments/net/1: another process is working on this run."
                " Wait until it ends, or end it.\n"
            ),
        )
    assert {path: path.stat().st_mtime_ns for path in NET.rglob("*")} == times
    code, _, wrong = command("--resume", "training.epochs=1")
    assert (code, wrong) == (
        2,
        (
            "experiments/net/1: 1 epoch and 3 steps (9 steps) were trained already, and"
            " training is to have 1 epoch (6 steps). Ask for more, or begin a new run without"
            " --resume.\n"
        ),
    )
    text = Path("made.csv").read_text()
    Path("made.csv").write_text(text.replace("yes", "no", 1))
    code, _, wrong = command("--resume")
    assert (code, wrong.splitlines()[0]) == (
        3,
        "experiments/net/1: this run began with other data:",
    )
    assert "  data: train: was 43 examples, SHA-256 " in wrong
    Path("made.csv").write_text(text)
    facts = json.loads((NET / "checkpoints/identity.json").read_text())
    facts["machine"]["packages"]["keras"] = "3.14.0"
    (NET / "checkpoints/identity.json").write_text(json.dumps(facts))
    code, told, _ = command("--resume", rate, "--force", "training.checkpoint.seconds=60")
    assert code == 0
    assert "warning: this run began with another config:\n  optimizer.Adam" in told
    assert "no longer exact to the last bit" in told
    assert f"  packages.keras: was 3.14.0, is {keras.__version__}\n" in told
    history = (NET / "history.csv").read_text().splitlines()
    rates = [float(row.split(",")[-2]) for row in history[1:]]
    assert rates == pytest.approx([0.01, 0.02, 0.02, 0.02])


@pytest.mark.parametrize(
    ("schedule", "hangs"),
    [
        (
            "{CosineDecay: {decay_steps: '${training.total_steps}'}}",
            r"  lr_schedule.CosineDecay.decay_steps: was 12, is 24\n",
        ),
        ("{OneCycle: {max_learning_rate: 0.1}}", "  OneCycle: it lasts as long as training\n"),
    ],
)
def test_schedule_that_hangs_on_the_length_has_no_more_epochs(
    file: str, schedule: str, hangs: str
) -> None:
    rest = ["optimizer=Adam", f"lr_schedule={schedule}"]
    dlkit.run(file, [*rest, "training.epochs=2"])
    message = rf"training.epochs: was 2, is 4, and this hangs on it:\n{hangs}"
    with pytest.raises(dlkit.ConfigError, match=message):
        dlkit.run(file, [*rest, "training.epochs=4"], resume=True)


def test_run_that_ended_early_or_diverged_does_not_go_on(command: Make, file: str) -> None:
    stop = "regularization.early_stopping={monitor: loss, patience: 1, min_delta: 9.0}"
    assert command(stop, "training.epochs=9")[0] == 0
    code, told, _ = command(stop, "--resume", "training.epochs=20")
    assert (code, told) == (
        0,
        "experiments/net/1 is already complete: it stopped early, after epoch 2.\n",
    )
    wild = "optimizer={SGD: {learning_rate: 1e38}}"
    assert command(wild)[0] == 4
    code, _, wrong = command(wild, "--resume")
    assert code == 4
    assert wrong.startswith("experiments/net/2: this run diverged, and going on leads there")


def test_finished_run_without_a_state_stays_what_it_is(command: Make) -> None:
    assert command()[0] == 0
    for state in NET.glob("checkpoints/state-*.npz"):
        state.unlink()
    history = (NET / "history.csv").read_bytes()
    for length in ("training.epochs=2", "training.epochs=9"):
        code, told, wrong = command("--resume", length)
        assert (code, told) == (5, "")
        assert wrong.startswith("experiments/net/1 is complete, and has no state to go on")
    assert (NET / "history.csv").read_bytes() == history
    assert command("--resume", "--force", "training.epochs=5")[0] == 0


def test_time_in_all_has_the_training_before_it_went_on(command: Make) -> None:
    assert command("training.epochs=1")[0] == 0
    store = Store(NET / "checkpoints")
    state, _ = store.newest()
    assert state is not None
    store.write(6, Snapshot({**state.facts, "seconds": 1000.0}, state.arrays))
    code, told, _ = command("--resume", "training.epochs=2")
    assert code == 0
    (line,) = [each for each in told.splitlines() if each.startswith("time ")]
    trained, in_all = re.findall(r"(\d+) min (\d+) s", line)
    seconds = [60 * int(minutes) + int(rest) for minutes, rest in (trained, in_all)]
    assert 1000 <= seconds[0] <= seconds[1] < 1060


def test_folder_that_goes_away_ends_the_run(command: Make, at_step: Make) -> None:
    at_step(lambda: NET.rename("experiments/net/7"))
    code, _, wrong = command()
    assert (code, wrong) == (
        5,
        (
            "experiments/net/1: this run's folder was deleted or renamed while it ran."
            " If it was renamed, `--resume NEW_NAME` goes on there.\n"
        ),
    )
    assert not NET.exists()
    assert command("--resume", "net/7")[0] == 0
    renamed = kept_state(RunFolder(Path("experiments/net/7")))
    assert command()[0] == 0
    assert kept_state(RunFolder(Path("experiments/net/8"))) == renamed
    at_step(lambda: shutil.rmtree("experiments/net/9"))
    assert command()[0] == 5
    assert not Path("experiments/net/9").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--resume"],
            (
                "there is no run of 'net' in experiments to go on with."
                " Leave out --resume to begin one.\n"
            ),
        ),
        (
            ["--resume", "nte/3"],
            (
                "there is no run 'nte/3' to go on with, here or in experiments."
                " `dlkit list` shows all.\n"
            ),
        ),
        (["--force"], "--force is for a run that goes on: it needs --resume.\n"),
    ],
)
def test_nothing_to_go_on_with(command: Make, words: list[str], message: str) -> None:
    assert command(*words) == (2, "", message)
    assert not Path("experiments").exists()
