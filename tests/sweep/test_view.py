"""What a person sees of a sweep: lines in a pipe, a table on a terminal, words around both."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console
from swept_folders import Ended, lay_sweep

from dlkit.config.sweep.section import ParameterConfig
from dlkit.config.sweep.space import Parameter, labels_of
from dlkit.report.sweep.record import SweepRecord, TrialRecord
from dlkit.report.terminal import LOGGER, telling
from dlkit.sweep.columns import time_words, trial_table
from dlkit.sweep.live import BETWEEN, LiveTable, standing_line, time_left
from dlkit.sweep.messages import Progress
from dlkit.sweep.study import Study
from dlkit.sweep.view import Lines, showing
from dlkit.sweep.words import closing_lines, is_complete, opening_lines

HOSTILE = "<script>alert(1)</script> $x$ \x1b[31m\n\N{GRINNING FACE}" + "n" * 300
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def parameter(name: str, **config: Any) -> Parameter:
    found = ParameterConfig(**config)
    return Parameter(name, ((name,),), found, labels_of(found.values or ()))


def record_of(
    *trials: TrialRecord, parameters: tuple[Parameter, ...] | None = None, **others: Any
) -> SweepRecord:
    default = (
        parameter("optimizer", values=({"SGD": {"momentum": 0.9}}, "RMSprop", "Adam")),
        parameter("optimizer.learning_rate", low=1e-4, high=1e-1, log=True),
        parameter("units", values=(4, 16)),
    )
    whole = {"wanted": 8, "sampler": "tpe", "pruner": "median", **others}
    objectives = whole.pop("objectives", {"val_accuracy": "max"})
    return SweepRecord("net", parameters or default, objectives, trials, **whole)


def trial(number: int, state: str = "complete", **others: Any) -> TrialRecord:
    labels = others.pop("labels", None) or {
        "optimizer": "Adam",
        "optimizer.learning_rate": 0.00020588,
        "units": 16,
    }
    return TrialRecord(number, state, labels, **others)  # type: ignore[arg-type]  # states


def done(number: int, value: float, seconds: float = 4.0) -> TrialRecord:
    return trial(number, values=(value,), facts={"seconds": seconds})


def test_lines_stand_below_each_other() -> None:
    record = record_of(
        done(1, 0.8571, 5.31),
        trial(2, "pruned", curve={1: 0.2, 9: 0.3}, facts={"seconds": 0.09}),
        trial(3, "failed", reason="no\nroom", facts={"seconds": 75.0}),
    )
    record = replace(record, step="seed")
    table = trial_table(record, 100)
    lines = [table.header, *(table.ended(each, record) for each in record.trials)]
    assert lines == [
        "trial  optimizer          learning_rate  units  val_accuracy       time",
        "    1  Adam                   0.0002059     16        0.8571      5.3 s  best so far",
        "    2  Adam                   0.0002059     16        pruned      90 ms  after seed 9",
        "    3  Adam                   0.0002059     16        failed   1:15 min  no room",
    ]


def test_only_the_best_trial_is_called_the_best() -> None:
    record = record_of(done(1, 0.5), done(2, 0.4))
    table = trial_table(record, 100)
    assert table.ended(record.trials[0], record).endswith("best so far")
    assert table.ended(record.trials[1], record).endswith("4.0 s")


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal_whatever_things_are_called(width: int) -> None:
    names = [HOSTILE, "=cmd()", "one", "two", "three", "four"]
    parameters = tuple(parameter(name, values=("a", HOSTILE)) for name in names)
    labels = {each.name: each.labels[1] for each in parameters}
    failed = trial(3, "failed", labels=labels, reason=HOSTILE, facts={"seconds": 1e5})
    record = record_of(failed, parameters=parameters)
    table = trial_table(record, width)
    lines = [table.header, table.ended(failed, record)]
    assert all(cell_len(line) <= width for line in lines)
    assert all(line.isprintable() for line in lines)


def test_numbers_are_never_cut_and_the_last_parameters_give_way() -> None:
    ranges = tuple(
        parameter(f"layers[{i}].rate", low=1e-5, high=1.0, log=True) for i in range(9)
    )
    labels = {each.name: 1.2345e-05 for each in ranges}
    record = record_of(replace(done(1, 0.5), labels=labels), parameters=ranges)
    table = trial_table(record, 80)
    line = table.ended(record.trials[0], record)
    assert 0 < line.count("1.234e-05") == len(table.settings) < 9
    assert cell_len(line) <= 80


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.9, "900 ms"),
        (5.31, "5.3 s"),
        (59.96, "1:00 min"),
        (3599, "59:59 min"),
        (7620, "2:07 h"),
    ],
)
def test_times_have_nine_letters_at_most(seconds: float, words: str) -> None:
    assert time_words(seconds) == words


def test_number_of_parameters_is_a_whole_number() -> None:
    record = record_of(objectives={"val_loss": "min", "parameters": "min"})
    both = trial(1, values=(0.25, 12345.0))
    line = trial_table(record, 100).ended(both, replace(record, trials=(both,)))
    assert line.endswith("0.2500      12,345             best so far")


# Trials of 4 s: 5 of 8 have begun, three are over, two at a time run for 1 s and 5 s.
# Ahead: 3 x 4 s, and what is left of those: 3 s and 0 s. 15 s for two hands.
def test_time_left_is_that_of_the_trials_ahead_for_all_hands() -> None:
    over = [done(number, 0.5) for number in (1, 2, 3)]
    record = record_of(*over, trial(4, "running"), trial(5, "running"))
    assert time_left(record, [1.0, 5.0], 2) == 7.5
    assert time_left(replace(record, wanted=5), [1.0, 5.0], 2) == 3.0


def test_nobody_knows_the_time_left_before_a_trial_is_over() -> None:
    record = record_of(trial(1, "running"))
    assert time_left(record, [3.0], 1) is None
    assert standing_line(record, None) == "trials    0 of 8"


def test_standing_tells_how_trials_ended() -> None:
    record = record_of(done(1, 0.5), trial(2, "pruned"), trial(3, "failed", reason="x"))
    words = "trials    3 of 8: 1 complete, 1 pruned, 1 failed; about 12 s left"
    assert standing_line(record, 12.4) == words


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal:
    """A terminal, and what it was sent."""

    def __init__(self, width: int = 100, height: int = 24) -> None:
        self.file = io.StringIO()
        self.console = Console(
            file=self.file, force_terminal=True, width=width, height=height, highlight=False
        )

    def sent(self) -> str:
        """Return what came since the last time."""
        text = self.file.getvalue()
        self.file.seek(0)
        self.file.truncate()
        return text


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Collect what is said, as a log does."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda entry: lines.append(entry.getMessage())  # type: ignore[method-assign]  # a stub
    before = LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    yield lines
    LOGGER.removeHandler(handler)
    LOGGER.setLevel(before)


def begun(count: int) -> SweepRecord:
    return record_of(*(trial(number, "running") for number in range(1, count + 1)))


def test_table_shows_epoch_value_and_setting_of_what_runs(said: list[str]) -> None:
    terminal, clock = Terminal(), Clock()
    live = LiveTable(terminal.console, clock)
    live.on_begin(begun(1), 1)
    live.on_progress(Progress(1, 3, 0.75, 3, 50))
    clock.now += 2
    live.on_moment()
    text = terminal.sent()
    assert (
        "    1  Adam                   0.0002059     16        0.7500        2 s  epoch 3/50"
        in text
    )
    live.close()
    assert SHOW in terminal.sent()
    assert said[0].startswith("trial  optimizer")


def test_something_is_shown_before_the_first_trial() -> None:
    terminal = Terminal()
    live = LiveTable(terminal.console, Clock())
    live.on_moment()
    assert "TensorFlow comes in" in terminal.sent()
    live.close()
    assert terminal.sent().endswith("\x1b[2K")


def test_table_of_folds_counts_those_that_are_over() -> None:
    terminal, clock = Terminal(), Clock()
    live = LiveTable(terminal.console, clock)
    record = replace(begun(1), step="fold")
    live.on_begin(record, 1)
    live.on_progress(Progress(1, 1, 0.5, 9, 9))
    live.on_progress(Progress(1, 0, 0.625, 4, 9))
    clock.now += 1
    live.on_moment()
    live.close()
    assert "0.6250        1 s  fold 2, epoch 4/9" in terminal.sent()


def test_table_is_painted_four_times_a_second_at_most() -> None:
    terminal, clock = Terminal(), Clock()
    live = LiveTable(terminal.console, clock)
    live.on_begin(begun(1), 1)
    painted = 0
    terminal.sent()
    for step in range(1000):  # a message each millisecond
        clock.now += 0.001
        live.on_progress(Progress(1, step, 0.5, step, 1000))
        live.on_moment()
        painted += bool(terminal.sent())
    live.close()
    assert painted <= 1 / BETWEEN


def test_line_of_an_ended_trial_scrolls_above_the_table(said: list[str]) -> None:
    terminal, clock = Terminal(), Clock()
    live = LiveTable(terminal.console, clock)
    live.on_begin(begun(2), 1)
    live.on_begin(begun(2), 2)
    ended = replace(begun(2), trials=(done(1, 0.875), trial(2, "running")))
    live.on_end(ended, 1)
    clock.now += 1
    live.on_moment()
    text = terminal.sent()
    assert said[-1].endswith("0.8750      4.0 s  best so far")
    assert "trials    1 of 8: 1 complete" in text
    assert "best      trial 1: val_accuracy 0.8750, optimizer=Adam" in text
    live.close()


def test_many_trials_leave_room_on_a_low_terminal() -> None:
    terminal, clock = Terminal(height=10), Clock()
    live = LiveTable(terminal.console, clock)
    for number in range(1, 21):
        live.on_begin(begun(20), number)
    clock.now += 1
    terminal.sent()
    live.on_moment()
    text = terminal.sent()
    assert "and 16 more that run" in text
    assert text.count("begins") == 4
    live.close()


def test_what_others_say_takes_the_table_away_first(said: list[str]) -> None:
    terminal, clock = Terminal(), Clock()
    live = LiveTable(terminal.console, clock)
    live.on_begin(begun(1), 1)
    assert HIDE in terminal.sent()
    LOGGER.info("warning: something")
    assert SHOW in terminal.sent()
    clock.now += 1
    live.on_moment()
    assert HIDE in terminal.sent()
    live.close()
    assert "warning: something" in said


def test_lost_worker_is_told_and_the_trial_begins_anew(said: list[str]) -> None:
    terminal, clock = Terminal(), Clock()
    live = LiveTable(terminal.console, clock)
    live.on_begin(begun(1), 1)
    live.on_progress(Progress(1, 3, 0.75, 3, 50))
    live.on_lost(1, "its process was ended by SIGKILL", again=True)
    terminal.sent()
    clock.now += 1
    live.on_moment()
    assert "begins" in terminal.sent()
    live.close()
    assert said[-1] == "trial 1: its process was ended by SIGKILL; it begins again."


def test_lines_of_trials_that_ended_just_now_are_not_lost(said: list[str]) -> None:
    live = LiveTable(Terminal().console, Clock())
    live.on_begin(begun(1), 1)
    live.on_end(replace(begun(1), trials=(done(1, 0.5),)), 1)
    live.close()
    assert said[-1].endswith("best so far")
    assert not LOGGER.filters


def test_interruption_brings_the_cursor_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("TERM", "xterm-256color")

    def interrupted() -> None:
        with telling(tmp_path / "log"), showing() as view:
            view.on_begin(begun(1), 1)
            assert screen.getvalue().rfind(HIDE) > screen.getvalue().rfind(SHOW)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert screen.getvalue().rfind(SHOW) > screen.getvalue().rfind(HIDE)
    assert not LOGGER.filters


@pytest.mark.parametrize("term", ["dumb", None])
def test_what_cannot_move_its_cursor_gets_lines(
    monkeypatch: pytest.MonkeyPatch, term: str | None
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: term is not None)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("TERM", term or "xterm")
    with showing() as view:
        assert isinstance(view, Lines)


def test_lines_have_one_head(said: list[str]) -> None:
    lines = Lines()
    for number in (1, 2):
        lines.on_begin(begun(2), number)
    lines.on_lost(2, "its process ended with exit code 1", again=True)
    lines.on_end(record_of(done(1, 0.5), trial(2, "running")), 1)
    assert [line[:7] for line in said] == ["trial  ", "trial 2", "    1  "]


def open_again(folder: Any, plan: Any) -> Study:
    return Study(folder.study, plan.search)


def test_opening_says_what_is_tried(tmp_path: Path) -> None:
    folder, plan, _ = lay_sweep(tmp_path, "net/1", [], trials=6, jobs=2, pruner="none")
    text = opening_lines(folder, plan, open_again(folder, plan))
    assert text == (
        f"sweep     {folder.path}\n"
        "data      iris\n"
        "tries     optimizer: SGD(momentum=0.9), Adam\n"
        "          learning_rate: 0.0001 to 0.1, on a log scale\n"
        "          units: 4, 8\n"
        "aims at   val_accuracy (max)\n"
        "trials    6 by random, 2 at a time\n"
    )


def test_sweep_that_goes_on_says_how_far_it_is(tmp_path: Path) -> None:
    folder, plan, _ = lay_sweep(tmp_path, "net/1", [Ended(0.5), None], trials=6, pruner="none")
    study = open_again(folder, plan)
    assert "trials    6 by random, 1 of them are over already" in opening_lines(
        folder, plan, study
    )
    assert not is_complete(plan, study)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (2, "trials    complete: 2 of 2 trials; raise sweep.trials for more."),
        (1, "trials    complete: 2 trials; raise sweep.trials for more."),
    ],
)
def test_complete_sweep_says_so(tmp_path: Path, wanted: int, words: str) -> None:
    folder, plan, _ = lay_sweep(tmp_path, "net/1", [Ended(0.5), Ended(0.25)], trials=wanted)
    study = open_again(folder, plan)
    assert is_complete(plan, study)
    assert words in opening_lines(folder, plan, study)


def test_whole_grid_has_no_more(tmp_path: Path) -> None:
    units = {"architecture.layers[0].Dense.units": [4, 8]}
    ends = [Ended(0.5), Ended(0.25)]
    folder, plan, _ = lay_sweep(
        tmp_path, "net/1", ends, parameters=units, sampler="grid", trials=None
    )
    text = opening_lines(folder, plan, open_again(folder, plan))
    assert "complete: 2 of 2 trials; a grid has no more" in text


def test_closing_names_the_best_and_the_commonest_reason(tmp_path: Path) -> None:
    ends = [
        *(Ended(0.5), Ended(0.875), Ended(), Ended(reason="No memory.")),
        *(Ended(reason="Shapes."), Ended(reason="Shapes.")),
    ]
    folder, _, record = lay_sweep(tmp_path, "net/1", ends)
    lines = closing_lines(folder, record, 61.0).splitlines()
    assert lines[:4] == [
        "",
        "trials    2 complete, 1 pruned, 3 failed",
        "          2 failed: Shapes. (and 1 other reason)",
        "best      trial 2: val_accuracy 0.8750",
    ]
    assert "time      1 min 01 s" in lines
    assert lines[-1] == f"table     {folder.table}"


def test_closing_of_several_objectives_names_the_front(tmp_path: Path) -> None:
    folder, _, _ = lay_sweep(tmp_path, "net/1", [])
    values = [(0.9, 300.0), (0.8, 100.0), (0.7, 200.0)]
    trials = [trial(n, values=pair) for n, pair in enumerate(values, start=1)]
    record = record_of(*trials, objectives={"val_accuracy": "max", "parameters": "min"})
    text = closing_lines(folder, record, None)
    assert "best      trial 1: val_accuracy 0.9000, parameters 300\n" in text
    assert "front     no trial beats these in every objective: 1, 2\n" in text
