"""Trials as the workers run them, in this process: what they come to, keep and share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

import dlkit
from dlkit.config.catalogue import load_catalogue
from dlkit.config.load import load_config
from dlkit.config.sweep.checking import sweep_of
from dlkit.report.run_folder import RunFolder
from dlkit.sweep.messages import Outcome, Progress, Setup, Task
from dlkit.sweep.running import trial_source

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")

SMALL: dict[str, Any] = {
    "name": "small",
    "dataset": {"source": "iris", "validation": 0.2},
    "architecture": {
        "layers": [
            {"Dense": {"units": 4, "activation": "relu"}},
            {"Dense": {"units": 3, "activation": "softmax"}},
        ]
    },
    "loss": "sparse_categorical_crossentropy",
    "metrics": ["accuracy"],
    "optimizer": {"SGD": {"learning_rate": 0.1}},
    "training": {
        "epochs": 4,
        "batch_size": 32,
        "checkpoint": {"epochs": 1, "seconds": 1e-9},
    },
    "sweep": {"parameters": {"optimizer.learning_rate": [0.1, 1e30]}},
}

Tell = Callable[[Progress], bool]


class Trials:
    """Runs trials of a config into a folder.

    Args:
        output: The folder that keeps experiments.
        config: The config, with its sweep.
    """

    def __init__(self, output: Path, config: dict[str, Any]) -> None:
        from dlkit.sweep.trial import Runner

        self.sweep = sweep_of(load_config(config))
        self.folder = output / config["name"] / "1"
        self.folder.mkdir(parents=True)
        objectives: Any = {"val_loss": "min", "val_accuracy": "max"}
        self.runner = Runner(Setup((), output, objectives, waits=True), load_catalogue())
        self.told: list[Progress] = []

    def run(self, number: int, tell: Tell = lambda progress: False, **point: Any) -> Outcome:
        """Run a trial at a point; what it tells is kept."""

        def listen(progress: Progress) -> bool:
            self.told.append(progress)
            return tell(progress)

        self.told.clear()
        point = point or {"optimizer.learning_rate": 0.1}
        source = trial_source(self.sweep, point, None)
        return self.runner.run(Task(number, source, self.trial(number).path), listen)

    def trial(self, number: int) -> RunFolder:
        return RunFolder(self.folder / f"trial_{number}")


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    from dlkit.train.state import keeper

    monkeypatch.setattr(keeper, "SHARE", 0)


def history(folder: RunFolder) -> list[dict[str, float]]:
    from dlkit.report.resume.asking import read_history

    return read_history(folder)


def test_value_of_a_trial_is_that_of_its_best_epoch(tmp_path: Path) -> None:
    trials = Trials(tmp_path, SMALL)
    outcome = trials.run(1)
    rows = history(trials.trial(1))
    best = min(rows, key=lambda row: row["val_loss"])
    assert outcome.ending == "complete"
    assert outcome.values == (best["val_loss"], best["val_accuracy"])
    assert [(each.step, each.value) for each in trials.told] == [
        (row["epoch"], row["val_loss"]) for row in rows
    ]
    assert outcome.facts["curve"] == [[row["epoch"], row["val_loss"]] for row in rows]


@pytest.mark.parametrize("kind", ["epochs", "folds"])
def test_trial_that_is_interrupted_goes_on_as_if_it_had_not(tmp_path: Path, kind: str) -> None:
    more: dict[str, Any] = {
        "epochs": {},
        "folds": {"dataset": {"source": "iris", "folds": 3, "validation": 0.2}},
    }[kind]
    trials = Trials(tmp_path, SMALL | more)
    alone, told = trials.run(1), [*trials.told]
    assert alone.ending == "complete"

    class GoneError(BaseException):
        pass

    heard = 0

    def leave(progress: Progress) -> bool:
        nonlocal heard
        heard += 1
        if heard == (3 if kind == "epochs" else 6):  # with several runs: in the second one
            raise GoneError
        return False

    with pytest.raises(GoneError):
        trials.run(2, leave)
    again = trials.run(2)
    assert again.values == alone.values
    assert again.facts["curve"] == alone.facts["curve"]
    # It tells of all again: who is told may have been killed before it wrote that down.
    assert [(each.step, each.value) for each in trials.told] == [
        (each.step, each.value) for each in told
    ]
    log = trials.trial(2).log.read_text()
    assert log.count("resumed   from") == (1 if kind == "epochs" else 2)


def test_trial_whose_state_is_of_another_one_begins_anew(tmp_path: Path) -> None:
    trials = Trials(tmp_path, SMALL | {"sweep": {"parameters": {"seed": [1, 2]}}})
    trials.run(1, seed=1)
    other = trials.run(1, seed=2)
    alone = trials.run(2, seed=2)
    assert other.values == alone.values
    assert "resumed" not in trials.trial(1).log.read_text()


def test_trial_whose_data_has_changed_begins_anew(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    rows = [f"{n},{n % 7},{'ab'[n % 2]}" for n in range(60)]
    table.write_text("\n".join(["x,y,kind", *rows]))
    layers = [{"Dense": {"units": 4}}, {"Dense": {"units": 2, "activation": "softmax"}}]
    config = SMALL | {
        "dataset": {"source": {"csv": str(table)}, "target": "kind", "validation": 0.2},
        "architecture": {"layers": layers},
    }
    Trials(tmp_path / "one", config).run(1)
    table.write_text("\n".join(["x,y,kind", *rows[::-1]]))
    changed = Trials(tmp_path / "two", config)
    changed.folder.rmdir()
    (tmp_path / "one" / "small" / "1").rename(changed.folder)
    outcome = changed.run(1)
    assert outcome.ending == "complete", outcome.reason
    assert "the trial begins anew: " in changed.trial(1).log.read_text()


def test_diverging_trial_fails_and_says_so(tmp_path: Path) -> None:
    trials = Trials(tmp_path, SMALL)
    outcome = trials.run(1, **{"optimizer.learning_rate": 1e30})
    assert outcome.ending == "failed"
    assert "training diverged in epoch 1" in outcome.reason
    assert not outcome.unwritten


def test_impossible_model_fails_and_says_so(tmp_path: Path) -> None:
    layers: list[Any] = [
        {"Reshape": [8, 8, 1]},
        {"Conv2D": {"filters": 2, "kernel_size": 3}},
        "Flatten",
        {"Dense": {"units": 10, "activation": "softmax"}},
    ]
    kernel = "architecture.layers[1].Conv2D.kernel_size"
    config = SMALL | {
        "dataset": {"source": "digits", "validation": 0.2},
        "architecture": {"layers": layers},
        "optimizer": "Adam",
        "sweep": {"parameters": {kernel: [3, 9]}},
    }
    trials = Trials(tmp_path, config)
    outcome = trials.run(1, **{kernel: 9})
    assert outcome.ending == "failed"
    assert "Conv2D" in outcome.reason
    assert "\n" not in outcome.reason
    possible = trials.run(2, **{kernel: 3})
    assert possible.ending == "complete", possible.reason


@pytest.mark.parametrize("kind", ["folds", "seeds"])
def test_trial_of_several_runs_comes_to_the_mean_and_loads_data_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    from dlkit.sweep import trial

    loaded: list[str] = []

    def counting(name: str) -> Callable[..., Iterator[Any]]:
        call = getattr(trial, name)

        def load(*args: Any) -> Iterator[Any]:
            loaded.append(name)
            return call(*args)  # type: ignore[no-any-return]

        return load

    for name in ("load_folds", "load_repeats", "load_dataset"):
        monkeypatch.setattr(trial, name, counting(name))
    folds = {"dataset": {"source": "iris", "folds": 3, "validation": 0.2}}
    trials = Trials(tmp_path, SMALL | (folds if kind == "folds" else {"repeat": 3}))
    outcome = trials.run(1)
    bests = [
        min(history(member), key=lambda row: row["val_loss"])
        for member in trials.trial(1).members
    ]
    assert len(bests) == 3
    expected = [fmean(row[name] for row in bests) for name in ("val_loss", "val_accuracy")]
    assert outcome.values == pytest.approx(expected, rel=1e-12)
    steps = [(each.step, each.value) for each in trials.told if each.step]
    losses = [row["val_loss"] for row in bests]
    assert [step for step, _ in steps] == [1, 2]
    assert [value for _, value in steps] == pytest.approx([losses[0], fmean(losses[:2])])

    pruned = trials.run(2, lambda progress: progress.step == 1)
    assert pruned.ending == "pruned"
    assert len(trials.trial(2).members) == 2  # the third was never begun
    assert trials.run(3, **{"optimizer.learning_rate": 0.1}).values == outcome.values
    assert loaded == ["load_folds" if kind == "folds" else "load_repeats"]


@pytest.mark.parametrize("kind", ["epochs", "folds", "seeds"])
def test_config_of_a_trial_alone_repeats_its_value_to_the_bit(
    tmp_path: Path, kind: str
) -> None:
    more: dict[str, Any] = {
        "epochs": {},
        "folds": {"dataset": {"source": "iris", "folds": 3, "validation": 0.2}},
        "seeds": {"repeat": 2},
    }[kind]
    trials = Trials(tmp_path, SMALL | more)
    trials.run(1)  # and so the second one has a process that was used before
    outcome = trials.run(2)
    result = dlkit.run(trials.trial(2).config, output=tmp_path / "alone")
    runs: Any = [result] if kind == "epochs" else result.runs
    best = [min(each.rows, key=lambda row: row["val_loss"])["val_loss"] for each in runs]
    assert math.fsum(best) / len(best) == outcome.values[0]


def test_sweep_whose_folder_is_gone_is_not_made_again(tmp_path: Path) -> None:
    trials = Trials(tmp_path, SMALL)
    trials.folder.rmdir()
    outcome = trials.run(1)
    assert outcome.unwritten
    assert "trial_1: cannot be made (No such file" in outcome.reason
    assert not trials.folder.exists()
