"""Cut a series into windows: what the model sees, and what comes after it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlkit.config.file_sources import TimeseriesSource
from dlkit.errors import DataError


def cut_windows(
    values: np.ndarray,
    inputs: Sequence[int],
    targets: Sequence[int],
    settings: TimeseriesSource,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cut rows in order of time into windows, ``stride`` rows from one to the next.

    Args:
        values: Numbers of shape ``(rows, columns)``.
        inputs: Columns that the model sees.
        targets: Columns that it foretells.
        settings: Of them ``width``, ``horizon`` and ``stride``.

    Returns:
        x float32 of shape ``(windows, width, len(inputs))``; y float32 of shape
        ``(windows, len(targets) * horizon)``, for the first target the values of all rows
        after the window, then for the next; and the naive forecast like y: the last value
        of each target that the window could see.

    Raises:
        DataError: If there are too few rows for one window.
    """
    width, horizon, stride = settings.width, settings.horizon, settings.stride
    rows = len(values)
    if rows < width + horizon:
        raise DataError(f"the series has {rows} rows, and {_need(settings)}.")
    windows = rows - width - horizon + 1
    view = np.lib.stride_tricks.sliding_window_view
    numbers = values.astype(np.float32)
    seen = view(numbers[:, list(inputs)], width, axis=0)[:windows:stride]
    after = view(numbers[width:, list(targets)], horizon, axis=0)[::stride]
    last = numbers[width - 1 : width - 1 + windows : stride, list(targets)]
    return (
        np.array(seen.transpose(0, 2, 1), order="C"),  # (windows, width, inputs)
        np.array(after, order="C").reshape(len(after), -1),  # (windows, targets x horizon)
        np.repeat(last, horizon, axis=1),
    )


def cut_parts(
    rows: int, validation: float, test: float, settings: TimeseriesSource
) -> dict[str, slice]:
    """Divide rows in order of time: first ``train``, then ``validation``, then ``test``.

    Windows are cut within each part, so none sees rows of another.

    Args:
        rows: How many there are.
        validation: A fraction below 1 of what the test leaves, or a count of rows; 0 for no
            such part.
        test: A fraction below 1 of all rows, or a count of rows.
        settings: Of the windows.

    Returns:
        The rows of each part, by its name.

    Raises:
        DataError: If a part is too short for one window.
    """
    test_rows = _count(rows, test)
    validation_rows = _count(rows - test_rows, validation)
    train_rows = rows - test_rows - validation_rows
    counts = {"train": train_rows, "validation": validation_rows, "test": test_rows}
    if not validation:
        del counts["validation"]
    parts, start = {}, 0
    for name, count in counts.items():
        if count < settings.width + settings.horizon:
            raise DataError(
                f"the {name} part of the series has {max(count, 0)} of its {rows} rows, and"
                f" {_need(settings)}. Change dataset.validation or dataset.test, or make"
                " the windows smaller."
            )
        parts[name] = slice(start, start + count)
        start += count
    return parts


def target_names(targets: Sequence[str], horizon: int) -> tuple[str, ...]:
    """Name the columns of y: ``sales +1``, ``sales +2``, ..., then the next target's."""
    return tuple(f"{name} +{step}" for name in targets for step in range(1, horizon + 1))


def _count(rows: int, share: float) -> int:
    return round(rows * share) if share < 1 else int(share)


def _need(settings: TimeseriesSource) -> str:
    width, horizon = settings.width, settings.horizon
    return f"one window needs {width + horizon} (width {width} + horizon {horizon})"
