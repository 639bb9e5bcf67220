"""Whatever is left out of the state of a run shows: the comparison of runs can fail."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import dlkit
from tests.kills.experiments import PLAIN
from tests.kills.player import Death, DiedError, around, digest, fail, often

pytestmark = pytest.mark.keras

pytest.importorskip("tensorflow")


def leave_out(part: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Give variables whose name contains a text the values of a new run instead."""

    def leave(patch: pytest.MonkeyPatch) -> None:
        from dlkit.train import course

        def write(variables: Any, arrays: Any) -> None:
            fresh = {name: value for name, value in read(variables).items() if part in name}
            assert fresh, f"no variable is called {part}"
            restore(variables, {**arrays, **fresh})

        read, restore = course.read, course.write
        patch.setattr(course, "write", write)

    return leave


def forget_callbacks(patch: pytest.MonkeyPatch) -> None:
    from dlkit.train.callbacks import UserCallbacks

    patch.setattr(UserCallbacks, "recall", lambda *_: None)


def forget_early_stopping(patch: pytest.MonkeyPatch) -> None:
    from dlkit.train.watch import Watch

    patch.setattr(Watch, "take_up", lambda *_: None)


def order_otherwise(patch: pytest.MonkeyPatch) -> None:
    """Take the examples of each epoch in the order of the next one."""
    from dlkit.train.plan import Plan

    def later(plan: Plan, epoch: int, done: int = 0) -> Any:
        found = stretches(plan, epoch, done)
        return tuple(dataclasses.replace(each, number=each.number + 1) for each in found)

    stretches = Plan.stretches
    patch.setattr(Plan, "stretches", later)


CONTROLS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], set[str]]] = {
    "seeds": (leave_out("seed"), {"state", "rows"}),
    "optimizer": (leave_out("optimizer/"), {"state", "rows"}),
    "statistics": (leave_out("moving_"), {"state", "rows"}),
    "metrics": (leave_out("metrics/"), {"rows"}),
    "loss": (leave_out("loss/"), {"rows"}),
    "callbacks": (forget_callbacks, {"rows"}),
    "early stopping": (forget_early_stopping, {"weights", "predictions"}),
    "order": (order_otherwise, {"state", "rows"}),
}
"""What is left out, and what must differ then."""


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run comes to that was left alone."""
    with pytest.MonkeyPatch.context() as patch:
        make_often(patch)
        return digest(dlkit.run(PLAIN, output=tmp_path_factory.mktemp("alone")))


def make_often(patch: pytest.MonkeyPatch) -> None:
    """Do what ``often`` does, and draw nothing, until the patch ends."""
    patch.setattr("dlkit.report.run_page.draw_pictures", lambda *_: [])
    patch.setattr("dlkit.train.loops.tape.SECONDS_PER_CALL", 0.3)
    patch.setattr("dlkit.train.state.keeper.SHARE", 20)
    often()


@pytest.fixture(scope="module")
def died(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run that ended in the middle of its fourth epoch."""
    from dlkit.train.course import Course

    output = tmp_path_factory.mktemp("died")
    with pytest.MonkeyPatch.context() as patch:
        make_often(patch)
        death = Death("before step", 4, 2, die=fail)
        patch.setattr(Course, "_on_steps", Course._on_steps)  # so that it is put back
        around(Course, "_on_steps", death._on_steps)
        with pytest.raises((DiedError, dlkit.DlkitError)):
            dlkit.run(PLAIN, output=output)
    return output


def go_on(died: Path, output: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what a copy of a run comes to that goes on."""
    make_often(patch)
    shutil.copytree(died, output, symlinks=True)
    return digest(dlkit.run(PLAIN, output=output, resume=True))


def test_run_that_goes_on_comes_to_the_same_bits(
    alone: dict[str, Any], died: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert go_on(died, tmp_path / "again", monkeypatch) == alone


@pytest.mark.parametrize("name", CONTROLS)
def test_run_that_goes_on_without_a_part_of_its_state_comes_to_others(
    alone: dict[str, Any],
    died: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    change, expected = CONTROLS[name]
    change(monkeypatch)
    found = go_on(died, tmp_path / "again", monkeypatch)
    assert expected <= {what for what in alone if found[what] != alone[what]}


def test_runs_reduce_the_rate_and_give_weights_back(alone: dict[str, Any]) -> None:
    """The experiment has what a state must have: else the controls would prove nothing."""
    rows = json.loads(alone["rows"])
    assert len({row["learning_rate"] for row in rows}) > 1
    assert 1 < alone["metrics"]["kept_epoch"] < len(rows)
