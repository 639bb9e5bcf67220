"""Event files for TensorBoard, written as Keras's own callback would.

A folder for training and one for validation, the figures of an epoch as ``epoch_loss``,
``epoch_accuracy``, ..., and the first epoch at step 0: the curves lie over those of a plain
``fit`` with ``keras.callbacks.TensorBoard``. TensorFlow alone writes them; TensorBoard is
needed to look at them, not here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tensorflow as tf

from dlkit.config.columns import is_figure
from dlkit.model.summary import StageRow
from dlkit.train.epochs import Row

ENDING = ".dlkit"
"""What our files end with: nobody else's are removed."""

SILENT = ("epoch", "stage", "seconds")
"""Columns of the history that are no curve."""

VALIDATION = "val_"


class EventFiles:
    """An observer that keeps every epoch for TensorBoard, and never stops a training.

    The files have the epochs of the history and no others: where training goes on they are
    written anew. A context: leaving it closes the files.

    Args:
        folder: Gets ``train/`` and ``validation/``.
        warn: Told in a line, once, if the disk does not take an epoch.
        rows: Epochs that are over already.
    """

    def __init__(
        self, folder: Path, warn: Callable[[str], None], rows: Sequence[Row] = ()
    ) -> None:
        self._folder = folder
        self._warn = warn
        self._rows = [*rows]
        self._writers: dict[str, Any] = {}
        self._is_whole = False
        self._warned = False

    def __enter__(self) -> Self:
        """Write what is over already."""
        self._keep(self._write_anew)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the files, however training ended."""
        self._close()

    def on_stage(self, stage: StageRow, epochs: int, kept: int) -> None:
        """Pass: a stage is no curve."""

    def on_steps(self, epoch: int, done: int, steps: int) -> None:
        """Pass: an epoch is told of when it is over."""

    def on_epoch(self, row: Row) -> None:
        """Keep the figures of an epoch, at once, so that a page that is open shows them."""
        self._rows.append(row)
        self._keep((lambda: self._write(row)) if self._is_whole else self._write_anew)

    def _keep(self, write: Callable[[], None]) -> None:
        """Write, and if the disk does not take it tell so once."""
        try:
            write()
        except (OSError, tf.errors.OpError) as error:
            self._is_whole = False  # the next epoch writes all of them anew
            if not self._warned:
                reason = " ".join(str(getattr(error, "strerror", None) or error).split())
                self._warn(
                    f"warning: {self._folder}: cannot be written ({reason}). Training goes on,"
                    " and writes it again later."
                )
            self._warned = True
        else:
            self._is_whole = True

    def _write_anew(self) -> None:
        """Begin new files with all epochs so far.

        Raises:
            OSError: If the disk does not take them.
            OpError: The same, of TensorFlow's.
        """
        self._close()
        for old in self._folder.glob(f"*/events.out.tfevents.*{ENDING}"):
            old.unlink()
        now = time.time()
        left = sum(row["seconds"] for row in self._rows)
        for row in self._rows:  # as if they had ended without a break until now
            left -= row["seconds"]
            self._write(row, now - left)

    def _write(self, row: Row, ended: float | None = None) -> None:
        """Write one epoch.

        Args:
            row: Its figures.
            ended: When it was over, in seconds since 1970; None: now.
        """
        ended = time.time() if ended is None else ended
        for part, figures in parts_of(row).items():
            writer = self._writers.get(part) or self._open(part, ended)
            writer.write(_scalars(figures, int(row["epoch"]) - 1, ended).SerializeToString())
            writer.flush()

    def _open(self, part: str, begun: float) -> Any:
        """Begin the file of a part, and say in it what a reader must know first."""
        place = self._folder / part
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"events.out.tfevents.{int(time.time())}{ENDING}"
        writer = self._writers[part] = tf.io.TFRecordWriter(str(path))
        event = tf.compat.v1.Event(wall_time=begun, file_version="brain.Event:2")
        writer.write(event.SerializeToString())
        # A page that is open forgets what it has read of a file that was here before.
        start = tf.compat.v1.SessionLog(status=tf.compat.v1.SessionLog.START)
        event = tf.compat.v1.Event(wall_time=begun, step=0, session_log=start)
        writer.write(event.SerializeToString())
        return writer

    def _close(self) -> None:
        """Close the files; one that the disk did not take is told of already."""
        for writer in self._writers.values():
            with contextlib.suppress(OSError, tf.errors.OpError):
                writer.close()
        self._writers = {}
        self._is_whole = False


def parts_of(row: Row) -> dict[str, dict[str, float]]:
    """Return the curves of an epoch by their names: what was trained, what was validated.

    Args:
        row: An epoch of the history.

    Returns:
        By ``train`` and, where there is any, ``validation``. Diagnostics of layers keep
        their names, ``gradient_norm/dense``, which TensorBoard groups by what they measure.
    """
    held = {
        f"epoch_{name.removeprefix(VALIDATION)}": value
        for name, value in row.items()
        if name.startswith(VALIDATION)
    }
    return {"train": dict(_trained(row)), **({"validation": held} if held else {})}


def _trained(row: Row) -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if name in SILENT or name.startswith(VALIDATION):
            continue
        is_plain = is_figure(name) or name == "learning_rate"
        yield (f"epoch_{name}" if is_plain else name), value


def _scalars(figures: Mapping[str, float], step: int, ended: float) -> Any:
    """Return the event that holds figures, as TensorBoard's second format has scalars."""
    v1 = tf.compat.v1
    plugin = v1.SummaryMetadata.PluginData(plugin_name="scalars")
    scalar = v1.SummaryMetadata(plugin_data=plugin, data_class="DATA_CLASS_SCALAR")
    values = [
        v1.Summary.Value(
            tag=name, tensor=tf.make_tensor_proto(value, tf.float32), metadata=scalar
        )
        for name, value in figures.items()
    ]
    return v1.Event(wall_time=ended, step=step, summary=v1.Summary(value=values))
