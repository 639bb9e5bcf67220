"""What sends trials to a cluster, without one: shares, addresses, files, and what waits."""

import queue
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from dlkit.config.source import Source
from dlkit.errors import ConfigError
from dlkit.sweep import ray_address
from dlkit.sweep.messages import Lost, Outcome, Progress, Task
from dlkit.sweep.ray_address import find_cluster, parse_address, require_ray
from dlkit.sweep.ray_crew import Crew, Loss
from dlkit.sweep.ray_files import pack, sees, state_of, unpack
from dlkit.sweep.ray_messages import Answer, Heard, Place, Present, Refused, Token
from dlkit.sweep.ray_pool import environment_of
from dlkit.sweep.ray_shares import Node, Share, largest_part, share_of


@pytest.mark.parametrize(
    ("sizes", "count", "part"),
    [
        ([4, 4], 2, 4),
        ([4, 4], 3, 2),  # two on one machine: 2 cores each
        ([8], 3, 2),  # 8 / 3 is no whole number of cores
        ([1, 1, 1], 3, 1),
        ([3, 1], 2, 1),  # 3 for one of them leaves no other
        ([2], 4, 0.5),
        ([2], 3, 0.6666),
        ([0, 2], 1, 2),
        ([], 1, 0),
    ],
)
def test_part_is_the_largest_that_lets_all_run(
    sizes: list[float], count: int, part: float
) -> None:
    assert largest_part(sizes, count) == part


@pytest.mark.parametrize(
    ("nodes", "jobs", "wanted", "on_gpu", "share"),
    [
        ([Node(4), Node(4)], None, 100, None, Share(8, 1.0)),
        ([Node(4), Node(4)], None, 3, None, Share(3, 2.0)),
        ([Node(4), Node(4)], 2, 100, None, Share(2, 4.0)),
        ([Node(8, 2)], None, 100, None, Share(2, 4.0, 1.0)),
        ([Node(8, 2)], 4, 100, None, Share(4, 2.0, 0.5)),
        ([Node(8, 2)], 1, 100, None, Share(1, 8.0, 1.0)),
        ([Node(8, 2)], None, 100, False, Share(8, 1.0)),
        ([Node(8, 2)], 3, 100, None, Share(3, 2.0, 0.5)),  # no GPU is split over two trials
        ([Node(8, 1), Node(8, 3)], None, 100, None, Share(4, 2.0, 1.0)),
        ([Node(64), Node(8, 1)], None, 100, None, Share(1, 8.0, 1.0)),
        ([Node(4)], None, 100, True, None),
        ([Node(0)], None, 100, None, None),
    ],
)
def test_share_of_a_cluster(
    nodes: list[Node], jobs: int | None, wanted: int, on_gpu: bool | None, share: Share | None
) -> None:
    assert share_of(nodes, jobs, wanted, on_gpu) == share


def test_threads_are_the_cores_of_a_trial_and_at_least_one() -> None:
    assert [Share(1, cpus).threads for cpus in (0.5, 1.0, 4.0)] == [1, 1, 4]


@pytest.fixture
def _ray_is_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ray_address.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def silent_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_ray_that_is_not_installed_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ray_address.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"sweep\.executor\.ray: Ray is not installed") as got:
        require_ray("auto", None)
    assert "pip install 'dlkit[ray]'" in str(got.value)


@pytest.mark.usefixtures("_ray_is_there")
@pytest.mark.parametrize("address", ["nonsense", "host:", ":1", "h:0", "h:70000", "ray://h:1"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigError, match=r"is not the address of a cluster\. Give HOST:PORT"):
        require_ray(address, None)


def test_addresses_of_both_kinds_are_read() -> None:
    assert parse_address("10.0.0.2:6379") == ("10.0.0.2", 6379)
    assert parse_address("[fe80::1]:6379") == ("fe80::1", 6379)


@pytest.mark.usefixtures("_ray_is_there")
def test_address_that_does_not_answer_is_told_at_once() -> None:
    address = f"127.0.0.1:{silent_port()}"
    with pytest.raises(ConfigError, match=f"nobody answers at {address} .* `ray start --head`"):
        require_ray(address, None)


@pytest.mark.usefixtures("_ray_is_there")
def test_gpu_of_this_machine_is_refused() -> None:
    with pytest.raises(ConfigError, match="gpu:1 is a GPU of this machine alone"):
        require_ray("auto", "gpu:1")


@pytest.mark.usefixtures("_ray_is_there")
def test_auto_finds_what_runs_and_forgets_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find_cluster("auto") is None
    note = tmp_path / "ray" / "ray_current_cluster"
    note.parent.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        note.write_text(address)
        assert find_cluster("auto") == address == find_cluster(address)
    assert find_cluster("auto") is None
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(ConfigError, match="nobody answers"):
        find_cluster("auto")


def test_files_come_back_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "one" / "checkpoints").mkdir(parents=True)
    assert state_of(tmp_path / "one") is None
    (tmp_path / "one" / "checkpoints" / "state-1.npz").write_bytes(b"\0\1")
    (tmp_path / "one" / "history.csv").write_text("epoch\n")
    files = state_of(tmp_path / "one")
    assert files is not None
    unpack(files, tmp_path / "two")
    assert (tmp_path / "two" / "checkpoints" / "state-1.npz").read_bytes() == b"\0\1"
    assert (tmp_path / "two" / "history.csv").read_text() == "epoch\n"
    unpack(pack(tmp_path / "nowhere"), tmp_path / "three")
    assert not [*(tmp_path / "three").iterdir()]


def test_another_folder_with_the_same_path_is_not_the_sweeps(tmp_path: Path) -> None:
    token = Token(tmp_path / "token", "abc")
    assert not sees(token)
    token.path.write_text("abd")
    assert not sees(token)
    token.path.write_text("abc")
    assert sees(token)


def test_environment_has_what_says_how_to_compute() -> None:
    known = {"DLKIT_DATA": "/d", "HOME": "/h", "TF_XLA_FLAGS": "x", "CUDA_VISIBLE_DEVICES": "3"}
    expected: dict[str, str | None] = {
        "OMP_NUM_THREADS": None,
        "DLKIT_DATA": "/d",
        "TF_XLA_FLAGS": "x",
    }
    assert environment_of(known, None) == expected
    assert environment_of(known, "cpu") == expected | {"CUDA_VISIBLE_DEVICES": "-1"}
    assert environment_of({"OMP_NUM_THREADS": "2"}, None) == {"OMP_NUM_THREADS": "2"}


HERE = Place("here", shares=True, versions={"dlkit": "1"})


class FakeHand:
    """A worker that does what a test says."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.futures: dict[str, Future[Any]] = {}
        self.is_gone = False

    def ask(self, what: str, *words: Any) -> Future[Any]:
        self.asked.append((what, words))
        future: Future[Any] = Future()
        self.futures[what] = future
        if what == "finish":
            future.set_result(None)
        return future

    def let_go(self) -> None:
        self.is_gone = True

    @property
    def started(self) -> list[int]:
        return [words[0].number for what, words in self.asked if what == "start"]


class Stage:
    """A crew of fake workers; its events happen when the test lets them."""

    def __init__(self, jobs: int) -> None:
        self.hands: list[FakeHand] = []
        self.told: list[object] = []
        self.crew = Crew(jobs, self._hire, self._loss_of, self.told.append, {"dlkit": "1"})
        self.crew._fill()

    def _hire(self) -> FakeHand:
        self.hands.append(FakeHand())
        return self.hands[-1]

    @staticmethod
    def _loss_of(error: BaseException) -> Loss:
        return Loss(str(error), is_node=isinstance(error, ConnectionError))

    def happen(self) -> None:
        while True:
            try:
                event: Callable[[], None] = self.crew._events.get_nowait()
            except queue.Empty:
                return
            event()

    def hear(self, *messages: Task | Answer) -> None:
        for message in messages:
            self.crew.hear(message)
        self.happen()

    def arrives(self, hand: int, place: Place = HERE) -> None:
        self.hands[hand].futures["look"].set_result(place)
        self.happen()

    def says(self, hand: int, *messages: Any) -> None:
        heard = [Heard(message) for message in messages]
        self.hands[hand].futures["heard"].set_result(heard)
        self.happen()

    def breaks(self, hand: int, error: Exception, what: str = "heard") -> None:
        self.hands[hand].futures[what].set_exception(error)
        self.happen()

    def of(self, kind: type) -> list[Any]:
        return [message for message in self.told if isinstance(message, kind)]


def task(number: int, folder: Path = Path("nowhere")) -> Task:
    return Task(number, Source({}, {}), folder / "sweep" / "1" / f"trial_{number}")


def test_tasks_wait_for_workers_that_are_there() -> None:
    stage = Stage(2)
    stage.hear(task(1), task(2), task(3))
    assert [hand.started for hand in stage.hands] == [[], []]
    stage.arrives(1)
    assert [hand.started for hand in stage.hands] == [[], [1]]
    stage.says(1, Progress(1, 1, 0.5, 1, 2))
    stage.says(1, Outcome(1, "complete", (0.5,)))
    assert stage.hands[1].started == [1, 2]
    stage.arrives(0)
    assert stage.hands[0].started == [3]
    assert [present.count for present in stage.of(Present)] == [1, 2]
    assert len(stage.of(Progress)) == len(stage.of(Outcome)) == 1


def test_answer_goes_to_whoever_has_the_trial() -> None:
    stage = Stage(2)
    stage.arrives(0)
    stage.arrives(1)
    stage.hear(task(1), task(2), Answer(2, ends=True))
    assert ("answer", (True,)) not in stage.hands[0].asked
    assert ("answer", (True,)) in stage.hands[1].asked


def test_lost_machine_is_not_the_trials_fault_until_it_happens_again_and_again() -> None:
    stage = Stage(1)
    for number in range(4):
        stage.arrives(number)
        stage.hear(task(1))
        stage.breaks(number, ConnectionError("is gone"))
    assert [lost.blameless for lost in stage.of(Lost)] == [True, True, False, False]
    assert stage.of(Lost)[0].reason == "here is gone"
    assert all(hand.is_gone for hand in stage.hands[:4])


def test_worker_that_dies_on_a_machine_that_lives_is_the_trials_fault() -> None:
    stage = Stage(1)
    stage.arrives(0)
    stage.hear(task(1))
    stage.breaks(0, ValueError("it died"))
    assert stage.of(Lost) == [Lost(1, "it died on here")]
    assert len(stage.hands) == 2


def test_cluster_with_less_room_than_before_goes_on_with_what_is_left() -> None:
    stage = Stage(2)
    stage.arrives(0)
    stage.arrives(1)
    stage.hear(task(1), task(2))
    stage.breaks(1, ConnectionError("is gone"))  # the third hand never arrives
    stage.hear(task(2))
    stage.says(0, Outcome(1, "complete", (1.0,)))
    assert stage.hands[0].started == [1, 2]
    assert stage.of(Present)[-1].count == 1


def test_cluster_that_starts_no_worker_is_given_up() -> None:
    stage = Stage(1)
    for number in range(5):
        stage.breaks(number, ValueError("No module named 'dlkit'"), "look")
    (refused,) = stage.of(Refused)
    assert "no worker can be started on the cluster (No module named 'dlkit')" in refused.reason
    assert len(stage.hands) == 5


def test_other_versions_are_refused() -> None:
    stage = Stage(1)
    stage.arrives(0, Place("there", shares=True, versions={"dlkit": "2"}))
    (refused,) = stage.of(Refused)
    assert refused.reason.startswith("there has dlkit 2, and this machine dlkit 1.")


def test_files_of_a_machine_of_its_own_come_into_the_sweeps_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "model.keras").write_bytes(b"weights")
    stage = Stage(1)
    stage.arrives(0, Place("there", shares=False, versions={"dlkit": "1"}))
    stage.hear(task(1, tmp_path))
    done = Heard(Outcome(1, "complete", (1.0,)), pack(tmp_path / "there"))
    stage.hands[0].futures["heard"].set_result([done])
    stage.happen()
    assert (task(1, tmp_path).folder / "model.keras").read_bytes() == b"weights"


@pytest.mark.parametrize("kindly", [True, False])
def test_leaving_ends_all_workers(kindly: bool) -> None:
    stage = Stage(2)
    stage.arrives(0)
    stage.hear(task(1))
    stage.crew.leave(kindly=kindly)
    stage.happen()
    assert ("finish", (kindly,)) in stage.hands[0].asked
    assert "finish" not in stage.hands[1].futures  # it never was there
    assert all(hand.is_gone for hand in stage.hands)


def test_sweep_without_a_cluster_never_imports_ray() -> None:
    code = "import dlkit.sweep.conducting, sys; print('ray' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "False\n"
