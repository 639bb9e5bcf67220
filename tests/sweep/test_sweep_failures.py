"""What fails in a sweep: workers, trials, the disk, the journal; each in its own words."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dlkit.errors import StorageError, TrainingError
from dlkit.report.sweep.folder import SweepFolder
from dlkit.sweep.messages import Lost, Message, Outcome
from dlkit.sweep.plan import Plan
from dlkit.sweep.study import Study
from tests.sweep.pretended import (
    LISTED,
    MIXED,
    Pretender,
    folder_in,
    outline,
    owner_of,
    plan_of,
)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(parameters=MIXED, trials=6, pruner="none")


@pytest.fixture
def folder(tmp_path: Path) -> SweepFolder:
    return folder_in(tmp_path / "1")


def states(record: Any) -> list[str]:
    return [trial.state for trial in record.trials]


def test_trial_whose_worker_dies_begins_again_once(plan: Plan, folder: SweepFolder) -> None:
    alone = owner_of(plan, folder_in(folder.path / "alone"), Pretender(False)).run()
    pool = Pretender(
        False, fate=lambda number, times: "dies" if number in {2, 5} and times == 1 else ""
    )
    record = owner_of(plan, folder, pool).run()
    assert outline(record) == outline(alone)
    assert dict(pool.begun) == {1: 1, 2: 2, 3: 1, 4: 1, 5: 2, 6: 1}
    assert [trial.facts.get("attempts") for trial in record.trials] == [
        None,
        1,
        *[None] * 2,
        1,
        None,
    ]


def test_trial_whose_worker_dies_twice_fails_with_the_reason(
    plan: Plan, folder: SweepFolder
) -> None:
    pool = Pretender(False, fate=lambda number, times: "dies" if number == 3 else "")
    record = owner_of(plan, folder, pool).run()
    assert states(record) == ["complete"] * 2 + ["failed"] + ["complete"] * 3
    assert record.trials[2].reason == (
        "its process was ended by SIGKILL, and once more when it was begun again."
    )
    assert pool.begun[3] == 2
    assert "once more when it was begun again" in folder.table.read_text()


def test_attempts_are_remembered_when_the_sweep_is_killed_too(
    plan: Plan, folder: SweepFolder
) -> None:
    class KilledError(Exception):
        pass

    def die_after(times: int) -> Any:
        left = [times]

        def step(message: Message) -> None:
            if isinstance(message, Lost):
                left[0] -= 1
                if left[0] < 0:
                    raise KilledError

        return step

    def fate(number: int, times: int) -> str:
        return "dies" if number == 2 else ""

    begun = []
    for heard in (1, 0):  # one loss is heard of, then a parent dies before it hears of one
        pool = Pretender(False, fate=fate, on_step=die_after(heard))
        with pytest.raises(KilledError):
            owner_of(plan, folder, pool).run()
        begun.append(pool.begun[2])
    pool = Pretender(False, fate=fate)
    record = owner_of(plan, folder, pool).run()
    assert states(record)[1] == "failed"
    assert [*begun, pool.begun[2]] == [2, 1, 1]
    again = Pretender(False)
    assert outline(owner_of(plan, folder, again).run()) == outline(record)
    assert not again.begun


def test_sweep_killed_between_the_last_attempt_and_its_word_does_not_try_again(
    plan: Plan, folder: SweepFolder
) -> None:
    study = Study(folder.study, plan.search)
    study.begin()
    for _ in range(2):
        study.attempt(1, "its process was ended by SIGABRT (out of memory?)")
    pool = Pretender(False)
    record = owner_of(plan, folder, pool).run()
    assert record.trials[0].state == "failed"
    assert record.trials[0].reason.startswith("its process was ended by SIGABRT (out of mem")
    assert pool.begun[1] == 0


def test_sweep_of_which_a_third_fails_names_them(folder: SweepFolder) -> None:
    plan = plan_of(parameters=LISTED)

    def fate(number: int, times: int) -> str:
        return f"the kernel of {number} is too large." if number % 3 == 1 else ""

    record = owner_of(plan, folder, Pretender(False, fate=fate)).run()
    assert len(record.of("failed")) == 6
    assert len(record.of("complete")) == 10
    assert record.best is not None
    assert record.best.state == "complete"
    assert folder.table.read_text().count("is too large.") == 6


@pytest.mark.parametrize(
    ("sweep", "count"),
    [
        ({"parameters": MIXED, "trials": 40}, 10),
        ({"parameters": MIXED, "trials": 2}, 2),
        ({"parameters": LISTED}, 9),  # the first half of a grid may be impossible
    ],
    ids=["many", "few", "grid"],
)
def test_sweep_of_which_all_fail_stops_early_and_says_why(
    folder: SweepFolder, sweep: dict[str, Any], count: int
) -> None:
    def fate(number: int, times: int) -> str:
        return "its kernel is too large." if number % 2 else "it has no weights."

    expected = (
        rf"^none of {count} trials came to a result\.\n(  trial .*: i.*\n){{2}}"
        r"They are not tried again: change the config, or remove the sweep's folder\.$"
    )
    for begun in (count, 0):  # the same command says the same, and tries nothing more
        pool = Pretender(False, fate=fate)
        with pytest.raises(TrainingError, match=expected) as raised:
            owner_of(plan_of(**sweep), folder, pool).run()
        assert raised.value.exit_code == 4
        assert pool.begun.total() == begun


def test_trial_that_the_disk_does_not_take_ends_the_sweep_and_begins_again(
    plan: Plan, folder: SweepFolder
) -> None:
    class Full(Pretender):
        def wait(self, seconds: float) -> Message | None:
            message = super().wait(seconds)
            if isinstance(message, Outcome) and message.number == 3:
                reason = "trial_3/model.keras: cannot be written (No space left on device)."
                message = replace(message, ending="failed", reason=reason, unwritten=True)
            return message

    with pytest.raises(StorageError, match=r"^trial 3: .*No space.*The same command") as raised:
        owner_of(plan, folder, Full(False)).run()
    assert raised.value.exit_code == 5
    record = owner_of(plan, folder, Pretender(False)).run()
    assert states(record) == ["complete"] * 6


def test_lock_of_another_program_does_not_matter(plan: Plan, folder: SweepFolder) -> None:
    lock = folder.study.with_name("study.log.lock")
    lock.touch()
    owner_of(plan, folder, Pretender(False)).run()
    assert lock.exists()


def test_line_torn_by_a_kill_and_appended_to_is_mended(plan: Plan, tmp_path: Path) -> None:
    folder = folder_in(tmp_path / "1")
    record = owner_of(plan, folder, Pretender(False)).run()
    lines = folder.study.read_bytes().splitlines(keepends=True)
    torn = lines[7][: len(lines[7]) // 2].rstrip(b"\n")
    folder.study.write_bytes(b"".join([*lines[:8], torn, *lines[8:]]))
    again = Pretender(False)
    assert outline(owner_of(plan, folder, again).run()) == outline(record)
    assert not again.begun
    assert folder.study.read_bytes().startswith(b"".join(lines))


@pytest.mark.parametrize("damage", [b"hello\n", b"\0\0\0\n", b"[1]\n", b'{"op_code":99}\n'])
def test_damaged_journal_is_told_in_a_line(
    plan: Plan, folder: SweepFolder, damage: bytes
) -> None:
    Study(folder.study, plan.search).begin()
    whole = folder.study.read_bytes()
    folder.study.write_bytes(damage + whole)
    with pytest.raises(StorageError, match=r"study\.log: is damaged \(.*\)\. The trials' own"):
        Study(folder.study, plan.search)
    assert folder.study.read_bytes() == damage + whole


def test_journal_is_one_that_optuna_reads(plan: Plan, folder: SweepFolder) -> None:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    record = owner_of(plan, folder, Pretender(False)).run()
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(folder.study)))
    study = optuna.load_study(storage=storage, study_name="sweep")
    assert [trial.values for trial in study.trials] == [[*t.values] for t in record.trials]
    assert [trial.params for trial in study.trials] == [t.labels for t in record.trials]


def test_sweep_whose_folder_is_deleted_stops_in_a_line(plan: Plan, folder: SweepFolder) -> None:
    def step(message: Message) -> None:
        if isinstance(message, Outcome) and message.number == 2:
            shutil.rmtree(folder.path)

    with pytest.raises(StorageError, match=r"study\.log: cannot be written \(No such file"):
        owner_of(plan, folder, Pretender(False, on_step=step)).run()
    assert not folder.path.exists()


@contextmanager
def _room(size: int) -> Iterator[None]:
    """Let no file become larger, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("room", [700, 2000, 3333])
def test_sweep_on_a_full_disk_stops_and_goes_on_when_there_is_room(
    plan: Plan, tmp_path: Path, room: int
) -> None:
    alone = owner_of(plan, folder_in(tmp_path / "alone"), Pretender(False)).run()
    folder = folder_in(tmp_path / "full")
    with _room(room), pytest.raises(StorageError, match=r"cannot be written \(File too large"):
        owner_of(plan, folder, Pretender(False)).run()
    assert all(json.loads(line) for line in folder.study.read_text().splitlines())
    assert outline(owner_of(plan, folder, Pretender(False)).run()) == outline(alone)
