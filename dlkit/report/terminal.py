"""What a person sees of a run while it runs, and what its log keeps."""

from __future__ import annotations

import contextlib
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from dlkit.report.records import append_history
from dlkit.report.run_folder import RunFolder

LOGGER = logging.getLogger("dlkit")

HIDDEN_COLUMNS = ("learning_rate",)
"""Columns of the history that the terminal leaves to the files."""

SECONDS_BEFORE_BAR = 0.5


def say(text: str = "") -> None:
    """Tell the person and the log."""
    LOGGER.info(text)


@contextlib.contextmanager
def telling(log: Path) -> Iterator[None]:
    """Send what is said to the terminal and to a run's log while the context lasts."""
    terminal = logging.StreamHandler(sys.stdout)
    terminal.setFormatter(logging.Formatter("%(message)s"))
    terminal.setLevel(logging.INFO)
    file = logging.FileHandler(log, encoding="utf-8")
    formatter = logging.Formatter("%(asctime)s %(message)s")
    formatter.converter = time.gmtime
    file.setFormatter(formatter)
    before = LOGGER.level, LOGGER.propagate
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.propagate = False
    for handler in (terminal, file):
        LOGGER.addHandler(handler)
    libraries = [logging.getLogger(name) for name in ("py.warnings", "tensorflow", "absl")]
    for library in libraries:  # what they warn of goes to the log alone
        library.addHandler(file)
        library.propagate = False
    logging.captureWarnings(True)
    try:
        yield
    except BaseException:
        LOGGER.debug("The run ended here.", exc_info=True)
        raise
    finally:
        logging.captureWarnings(False)
        for library in libraries:
            library.removeHandler(file)
            library.propagate = True
        for handler in (terminal, file):
            LOGGER.removeHandler(handler)
            handler.close()
        LOGGER.level, LOGGER.propagate = before


class EpochTable:
    """Prints a line an epoch under one header, and a bar within epochs on a terminal.

    Args:
        folder: Its history gets every row before the row is shown.
        epochs: How many epochs are planned.
    """

    def __init__(self, folder: RunFolder, epochs: int) -> None:
        self._folder = folder
        self._epochs = epochs
        self._started = False
        self._console = Console()
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._epoch = 0
        self._begun = 0.0

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Show how far an epoch is, on a terminal, if it takes long enough to wonder."""
        if epoch != self._epoch:
            self._epoch, self._begun = epoch, time.monotonic()
        waited = time.monotonic() - self._begun
        if not self._console.is_terminal or waited < SECONDS_BEFORE_BAR:
            return
        if self._bar is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(None),
                TextColumn("{task.fields[of]}"),
            )
            self._bar = Progress(*columns, console=self._console, transient=True)
            self._task = self._bar.add_task(f"{epoch:>3}/{self._epochs}", total=steps, of="")
            self._bar.start()
        self._bar.update(self._task, completed=done, of=f"step {done}/{steps}")

    def on_epoch(self, row: Mapping[str, float]) -> None:
        """Keep an epoch's figures and print them."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        append_history(self._folder.history, row)
        shown = [name for name in row if name not in (*HIDDEN_COLUMNS, "epoch", "seconds")]
        if not self._started:
            header = "".join(f"  {name:>{_width(name)}}" for name in shown)
            say(f"{'epoch':>{self._epoch_width()}}{header}  {'time':>7}")
            self._started = True
        count = f"{int(row['epoch'])}/{self._epochs}"
        figures = "".join(f"  {format_figure(row[name]):>{_width(name)}}" for name in shown)
        say(f"{count:>{self._epoch_width()}}{figures}  {format_seconds(row['seconds']):>7}")

    def _epoch_width(self) -> int:
        return max(len("epoch"), 2 * len(str(self._epochs)) + 1)


def _width(name: str) -> int:
    return max(len(name), 8)


def format_figure(value: float) -> str:
    """Write a figure in at most 8 characters or so, small and large ones alike."""
    size = abs(value)
    if size >= 100_000 or (0 < size < 0.001):
        return f"{value:.2e}"
    if size >= 100:
        return f"{value:.1f}"
    return f"{value:.4f}"


def format_seconds(seconds: float) -> str:
    """Write a duration: ``38 ms``, ``2.1 s``, ``3 min 05 s``, ``2 h 07 min``."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"
