"""What a person sees of a run while it runs, and what its log keeps."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from dlkit.config.columns import is_figure
from dlkit.model.summary import StageRow
from dlkit.report.records import History, writing
from dlkit.report.run_folder import RunFolder, place_of, stay_in
from dlkit.report.stages import describe_stage

LOGGER = logging.getLogger("dlkit")

MOST_CHARACTERS = 100
"""Of the figures in a line, before some are left out, where there is no terminal's width."""

SECONDS_BEFORE_BAR = 0.5


def say(text: str = "") -> None:
    """Tell the person and the log."""
    LOGGER.info(text)


class Listener:
    """A text stream that may stop to listen: a closed pipe, a full disk.

    Nothing it is told raises: after the first failure it is left alone, and the run goes
    on. Characters that it has no codes for are written as escapes.

    Args:
        stream: Where the text goes; None where the process has no such stream.
    """

    def __init__(self, stream: IO[str] | None) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Return what else there is to know of the stream, its encoding for one."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text as far as that is possible."""
        with self._forgiving() as stream:
            try:
                stream.write(text)
            except UnicodeEncodeError as error:
                escaped = text.encode(error.encoding, "backslashreplace")
                stream.write(escaped.decode(error.encoding))
        return len(text)

    def flush(self) -> None:
        """Send what was written."""
        with self._forgiving() as stream:
            stream.flush()

    def isatty(self) -> bool:
        """Tell whether it is a terminal that still listens."""
        with self._forgiving() as stream:
            return stream.isatty()
        return False

    @contextlib.contextmanager
    def _forgiving(self) -> Iterator[IO[str]]:
        """Give the stream, and let go of it when it fails."""
        try:
            yield self._stream or io.StringIO()
        except (OSError, ValueError):  # a closed file is a ValueError
            self._stream = None


@contextlib.contextmanager
def telling(log: Path) -> Iterator[None]:
    """Send what is said to the terminal and to a run's log while the context lasts.

    Raises:
        StorageError: If the log cannot be made.
    """
    with writing(log):
        log_file = log.open("a", encoding="utf-8", errors="backslashreplace")
    terminal = logging.StreamHandler(Listener(sys.stdout))
    terminal.setFormatter(logging.Formatter("%(message)s"))
    terminal.setLevel(logging.INFO)
    file = logging.StreamHandler(Listener(log_file))
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
        with contextlib.suppress(OSError):
            log_file.close()
        LOGGER.level, LOGGER.propagate = before


class EpochTable:
    """Prints a line an epoch under one header, and a bar within epochs on a terminal.

    A context: the bar hides the cursor, and leaving the context brings it back.

    Args:
        folder: Its history gets every row before the row is shown.
        epochs: How many epochs are planned.
        shown: Whether lines are printed; the history is kept all the same.
        rows: Epochs that are over already; the history has these, and no others.
    """

    def __init__(
        self,
        folder: RunFolder,
        epochs: int,
        *,
        shown: bool = True,
        rows: Sequence[Mapping[str, float]] = (),
    ) -> None:
        self._history = History(folder.history, say, rows)
        self._place = place_of(folder)
        self._goes_on = bool(rows)
        self._folder = folder
        self._shown = shown
        self._epochs = epochs
        self._width = max(len("epoch"), 2 * len(str(epochs)) + 1)
        self._started = False
        self._console = Console(file=cast("IO[str]", Listener(sys.stdout)))
        self._bar: Progress | None = None
        self._task = TaskID(0)
        self._epoch = 0
        self._over = len(rows)
        self._begun = 0.0

    def __enter__(self) -> Self:
        """Return the table."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away, however training ended."""
        self.close()

    def close(self) -> None:
        """Take the bar away if one is shown."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def on_stage(self, stage: StageRow, epochs: int, kept: int) -> None:
        """Print what a stage trains, and whose weights it begins with if not the last."""
        self._epochs = epochs
        if not self._shown:
            return
        say(describe_stage(stage))
        goes_on, self._goes_on = self._goes_on, False
        if kept != self._over and not goes_on:
            say(f"{'':<10}from the weights of epoch {kept}, the best one so far")

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Show how far an epoch is, on a terminal, if it takes long enough to wonder."""
        if epoch != self._epoch:
            self._epoch, self._begun = epoch, time.monotonic()
        waited = time.monotonic() - self._begun
        if not self._shown or not self._console.is_terminal or waited < SECONDS_BEFORE_BAR:
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

    def _room(self) -> int:
        """Return how many characters of a line are left for figures."""
        if not self._console.is_terminal:
            return MOST_CHARACTERS
        return self._console.width - self._width - len("  3 min 05 s")

    def on_epoch(self, row: Mapping[str, float]) -> None:
        """Keep an epoch's figures and print them."""
        self.close()
        stay_in(self._folder, self._place)
        self._history.append(row)
        self._over = int(row["epoch"])
        if not self._shown:
            return
        names = [name for name in row if is_figure(name)]
        shown = shown_figures(names, self._room())
        if not self._started:
            header = "".join(f"  {name:>{_width(name)}}" for name in shown)
            say(f"{'epoch':>{self._width}}{header}  {'time':>7}")
            self._started = True
        count = f"{int(row['epoch'])}/{self._epochs}"
        figures = "".join(f"  {format_figure(row[name]):>{_width(name)}}" for name in shown)
        say(f"{count:>{self._width}}{figures}  {format_seconds(row['seconds']):>7}")


def _width(name: str) -> int:
    return max(len(name), 8)


def shown_figures(names: Sequence[str], most: int = MOST_CHARACTERS) -> list[str]:
    """Return the figures that fit into a line.

    Where it would be too long the history keeps the rest: of several outputs those with
    metrics leave out their losses, and then training all its figures but the loss, where
    there are those of validation.
    """
    if _line(names) <= most:
        return [*names]
    losses = [n for n in names if n.endswith("_loss") and n != "val_loss"]
    explained = {
        loss
        for loss in losses
        if any(n.startswith(loss.removesuffix("loss")) for n in names if n not in losses)
    }
    kept = [name for name in names if name not in explained]
    if _line(kept) <= most or f"val_{kept[0]}" not in kept:
        return kept
    return [name for name in kept if name == "loss" or name.startswith("val_")]


def _line(names: Sequence[str]) -> int:
    """Return how many characters the figures of a line take."""
    return sum(_width(name) + 2 for name in names)


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
