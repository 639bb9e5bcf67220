"""A worker on a cluster's machine, with a process that trains nothing: it says and dies."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dlkit.config.source import Source
from dlkit.report.lock import working_in
from dlkit.report.run_folder import RunFolder
from dlkit.sweep import ray_worker
from dlkit.sweep.messages import Lost, Outcome, Progress, Setup, Task, Unready
from dlkit.sweep.ray_files import unpack
from dlkit.sweep.ray_messages import Job, Token
from dlkit.sweep.ray_worker import RayWorker

PROCESS = """
import os, signal, sys, time
from dlkit.sweep.messages import Outcome, Progress, Unready
from dlkit.sweep.pipes import receive, send
from dlkit.sweep.worker import END, READY

tasks, replies = sys.stdin.buffer, sys.stdout.buffer
setup = receive(tasks)
how = sys.argv[1]
if how == "unready":
    send(replies, Unready("plugin.py:1: nonsense"))
    sys.exit(1)
if how == "stillborn":
    os.kill(os.getpid(), signal.SIGKILL)
send(replies, READY)
while True:
    task = receive(tasks)
    task.folder.mkdir(parents=True, exist_ok=True)
    before = sorted(path.name for path in task.folder.iterdir())
    (task.folder / "history.csv").write_text("epoch")
    if how == "dies":
        sys.stderr.write("terrible things")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGSEGV)
    send(replies, Progress(task.number, 1, 0.5, 1, 2))
    answer = receive(tasks)
    if answer == END:
        (task.folder / "checkpoint").write_text("state")
        break
    facts = {
        "answer": answer,
        "before": before,
        "pid": os.getpid(),
        "plugins": [path.read_text() for path in setup.plugins],
        "home": os.getcwd(),
        "data": os.environ.get("DLKIT_DATA"),
    }
    ending = "failed" if how == "fails" else "complete"
    send(replies, Outcome(task.number, ending, (1.0,), facts, "no file." * (how == "fails")))
"""


class Workplace:
    """A worker with a fake process, and a sweep's folder that it sees or not."""

    def __init__(self, place: Path, how: str, *, shares: bool) -> None:
        self.sweep = place / "experiments" / "iris" / "1"
        self.sweep.mkdir(parents=True)
        plugin = place / "plugin.py"
        plugin.write_text("here" if shares else "not to be seen from there")
        token = Token(self.sweep / "token", "abc")
        token.path.write_text("abc" if shares else "another")
        setup = Setup((plugin,), place / "experiments", {"val_loss": "min"}, waits=True)
        environment = {"DLKIT_DATA": "/data"}
        job = Job(setup, token, place, environment, {"plugin.py": b"sent"})
        self.worker = RayWorker(job)
        self.task = Task(1, Source({}, {}), self.sweep / "trial_1")

    def outcome(self, *, ends: bool = False) -> tuple[Outcome, bytes | None]:
        (progress,) = self.worker.heard()
        assert progress.message == Progress(1, 1, 0.5, 1, 2)
        self.worker.answer(ends)
        (heard,) = self.worker.heard()
        assert isinstance(heard.message, Outcome)
        return heard.message, heard.files


@pytest.fixture
def workplace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Workplace]:
    how, shares = request.param
    process = tmp_path / "process.py"
    process.write_text(PROCESS)
    monkeypatch.setattr(ray_worker, "COMMAND", [sys.executable, str(process), how])
    place = Workplace(tmp_path, how, shares=shares)
    yield place
    place.worker.finish(kindly=False)


@pytest.mark.parametrize("workplace", [("works", True)], indirect=True)
def test_worker_that_sees_the_sweep_writes_into_it(workplace: Workplace) -> None:
    assert workplace.worker.look().shares
    workplace.worker.start(workplace.task)
    outcome, files = workplace.outcome(ends=True)
    assert files is None
    assert (workplace.task.folder / "history.csv").read_text() == "epoch"
    assert outcome.facts["answer"] is True
    assert outcome.facts["plugins"] == ["here"]
    assert outcome.facts["data"] == "/data"
    assert Path(outcome.facts["home"]) == workplace.sweep.parents[2]


@pytest.mark.parametrize("workplace", [("works", True)], indirect=True)
def test_process_is_kept_between_trials(workplace: Workplace) -> None:
    pids = set()
    for _ in range(2):
        workplace.worker.start(workplace.task)
        pids.add(workplace.outcome()[0].facts["pid"])
    assert len(pids) == 1


@pytest.mark.parametrize("workplace", [("works", False)], indirect=True)
def test_worker_that_does_not_see_the_sweep_sends_files(
    workplace: Workplace, tmp_path: Path
) -> None:
    assert not workplace.worker.look().shares
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / "state").write_text("as it was")
    workplace.worker.start(workplace.task, ray_worker.pack(tmp_path / "begun"))
    outcome, files = workplace.outcome()
    assert outcome.facts["before"] == ["state"]
    assert outcome.facts["plugins"] == ["sent"]
    assert not workplace.task.folder.exists()
    assert files is not None
    unpack(files, workplace.task.folder)
    names = sorted(path.name for path in workplace.task.folder.iterdir())
    assert names == ["history.csv", "state"]


@pytest.mark.parametrize("workplace", [("fails", False)], indirect=True)
def test_failure_where_files_are_not_seen_says_so(workplace: Workplace) -> None:
    workplace.worker.start(workplace.task)
    outcome, _ = workplace.outcome()
    assert outcome.reason.startswith("no file. (On ")
    assert "does not see the files of the sweep's machine" in outcome.reason


@pytest.mark.parametrize("workplace", [("dies", True)], indirect=True)
def test_process_that_dies_is_told_with_its_last_words(workplace: Workplace) -> None:
    workplace.worker.start(workplace.task)
    (heard,) = workplace.worker.heard()
    assert isinstance(heard.message, Lost)
    assert heard.message.reason.startswith("its process was ended by SIGSEGV on ")
    assert heard.words == "terrible things"


@pytest.mark.parametrize("workplace", [("unready", True)], indirect=True)
def test_process_that_cannot_run_anything_says_why(workplace: Workplace) -> None:
    workplace.worker.start(workplace.task)
    (heard,) = workplace.worker.heard()
    assert heard.message == Unready("plugin.py:1: nonsense")


@pytest.mark.parametrize("workplace", [("stillborn", True)], indirect=True)
def test_process_that_never_gets_ready_is_given_up(workplace: Workplace) -> None:
    workplace.worker.start(workplace.task)
    (heard,) = workplace.worker.heard()
    assert isinstance(heard.message, Unready)
    assert "its process was ended by SIGKILL" in heard.message.reason


@pytest.mark.parametrize("workplace", [("works", False)], indirect=True)
def test_state_comes_back_when_a_sweep_is_interrupted(workplace: Workplace) -> None:
    workplace.worker.start(workplace.task)
    workplace.worker.heard()
    files = workplace.worker.finish(kindly=True)
    assert files is not None
    unpack(files, workplace.task.folder)
    assert (workplace.task.folder / "checkpoint").read_text() == "state"
    assert not workplace.worker._own.exists()


@pytest.mark.parametrize("workplace", [("works", True)], indirect=True)
def test_worker_waits_until_nobody_else_has_the_trial(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ray_worker, "OTHERS", 0.5)
    workplace.task.folder.mkdir()
    waited = []
    monkeypatch.setattr(ray_worker.time, "sleep", waited.append)
    with working_in(RunFolder(workplace.task.folder)):
        workplace.worker.start(workplace.task)
    assert waited
    assert workplace.outcome()[0].ending == "complete"
