import logging
from pathlib import Path

import pytest

from dlkit.report.run_folder import RunFolder
from dlkit.report.terminal import EpochTable, format_figure, format_seconds, say, telling


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
