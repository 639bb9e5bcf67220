"""Sweeps without TensorFlow: everything is real but for those who run the trials."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlkit.config.load import load_config
from dlkit.config.sweep.checking import sweep_of
from dlkit.report.run_folder import RunFolder
from dlkit.report.sweep.folder import SweepFolder
from dlkit.report.sweep.record import SweepRecord
from dlkit.sweep.messages import Lost, Message, Outcome, Progress, Task
from dlkit.sweep.plan import Plan, plan_sweep
from dlkit.sweep.running import Owner
from dlkit.sweep.study import Study

EPOCHS = 9

CONFIG: dict[str, Any] = {
    "name": "pretended",
    "dataset": {"source": "iris", "validation": 0.2},
    "architecture": {
        "layers": [{"Dense": 4}, {"Dense": {"units": 3, "activation": "softmax"}}]
    },
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"SGD": {"learning_rate": 0.1}},
    "training": {"epochs": EPOCHS},
}

MIXED: dict[str, Any] = {
    "optimizer.SGD.learning_rate": {"low": 1e-4, "high": 1.0, "log": True},
    "architecture.layers[0].Dense.units": {"low": 2, "high": 32, "int": True},
    "training.batch_size": [8, 16, 32],
    "half": {
        "low": 0.1,
        "high": 0.9,
        "paths": "optimizer.SGD.momentum",
        "when": {"training.batch_size": [8, 16]},
    },
}

LISTED: dict[str, Any] = {
    "optimizer.SGD.learning_rate": [0.001, 0.01, 0.1, 1.0],
    "training.batch_size": [8, 16, 32, 64],
}


def plan_of(**sweep: Any) -> Plan:
    """Return the plan of a sweep of the config above."""
    return plan_sweep(sweep_of(load_config({**CONFIG, "sweep": sweep})), ())


def accuracy(task: Task, epoch: int) -> float:
    """Return what a trial comes to in an epoch: a smooth function of its settings."""
    data = task.source.data
    settings = data["optimizer"]["SGD"]
    rate, momentum = settings["learning_rate"], settings.get("momentum", 0.0)
    units = data["architecture"]["layers"][0]["Dense"]
    units = units["units"] if isinstance(units, dict) else units
    worth = math.exp(-((math.log10(rate) + 1.5) ** 2)) * (0.8 + 0.2 * momentum)
    worth *= 1 - 0.3 / units - data["training"].get("batch_size", 32) / 1000
    return worth * (1 - math.exp(-epoch / (2 + 3 * momentum))) + 0.01 * math.sin(epoch * units)


@dataclass
class Pretender:
    """Pretends to run trials, one at a time; what they keep stays when the sweep is killed.

    Attributes:
        waits: Whether trials wait to hear whether they go on.
        hands: How many trials run at a time.
        on_step: Is told of every message before it is handed out.
        fate: What happens to a trial instead, by its number and how often it has begun:
            ``dies``, or why it fails.
        kept: Epochs that each trial has kept.
        begun: How often each trial was begun.
    """

    waits: bool
    hands: int = 1
    on_step: Callable[[Message], None] = lambda message: None
    fate: Callable[[int, int], str] = lambda number, times: ""
    kept: dict[int, int] = field(default_factory=dict)
    begun: Counter[int] = field(default_factory=Counter)
    _tasks: dict[int, Task] = field(default_factory=dict)
    _ready: deque[Message] = field(default_factory=deque)

    @property
    def free(self) -> int:
        return self.hands - len(self._tasks)

    def start(self, task: Task) -> None:
        assert self.free > 0
        assert task.number not in self._tasks
        self._tasks[task.number] = task
        self.begun[task.number] += 1
        fate = self.fate(task.number, self.begun[task.number])
        if fate == "dies":
            self._ready.append(Lost(task.number, "its process was ended by SIGKILL"))
        elif fate:
            self._ready.append(Outcome(task.number, "failed", reason=fate))
        else:
            self._progress(task.number, 1)

    def _progress(self, number: int, epoch: int) -> None:
        value = accuracy(self._tasks[number], epoch)
        self._ready.append(Progress(number, epoch, value, epoch, EPOCHS))

    def wait(self, seconds: float) -> Message | None:
        if not self._ready:
            return None
        message = self._ready.popleft()
        self.on_step(message)
        if isinstance(message, Progress):
            if not self.waits:
                self._go_on(message, ends=False)
            else:
                self._asked = message
        else:
            del self._tasks[message.number]
        return message

    def answer(self, number: int, *, ends: bool) -> None:
        assert self._asked.number == number
        self._go_on(self._asked, ends=ends)

    def _go_on(self, message: Progress, *, ends: bool) -> None:
        number, epoch = message.number, message.epoch
        self.kept[number] = max(epoch - 1, self.kept.get(number, 0))
        task = self._tasks[number]
        curve = [[each, accuracy(task, each)] for each in range(1, epoch + 1)]
        facts = {"epochs": epoch, "curve": curve}
        if ends:
            self._ready.append(Outcome(number, "pruned", facts=facts))
        elif epoch == EPOCHS:
            best = max(value for _, value in curve)
            self._ready.append(Outcome(number, "complete", (best,), facts))
        else:
            self._progress(number, epoch + 1)

    def close(self, *, kindly: bool) -> None:
        """Do nothing: nothing runs."""


class Silent:
    """Shows nothing."""

    def on_begin(self, record: SweepRecord, number: int) -> None: ...

    def on_progress(self, progress: Progress) -> None: ...

    def on_end(self, record: SweepRecord, number: int) -> None: ...

    def on_lost(self, number: int, reason: str, *, again: bool) -> None: ...

    def on_moment(self) -> None: ...


def folder_in(path: Path) -> SweepFolder:
    """Make the folder of a sweep."""
    path.mkdir(parents=True, exist_ok=True)
    return SweepFolder(RunFolder(path))


def owner_of(plan: Plan, folder: SweepFolder, pool: Pretender) -> Owner:
    """Open the study in a folder, or go on with it."""
    return Owner(plan, folder, Study(folder.study, plan.search), pool, Silent())


def outline(record: SweepRecord) -> list[Mapping[str, Any]]:
    """Return all of a record that has to be the same whatever interrupts a sweep."""
    return [
        {
            "number": trial.number,
            "state": trial.state,
            "labels": dict(trial.labels),
            "values": trial.values,
            "curve": dict(trial.curve),
            "reason": trial.reason,
        }
        for trial in record.trials
    ]
