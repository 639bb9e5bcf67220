"""What tells one run from another: its config, its data, its length."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from dlkit.errors import StorageError
from dlkit.report.command import command_line, is_ours, resumed_run
from dlkit.report.records import append_history, rewrite_history
from dlkit.report.resume.asking import read_history
from dlkit.report.resume.identity import (
    ABSENT,
    Change,
    changes,
    config_changes,
    length_changes,
    listed,
)
from dlkit.report.run_folder import RunFolder

BEFORE: dict[str, Any] = {
    "name": "net",
    "seed": 0,
    "dataset": {"source": {"csv": {"path": ["/a/made.csv"]}}},
    "layers": [{"Dense": {"units": 2}}, {"Dense": {"units": 3}}],
    "training": {"epochs": 2, "checkpoint": {"seconds": 30.0}},
}


def changed(**values: Any) -> list[str]:
    return [str(change) for change in config_changes(BEFORE, {**BEFORE, **values})]


def test_changes_are_told_by_their_places() -> None:
    assert changed(seed=1) == ["seed: was 0, is 1"]
    layers = [{"Dense": {"units": 2}}, {"LSTM": {"units": 3}}]
    assert changed(layers=layers) == [
        'layers[1].Dense: was {"units": 3}, is not there',
        'layers[1].LSTM: was not there, is {"units": 3}',
    ]
    assert changed(layers=layers[:1]) == [
        'layers[1]: was {"Dense": {"units": 3}}, is not there'
    ]


def test_a_number_that_is_no_flag_is_a_change() -> None:
    assert [*changes({"a": 1.0}, {"a": 1})] == []
    assert [*changes({"a": [1]}, {"a": []})] == [Change(("a", 0), 1, ABSENT)]


@pytest.mark.parametrize(
    "free",
    [
        {"name": "other"},
        {"training": {"epochs": 2, "checkpoint": {"seconds": 5.0, "epochs": 1}}},
        {"training": {"epochs": 9, "checkpoint": {"seconds": 30.0}}},
        {"training": {"steps": 50, "checkpoint": {"seconds": 30.0}}},
        {"dataset": {"source": {"csv": {"path": ["/b/made.csv"]}}}},
    ],
    ids=["name", "checkpoint", "epochs", "steps", "place"],
)
def test_what_changes_nothing_learned_is_no_change(free: dict[str, Any]) -> None:
    assert changed(**free) == []


def test_length_of_the_last_stage_may_change_alone() -> None:
    stages = [{"epochs": 1}, {"epochs": 2}]
    before = {"training": {"stages": stages}}
    longer = {"training": {"stages": [{"epochs": 1}, {"epochs": 5}]}}
    other = {"training": {"stages": [{"epochs": 4}, {"epochs": 2}]}}
    assert config_changes(before, longer) == []
    assert [*map(str, length_changes(before, longer))] == [
        "training.stages[1].epochs: was 2, is 5"
    ]
    assert [*map(str, config_changes(before, other))] == [
        "training.stages[0].epochs: was 1, is 4"
    ]


def test_many_changes_are_counted() -> None:
    found = [Change(("a", number), 0, 1) for number in range(20)]
    assert listed(found).splitlines()[-2:] == [
        "  a[11]: was 0, is 1",
        "  ... and 8 more",
    ]


@pytest.mark.parametrize(
    ("words", "resume", "file", "which"),
    [
        (("net.yaml", "a=1"), None, ("net.yaml", "a=1"), False),
        (("net.yaml",), "", ("net.yaml",), True),
        (("net.yaml",), "training.epochs=20", ("net.yaml", "training.epochs=20"), True),
        (("net.yaml", "a=1"), "net/3", ("net.yaml", "a=1"), "net/3"),
        ((), "net.yaml", ("net.yaml",), True),
        (("a=1",), "net.yaml", ("net.yaml", "a=1"), True),
        (("net.yaml",), "old.yaml", ("net.yaml",), "old.yaml"),
    ],
)
def test_word_behind_resume_is_a_run_only_where_it_can_be(
    words: tuple[str, ...], resume: str | None, file: tuple[str, ...], which: bool | str
) -> None:
    assert resumed_run(words, resume) == (file, which)


@pytest.mark.parametrize(("words", "resume"), [((), None), ((), ""), (("a=1",), "net/3")])
def test_resuming_needs_a_file(words: tuple[str, ...], resume: str | None) -> None:
    with pytest.raises(click.UsageError, match="Missing argument 'FILE'"):
        resumed_run(words, resume)


@pytest.mark.parametrize(
    ("program", "command", "ours"),
    [
        ("/usr/bin/dlkit", "dlkit run 'my net.yaml'", True),
        ("/x/dlkit/run.py", "python -m dlkit.run run 'my net.yaml'", True),
        ("/x/dlkit/__main__.py", "python -m dlkit run 'my net.yaml'", True),
        ("/x/other/run.py", "run.py run 'my net.yaml'", False),
    ],
)
def test_command_is_told_as_it_was_typed(
    program: str, command: str, ours: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", [program, "run", "my net.yaml"])
    assert (command_line(), is_ours()) == (command, ours)


def test_history_is_rewritten_as_it_would_have_been_written(tmp_path: Path) -> None:
    rows = [{"epoch": number, "loss": 0.1 / number, "seconds": 0.25} for number in (1, 2, 3)]
    once, again = tmp_path / "once.csv", tmp_path / "history.csv"
    for row in rows:
        append_history(once, row)
    again.write_text("epoch,loss\n1,half a li")
    rewrite_history(again, rows[:2])
    append_history(again, rows[2])
    assert again.read_bytes() == once.read_bytes()
    assert read_history(RunFolder(tmp_path)) == rows
    rewrite_history(again, [])
    assert not again.exists()


@pytest.mark.parametrize("row", ["2", "2,0.5,1", "2,half"])
def test_damaged_row_of_a_history_is_told(tmp_path: Path, row: str) -> None:
    (tmp_path / "history.csv").write_text(f"epoch,loss\n1,0.5\n{row}\n")
    with pytest.raises(StorageError, match=r"history\.csv: cannot be read"):
        read_history(RunFolder(tmp_path))
