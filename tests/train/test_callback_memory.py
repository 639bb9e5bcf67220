"""What callbacks remember is as it was when a training goes on, however they keep it."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.keras

keras = pytest.importorskip("keras")

from dlkit.config.training_section import CheckpointConfig  # noqa: E402
from dlkit.train.callbacks import UserCallbacks  # noqa: E402
from dlkit.train.state.keeper import Keeper  # noqa: E402
from dlkit.train.state.memory import Memory, recall, remember  # noqa: E402
from dlkit.train.state.store import Store  # noqa: E402
from tests.train.conftest import Bench, Notes  # noqa: E402
from tests.train.test_resume import KilledError, everything, rows, stop_at  # noqa: E402

Make = Callable[..., Bench]

SLOW = {"optimizer": {"SGD": {"learning_rate": 0.01}}}


class Odd(keras.callbacks.Callback):
    """Keeps its figures in every way that people do."""

    def __init__(self, file: Any) -> None:
        super().__init__()
        self.file = file
        self.lock = threading.Lock()
        self.rule = lambda: 1
        self.compare = keras.ops.less
        self.epochs = 0
        self.best = np.float64(np.inf)
        self.single = np.float32(0.1)
        self.seen: set[str] = set()
        self.by_key: dict[Any, Any] = {None: 1, 2: {"deep": [1, (2, b"\x00\xff")]}}
        self.counts: Any = defaultdict(int)
        self.window: Any = deque(maxlen=2)
        self.ordered: Any = OrderedDict(a=1)
        self.curve = np.zeros(3)
        self.steps = keras.Variable(0, dtype="int64")
        self.generator = np.random.default_rng(3)
        self.dice = random.Random(3)  # noqa: S311
        self.phase = 1 + 2j
        self.name = "café \u2028"
        self.itself: list[Any] = []
        self.itself.append(self.itself)
        self.shared = self.window
        self.setting = 5

    def learn(self) -> None:
        """Change everything that can be remembered."""
        self.epochs += 1
        self.best = np.float64(0.1) + self.best if np.isfinite(self.best) else np.float64(0.1)
        self.single = np.float32(self.generator.normal())
        self.seen |= {"a", "b"}
        self.by_key[None] = float("nan")
        self.by_key[(1, "x")] = [None, True, -0.0]
        self.counts["new"] += 2
        self.window.append(self.epochs)
        self.ordered["b"] = 2
        self.curve[1] = np.nan
        self.steps.assign_add(7)
        self.phase *= 1j
        self.name += str(self.dice.random())
        self.compare = keras.ops.greater


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Callable[[], Odd]]:
    """Return a maker of callbacks, each with an open file."""
    with contextlib.ExitStack() as files:
        yield lambda: Odd(files.enter_context((tmp_path / "open.txt").open("w")))


def told_again(memory: Memory) -> Memory:
    """Return a memory as JSON and arrays bring it back."""
    return Memory(json.loads(json.dumps(memory.told)), dict(memory.arrays))


def test_odd_attributes_come_back_as_they_were(odd: Callable[[], Odd]) -> None:
    old, new = odd(), odd()
    begun = remember([old])
    old.learn()
    memory = told_again(remember([old]).since(begun))
    lock, file, window = new.lock, new.file, new.window
    recall([new], memory.told, memory.arrays)
    old.learn()  # what follows depends on nothing that was forgotten
    new.learn()
    for name in ("epochs", "seen", "counts", "ordered", "phase", "name", "compare"):
        assert getattr(new, name) == getattr(old, name), name
    assert (new.best, type(new.best)) == (old.best, np.float64)
    assert (new.single, type(new.single)) == (old.single, np.float32)
    assert str(new.by_key) == str(old.by_key)
    np.testing.assert_array_equal(new.curve, old.curve)
    assert int(new.steps) == int(old.steps) == 14
    assert new.generator.normal() == old.generator.normal()
    assert (new.window, new.window.maxlen) == (deque([1, 2]), 2)
    assert new.counts["unknown"] == 0
    assert new.lock is lock
    assert new.file is file
    assert new.shared is new.window is window


def test_what_did_not_change_is_not_kept(odd: Callable[[], Odd]) -> None:
    """So a setting that was changed since holds, as `--force` allows it."""
    old, new = odd(), odd()
    new.setting = 6
    begun = remember([old])
    old.learn()
    memory = remember([old]).since(begun)
    assert "setting" not in memory.told[0]
    recall([new], memory.told, memory.arrays)
    assert new.setting == 6
    assert remember([old]).since(remember([old])).arrays == {}


def test_memory_is_a_copy(odd: Callable[[], Odd]) -> None:
    callback = odd()
    memory = remember([callback])
    before = memory.arrays["callbacks/0/curve/"].copy()
    callback.curve += 1
    np.testing.assert_array_equal(memory.arrays["callbacks/0/curve/"], before)


class Sawtooth(keras.callbacks.Callback):
    """Worsens what others watch every other epoch, by what it remembers itself."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[int] = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.turns.append(epoch)
        if len(self.turns) % 2 == 0:
            variable = self.model.trainable_variables[0]
            variable.assign(variable * 1.5)


def made(folder: Path) -> list[Any]:
    """Return callbacks of Keras's that remember something, and one of one's own."""
    each = keras.callbacks
    return [
        Sawtooth(),
        each.ReduceLROnPlateau(
            "val_loss", factor=0.5, patience=1, min_delta=0.5, mode="min", cooldown=1
        ),
        each.EarlyStopping(
            "val_loss", patience=5, min_delta=2.0, mode="min", restore_best_weights=True
        ),
        each.ModelCheckpoint(str(folder / "best.keras"), save_best_only=True, mode="min"),
        each.LearningRateScheduler(lambda epoch, rate: rate * 0.97),
        each.TerminateOnNaN(),
        each.CSVLogger(str(folder / "log.csv")),
    ]


def train(bench: Make, callbacks: list[Any], **options: Any) -> tuple[Any, Any]:
    # No step is looked at: Keras's loop would run for two of them, and take long.
    section = {"epochs": 8, "loop": "tape"}
    model, training, _ = bench(None, training=section, **SLOW).train(*callbacks, **options)
    return model, training


@pytest.fixture
def short(tmp_path: Path, bench: Make, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with the state and the files of a training killed in epoch 5."""
    monkeypatch.setattr("dlkit.train.state.keeper.SHARE", 0)
    folder = tmp_path / "killed"
    folder.mkdir()
    keeper = Keeper(Store(folder), CheckpointConfig(epochs=1, seconds=1e9), pytest.fail)
    callbacks = made(folder)
    with pytest.raises(KilledError):
        train(bench, callbacks, keeper=keeper, notes=stop_at(Notes(), 5, 0))
    callbacks[-1].csv_file.close()  # as the end of the process would
    with (folder / "log.csv").open("a") as file:
        file.write("4,0.1,1.0\n5,0.2")  # the file was ahead of the state
    return folder


def go_on(bench: Make, folder: Path) -> tuple[Any, Any]:
    taken_up, _ = Store(folder).newest()
    keeper = Keeper(Store(folder), CheckpointConfig(seconds=1e9), pytest.fail, taken_up)
    return train(bench, made(folder), keeper=keeper)


def test_keras_callbacks_go_on_to_the_same_bits(
    tmp_path: Path, bench: Make, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, training = train(bench, made(tmp_path))
    resumed, again = go_on(bench, short)
    assert rows(again) == rows(training)
    assert (again.status, training.status) == ("stopped early",) * 2
    for mine, theirs in zip(everything(resumed), everything(model), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert (short / "log.csv").read_text() == (tmp_path / "log.csv").read_text()
    best, plain = (keras.saving.load_model(at / "best.keras") for at in (short, tmp_path))
    for mine, theirs in zip(best.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_callbacks_that_forget_go_on_to_something_else(
    tmp_path: Path, bench: Make, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    _, training = train(bench, made(tmp_path))
    monkeypatch.setattr(UserCallbacks, "recall", lambda *_: None)
    _, again = go_on(bench, short)
    assert rows(again)[:4] == rows(training)[:4]
    assert rows(again) != rows(training)


def test_direction_that_keras_finds_when_it_first_looks_is_not_found_twice() -> None:
    """Keras turns the sign of ``min_delta`` whenever it has no function that compares."""

    def stopping() -> Any:
        made = keras.callbacks.EarlyStopping("loss", min_delta=0.5, mode="min", patience=9)
        made.on_train_begin()
        return made

    old, new = stopping(), stopping()
    begun = remember([old])
    old.on_epoch_end(0, {"loss": 3.0})
    memory = told_again(remember([old]).since(begun))
    recall([new], memory.told, memory.arrays)
    for each in (old, new):
        each.on_epoch_end(1, {"loss": 2.6})
    assert (new.best, new.wait, new.min_delta) == (old.best, old.wait, old.min_delta)
    assert (new.best, new.wait) == (3.0, 1)


def test_log_that_is_no_text_is_told(tmp_path: Path) -> None:
    from dlkit.errors import StorageError
    from dlkit.train.state.csv_log import continue_logs

    path = tmp_path / "log.csv"
    path.write_bytes(b"epoch,loss\n0,\xff\xfe\n")
    with pytest.raises(StorageError, match=r"log\.csv: cannot be continued \("):
        continue_logs([keras.callbacks.CSVLogger(str(path))], 1)


def test_rows_of_a_log_before_this_run_stay(tmp_path: Path) -> None:
    from dlkit.train.state.csv_log import continue_logs

    path = tmp_path / "log.csv"
    path.write_text("epoch;loss\n0;5\n1;4\n2;3\n0;2\n1;1\n2;0\n")
    continue_logs([keras.callbacks.CSVLogger(str(path), separator=";", append=True)], 1)
    assert path.read_text() == "epoch;loss\n0;5\n1;4\n2;3\n0;2\n"
