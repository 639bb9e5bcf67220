import contextlib
import io
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dlkit.errors import StorageError
from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import (
    EpochTable,
    Listener,
    format_figure,
    format_seconds,
    say,
    telling,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.9877"),
        (0.0, "0.0000"),
        (2616.53, "2616.5"),
        (-12.5, "-12.5000"),
        (0.00004, "4.00e-05"),
        (1234567.0, "1.23e+06"),
        (float("nan"), "nan"),
    ],
)
def test_figures_stay_short(value: float, text: str) -> None:
    assert format_figure(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0381, "38 ms"),
        (0.9996, "1.0 s"),
        (2.14, "2.1 s"),
        (59.96, "1 min 00 s"),
        (185.0, "3 min 05 s"),
        (7620.0, "2 h 07 min"),
    ],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_what_is_said_reaches_terminal_and_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "run.log"
    with telling(log):
        say("hello")
        logging.getLogger("dlkit").debug("for the log alone")
    assert capsys.readouterr().out == "hello\n"
    assert "hello" in log.read_text()
    assert "for the log alone" in log.read_text()


def test_traceback_of_what_ends_a_run_is_in_the_log(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="division"), telling(tmp_path / "run.log"):
        print(1 / 0)
    assert "ZeroDivisionError" in (tmp_path / "run.log").read_text()


def test_loggers_are_as_before_afterwards(tmp_path: Path) -> None:
    logger = logging.getLogger("dlkit")
    before = logger.level, logger.propagate, list(logger.handlers)
    with telling(tmp_path / "run.log"):
        pass
    assert (logger.level, logger.propagate, list(logger.handlers)) == before


def test_epochs_are_lines_under_one_header_when_piped(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"loss": 0.5, "val_loss": 0.75, "learning_rate": 0.001, "seconds": 2.0}
    with telling(tmp_path / "run.log"):
        table = EpochTable(RunFolder(tmp_path), 10)
        for epoch in (1, 2):
            table.on_steps(epoch, 5, 10)
            table.on_epoch({"epoch": epoch, **row})
    assert capsys.readouterr().out.splitlines() == [
        "epoch      loss  val_loss     time",
        " 1/10    0.5000    0.7500    2.0 s",
        " 2/10    0.5000    0.7500    2.0 s",
    ]
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 3


def broken_pipe() -> io.TextIOWrapper:
    """Return a text stream whose reader is gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return io.TextIOWrapper(io.FileIO(writer, "w"), encoding="utf-8", write_through=True)


def full_disk() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.FileIO("/dev/full", "w"), write_through=True)


def closed() -> io.TextIOWrapper:
    stream = io.TextIOWrapper(io.BytesIO())
    stream.close()
    return stream


@pytest.mark.parametrize("make", [broken_pipe, full_disk, closed, lambda: None])
def test_run_goes_on_when_nobody_listens(
    make: Callable[[], io.TextIOWrapper | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    stream = make()
    monkeypatch.setattr(sys, "stdout", stream)
    with telling(tmp_path / "run.log"), EpochTable(RunFolder(tmp_path), 2) as table:
        for epoch in (1, 2):
            table.on_steps(epoch, 1, 2)
            table.on_epoch({"epoch": epoch, "loss": 0.5, "seconds": 2.0})
    with contextlib.suppress(OSError):
        if stream is not None:
            stream.close()
    assert capfd.readouterr().err == ""
    assert len((tmp_path / "run.log").read_text().splitlines()) == 3
    assert len((tmp_path / "history.csv").read_text().splitlines()) == 3


def test_log_that_takes_nothing_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run.log").symlink_to("/dev/full")
    with telling(tmp_path / "run.log"):
        say("hello")
        say("again")
    assert capsys.readouterr() == ("hello\nagain\n", "")


def test_log_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match=r"run\.log: cannot be written \(No such file"),
        telling(tmp_path / "gone" / "run.log"),
    ):
        pass


def test_what_a_terminal_has_no_codes_for_is_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))
    with telling(tmp_path / "run.log"):
        say("größe caf\udce9")
    assert raw.getvalue() == b"gr\\xf6\\xdfe caf\\udce9\n"
    assert capfd.readouterr().err == ""
    assert (tmp_path / "run.log").read_text("utf-8").endswith(" größe caf\\udce9\n")


class Terminal(io.StringIO):
    """A terminal, whose reader may leave after some texts."""

    def __init__(self, patience: int | None = None) -> None:
        super().__init__()
        self.patience = patience

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self.patience is not None:
            self.patience -= 1
            if self.patience < 0:
                raise BrokenPipeError(32, "Broken pipe")
        return super().write(text)


def show_bar(table: EpochTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a table show its bar."""
    monkeypatch.setattr("dlkit.report.terminal.SECONDS_BEFORE_BAR", 0.0)
    table.on_steps(1, 1, 2)
    table.on_steps(1, 2, 2)


def use(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_cursor_comes_back_however_training_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    terminal = Terminal()
    use(terminal, monkeypatch)
    table = EpochTable(RunFolder(tmp_path), 1)
    show_bar(table, monkeypatch)
    with pytest.raises(error, match="the end"), table:
        raise error("the end")
    hidden, shown = "\x1b[?25l", "\x1b[?25h"
    assert terminal.getvalue().rindex(shown) > terminal.getvalue().rindex(hidden)


@pytest.mark.parametrize("patience", range(4))
def test_bar_goes_quietly_when_the_terminal_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, patience: int
) -> None:
    use(Terminal(patience), monkeypatch)
    with EpochTable(RunFolder(tmp_path), 1) as table:
        show_bar(table, monkeypatch)
        table.on_epoch({"epoch": 1, "loss": 0.5, "seconds": 2.0})
    assert (tmp_path / "history.csv").is_file()


def test_stream_that_failed_is_no_terminal() -> None:
    listener = Listener(Terminal(0))
    assert listener.isatty()
    assert listener.write("text") == 4
    assert not listener.isatty()


def test_losses_of_outputs_make_room_where_a_line_would_be_too_long() -> None:
    from dlkit.report.terminal import shown_figures

    few = ["loss", "a_loss", "b_loss", "a_accuracy"]
    assert shown_figures(few) == few
    several = [*few, *(f"val_{name}" for name in few), "c_accuracy", "c_precision"]
    assert shown_figures(several) == [
        *("loss", "b_loss", "a_accuracy"),
        *("val_loss", "val_b_loss", "val_a_accuracy", "c_accuracy", "c_precision"),
    ]


def test_training_figures_make_room_where_a_line_would_still_be_too_long() -> None:
    from dlkit.report.terminal import shown_figures

    names = ["loss", "a_accuracy", "b_accuracy", "val_loss", "val_a_accuracy", "val_b_accuracy"]
    assert shown_figures(names, 88) == names  # 10 + 12 + 12 + 10 + 16 + 16 characters: 76
    assert shown_figures(names, 66) == ["loss", "val_loss", "val_a_accuracy", "val_b_accuracy"]
    unwatched = names[:3]
    assert shown_figures(unwatched, 20) == unwatched


@pytest.mark.keras
def test_figures_of_a_long_line_go_on_below_and_stay_whole() -> None:
    from dlkit.report.opening import listed_figures

    figures = [f"a_rather_long_name_{number} 0.1234" for number in range(4)]
    assert listed_figures("test", figures) == [
        "test      a_rather_long_name_0 0.1234, a_rather_long_name_1 0.1234,",
        "          a_rather_long_name_2 0.1234, a_rather_long_name_3 0.1234",
    ]
