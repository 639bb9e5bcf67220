"""Which states go on in which plans, by which loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.keras

pytest.importorskip("keras")

from dlkit.config.training_section import TrainingConfig  # noqa: E402
from dlkit.errors import ConfigError  # noqa: E402
from dlkit.report.resume.identity import Identity  # noqa: E402
from dlkit.report.resume.taking_up import check_identity, check_length, method_again  # noqa: E402
from dlkit.report.run_folder import RunFolder  # noqa: E402
from dlkit.train.loops.method import Method  # noqa: E402
from dlkit.train.plan import Plan  # noqa: E402
from dlkit.train.state.snapshot import Snapshot  # noqa: E402

FOLDER = RunFolder(Path("net/1"))
LOOP = {"loop": "tape", "xla": False, "reason": "20 steps do not pay for compiling"}


def identity(**changes: Any) -> Identity:
    config = {"training": {"epochs": 2, "loop": "auto", "xla": "auto"}, "optimizer": "Adam"}
    known: dict[str, Any] = {
        "written": config,
        "config": config,
        "data": {},
        "code": {"mine.py": "abc"},
        "bases": {},
        "method": LOOP,
        "steps": 20,
        "machine": {},
    }
    return Identity(**(known | changes))


def test_more_epochs_do_not_turn_xla_on() -> None:
    chosen = Method("tape", True, "4,000 steps pay for compiling")
    again = method_again(identity(), TrainingConfig(epochs=400), chosen)
    assert again == Method("tape", False, "20 steps do not pay for compiling")
    insisted = TrainingConfig(epochs=400, xla=True)
    assert method_again(identity(), insisted, chosen) == chosen


@pytest.mark.parametrize(
    ("epochs", "done", "steps", "total", "refusal"),
    [
        (2, 0, 20, 20, None),
        (2, 0, 20, 40, None),
        (1, 5, 20, 15, None),
        (1, 5, 20, 14, r"1 epoch and 5 steps \(15 steps\) .* to have 2 epochs \(14 steps\)"),
        (2, 0, 20, 19, r"2 epochs \(20 steps\) were trained already, .* 2 epochs \(19 steps\)"),
        (2, 0, 15, 15, None),  # its second epoch has five steps
        (2, 0, 15, 30, r"its last epoch ended after 5 of 10 steps"),
        (1, 3, 15, 30, None),
    ],
)
def test_training_goes_on_where_the_plan_has_not_passed(
    epochs: int, done: int, steps: int, total: int, refusal: str | None
) -> None:
    snapshot = Snapshot({"rows": [{}] * epochs, "done": done})
    before, plan = identity(steps=steps), Plan(of_pass=10, of_epoch=10, total=total)
    if refusal is None:
        check_length(FOLDER, snapshot, before, plan, force=False)
        return
    with pytest.raises(ConfigError, match=refusal):
        check_length(FOLDER, snapshot, before, plan, force=False)


def test_changed_plugin_is_refused_by_its_name() -> None:
    now = identity(code={"mine.py": "def"})
    with pytest.raises(ConfigError) as caught:
        check_identity(FOLDER, identity(), now, force=False)
    assert str(caught.value).splitlines()[:2] == [
        "net/1: this run began with another version of what it is built from:",
        "  mine.py: was abc, is def",
    ]


def test_more_epochs_need_a_schedule_of_its_own_length() -> None:
    def scheduled(epochs: int, **arguments: Any) -> Identity:
        config = {
            "training": {"epochs": epochs},
            "lr_schedule": {"WarmUp": {"schedule": {"OneCycle": arguments}}},
        }
        return identity(written=config, config=config)

    with pytest.raises(ConfigError, match="OneCycle: it lasts as long as training"):
        check_identity(FOLDER, scheduled(2), scheduled(4), force=False)
    check_identity(FOLDER, scheduled(2), scheduled(2), force=False)
    fixed = {"max_learning_rate": 0.1, "total_steps": 99}
    check_identity(FOLDER, scheduled(2, **fixed), scheduled(4, **fixed), force=False)


def test_only_what_the_last_stage_follows_has_to_keep_its_length() -> None:
    def staged(epochs: int, *schedules: str | None) -> Identity:
        stages = [{"epochs": 1, "lr_schedule": each} for each in schedules]
        stages[-1]["epochs"] = epochs
        config = {"name": "OneCycle", "training": {"stages": stages}, "optimizer": "Adam"}
        return identity(written=config, config=config)

    free = [("OneCycle", "Power"), (None, None)]
    for schedules in free:
        check_identity(FOLDER, staged(1, *schedules), staged(3, *schedules), force=False)
    bound = [("Power", "OneCycle"), ("OneCycle", None)]  # what is said before holds on
    for followed in bound:
        with pytest.raises(ConfigError, match="OneCycle: it lasts as long as training"):
            check_identity(FOLDER, staged(1, *followed), staged(3, *followed), force=False)
